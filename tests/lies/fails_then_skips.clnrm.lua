-- lie: a test that fails, is tried again, and skips itself then
-- verdict: fail
-- codes: T710
-- exit: 1
local clnrm = require("clnrm")

local tries = 0

clnrm.test("fails, then skips", { retries = 1 }, function(t)
  tries = tries + 1
  if tries == 2 then
    t:skip("not today")
  end
  clnrm.expect(tries):equals(3)
end)
