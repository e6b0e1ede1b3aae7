--- A service of a shared room that a step kills: it is told of the scenario that did it, each time.
local json = require("core.json")
local support = dofile("tests/e2e/support.lua")

local TIMES = 20 -- before it was waited for, one of three was told of another

describe("a service of a shared room", function()
  it("that a step has killed is told of that step's scenario, and of those that need it", function()
    local dir = support.tempdir()
    support.write(dir .. "/x.clnrm.toml", [==[
[meta]
name = "x"
[services.web]
command = "touch /room/up; exec sleep 60"
wait = { file = "/room/up" }
[[scenario]]
name = "before"
room = "shared"
run = "true"
[[scenario]]
name = "kills"
room = "shared"
run = "kill -9 -1; true"
[[scenario]]
name = "after"
room = "shared"
run = "true"
]==])
    for _ = 1, TIMES do
      local result = support.run({ "run", "-f", "json" }, { cwd = dir })
      local told = {}
      for _, one in ipairs(json.decode(result.out).results) do
        local failure = one.failures and one.failures[1]
        local code = failure and failure.code or "-"
        told[#told + 1] = ("%s %s %s"):format(one.name, one.verdict, code)
      end
      assert.same({ "before pass -", "kills infra V004", "after infra V004" }, told)
      assert.equal(6, result.code)
    end
    support.remove(dir)
  end)
end)
