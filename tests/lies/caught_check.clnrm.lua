-- lie: a failed check that the test catches
-- verdict: fail
-- codes: T703
-- exit: 1
local clnrm = require("clnrm")

clnrm.test("catches its check", function()
  pcall(function()
    clnrm.expect(1):equals(2)
  end)
  clnrm.expect(1):equals(1)
end)
