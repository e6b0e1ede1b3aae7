-- lie: a failed check in before_each that is caught
-- verdict: fail
-- codes: T703
-- exit: 1
local clnrm = require("clnrm")

clnrm.before_each(function()
  pcall(function()
    clnrm.expect(1):equals(2)
  end)
end)
clnrm.test("after a caught before_each", function()
  clnrm.expect(1):equals(1)
end)
