--- Lint rule L606: a deadline in a key of its own.
return {
  code = "L606",
  name = "timeout-in-ms",
  severity = "warning",
  default = false,
  fix = "safe",
  needs = { words = { "timeout_ms" }, facts = { "scenario.timeout_ms" } },
  docs = {
    summary = "timeout_ms instead of timeout",
    why = [[
Durations have units: `timeout_ms = 1500` is `timeout = "1500ms"`.]],
    bad = [==[
[[scenario]]
name = "list"
timeout_ms = 1500
run = ["ls"]
]==],
    good = [==[
[[scenario]]
name = "list"
timeout = "1500ms"
run = ["ls"]
]==],
  },
  tests = {
    bad = {
      {
        code = '[[scenario]]\nname = "a"\ntimeout_ms   =   0x10 # ms\nrun = ["ls"]\n',
        at = { 4, 1 },
        fixed = '[[scenario]]\nname = "a"\ntimeout   =   "16ms" # ms\nrun = ["ls"]\n',
      },
    },
  },
  visit = {
    scenario = function(cx, scenario)
      local value = scenario.timeout_ms
      if math.type(value) == "integer" and value > 0 and scenario.timeout == nil then
        cx:report({
          node = scenario,
          key = "timeout_ms",
          at = "key",
          message = "a duration has a unit: `timeout`",
          fix = {
            cx:replace(cx:key(scenario, "timeout_ms"), "timeout"),
            cx:replace(cx:value(scenario, "timeout_ms"), ('"%dms"'):format(value)),
          },
          fix_message = "write `timeout`",
        })
      end
    end,
  },
}
