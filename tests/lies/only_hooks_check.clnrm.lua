-- lie: hooks and a fixture check something, the test nothing
-- verdict: fail
-- codes: T704
-- exit: 1
local clnrm = require("clnrm")

clnrm.before_each(function(t)
  t.room:exec("true", { check = true })
end)
clnrm.after_each(function()
  clnrm.expect(1):equals(1)
end)
clnrm.fixture("ready", {
  setup = function()
    assert(1 == 1)
  end,
})
clnrm.test("uses what was checked", function(t)
  t:use("ready")
end)
