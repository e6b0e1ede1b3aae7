-- lie: a test that ends the program with 0
-- verdict: error
-- codes: T702
-- exit: 2
local clnrm = require("clnrm")

clnrm.test("exits with 0", function()
  clnrm.expect(1):equals(1)
  os.exit(0)
end)
