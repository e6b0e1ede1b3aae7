-- lie: a failed check = true that the test catches
-- verdict: fail
-- codes: T703
-- exit: 1
local clnrm = require("clnrm")

clnrm.test("catches a command", function(t)
  pcall(t.room.exec, t.room, "exit 3", { check = true })
  clnrm.expect(1):equals(1)
end)
