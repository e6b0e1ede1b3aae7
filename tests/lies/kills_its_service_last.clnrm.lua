-- lie: the last command of a test ends the service by the signal that clnrm stops it with
-- verdict: fail
-- codes: T603
-- exit: 1
local clnrm = require("clnrm")

clnrm.test("a service is ended last", function(t)
  local room <close> = t:open({
    services = {
      a = {
        command = "echo $$ > /room/pid; echo up; while :; do sleep 0.05; done",
        wait = { log = "up" },
      },
    },
  })
  room:exec("kill -TERM $(cat /room/pid)", { service = "a", check = true })
end)
