-- lie: an assert of a result, which is there also when its command failed
-- verdict: error
-- codes: T702
-- exit: 2
local clnrm = require("clnrm")

clnrm.test("asserts that there is a result", function(t)
  assert(t.room:exec("exit 3"))
  clnrm.expect(1):equals(1)
end)
