--- Lint rule L204: an expectation that any span meets.
return {
  code = "L204",
  name = "span-of-any-name",
  severity = "warning",
  needs = { words = { { "span" }, { "*" } }, facts = { "file.expect" } },
  docs = {
    summary = "Any span meets the expectation",
    why = [[
The name is `*` and nothing else is asked: the first span of anything is enough.]],
    bad = [==[
[[steps]]
name = "call"
command = ["ls"]
[[expect.span]]
name = "*"
]==],
    good = [==[
[[steps]]
name = "call"
command = ["ls"]
]==],
  },
  tests = {
    ok = { '[[expect.span]]\nname = "*"\nstatus = "OK"\n' },
    bad = { { code = '[[expect.span]]\nname = "**"\n', at = { 3, 8 } } },
  },
  visit = {
    span = function(cx, span)
      local name = span.name
      if type(name) == "string" and name:find("^%*+$") and #span.checked.order == 1 then
        cx:report({
          node = span,
          key = "name",
          message = "any span meets this",
          help = "name the span, or ask more of it",
        })
      end
    end,
  },
}
