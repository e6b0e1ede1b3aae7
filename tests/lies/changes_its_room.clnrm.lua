-- lie: a test that puts another exec into its room
-- verdict: error
-- codes: T702
-- exit: 2
local clnrm = require("clnrm")

clnrm.test("changes its room", function(t)
  clnrm.expect(1):equals(1)
  local room = getmetatable(t.room) or t.room
  rawset(room, "exec", function()
    return { ok = true }
  end)
end)
