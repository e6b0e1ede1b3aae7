-- lie: a test that returns before its checks
-- verdict: fail
-- codes: T704
-- exit: 1
local clnrm = require("clnrm")

clnrm.test("returns early", function(t)
  if t.room:exec("true").ok then
    return
  end
  clnrm.expect(1):equals(2)
end)
