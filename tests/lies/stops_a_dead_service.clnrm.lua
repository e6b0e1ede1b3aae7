-- lie: a service that died is stopped, as if its end had been asked for
-- verdict: fail
-- codes: T603
-- exit: 1
local clnrm = require("clnrm")

clnrm.test("stops a dead service", function(t)
  local room = t:open({
    services = { short = { command = "echo up; sleep 0.1; exit 3", wait = { log = "up" } } },
  })
  local short = room:service("short")
  clnrm.expect(function()
    return short:resume() -- nil once it is gone
  end):eventually({ within = "20s" }):is_nil()
  short:stop()
end)
