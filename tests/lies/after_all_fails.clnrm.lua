-- lie: an after_all that fails behind passing tests
-- verdict: error
-- codes: T706
-- exit: 2
local clnrm = require("clnrm")

clnrm.after_all(function()
  clnrm.expect("a leftover"):equals("nothing")
end)
clnrm.test("before after_all", function()
  clnrm.expect(1):equals(1)
end)
