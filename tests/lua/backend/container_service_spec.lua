--- What a service of an engine was shown is looked at as soon as it has started.
local error_new = require("core.error").new
local process = require("engine.backend.container.process")
local rooms = require("engine.backend.container.room")
local service = require("engine.backend.container.service")

describe("engine.backend.container.service", function()
  local start = process.start

  after_each(function()
    process.start = start
  end)

  it("ends one of which the engine does not tell what it was shown", function()
    local killed = 0
    function process.start()
      return { kill = function()
        killed = killed + 1
      end }
    end
    local member = { asked = { Mounts = {} }, thing = { id = "c" } }
    function member.forget_agent() end
    function member.begin_agent() end
    function member.inspect()
      return nil, error_new({ code = "ENGINE_ANSWER", op = "inspect", message = "no shape",
        detail = { status = 500 } })
    end
    local rt = { member = member, room = {}, spec = { root = {} } }
    assert.truthy(service.start(rt)) -- without volumes nobody asks
    rt.spec.volumes = { { source = "/p", target = "/h" } }
    local started, err = service.start(rt)
    assert.is_nil(started)
    assert.same({ "EAGENT", "no shape", 1 }, { err.code, err.message, killed })
  end)

  it("makes none in a room that is closed", function()
    local ok, err = service.prepare({ room = { is_closed = true } }, { name = "a", spec = {} })
    assert.is_nil(ok)
    assert.same({ "EAGENT", "the room is closed" }, { err.code, err.message })
  end)
end)

describe("a room of containers", function()
  it("says that it is closed to who still asks something of it", function()
    local room = rooms.new({ is_closed = true })
    for name, opts in pairs({ start = { argv = { "true" } }, stat = "/", get = "/x",
      survey = false }) do
      local value, err = room[name](room, opts or nil)
      assert.is_nil(value)
      assert.same({ "EAGENT", "the room is closed" }, { err.code, err.message })
    end
  end)
end)
