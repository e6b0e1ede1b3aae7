--- Many clnrm at once in one project, with rooms of Docker that may be used again: each has its own
--- rooms to the end, also when one of them is killed.
local docker = dofile("tests/e2e/docker_support.lua")
local engines, json, support = docker.engines, require("core.json"), docker.support
local proc = require("core.proc")
local task = require("core.task")

local RUNS, SCENARIOS = 20, 3
local KILL = 9
local TRIES, PAUSE_MS = 6000, 100

local function file_of(image)
  local text = { ('[meta]\nname = "a"\n[room]\nimage = %q\nreuse = "verified"\n'):format(image) }
  for i = 1, SCENARIOS do
    text[#text + 1] = ('[[scenario]]\nname = "s%d"\nrun = "true"\n'):format(i)
  end
  return table.concat(text)
end

--- Reads the events that a run has written so far; the last line may not be whole.
local function events_of(text)
  local list = {}
  for line in text:gmatch("([^\n]+)\n") do
    list[#list + 1] = json.decode(line)
  end
  return list
end

local function first(events, name)
  for _, event in ipairs(events) do
    if event.event == name then
      return event
    end
  end
end

--- The rooms that a run has had, each once.
local function rooms_of(events)
  local set, count = {}, 0
  for _, event in ipairs(events) do
    if event.event == "room_begin" and not set[event.room] then
      set[event.room], count = true, count + 1
    end
  end
  return set, count
end

describe("twenty clnrm at once in one project", function()
  local engine, why, busybox, place
  local all = {}

  setup(function()
    engine, why = engines.engine()
    if engine then
      busybox, why = engines.image("busybox")
    end
  end)

  after_each(function()
    for _, one in ipairs(all) do
      if not one.result then
        one.process:signal(KILL)
      end
      one.process:close()
    end
    if place then
      place.close()
    end
  end)

  --- Which run each room is of, as the engine has it.
  local function owners()
    local list = assert(engine:docker("ps", "-a", "--filter", "label=clnrm.room", "--format",
      '{{.Label "clnrm.room"}} {{.Label "clnrm.run"}}'))
    local by_room = {}
    for room, run in list:gmatch("(%S+) (%S+)") do
      by_room[room] = by_room[room] or {}
      by_room[room][run] = true
    end
    return by_room
  end

  local function await(what, fn)
    for _ = 1, TRIES do
      if fn() then
        return
      end
      task.sleep(PAUSE_MS)
    end
    error(what)
  end

  it("never use a room of another, and leave none, though one is killed", function()
    if not busybox then
      return pending(why)
    end
    place = docker.place(engine)
    place.write("a.clnrm.toml", file_of(busybox))
    local env = { "DOCKER_HOST=" .. engine.host, "XDG_STATE_HOME=" .. place.dir .. "/.state",
      "PATH=" .. os.getenv("PATH"), "HOME=/nonexistent" }
    for i = 1, RUNS do
      all[i] = { process = assert(proc.spawn({ cwd = place.dir, env = env, argv = {
        support.clnrm, "run", "-f", "events", "--backend", "docker", "-j1", "a.clnrm.toml" } })) }
    end
    local victim = all[1]
    await("the first has a room", function()
      return first(events_of(victim.process:stdout()), "room_begin")
    end)
    victim.process:signal(KILL)
    local function have_ended()
      for _, one in ipairs(all) do
        one.result = one.result or task.timeout(1, one.process.wait, one.process)
        if not one.result then
          return false
        end
      end
      return true
    end
    local looks = 0
    await("all have ended", function()
      for room, runs in pairs(owners()) do
        local run = next(runs)
        assert.is_nil(next(runs, run), room)
      end
      looks = looks + 1
      return have_ended()
    end)
    assert.is_true(looks > 1)

    local owner_of = {}
    for i, one in ipairs(all) do
      local events = events_of(one.process:stdout())
      one.id = assert(events[1].run_id, one.process:stdout())
      local rooms, count = rooms_of(events)
      for room in pairs(rooms) do
        assert.is_nil(owner_of[room], room)
        owner_of[room] = i
      end
      if one == victim then
        assert.is_true(one.result.signal == KILL or one.result.code == 0)
      else
        assert.equal(0, one.result.code, one.process:stdout() .. one.process:stderr())
        local ended = first(events, "run_end")
        assert.equal(SCENARIOS, ended.counts.pass)
        assert.equal(SCENARIOS, ended.pool.taken)
        assert.equal(ended.pool.made - ended.pool.wasted, count)
      end
    end
    for _, one in ipairs(all) do
      await("nothing of a run is left in the engine", function()
        return #place.left(one.id) == 0
      end)
    end
    await("no journal is left", function()
      return place.files() == ""
    end)
  end)
end)
