-- lie: a teardown that catches its own failed check
-- verdict: error
-- codes: T706
-- exit: 2
local clnrm = require("clnrm")

clnrm.fixture("server", {
  setup = function()
    return 1
  end,
  teardown = function()
    pcall(function()
      clnrm.expect("a leftover"):equals("nothing")
    end)
  end,
})
clnrm.test("caught in a teardown", function(t)
  clnrm.expect(t:use("server")):equals(1)
end)
