-- lie: the room's programs are the machine's own
-- verdict: policy
-- codes: H001
-- exit: 1
local clnrm = require("clnrm")

clnrm.test("runs what it wrote", { room = { policy = { security_level = "medium" } } }, function(t)
  local result = t.room:exec("cp /usr/bin/true /tmp/x; /tmp/x; echo PASS")
  clnrm.expect(result.stdout):contains("PASS")
end)
