-- lie: another error than the expected one is raised
-- verdict: fail
-- codes: T716
-- exit: 1
local clnrm = require("clnrm")

clnrm.test("refuses", function()
  clnrm.expect(function()
    local client = nil
    client:connect()
  end):raises("connection refused")
end)
