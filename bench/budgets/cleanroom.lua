--- The suite "cleanroom" under its published names. Where that measured a table of a program
--- (mocks), there is a row of the same in our memory, and one of real rooms.
local clock = require("core.clock")
local core = require("core.task")
local filled_pool = require("filled_pool")
local measure = require("budgets.measure")
local pools = require("engine.pool")
local sandbox = require("engine.backend.sandbox")
local service = require("engine.service")

local COUNT = 50
local SPEC = { name = "bench", run_id = "bench", room = { project = "none" } }
local STEP = { argv = { "/usr/bin/true" } }

--- A backend whose rooms are tables: what the pool itself takes.
local function mock()
  return { name = "mock", pools = "all", open = function()
    return { stat = function() return {} end, close = function() end }
  end }
end

local function open()
  return assert(sandbox.open(SPEC))
end

local function creation(sheet)
  sheet:add({ name = "cleanroom/creation, in memory: a pool", unit = "µs", published = 200,
    is_mean = true, ours = 128.67, samples = measure.us(COUNT, 100, function()
      pools.new({})
    end) })
  local samples = {}
  for i = 1, COUNT do
    local before = clock.now()
    local room = open()
    samples[i] = (clock.now() - before) / 1e6
    room:close()
  end
  sheet:add({ name = "cleanroom/creation: a sandbox room", unit = "ms", samples = samples })
end

local function registration(sheet)
  local room = open()
  local specs = { { name = "db", kind = "daemon", argv = { "sleep", "60" }, waits = {} } }
  sheet:add({ name = "cleanroom/service registration, in an open room", unit = "µs",
    published = 100, is_mean = true, ours = 47.89, samples = measure.us(COUNT, 20, function()
      service.new(room, specs, {})
    end) })
  sheet:add({ name = "cleanroom/health check: a round trip to the agent of a room", unit = "µs",
    samples = measure.us(COUNT, 100, function()
      assert(room:stat("/"))
    end) })
  room:close()
end

--- Ten rooms that wait, taken one after the other; the mean of each ten.
local function popped(backend)
  local samples = {}
  for i = 1, COUNT do
    local pool, await = filled_pool.new(backend.open, 10)
    local tickets = {}
    for n = 1, 10 do
      tickets[n] = assert(pool:expect(backend, SPEC))
    end
    await()
    local before = clock.now()
    for n = 1, 10 do
      assert(pool:take(tickets[n]))
    end
    samples[i] = (clock.now() - before) / 10000
    pool:close()
  end
  return samples
end

--- A room that nobody has made yet, and one that waits.
local function reuse(sheet)
  local function taken(backend, is_filled)
    local samples = {}
    for i = 1, COUNT do
      local pool, await = filled_pool.new(backend.open, 1)
      local all = setmetatable({ pools = "all" }, { __index = backend })
      local before = clock.now()
      local ticket = assert(pool:expect(all, SPEC))
      if is_filled then
        await()
        before = clock.now()
      end
      local room = assert(pool:take(ticket))
      samples[i] = (clock.now() - before) / 1000
      room:close()
      pool:close()
    end
    return samples
  end
  local made = mock()
  sheet:add({ name = "cleanroom/first create, in memory: claimed, made, taken", unit = "µs",
    published = 150, is_mean = true, ours = 92.11, samples = taken(made, false) })
  sheet:add({ name = "cleanroom/first create: a sandbox room by the pool", unit = "µs",
    samples = taken(sandbox, false) })
  sheet:add({ name = "cleanroom/reuse, in memory: one of ten rooms that wait is taken", unit = "µs",
    published = 5, is_mean = true, ours = 1.45, samples = popped(made) })
  sheet:add({ name = "cleanroom/reuse: with a round trip to its agent", unit = "µs",
    samples = taken(sandbox, true) })
end

local function counters(sheet)
  sheet:add({ name = "cleanroom/metrics: all counters of the pools", unit = "µs", published = 10,
    is_mean = true, ours = 7.89, samples = measure.us(COUNT, 1000, pools.stats) })
end

--- Rooms opened, a step in each, and closed, so many tasks at once; ms for each room.
local function lifecycle(sheet)
  for _, count in ipairs({ 1, 5, 10, 25, 50 }) do
    local samples = {}
    for round = 1, 5 do
      local tasks, before = {}, clock.now()
      for i = 1, count do
        tasks[i] = core.spawn(function()
          local room = open()
          assert(assert(room:exec(STEP)).exit_code == 0)
          room:close()
        end)
      end
      for _, one in ipairs(tasks) do
        one:join()
      end
      samples[round] = (clock.now() - before) / 1e6 / count
    end
    sheet:add({ name = ("cleanroom/lifecycle/%d at once: opened, a step, closed, each"):format(
      count), unit = "ms", samples = samples })
  end
end

---@param sheet bench.budgets.Sheet
return function(sheet)
  creation(sheet)
  registration(sheet)
  reuse(sheet)
  counters(sheet)
  lifecycle(sheet)
end
