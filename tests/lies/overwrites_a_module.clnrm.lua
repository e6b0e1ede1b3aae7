-- lie: a test that puts another expect into its module
-- verdict: error
-- codes: T702
-- exit: 2
local clnrm = require("clnrm")

clnrm.test("overwrites a module", function()
  require("clnrm.expect").expect = function() end
end)
