-- lie: a test that raises the word PASS
-- verdict: error
-- codes: T702
-- exit: 2
local clnrm = require("clnrm")

clnrm.test("raises PASS", function()
  clnrm.expect(1):equals(1)
  error("PASS")
end)
