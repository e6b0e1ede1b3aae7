-- lie: a fixture that cannot be taken down
-- verdict: error
-- codes: T706
-- exit: 2
local clnrm = require("clnrm")

clnrm.fixture("server", {
  setup = function()
    return 1
  end,
  teardown = function()
    error("it is still there")
  end,
})
clnrm.test("teardown fails", function(t)
  clnrm.expect(t:use("server")):equals(1)
end)
