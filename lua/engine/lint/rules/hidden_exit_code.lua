--- Lint rule L012: an exit code that is thrown away.
local commands = require("engine.lint.commands")

return {
  code = "L012",
  name = "hidden-exit-code",
  severity = "warning",
  needs = { words = { { "||", ";" }, { "true", "exit", ":" } } },
  docs = {
    summary = "The exit code is hidden, and nothing else is expected",
    why = [[
`|| true` at the end makes every failure a success. A step with nothing to check but its exit code
then checks nothing.]],
    bad = [==[
[[steps]]
name = "lint"
command = "ls /nowhere || true"
]==],
    good = [==[
[[steps]]
name = "lint"
command = "ls /nowhere"
should_fail = true
expect.stderr.contains = "nowhere"
]==],
  },
  tests = {
    ok = {
      '[[steps]]\nname = "a"\ncommand = "make || true"\nexpect.stdout.lines = 1\n',
      '[[steps]]\nname = "a"\ncommand = "make || truely"\n',
    },
    bad = { { code = '[[steps]]\nname = "a"\ncommand = "make; exit 0"\n', at = { 4, 11 } } },
  },
  visit = {
    step = function(cx, step)
      local what = commands.hides_exit_code(commands.of(step))
      if what and not commands.has_expectation(step) and not step.capture then
        cx:report({
          node = step,
          key = "command",
          message = ("`%s` hides the exit code, which is all that is checked"):format(what),
          help = "leave it out, or expect something of the output",
        })
      end
    end,
  },
}
