local json = require("core.json")
local proc = require("core.proc")
local support = dofile("tests/e2e/support.lua")

local run = support.run

local TWO = [==[
[meta]
name = "kept"

[[scenario]]
name = "holds"
[[scenario.steps]]
name = "write"
command = "echo kept > note.txt"

[[scenario]]
name = "breaks"
[[scenario.steps]]
name = "write"
command = "echo broken > note.txt; exit 3"
]==]

local LUA = [==[
local clnrm = require("clnrm")
clnrm.test("breaks", function(t)
  t.room:put("note.txt", "broken")
  t:open():close()
  clnrm.expect(t.room:exec("exit 3").exit_code):equals(0)
end)
clnrm.test("holds", function(t) clnrm.expect(t.room:exec("true").ok):is_true() end)
]==]

describe("clnrm run --keep", function()
  local dir, env

  before_each(function()
    dir = support.tempdir()
    env = { XDG_STATE_HOME = dir }
    support.write(dir .. "/kept.clnrm.toml", TWO)
  end)

  after_each(function()
    run({ "reap" }, { cwd = dir, env = env })
    support.remove(dir)
  end)

  local function kept_rooms(args)
    local argv = { "run", "--format", "events", table.unpack(args) }
    local result = run(argv, { cwd = dir, env = env })
    assert.equal(1, result.code)
    local rooms = {}
    for text in result.out:gmatch("[^\n]+") do
      local event = assert(json.decode(text))
      if event.event == "room_end" and event.kept then
        rooms[event.id:match("› (.*)$")] = event.kept
      end
    end
    return rooms
  end

  it("leaves the rooms of Lua tests that failed, but those that they closed", function()
    os.remove(dir .. "/kept.clnrm.toml")
    support.write(dir .. "/kept.clnrm.lua", LUA)
    local rooms = kept_rooms({ "--keep=on-failure" })
    assert.is_nil(rooms.holds)
    local inside = support.sh((rooms.breaks.enter:gsub("sh$", "cat note.txt")))
    assert.equal("broken", inside.out, inside.err)
  end)

  it("leaves every room, which can be entered, and reap ends them", function()
    local rooms = kept_rooms({ "--keep" })
    for name, text in pairs({ holds = "kept", breaks = "broken" }) do
      local enter = rooms[name].enter:gsub("sh$", "cat note.txt")
      local inside = support.sh(enter)
      assert.equal(text .. "\n", inside.out, inside.err)
    end
    local told = run({ "reap", "--dry-run" }, { cwd = dir, env = env })
    assert.matches("kept kept.clnrm.toml › breaks", told.out, 1, true)
    assert.is_number(proc.start_time(rooms.holds.pid))
    assert.equal(0, run({ "reap" }, { cwd = dir, env = env }).code)
    assert.is_nil(proc.start_time(rooms.holds.pid))
    assert.is_nil(proc.start_time(rooms.breaks.pid))
    assert.matches("no kept rooms", run({ "reap" }, { cwd = dir, env = env }).out)
  end)

  it("leaves only the rooms of failures with on-failure", function()
    local rooms = kept_rooms({ "--keep=on-failure" })
    assert.is_nil(rooms.holds)
    assert.is_number(proc.start_time(rooms.breaks.pid))
  end)

  it("never takes a later process with the number of a room for that room", function()
    local rooms = kept_rooms({ "--keep=on-failure" })
    local pid, started = rooms.breaks.pid, proc.start_time(rooms.breaks.pid)
    local ok, err = proc.signal_pid(pid, started + 1, 9)
    assert.is_nil(ok)
    assert.equal("ESRCH", err.code)
    assert.equal(started, proc.start_time(pid))
  end)

  it("refuses where a kept room could not be noted", function()
    local result = run({ "run", "--keep" }, { cwd = dir, env = { HOME = "/nowhere" } })
    assert.equal(6, result.code)
    assert.matches("cannot be noted", result.err)
    assert.equal("", result.out)
  end)
end)
