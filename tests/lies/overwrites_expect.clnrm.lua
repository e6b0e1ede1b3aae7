-- lie: a test that puts another expect into the API
-- verdict: error
-- codes: T702
-- exit: 2
local clnrm = require("clnrm")

clnrm.test("overwrites expect", function()
  local yes = setmetatable({}, {
    __index = function()
      return function() end
    end,
  })
  rawset(clnrm, "expect", function()
    return yes
  end)
  clnrm.expect(1):equals(2)
end)
