-- lie: a matcher of one's own returns nothing, which .no takes for false
-- verdict: error
-- codes: T702
-- exit: 2
local clnrm = require("clnrm")

clnrm.matcher("is_broken", function(text)
  if text:find("broken") then
    return true
  end
end)
clnrm.test("is whole", function()
  clnrm.expect("fine").no:is_broken()
end)
