-- lie: a task raises, and the test does not wait for it
-- verdict: error
-- codes: T702
-- exit: 2
local clnrm = require("clnrm")

clnrm.test("looks away", function()
  local group = clnrm.task.group()
  group:spawn(function()
    error("the useful text")
  end)
  clnrm.task.yield()
  clnrm.expect(1):equals(1)
end)
