-- lie: a test that counts its own checks
-- verdict: error
-- codes: T702
-- exit: 2
local clnrm = require("clnrm")

clnrm.test("reaches for the host", function()
  require("clnrm.host").current().check({ ok = true })
end)
