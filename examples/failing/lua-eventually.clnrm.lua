-- What never comes true is told with the last value that was seen.
local clnrm = require("clnrm")

clnrm.test("the queue runs empty", function(t)
  t.room:put("queue", "3 jobs\n")
  clnrm.expect(function()
    return t.room:get("queue")
  end):eventually({ within = "300ms", every = "50ms" }):equals("0 jobs\n")
end)
