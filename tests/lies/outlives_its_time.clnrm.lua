-- lie: a test that catches the end of its time
-- verdict: timeout
-- codes: T006
-- exit: 1
local clnrm = require("clnrm")

clnrm.test("outlives its time", { timeout = "300ms" }, function(t)
  for _ = 1, 100 do
    pcall(t.room.exec, t.room, "sleep 60")
  end
  clnrm.expect(1):equals(1)
end)
