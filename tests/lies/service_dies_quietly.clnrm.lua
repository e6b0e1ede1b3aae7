-- lie: a service that dies while the test does something else
-- verdict: fail
-- codes: T603
-- exit: 1
local clnrm = require("clnrm")

clnrm.test("a service dies quietly", function(t)
  local room = t:open({ services = { app = { command = "sleep 0.1; exit 3" } } })
  clnrm.expect(room:exec("true").ok):is_true()
  clnrm.task.sleep(400)
end)
