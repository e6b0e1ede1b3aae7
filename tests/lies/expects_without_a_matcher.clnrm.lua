-- lie: expectations without a matcher
-- verdict: error
-- codes: T705
-- exit: 2
local clnrm = require("clnrm")

clnrm.test("expects without a matcher", function(t)
  clnrm.expect(1):equals(1)
  clnrm.expect(t.room:exec("exit 1").ok)
end)
