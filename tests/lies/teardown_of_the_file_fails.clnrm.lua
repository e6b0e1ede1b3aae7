-- lie: a fixture of the file that cannot be taken down, behind passing tests
-- verdict: error
-- codes: T706
-- exit: 2
local clnrm = require("clnrm")

clnrm.fixture("server", {
  scope = "file",
  setup = function()
    return 1
  end,
  teardown = function()
    error("it is still there")
  end,
})
clnrm.test("uses a server of the file", function(t)
  clnrm.expect(t:use("server")):equals(1)
end)
