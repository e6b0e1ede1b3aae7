--- Lint rule L302: a service that is looked at too seldom.
return {
  code = "L302",
  name = "slow-probe",
  severity = "warning",
  needs = { words = { "interval" }, facts = { "health.interval" } },
  docs = {
    summary = "A service is looked at seldom",
    why = [[
A service that is ready right after a look is used an `interval` later, in each scenario. A second
is short enough for every service and costs nothing.]],
    bad = [==[
[services.db]
command = ["sleep", "60"]
health_check = { cmd = ["ls"], interval = "30s" }
[[steps]]
name = "ask"
command = ["ls"]
]==],
    good = [==[
[services.db]
command = ["sleep", "60"]
health_check = { cmd = ["ls"], interval = "500ms" }
[[steps]]
name = "ask"
command = ["ls"]
]==],
  },
  options = { longest_ms = { type = "integer", default = 5000, min = 1,
    text = "the longest interval that is not told" } },
  tests = { bad = { { code = '[services.a]\ncommand = ["ls"]\nhealth_check.cmd = "ls"\n'
    .. 'health_check.interval = 10\n', at = { 5, 25 } } } },
  visit = {
    service = function(cx, service)
      local health = service.checked.value.health_check
      local interval = health and health.value.interval
      if interval and interval > cx.options.longest_ms and health.spelt.interval then
        cx:report({
          place = cx:item(health.raw, health.spelt.interval),
          message = ("each start waits up to %g s for a look"):format(interval / 1000),
          help = 'a second is enough: interval = "1s"',
        })
      end
    end,
  },
}
