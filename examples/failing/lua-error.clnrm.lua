-- An error in the test itself is no failure of what is tested: its verdict is error.
local clnrm = require("clnrm")

local function port_of(config)
  return config.server.port
end

clnrm.test("the port", function(t)
  local config = { sever = { port = 8080 } }
  clnrm.expect(port_of(config)):equals(8080)
  t:log("never reached")
end)
