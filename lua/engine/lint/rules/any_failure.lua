--- Lint rule L017: a step that every failure satisfies.
return {
  code = "L017",
  name = "any-failure",
  severity = "warning",
  needs = { words = { "should_fail" }, facts = { "step.should_fail" } },
  docs = {
    summary = "Every failure is right",
    why = [[
`should_fail` alone is also met when the program is missing (exit code 127), crashes, or does not
know an option. With the exit code or the message the test says which failure is meant.]],
    bad = [==[
[[steps]]
name = "refuses"
command = ["ls", "/nowhere"]
should_fail = true
]==],
    good = [==[
[[steps]]
name = "refuses"
command = ["ls", "/nowhere"]
should_fail = true
expect.stderr.contains = "No such file"
]==],
  },
  tests = {
    ok = {
      '[[steps]]\nname = "a"\ncommand = ["ls"]\nshould_fail = false\n',
      '[[steps]]\nname = "a"\ncommand = ["ls"]\nexpected_exit_code = 2\n',
    },
    bad = {
      { code = '[[steps]]\nname = "a"\ncommand = ["ls"]\nshould_fail = true\n', at = { 5, 15 } },
    },
  },
  visit = {
    step = function(cx, step)
      if step.should_fail ~= true or step.expect ~= nil then
        return
      end
      for _, spec in ipairs(step.checked.order) do
        if spec.check then
          return
        end
      end
      cx:report({
        node = step,
        key = "should_fail",
        message = "any failure meets this, also that the program is missing",
        help = "expect the exit code, or the message",
      })
    end,
  },
}
