-- lie: a file of tests that registers none
-- verdict: error
-- codes: P140
-- exit: 2
local clnrm = require("clnrm")

local function test(_, fn)
  return fn
end
test("looks like a test", function()
  clnrm.expect(1):equals(2)
end)
