-- A plain assert shows both sides.
local clnrm = require("clnrm")

clnrm.test("three rows", function(t)
  local out = t.room:exec({ "printf", "ada\ngrace\n" }).stdout
  local rows = select(2, out:gsub("\n", ""))
  assert(rows == 3, "the migration lost a user")
end)
