--- A process of a container: it is not paused while the engine starts something in it, and closed
--- at any time.
local process = require("engine.backend.container.process")
local task = require("core.task")

local SIGSTOP = 19

--- A local of the module that `process.start` uses.
local function local_of(wanted)
  for i = 1, 99 do
    local name, value = debug.getupvalue(process.start, i)
    if name == wanted then
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
    }, local_of("Process"))
    local stopping = task.spawn(one.signal, one, SIGSTOP)
    task.sleep(30)
    assert.same({}, asked)
    joining:set()
    assert.is_true(stopping:join())
    assert.same({ "/containers/ab/pause" }, asked)
    assert.same({ "pause" }, announced)
    assert.is_true(one.is_paused)
  end)

  it("is lost when it is closed while the engine is asked of its end", function()
    local one
    one = setmetatable({
      member = {
        session = { client = { call = function() return true end } },
        thing = { id = "ab" },
        inspect = function()
          one:close()
          return { State = { Running = false, ExitCode = 0 } }
        end,
        note_end = function() end,
      },
      output = { close = function() end, wait = function() error("output is closed") end },
      ended = task.event(), answered = task.event(), sent = {}, taken_ns = {}, unanswered = 0,
    }, local_of("Process"))
    local_of("follow")(one)
    local result, err = one:wait()
    assert.is_nil(result)
    assert.equal("EAGENT", err.code)
  end)
end)
