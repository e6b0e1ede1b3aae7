-- lie: a service that did not start, and a test that catches it
-- verdict: fail
-- codes: T703
-- exit: 1
local clnrm = require("clnrm")

clnrm.test("catches a service", function(t)
  clnrm.expect(1):equals(1)
  pcall(t.open, t, { services = { app = { command = "exit 3", wait = { port = 80 } } } })
end)
