-- lie: a test that yields instead of checking
-- verdict: error
-- codes: T702
-- exit: 2
local clnrm = require("clnrm")

clnrm.test("yields early", function()
  clnrm.expect(1):equals(1)
  coroutine.yield("PASS")
  clnrm.expect(1):equals(2)
end)
