--- Runs with and without a pool: what is told is the same, and nothing is left.
package.path = package.path .. ";" .. (os.getenv("CLNRM_ROOT") or ".") .. "/tests/lua/?.lua"
local fake = require("run.fake")
local json = require("core.json")

--- A suite in which every ending of a scenario and a room comes.
local function plan()
  return fake.plan({
    { name = "passes", steps = { "true" } },
    { name = "fails", steps = { "false" } },
    { name = "no room", steps = { "true" }, policy = { level = "low" } }, -- a room unlike others
    { name = "flaky", steps = { "flaky" }, retries = 1 },
    { name = "lost", steps = { "true" } },
    { name = "expected", steps = { "false" }, expect_failure = true },
    { name = "last", steps = { "true", "true" } },
  })
end

local function script(pools)
  local flaky = 0
  return {
    pools = pools,
    files = { ["/"] = { kind = "directory" } },
    open = function(spec)
      return spec.name:find("no room") and fake.error("EROOM", "none to be had")
    end,
    exec = function(spec)
      flaky = flaky + (spec.argv[1] == "flaky" and 1 or 0)
      local is_bad = spec.argv[1] == "false" or spec.argv[1] == "flaky" and flaky == 1
      return fake.result({ exit_code = is_bad and 1 or 0 })
    end,
    close = function(room)
      if room.name:find("lost") then
        return nil, fake.error("EAGENT", "it was not there to the end")
      end
      return { killed = 0 }
    end,
  }
end

--- What is told, by scenario, but for times and how a room was come by.
local function told(events)
  local lines, order = {}, {}
  for _, event in ipairs(events) do
    local copy = json.decode(json.encode(event))
    for _, name in ipairs({ "at_ms", "open_ms", "close_ms", "duration_ms", "wait_ms",
      "worker", "from",
      "pool", "memory", "workers" }) do
      copy[name] = nil
    end
    for _, one in ipairs(copy.attempts or {}) do
      one.duration_ms = nil
    end
    local id = event.id or "run"
    if not lines[id] then
      lines[id], order[#order + 1] = {}, id
    end
    table.insert(lines[id], json.encode(copy))
  end
  table.sort(order)
  return order, lines
end

describe("a run with a pool", function()
  for _, jobs in ipairs({ 1, 3 }) do
    it(("tells the same as one without, -j %d"):format(jobs), function()
      local with, events, stats = fake.run(plan(), script("all"), { jobs = jobs })
      local without, others = fake.run(plan(), script(), { jobs = jobs })
      assert.equal("table", type(events[#events].pool))
      assert.is_nil(others[#others].pool)
      assert.same(without.counts, with.counts)
      assert.equal(without.exit_code, with.exit_code)
      local order, lines = told(events)
      local other_order, other_lines = told(others)
      assert.same(other_order, order)
      assert.same(other_lines, lines)
      assert.equal(stats.opened, stats.closed)
    end)
  end

  it("has none when that is asked for", function()
    local _, events = fake.run(plan(), script("all"), { pool = false })
    assert.is_nil(events[#events].pool)
    for _, event in ipairs(events) do
      assert.is_nil(event.from)
    end
  end)

  --- Runs with a room that takes its time; returns how many were there when they were taken.
  local function ready_of(opts)
    local slow = script("all")
    slow.exec = function()
      require("core.task").sleep(20)
      return fake.result()
    end
    local scenarios = {}
    for i = 1, 4 do
      scenarios[i] = { name = "s" .. i, steps = { "true" } }
    end
    local _, events = fake.run(fake.plan(scenarios), slow, opts)
    return events[#events].pool
  end

  it("makes none ahead while memory is short", function()
    local pressure = require("engine.run.pressure")
    local open = pressure.open
    assert.equal(3, ready_of({}).ready) -- all but the first
    pressure.open = function()
      return { measure = function()
        return { memory_kb = 1 }
      end }, 1
    end
    local pool = ready_of({})
    pressure.open = open
    assert.same({ 0, 4 }, { pool.ready, pool.taken })
  end)

  it("closes what nobody took when it ends early", function()
    local scenarios = { { name = "fails", steps = { "false" } } }
    for i = 1, 20 do
      scenarios[#scenarios + 1] = { name = "s" .. i, steps = { "true" } }
    end
    local summary, events, stats = fake.run(fake.plan(scenarios), script("all"), { fail_fast = 1 })
    assert.equal("fail-fast", summary.interrupted)
    assert.is_true(stats.opened < 6, stats.opened .. " were made")
    assert.equal(stats.opened, stats.closed)
    local pool = events[#events].pool
    assert.equal(pool.made, pool.taken + pool.wasted)
  end)

  it("tells rooms of which it cannot say that they are gone", function()
    local broken = script("all")
    broken.close = function(room)
      if not room.named then -- nobody has taken it
        return nil, fake.error("EAGENT", "it does not go")
      end
      return { killed = 0 }
    end
    local _, events = fake.run(fake.plan({ { name = "fails", steps = { "false" } },
      { name = "s1", steps = { "true" } }, { name = "s2", steps = { "true" } } }), broken,
      { fail_fast = 1 })
    local pool = events[#events].pool
    assert.equal(pool.wasted, #pool.not_closed)
    assert.matches("it does not go", pool.not_closed[1])
  end)
end)
