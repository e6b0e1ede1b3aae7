--- Lint rule L601: a key by an older name.
local spelling = require("engine.lint.spelling")

--- Looks at a checked table and at all below it.
local function judge(cx, checked)
  for _, spec in ipairs(checked.order) do
    local spelt, value = checked.spelt[spec.name], checked.value[spec.name]
    if spelt ~= spec.name then
      local offset, stop, at = cx.positions:key(checked.raw, spelt)
      cx:report({
        place = { offset = offset, stop = stop, at = at },
        message = ("`%s` is called `%s` now"):format(spelt, spec.name),
        fix = spelling.rename(cx, checked.raw, spelt, spec.name),
        fix_message = ("call it `%s`"):format(spec.name),
      })
    end
    if type(value) == "table" and value.order then
      judge(cx, value)
    elseif type(value) == "table" then
      for _, item in ipairs(value) do
        local one = type(item) == "table" and item.key and item.value or item
        if type(one) == "table" and one.order then
          judge(cx, one)
        end
      end
    end
  end
end

return {
  code = "L601",
  name = "old-key",
  severity = "warning",
  default = false,
  fix = "safe",
  needs = { facts = { "alias" } },
  docs = {
    summary = "An older name of a key",
    why = [[
The key has a name that is used everywhere else: `environment` is `env`, `working_dir` is `workdir`,
`type` of a service is `plugin`, `exit_code` of a step `expected_exit_code`, `max_retries` is
`retry`. The older one goes on to be read. `clnrm migrate` rewrites it, wherever it is written.]],
    bad = [==[
[[steps]]
name = "list"
command = ["ls"]
exit_code = 0
]==],
    good = [==[
[[steps]]
name = "list"
command = ["ls"]
expected_exit_code = 0
]==],
  },
  tests = {
    ok = { '[[steps]]\nname = "a"\ncommand = ["ls"]\nexpect.exit_code = 1\n' },
    bad = {
      {
        code = '[services.a]\ntype = "redis"\n[services.a.environment] # of it\nA = "1"\n'
          .. '[services.b]\ncommand = ["ls"]\nenvironment.A = 1 # one\n"environment" . B = 2\n'
          .. "limits = { cpu_limit = 1 }\n",
        count = 4,
        fixed = '[services.a]\nplugin = "redis"\n[services.a.env] # of it\nA = "1"\n'
          .. '[services.b]\ncommand = ["ls"]\nenv.A = 1 # one\nenv . B = 2\n'
          .. "limits = { cpu_millicores = 1 }\n",
      },
    },
  },
  visit = {
    file = function(cx, file)
      judge(cx, file.checked)
    end,
  },
}
