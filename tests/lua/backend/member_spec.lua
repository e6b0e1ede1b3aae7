local core = require("core.task")
local member_of = require("engine.backend.container.member")

describe("engine.backend.container.member", function()
  it("raises for who waits for its agent what the start of that raised", function()
    local client = {}
    function client.call()
      core.sleep(1)
      error("a bug")
    end
    local member = member_of.new({ client = client }, { id = "a" }, { image = { text = "i" } })
    member:begin_agent()
    for _ = 1, 2 do
      local ok, raised = pcall(core.timeout, 1000, member.agent, member)
      assert.is_false(ok)
      assert.matches("a bug\nstack traceback:", tostring(raised))
    end
  end)
end)
