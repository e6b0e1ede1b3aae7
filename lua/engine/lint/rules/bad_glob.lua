--- Lint rule L202: a name that is no glob.
local text = require("core.text")

local function check(cx, glob, place)
  if type(glob) ~= "string" or not glob:find("[*?%[]") then
    return
  end
  local compiled, err = text.glob(glob)
  if not compiled then
    cx:report({
      place = place,
      message = ("`%s` is no glob: %s"):format(glob, err.message),
      help = "a bracket is closed: [abc], [a-z]; [[] is a bracket itself",
    })
  end
end

return {
  code = "L202",
  name = "bad-glob",
  severity = "error",
  needs = { words = { "span", "by_name" }, facts = { "file.expect" } },
  docs = {
    summary = "A name of a span that is no glob",
    why = [[
A name with `*`, `?` or `[` is a glob. A bracket that is not closed matches nothing that anybody
meant.]],
    bad = [==[
[[steps]]
name = "call"
command = ["ls"]
[[expect.span]]
name = "http.[a-z"
]==],
    good = [==[
[[steps]]
name = "call"
command = ["ls"]
]==],
  },
  tests = {
    ok = { '[[expect.span]]\nname = "a.[xy]*"\n' },
    bad = { { code = '[expect.counts]\nby_name."a[" = { eq = 1 }\n', at = { 3, 9 } } },
  },
  visit = {
    span = function(cx, span)
      for _, name in ipairs({ "name", "parent", "service" }) do
        check(cx, span[name], cx:value(span, name))
      end
    end,
    expect = function(cx, expect)
      for _, name in ipairs({ "counts", "status" }) do
        local by_name = type(expect[name]) == "table" and expect[name].by_name
        for glob in pairs(type(by_name) == "table" and by_name or {}) do
          local offset, stop, at = cx.positions:key(by_name, glob)
          check(cx, glob, { offset = offset, stop = stop, at = at })
        end
      end
    end,
  },
}
