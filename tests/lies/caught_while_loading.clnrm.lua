-- lie: a failed check that the file catches while it is loaded
-- verdict: error
-- codes: P142
-- exit: 2
local clnrm = require("clnrm")

pcall(function()
  clnrm.expect(1):equals(2)
end)
clnrm.test("holds", function()
  assert(1 == 1)
end)
