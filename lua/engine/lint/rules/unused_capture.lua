--- Lint rule L010: a value that no later step can use.
return {
  code = "L010",
  name = "unused-capture",
  severity = "warning",
  needs = { words = { "capture" }, facts = { "step.capture" } },
  docs = {
    summary = "A captured value that nothing can use",
    why = [[
Captured values are given to later steps. Behind the last step of a scenario there is none.]],
    bad = [==[
[[steps]]
name = "id"
command = ["hostname"]
capture = { id = "stdout" }
]==],
    good = [==[
[[steps]]
name = "id"
command = ["hostname"]
capture = { id = "stdout" }
[[steps]]
name = "use"
command = "test -n $id"
]==],
  },
  tests = {
    bad = {
      { code = '[[steps]]\nname = "a"\ncommand = ["ls"]\ncapture.x = "stdout"\n', at = { 5, 1 } },
    },
  },
  visit = {
    step = function(cx, step)
      if step.capture == nil or step.index < #step.siblings or step.depends_on
        or #step.siblings > 1 and step.siblings[1].depends_on then
        return
      end
      cx:report({
        node = step,
        key = "capture",
        at = "key",
        message = "no step comes behind this one, so nothing can use the value",
        help = "take it out, or move the step up",
      })
    end,
  },
}
