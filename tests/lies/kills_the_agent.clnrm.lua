-- lie: a test that kills all it can kill, and passes without its room
-- verdict: fail
-- codes: T710
-- exit: 1
local clnrm = require("clnrm")

clnrm.test("kills the agent from Lua", function(t)
  local killed = t.room:exec("kill -KILL 1; kill -KILL -1; kill -STOP 1; exit 1")
  clnrm.expect(killed.exit_code):equals(0)
end)
