-- A test that fails the first time: what its first run leaves behind, its second one finds.
local clnrm = require("clnrm")

local runs = 0

clnrm.test("finds what it left behind", function(t)
  runs = runs + 1
  t:log(("run %d"):format(runs))
  clnrm.expect(runs):equals(2)
end)
