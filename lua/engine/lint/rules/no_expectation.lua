--- Lint rule L014: a step that expects nothing.
local commands = require("engine.lint.commands")

return {
  code = "L014",
  name = "no-expectation",
  severity = "warning",
  default = false,
  docs = {
    summary = "A step expects nothing but exit code 0",
    why = [[
The step can only fail by its exit code. That is right for steps which prepare something, so the
rule is off unless it is selected.]],
    bad = [==[
[[steps]]
name = "list"
command = ["ls", "/"]
]==],
    good = [==[
[[steps]]
name = "list"
command = ["ls", "/"]
expect.stdout.contains = "usr"
]==],
  },
  tests = {
    ok = { '[[steps]]\nname = "a"\ncommand = ["ls"]\nexit_code = 2\n' },
    bad = { { code = '[[steps]]\nname = "a"\ncommand = ["ls"]\n', at = { 2, 1 } } },
  },
  visit = {
    step = function(cx, step)
      if not commands.has_expectation(step) and step.command ~= nil then
        cx:report({
          node = step,
          message = "the step expects nothing: it can only fail by its exit code",
          help = "add expect.stdout, or expected_exit_code",
        })
      end
    end,
  },
}
