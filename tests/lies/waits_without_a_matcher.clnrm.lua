-- lie: a matcher stands before eventually, where it holds at once, and none behind it
-- verdict: error
-- codes: T705
-- exit: 2
local clnrm = require("clnrm")

clnrm.test("comes up", function(t)
  clnrm.expect(function()
    return t.room:exec("exit 1").ok
  end).no:is_nil():eventually({ within = "1s" })
end)
