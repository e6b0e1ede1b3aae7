-- lie: an assert of an exit code, which is a number whatever it is
-- verdict: fail
-- codes: T704
-- exit: 1
local clnrm = require("clnrm")

clnrm.test("asserts that there is a code", function(t)
  assert(t.room:exec("exit 3").exit_code)
end)
