-- lie: no error is found in a field that is not there
-- verdict: fail
-- codes: T719
-- exit: 1
local clnrm = require("clnrm")

clnrm.test("prints no error", function(t)
  local result = t.room:exec("echo error")
  clnrm.expect(result.stdot).no:contains("error")
end)
