--- Which parts of the page change with which event.
local changes = require("engine.dev.ui.changes")
local states = require("engine.dev.state")
local task = require("core.task")

describe("engine.dev.ui.changes", function()
  local told, state

  before_each(function()
    told, state = changes.new(), states.new()
    state:follow(function(_, event)
      told:on_event(state, event)
    end)
    state:apply({ event = "file_read", path = "/p/a", file = "a",
      tests = { { id = "a › x", name = "x", tags = {} } } })
    state:apply({ event = "reload_begin", cycle = 1, changed = {}, affected = {}, total = 1,
      began_ms = 0 })
  end)

  --- Opens one that has seen all so far.
  local function open()
    local reader = told:open()
    assert.same({ "*" }, reader:take())
    return reader
  end

  it("tells each reader of the parts that an event changes", function()
    local one, two = open(), open()
    state:apply({ event = "scenario_begin", id = "a › x" })
    assert.same({ "file?path=%2Fp%2Fa", "test?id=a%20%E2%80%BA%20x" }, one:take())
    state:apply({ event = "scenario_end", id = "a › x", verdict = "pass", duration_ms = 1 })
    assert.same({ "file?path=%2Fp%2Fa", "header", "test?id=a%20%E2%80%BA%20x" }, one:take())
    assert.same({ "file?path=%2Fp%2Fa", "header", "test?id=a%20%E2%80%BA%20x" }, two:take())
    state:apply({ event = "paused", is_paused = true })
    assert.same({ "header" }, one:take())
    state:apply({ event = "output", id = "a › x" })
    assert.same({ "test?id=a%20%E2%80%BA%20x" }, one:take())
  end)

  it("tells of the list when files come and go, and of a file alone when it is read again",
    function()
      local reader = open()
      state:apply({ event = "file_read", path = "/p/a", file = "a", tests = {} })
      assert.same({ "file?path=%2Fp%2Fa", "header" }, reader:take())
      state:apply({ event = "file_read", path = "/p/b", file = "b", tests = {} })
      assert.same({ "file?path=%2Fp%2Fb", "header", "tests" }, reader:take())
      state:apply({ event = "file_gone", path = "/p/b", file = "b" })
      assert.same({ "header", "tests" }, reader:take())
    end)

  it("gathers for a reader that takes nothing, and gives it all when that is too much", function()
    local reader = open()
    for i = 1, changes.NAMES_MAX + 1 do
      state:apply({ event = "output", id = "t" .. i })
    end
    state:apply({ event = "paused" })
    assert.same({ "*" }, reader:take())
    state:apply({ event = "paused" })
    assert.same({ "header" }, reader:take())
  end)

  it("tells a page nothing at first that shows what is", function()
    local reader = told:open(tostring(told.version))
    assert.is_nil(task.timeout(1, reader.take, reader))
    local late = told:open(tostring(told.version))
    state:apply({ event = "paused" })
    assert.same({ "header" }, late:take())
    assert.same({ "*" }, told:open(tostring(told.version - 1)):take())
  end)

  it("waits for what is to be told, and tells a closed one nothing", function()
    local reader = open()
    assert.is_nil(task.timeout(1, reader.take, reader))
    told:close(reader)
    told:close(reader)
    assert.equal(0, told.count)
    state:apply({ event = "paused" })
    assert.is_nil(task.timeout(1, reader.take, reader))
  end)
end)
