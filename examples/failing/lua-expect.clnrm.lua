-- A matcher that does not hold: what was expected, what was seen.
local clnrm = require("clnrm")

clnrm.test("the greeting", function(t)
  local result = t.room:exec({ "echo", "hello, room" })
  clnrm.expect(result.stdout):equals("hello, world\n")
end)
