-- lie: a failed check in a coroutine that nobody asks
-- verdict: fail
-- codes: T703
-- exit: 1
local clnrm = require("clnrm")

clnrm.test("catches it in a coroutine", function()
  coroutine.resume(coroutine.create(function()
    clnrm.expect(1):equals(2)
  end))
  clnrm.expect(1):equals(1)
end)
