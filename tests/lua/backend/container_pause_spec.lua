--- A container is not paused while the engine starts something in it.
local process = require("engine.backend.container.process")
local task = require("core.task")

local SIGSTOP = 19

--- The class of what `process.start` makes.
local function class()
  for i = 1, 99 do
    local name, value = debug.getupvalue(process.start, i)
    if name == "Process" then
      return value
    end
  end
end

describe("a process of a container", function()
  it("is stopped when its agent has come, or cannot come any more", function()
    local asked, announced, joining = {}, {}, task.event()
    local client = {
      call = function(_, _, path)
        asked[#asked + 1] = path
        return true
      end,
    }
    local one = setmetatable({
      member = { session = { client = client }, thing = { id = "ab" }, joining = joining,
        announce = function(_, what) announced[#announced + 1] = what end },
      ended = task.event(), answered = task.event(), sent = {}, taken_ns = {}, unanswered = 0,
      is_paused = false,
    }, class())
    local stopping = task.spawn(one.signal, one, SIGSTOP)
    task.sleep(30)
    assert.same({}, asked)
    joining:set()
    assert.is_true(stopping:join())
    assert.same({ "/containers/ab/pause" }, asked)
    assert.same({ "pause" }, announced)
    assert.is_true(one.is_paused)
  end)
end)
