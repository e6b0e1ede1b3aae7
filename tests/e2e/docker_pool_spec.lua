--- Rooms of a real engine that are made ahead of the scenarios that take them.
local docker = dofile("tests/e2e/docker_support.lua")
local engines, json, support = docker.engines, require("core.json"), docker.support
local proc = require("core.proc")
local task = require("core.task")

local COUNT = 3
local KILL = 9

--- Reads the events that a run wrote.
local function events_of(text)
  local list = {}
  for line in text:gmatch("[^\n]+") do
    list[#list + 1] = json.decode(line)
  end
  return list
end

local function last(list)
  return list[#list]
end

local OWN = { at_ms = true, open_ms = true, close_ms = true, duration_ms = true, wait_ms = true,
  from = true, pool = true, worker = true, workers = true, memory = true, run_id = true,
  rusage = true, room = true }

--- Takes out what differs from run to run: times, processes, how a room was come by.
local function without_own(value)
  if type(value) ~= "table" then
    return value
  end
  local copy = json.decode("{}")
  for name, item in pairs(value) do
    copy[name] = not OWN[name] and without_own(item) or nil
  end
  return copy
end

local function told(events)
  local lines = {}
  for i, event in ipairs(events) do
    lines[i] = json.encode(without_own(event), { invalid = "replace" })
  end
  table.sort(lines)
  return lines
end

describe("the pool of rooms of Docker", function()
  local engine, why, busybox, place

  setup(function()
    engine, why = engines.engine()
    if engine then
      busybox, why = engines.image("busybox")
    end
  end)

  before_each(function()
    if busybox then
      place = docker.place(engine)
    end
  end)

  after_each(function()
    if place then
      place.close()
      place = nil
    end
  end)

  local function case(name, fn)
    it(name, function()
      if not busybox then
        pending(why)
        return
      end
      fn()
    end)
  end

  --- Writes scenarios; each looks whether an earlier one was in its room, and spoils it.
  local function file(name, count, command, rest)
    local text = { ('[meta]\nname = %q\n[room]\nimage = %q\n'):format(name, busybox) }
    for i = 1, count do
      text[#text + 1] = ('[[scenario]]\nname = "s%d"\nrun = %q\n'):format(i,
        command or "test ! -e /was-here && touch /was-here")
    end
    place.write(name .. ".clnrm.toml", table.concat(text) .. (rest or ""))
  end

  local function run(...)
    local got = place.clnrm({ "run", "-f", "events", "--backend", "docker", ... })
    local events = events_of(got.out)
    assert(last(events) and last(events).event == "run_end", got.out .. got.err)
    return events, got
  end

  case("are there when their scenario comes, are used once, and are gone afterwards", function()
    file("a", COUNT - 1)
    file("b", 1) -- whose room is made like the others
    local events, got = run("-j1")
    assert.equal(0, got.code, got.out)
    local pool = last(events).pool
    assert.same({ COUNT, COUNT, 0, 0 }, { pool.made, pool.taken, pool.again, pool.wasted })
    local from = {}
    for _, event in ipairs(events) do
      from[#from + 1] = event.event == "room_begin" and event.from or nil
    end
    assert.equal(COUNT, #from)
    assert.equal("made", from[1])
    assert.same({}, place.left(events[1].run_id))
    assert.equal("", place.files())
  end)

  case("changes nothing that is told of a test; --no-cache has none", function()
    file("a", 2, "echo out; exit 3", '[[scenario]]\nname = "good"\nrun = "true"\n')
    local with = run("-j1", "--retries", "1")
    local without = run("-j1", "--retries", "1", "--no-cache")
    assert.equal("table", type(last(with).pool))
    assert.is_nil(last(without).pool)
    assert.same(told(without), told(with))
  end)

  case("has rooms of services alone, which are there as well", function()
    place.write("a.clnrm.toml", ([==[
[meta]
name = "a"
[services.app]
image = "%s"
command = "touch /tmp/ready; exec sleep 60"
wait = { file = "/tmp/ready" }
[[scenario]]
name = "s1"
[[scenario.steps]]
name = "x"
service = "app"
command = "true"
[[scenario]]
name = "s2"
[[scenario.steps]]
name = "x"
service = "app"
command = "true"
]==]):format(busybox))
    local events, got = run("-j1")
    assert.equal(0, got.code, got.out)
    local pool = last(events).pool
    assert.same({ 2, 2, 0, 0 }, { pool.made, pool.taken, pool.dead or 0, pool.wasted })
    assert.same({}, place.left(events[1].run_id))
  end)

  case("is closed when the run ends early, and nothing is left of it", function()
    file("a", 9, "false")
    local events, got = run("-j1", "-x")
    assert.equal(1, got.code)
    local pool = last(events).pool
    assert.is_true(pool.wasted > 0 and pool.made < 6, json.encode(pool))
    assert.same({}, place.left(events[1].run_id))
    assert.equal("", place.files())
  end)

  case("leaves nothing when clnrm is killed while rooms wait, nor touches another run's", function()
    file("a", COUNT, "sleep 3")
    local argv = { support.clnrm, "run", "-f", "events", "--backend", "docker", "-j1",
      "a.clnrm.toml" }
    local env = { "DOCKER_HOST=" .. engine.host, "XDG_STATE_HOME=" .. place.dir .. "/.state",
      "PATH=" .. os.getenv("PATH"), "HOME=/nonexistent" }
    local runs = {}
    for i = 1, 2 do -- two in one directory
      runs[i] = { process = assert(proc.spawn({ argv = argv, env = env, cwd = place.dir })) }
    end
    local function await(what, fn)
      for _ = 1, 600 do
        if fn() then
          return
        end
        task.sleep(50)
      end
      error(what .. ": " .. runs[1].process:stdout() .. runs[1].process:stderr())
    end
    for _, one in ipairs(runs) do
      await("rooms wait beside the one that is used", function()
        one.id = one.id or one.process:stdout():match('"run_id":"(%x+)"')
        return one.id and one.process:stdout():find('"step_begin"', 1, true)
          and #place.left(one.id) >= 2
      end)
    end
    local killed, other = runs[1], runs[2]
    killed.process:signal(KILL)
    assert.equal(KILL, killed.process:wait().signal)
    await("the watcher has removed what was left", function()
      return #place.left(killed.id) == 0
    end)
    assert.equal(0, other.process:wait().code, other.process:stdout())
    local ended = last(events_of(other.process:stdout()))
    assert.equal(COUNT, ended.counts.pass)
    assert.equal(COUNT, ended.pool.taken)
    assert.same({}, place.left(other.id))
    await("both journals are gone", function()
      return place.files() == ""
    end)
    for _, one in ipairs(runs) do
      one.process:close()
    end
  end)

  --- Writes a file of Lua tests; `room` is what each opens.
  local function lua_file(count, room)
    place.write("l.clnrm.lua", ([==[
local clnrm = require("clnrm")
for i = 1, %d do
  clnrm.test("l" .. i, function(t)
    local room = t:open(%s)
    clnrm.expect(room:exec("test ! -e /was-here && touch /was-here").exit_code):equals(0)
  end)
end
]==]):format(count, room:format(busybox)))
  end

  --- How the rooms of a run were come by.
  local function ways(events)
    local list = {}
    for _, event in ipairs(events) do
      list[#list + 1] = event.event == "room_begin" and (event.from or "") or nil
    end
    return list
  end

  case("are there for the tests of a Lua file that open what the one before did", function()
    lua_file(COUNT + 2, "{ image = %q }")
    local events, got = run("-j1")
    assert.equal(0, got.code, got.out)
    local pool = last(events).pool
    assert.same({ COUNT + 2, COUNT + 2, 0, 0 },
      { pool.made, pool.taken, pool.again, pool.wasted })
    local from = ways(events)
    assert.same({ COUNT + 2, "made" }, { #from, from[1] })
    assert.same({}, place.left(events[1].run_id))
    assert.equal("", place.files())
    local without = run("-j1", "--no-cache")
    assert.same(told(without), told(events))
  end)

  case("are no longer guessed for a Lua file whose tests open different ones", function()
    lua_file(COUNT + 3, "{ image = %q, env = { N = i } }")
    local events, got = run("-j1")
    assert.equal(0, got.code, got.out)
    local pool = last(events).pool
    assert.equal(COUNT + 3, pool.taken)
    assert.equal(pool.made, pool.taken + pool.wasted)
    assert.is_true(pool.wasted <= 3, pool.wasted) -- those that were made ahead after the first
    assert.same({}, place.left(events[1].run_id))
  end)

  case("are used by Lua tests that run beside each other, are skipped, fail or end late", function()
    place.write("l.clnrm.lua", ([==[
local clnrm = require("clnrm")
for i = 1, 8 do
  clnrm.test("l" .. i, { timeout = i == 3 and "1s" or "60s" }, function(t)
    if i == 2 then t:skip("not now") end
    local room <close> = t:open({ image = %q })
    if i == 3 then clnrm.task.sleep("50s") end
    clnrm.expect(room:exec("true").exit_code):equals(i == 5 and 1 or 0)
  end)
end
]==]):format(busybox))
    local events, got = run("-j3")
    assert.equal(1, got.code, got.out)
    local counts = last(events).counts
    assert.same({ 5, 1, 1, 1 }, { counts.pass, counts.fail, counts.skip, counts.timeout })
    assert.same({}, place.left(events[1].run_id))
    assert.equal("", place.files())
  end)
end)
