local core = require("core.task")
local error_new = require("core.error").new
local fs = require("core.fs")
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

  it("does not start where a source went while the engine was asked: that is why", function()
    local dir = assert(fs.realpath(assert(fs.tempdir())))
    local session = { client = {} }
    function session.timed(_, _, _, fn)
      return fn()
    end
    local function start(status)
      assert(fs.mkdir_p(dir .. "/a"))
      function session.client.call()
        assert(fs.remove_tree(dir .. "/a"))
        return nil, error_new({ code = "ENGINE_FAILED", op = "start", message = "no such file",
          detail = { status = status } })
      end
      local member = member_of.new(session, { id = "a" }, { image = { text = "i" },
        asked = { Mounts = { { Type = "bind", Source = dir .. "/a", Target = "/h" } } } })
      local ok, err = member:start()
      assert.is_nil(ok)
      return err
    end
    for _, status in ipairs({ 400, 500 }) do
      local err = start(status)
      assert.equal("EPOLICY", err.code)
      assert.matches("/a was to be shown at /h, and it cannot be found any more", err.message)
    end
    assert.equal("no such file", start(nil).message) -- the engine has not answered
    assert(fs.remove_tree(dir))
  end)
end)
