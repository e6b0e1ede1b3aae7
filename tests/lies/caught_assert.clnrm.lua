-- lie: a failed assert that the test catches
-- verdict: fail
-- codes: T703
-- exit: 1
local clnrm = require("clnrm")

clnrm.test("catches its assert", function()
  pcall(function()
    assert(1 == 2)
  end)
  assert(1 == 1)
end)
