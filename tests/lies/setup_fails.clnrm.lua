-- lie: a fixture that fails, and a test that catches it
-- verdict: error
-- codes: T707
-- exit: 2
local clnrm = require("clnrm")

clnrm.fixture("server", {
  scope = "file",
  setup = function()
    error("no server")
  end,
})
clnrm.test("without a server", function(t)
  clnrm.expect(1):equals(1)
  pcall(t.use, t, "server")
end)
