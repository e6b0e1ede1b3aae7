--- The suite "memory" under its published names: what claims of rooms, services and tests take, and
--- that what is found among many is found as fast as among few. It has no published figures.
local core = require("core.task")
local compare = require("compare")
local measure = require("budgets.measure")
local model = require("engine.model")
local pools = require("engine.pool")
local states = require("engine.dev.state")

local COUNT = 30
local BACKEND = { name = "mock", pools = "all" }

--- Bytes of Lua's heap that something takes which is kept, in MB.
local function heap(fn)
  collectgarbage()
  collectgarbage()
  local before = collectgarbage("count")
  local kept = fn()
  collectgarbage()
  collectgarbage()
  local mb = (collectgarbage("count") - before) / 1024
  assert(kept)
  return mb
end

--- A pool in which so many rooms are claimed, and none is made.
local function registry(count)
  local pool = pools.new({
    cores = 1, spawn = function() end, jobs = function() return 1 end,
    may_prepare = function() return false end,
  })
  for i = 1, count do
    assert(pool:expect(BACKEND, { name = "n" .. i, run_id = "bench", room = { project = "none" } }))
  end
  return pool
end

local function rooms(sheet)
  for _, count in ipairs({ 10, 100, 1000 }) do
    local samples = {}
    for i = 1, COUNT do
      samples[i] = heap(function()
        return registry(count)
      end)
    end
    sheet:add({ name = ("memory/registry/%d rooms claimed"):format(count), unit = "MB",
      samples = samples })
  end
  sheet:add({ name = "memory/metrics: all counters of the pools", unit = "µs",
    samples = measure.us(COUNT, 1000, pools.stats) })
end

--- The state of a loop with so many tests.
local function state_of(count)
  local state, tests = states.new(), {}
  for i = 1, count do
    tests[i] = { id = "t" .. i, name = "t" .. i, tags = {} }
  end
  state:apply({ event = "file_read", path = "/f", file = "f", tests = tests })
  return state
end

local function lookup(sheet)
  local few, many
  for _, count in ipairs({ 10, 1000, 10000 }) do
    local state = state_of(count)
    local ids = {}
    for i = 1, 1000 do
      ids[i] = "t" .. i * 7919 % count + 1
    end
    local samples = measure.us(COUNT, 10000, function(i)
      assert(state.tests[ids[i % 1000 + 1]])
    end)
    few, many = few or samples, samples
    sheet:add({ name = ("memory/lookup: a test of %d"):format(count), unit = "µs",
      samples = samples })
  end
  sheet:add({ name = "memory/lookup: a test of 10 against one of 10,000", unit = "×",
    samples = measure.ratio(few, many), note = "1 if nothing depends on the number" })
end

--- So many services, in files of a hundred at most, which is what one may have.
local function services(sheet, dir)
  for _, count in ipairs({ 10, 100, 500 }) do
    local paths = {}
    for file = 1, (count + 99) // 100 do
      local parts = {}
      for i = 1, math.min(count, 100) do
        parts[i] = ('[services.s%d]\ncommand = ["sleep", "60"]\n'):format(i)
      end
      paths[file] = measure.file(dir, ("services%d_%d"):format(count, file), table.concat(parts)
        .. '[[steps]]\nname = "s"\ncommand = ["true"]\n')
    end
    local function load_all()
      local suites = {}
      for i, path in ipairs(paths) do
        suites[i] = assert(model.load(path, {}), path)
      end
      return suites
    end
    local samples, times = {}, {}
    for i = 1, 10 do
      samples[i] = heap(load_all)
      times[i] = measure.us(1, 1, load_all)[1] / count
    end
    sheet:add({ name = ("memory/services/%d: read and checked"):format(count), unit = "MB",
      samples = samples })
    sheet:add({ name = ("memory/services/%d: one of them"):format(count), unit = "µs",
      samples = times })
  end
end

--- So many tasks that claim a room and take their claim back, 100 times each.
local function concurrent(sheet)
  for _, count in ipairs({ 5, 10, 25, 50 }) do
    local samples = measure.us(COUNT, 1, function()
      local pool, tasks = registry(10), {}
      for i = 1, count do
        tasks[i] = core.spawn(function()
          for _ = 1, 100 do
            pool:forget(assert(pool:expect(BACKEND, { name = "n", run_id = "bench",
              room = { project = "none" } })))
            core.yield()
          end
        end)
      end
      for _, one in ipairs(tasks) do
        one:join()
      end
    end)
    for i, us in ipairs(samples) do
      samples[i] = us / count / 100
    end
    sheet:add({ name = ("memory/concurrent access/%d tasks: a claim and its end"):format(count),
      unit = "µs", samples = samples })
  end
end

---@param sheet bench.budgets.Sheet
return function(sheet)
  local dir = compare.directory("budgets-memory")
  compare.write(dir .. "/clnrm.toml", "")
  rooms(sheet)
  lookup(sheet)
  services(sheet, dir)
  concurrent(sheet)
end
