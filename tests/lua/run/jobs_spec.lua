package.path = package.path .. ";" .. (os.getenv("CLNRM_ROOT") or ".") .. "/tests/lua/?.lua"
local core = require("core.task")
local fake = require("run.fake")
local jobs = require("engine.run.jobs")
local pressure = require("engine.run.pressure")

--- Decides from 4 cores, a queue, and all slots in use, unless said otherwise.
local function decide(limit, seen, now)
  local input = { limit = limit, running = limit, queued = true, cores = 4 }
  for key, value in pairs(now or {}) do
    input[key] = value
  end
  return jobs.decide(input, seen)
end

local MUCH = 8 << 20 -- KiB

describe("-j auto", function()
  it("stays where processors have something to do", function()
    assert.equal(4, decide(4, { idle = 0, memory_kb = MUCH }))
    assert.equal(4, decide(4, { idle = 0.1, memory_kb = MUCH }))
    assert.equal(4, decide(4, {})) -- nothing could be measured
  end)

  it("goes up while they idle, faster when they idle more, to a bound", function()
    assert.equal(5, decide(4, { idle = 0.3, memory_kb = MUCH }))
    assert.equal(6, decide(4, { idle = 0.9, memory_kb = MUCH }))
    assert.equal(32, decide(31, { idle = 1, memory_kb = MUCH }))
    assert.equal(32, decide(32, { idle = 1, memory_kb = MUCH }))
    assert.equal(64, jobs.ceiling(40))
    assert.equal(100, jobs.ceiling(100))
  end)

  it("does not go up for nobody, or while slots are free", function()
    assert.equal(4, decide(4, { idle = 1 }, { queued = false }))
    assert.equal(4, decide(4, { idle = 1 }, { running = 3 }))
  end)

  it("comes back to one a core when they are busy, and no further", function()
    assert.equal(8, decide(9, { idle = 0.01 }))
    assert.equal(4, decide(4, { idle = 0 }))
  end)

  it("halves when memory is short, down to one, and recovers", function()
    assert.equal(4, decide(9, { idle = 1, memory_kb = 100 << 10 }))
    assert.equal(1, decide(1, { idle = 1, memory_kb = 0 }))
    assert.equal(2, decide(4, { idle = 1, memory_kb = MUCH, memory_stalled = 40 }))
    assert.equal(3, decide(2, { idle = 0, memory_kb = MUCH, memory_stalled = 0 }))
  end)

  it("takes no more than memory has room for", function()
    assert.equal(12, decide(8, { idle = 1, memory_kb = 1 << 20 }))
    assert.equal(20, decide(16, { idle = 1, memory_kb = 256 << 10 }))
  end)

  it("ends between its bounds, whatever it is told", function()
    math.randomseed(3)
    local limit = 4
    for _ = 1, 5000 do
      limit = decide(limit, {
        idle = math.random(3) > 1 and math.random() or nil,
        memory_kb = math.random(3) > 1 and math.random(0, 1 << 22) or nil,
        memory_stalled = math.random(3) > 1 and math.random(0, 100) or nil,
      }, { running = math.random(0, 40), queued = math.random(2) == 1 })
      assert.is_true(math.type(limit) == "integer" and limit >= 1 and limit <= 32, limit)
    end
  end)

  it("measures this machine", function()
    local open, cores = pressure.open(4)
    assert.is_true(cores >= 1 and cores <= 4)
    local seen = open:measure()
    assert.is_true(seen.idle == nil or seen.idle >= 0 and seen.idle <= 1)
    assert.is_true(seen.memory_kb > 1000)
    local own = pressure.own_memory()
    assert.is_true(own.rss_kb > 1000 and own.peak_kb >= own.rss_kb)
  end)
end)

describe("a run with -j auto", function()
  local real

  before_each(function()
    real = package.loaded["engine.run.pressure"]
  end)
  after_each(function()
    package.loaded["engine.run.pressure"] = real
  end)

  --- Runs scenarios that end when `is_over(stats)`, on a machine where this is seen.
  local function run(seen, opts, is_over)
    package.loaded["engine.run.pressure"] = {
      own_memory = real.own_memory,
      open = function(cores)
        return { measure = function()
          return seen
        end }, cores
      end,
    }
    local scenarios = {}
    for i = 1, 60 do
      scenarios[i] = { name = "n" .. i, steps = { "x" } }
    end
    local backend
    backend = fake.backend({
      exec = function()
        local stats = backend.stats
        stats.waited = stats.waited or 0
        while not is_over(stats) and stats.waited < 4000 do
          stats.waited = stats.waited + 1
          core.sleep(5)
        end
        return fake.result()
      end,
    })
    local all = { backend = backend, jobs = "auto" }
    for key, value in pairs(opts or {}) do
      all[key] = value
    end
    local summary, events = fake.run(fake.plan(scenarios), nil, all)
    return summary, events[#events], backend.stats, events[1]
  end

  it("has more workers while processors idle", function()
    local goal = require("core.proc").cores() + 3
    local summary, ended, stats, begun = run({ idle = 1 }, nil, function(stats)
      return stats.most >= goal
    end)
    assert.equal(60, summary.counts.pass)
    assert.is_true(stats.most >= goal)
    assert.equal(stats.most, ended.workers.peak)
    assert.equal(60, ended.workers.rooms)
    assert.is_true(ended.workers.busy_ms > 0 and ended.memory.peak_kb > 0)
    assert.equal(require("core.proc").cores(), begun.jobs)
  end)

  it("has fewer when memory is short, and comes to its end", function()
    local summary, _, stats = run({ idle = 1, memory_kb = 0 }, nil, function(stats)
      stats.asked = (stats.asked or 0) + 1
      return stats.asked > 40
    end)
    assert.equal(60, summary.counts.pass)
    assert.is_true(stats.most <= require("core.proc").cores())
  end)

  it("keeps to -j N", function()
    local summary, ended, stats = run({ idle = 1 }, { jobs = 3 }, function(stats)
      stats.asked = (stats.asked or 0) + 1
      return stats.asked > 60
    end)
    assert.same({ 60, 3, 3 }, { summary.counts.pass, stats.most, ended.workers.peak })
  end)

  it("ends at a deadline and at fail-fast with many workers", function()
    local summary = run({ idle = 1 }, { deadline_ms = 400 }, function()
      return false
    end)
    assert.same({ "deadline", 124 }, { summary.interrupted, summary.exit_code })
  end)
end)
