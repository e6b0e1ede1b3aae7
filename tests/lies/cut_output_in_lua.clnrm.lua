-- lie: what was cut out of an output is not found in it
-- verdict: error
-- codes: T402
-- exit: 2
local clnrm = require("clnrm")

clnrm.test("prints no error", function(t)
  local command = "yes line | head -c 20000000; echo error; yes line | head -c 20000000"
  clnrm.expect(t.room:exec(command).stdout).no:contains("error")
end)
