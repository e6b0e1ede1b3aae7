-- lie: tasks that the test does not wait for
-- verdict: error
-- codes: T702
-- exit: 2
local clnrm = require("clnrm")

clnrm.test("leaves its tasks", function(t)
  local group = clnrm.task.group()
  for _ = 1, 3 do
    group:spawn(function()
      clnrm.expect(t.room:exec("echo wrong").stdout):equals("right\n")
    end)
  end
  clnrm.expect(1):equals(1)
end)
