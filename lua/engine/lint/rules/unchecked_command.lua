--- Lint rule L503: a command whose end nobody looks at.
return {
  code = "L503",
  name = "unchecked-command",
  severity = "warning",
  lang = "lua",
  needs = { words = { "exec" } },
  docs = {
    summary = "Nobody looks at how the command ended",
    why = [[
`Room:exec` gives back how the command ended, and raises nothing when it failed. As a statement,
without `check = true`, its failure goes unseen.]],
    bad = [==[
local clnrm = require("clnrm")
clnrm.test("migrates", function(t)
  t.room:exec({ "ls", "/" })
  assert(t.room:exec("ls /").ok)
end)
]==],
    good = [==[
local clnrm = require("clnrm")
clnrm.test("migrates", function(t)
  t.room:exec({ "ls", "/" }, { check = true })
  assert(t.room:exec("ls /").ok)
end)
]==],
  },
  tests = {
    ok = {
      'local t = ...\nlocal r = t.room:exec("ls")\nreturn r\n',
      'local t = ...\nassert(t.room:exec("ls").ok)\n',
      'local t = ...\nif t.room:exec("ls").ok then return end\n',
      'local t = ...\nt.room:exec("ls"):expect()\n',
    },
    bad = { { code = 'local t = ...\nprint(1)\nt.room:exec("make")\n', at = { 3, 1 } } },
  },
  visit = {
    lua_call = function(cx, call)
      local is_exec = call.name:find("%f[%w]room:exec$")
      if is_exec and call.is_statement and not call.arguments:find("%f[%w]check%s*=%s*true") then
        cx:report({
          place = call,
          message = "nobody looks at how the command ended",
          help = "add { check = true }, or look at the result",
        })
      end
    end,
  },
}
