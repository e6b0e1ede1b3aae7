--- Lint rule L501: a test that leaves out the others.
return {
  code = "L501",
  name = "focused-test",
  severity = "warning",
  fix = "unsafe",
  lang = "lua",
  needs = { words = { "only" } },
  docs = {
    summary = "A test that leaves out the others",
    why = [[
`clnrm.only` is for the time of writing: it leaves out every other test of the file. Committed, it
makes the others pass for good, unseen.]],
    bad = [==[
local clnrm = require("clnrm")
clnrm.only("adds", function()
  assert(1 + 1 == 2)
end)
]==],
    good = [==[
local clnrm = require("clnrm")
clnrm.test("adds", function()
  assert(1 + 1 == 2)
end)
]==],
  },
  tests = {
    ok = { '-- clnrm.only("x")\nlocal s = "clnrm.only()"\nreturn s\n' },
    bad = {
      { code = 'local clnrm = require "clnrm"\nclnrm.only("a", print)\n', at = { 2, 1 },
        fixed = 'local clnrm = require "clnrm"\nclnrm.test("a", print)\n' },
    },
  },
  visit = {
    lua_call = function(cx, call)
      if call.name == "clnrm.only" then
        cx:report({
          place = call,
          message = "clnrm.only leaves out the other tests of the file",
          help = "make it clnrm.test",
          fix = cx:replace(call, "clnrm.test"),
        })
      end
    end,
  },
}
