-- lie: a test that runs a failing command and expects nothing
-- verdict: fail
-- codes: T704
-- exit: 1
local clnrm = require("clnrm")

clnrm.test("expects nothing", function(t)
  t.room:exec("exit 1")
end)
