--- Lint rule L008: a service that nothing starts.
return {
  code = "L008",
  name = "unused-service",
  severity = "warning",
  -- Where neither a step nor a scenario names a service, all are used; else one that is named by
  -- nothing, or by scenarios whose steps name others, may not be.
  needs = {
    words = { "service" },
    facts = { { "unnamed service", "scenario.service" }, { "step.service", "scenario.service" } },
  },
  docs = {
    summary = "A service that no test uses",
    why = [[
Services start when a step runs beside them, or waits for them. This one is needed by no scenario of
the file, so it is never started and nothing is known of it.]],
    bad = [==[
[services.a]
command = ["sleep", "60"]
[services.b]
command = ["sleep", "60"]
[[steps]]
name = "ask"
service = "a"
command = ["ls"]
]==],
    good = [==[
[services.a]
command = ["sleep", "60"]
[[steps]]
name = "ask"
service = "a"
command = ["ls"]
]==],
  },
  tests = {
    ok = {
      '[services.a]\ncommand = ["sleep", "9"]\n[services.b]\ncommand = ["sleep", "9"]\n'
        .. 'depends_on = ["a"]\n[[steps]]\nname = "x"\nservice = "b"\ncommand = ["ls"]\n',
    },
  },
  visit = {
    file_exit = function(cx)
      local suite, used = cx.suite, {}
      if not suite or suite.hooks or #suite.scenarios == 0 then
        return
      end
      for _, scenario in ipairs(suite.scenarios) do
        for _, name in ipairs(scenario.services) do
          used[name] = true
        end
      end
      for _, service in ipairs(cx.nodes.service or {}) do
        if not used[service.key] then
          cx:report({
            node = service,
            message = ("no scenario needs the service `%s`"):format(service.key),
            help = "let a step run beside it, or take it out",
          })
        end
      end
    end,
  },
}
