--- Lint rule L603: a table by its other name.
local spelling = require("engine.lint.spelling")

return {
  code = "L603",
  name = "old-table",
  severity = "warning",
  default = false,
  fix = "safe",
  needs = { words = { "service", "scenarios" }, facts = { "file.service", "file.scenarios" } },
  docs = {
    summary = "[service.NAME] or [[scenarios]]",
    why = [==[
Both spellings are read; one is enough in a project: `[services.NAME]` and `[[scenario]]`.]==],
    bad = [==[
[[scenarios]]
name = "list"
run = ["ls"]
]==],
    good = [==[
[[scenario]]
name = "list"
run = ["ls"]
]==],
  },
  tests = {
    ok = { '[services.service]\ncommand = ["ls"]\n' },
    bad = {
      {
        code = '[service.a]\ncommand = ["ls"]\n[service.a.env]\nX = 1\n[ service . b ] # b\n'
          .. 'command = ["ls"]\nenv.service = 1\n',
        fixed = '[services.a]\ncommand = ["ls"]\n[services.a.env]\nX = 1\n[ services . b ] # b\n'
          .. 'command = ["ls"]\nenv.service = 1\n',
      },
      {
        code = '[[scenarios]]\nname = "a"\n[[scenarios.steps]]\nname = "x"\ncommand = ["ls"]\n'
          .. '[[scenarios]]\nname = "b"\nrun = ["ls"]\n[scenarios.policy]\n',
        fixed = '[[scenario]]\nname = "a"\n[[scenario.steps]]\nname = "x"\ncommand = ["ls"]\n'
          .. '[[scenario]]\nname = "b"\nrun = ["ls"]\n[scenario.policy]\n',
      },
    },
  },
  visit = {
    file = function(cx, file)
      local raw = file.checked.raw
      for _, pair in ipairs({ { "service", "services" }, { "scenarios", "scenario" } }) do
        if type(raw[pair[1]]) == "table" then
          local offset, stop, at = cx.positions:key(raw, pair[1])
          local is_alone = raw[pair[2]] == nil or not spelling.is_inline(cx, raw, pair[2])
            and not spelling.is_inline(cx, raw, pair[1])
          cx:report({
            place = { offset = offset, stop = stop, at = at },
            message = ("`%s` is written `%s` elsewhere"):format(pair[1], pair[2]),
            fix = is_alone and spelling.rename(cx, raw, pair[1], pair[2]) or nil,
            fix_message = ("write `%s`"):format(pair[2]),
          })
        end
      end
    end,
  },
}
