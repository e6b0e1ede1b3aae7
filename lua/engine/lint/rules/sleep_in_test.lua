--- Lint rule L502: a test that waits for a time.
return {
  code = "L502",
  name = "sleep-in-test",
  severity = "warning",
  lang = "lua",
  needs = { words = { "sleep" } },
  docs = {
    summary = "A pause in a Lua test",
    why = [[
A pause is too long on a fast machine and too short on a slow one. `Room:wait` and `:eventually`
wait for what is to happen.]],
    bad = [==[
local clnrm = require("clnrm")
clnrm.test("comes up", function(t)
  clnrm.task.sleep(2000)
  t.room:exec({ "ls" }, { check = true })
end)
]==],
    good = [==[
local clnrm = require("clnrm")
clnrm.test("comes up", function(t)
  t.room:exec({ "ls" }, { check = true })
end)
]==],
  },
  tests = {
    ok = { 'local task = {}\nfunction task.sleeper() end\ntask.sleeper()\n' },
    bad = { { code = 'local t = ...\nt.room:exec({ "sleep", "3" })\n', at = { 2, 1 } } },
  },
  visit = {
    lua_call = function(cx, call)
      if call.name:find("%f[%w]task%.sleep$") then
        cx:report({
          place = call,
          message = "the test waits for a time, not for what is to happen",
          help = "Room:wait{…}, or clnrm.expect(f):eventually{…}",
        })
      elseif call.name:find("[:.]exec$") or call.name:find("[:.]start$") then
        local seconds = call.arguments:match('^%s*%(?%s*{%s*"sleep"%s*,%s*"([%d.]+)"%s*}%s*%)')
        if seconds and call.name:find("exec$") and call.is_statement then
          cx:report({ place = call, message = ("the test waits for %s s"):format(seconds),
            help = "Room:wait{…}, or clnrm.expect(f):eventually{…}" })
        end
      end
    end,
  },
}
