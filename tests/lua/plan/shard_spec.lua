local identity = require("engine.plan.identity")
local plan = require("engine.plan")
local shard = require("engine.plan.shard")
local timings = require("engine.plan.timings")

--- Makes suites of so many scenarios in all.
local function suites(count, shown)
  local list = {}
  for i = 1, count do
    local file = ("t/%d.clnrm.toml"):format((i - 1) // 5)
    local suite = list[#list]
    if not suite or suite.file ~= (shown or "") .. file then
      suite = { file = (shown or "") .. file, path = "/p/" .. file, project_dir = "/p", tags = {} }
      suite.scenarios = {}
      list[#list + 1] = suite
    end
    local name = "test " .. i
    table.insert(suite.scenarios, {
      id = suite.file .. " › " .. name, name = name, file = suite.file, tags = {}, suite = suite,
    })
  end
  return list
end

local function ids(scenarios)
  local set = {}
  for _, scenario in ipairs(scenarios) do
    local id = identity.of(scenario)
    assert(not set[id], "twice in one part")
    set[id] = true
  end
  return set
end

local function times_of(list, random)
  local by_id = {}
  for _, suite in ipairs(list) do
    for _, scenario in ipairs(suite.scenarios) do
      if random(3) > 1 then
        by_id[identity.of(scenario)] = random(100000) / 10
      end
    end
  end
  return next(by_id) and timings.of(by_id) or nil
end

describe("shards", function()
  it("are disjoint and together everything, by hash and by time, whatever there is", function()
    math.randomseed(20260112)
    for _ = 1, 300 do
      local list = suites(math.random(0, 60))
      local count = math.random(1, 12)
      local times = math.random(2) == 1 and times_of(list, math.random) or nil
      local all, sum = ids(plan.make(list).scenarios), {}
      for index = 1, count do
        local part = plan.make(list, {
          shard = { index = index, count = count }, timings = times,
        })
        for id in pairs(ids(part.scenarios)) do
          assert.is_nil(sum[id], id)
          sum[id] = true
        end
      end
      assert.same(all, sum)
    end
  end)

  it("are the same from wherever one stands", function()
    for index = 1, 3 do
      local opts = { shard = { index = index, count = 3 } }
      local here, there = plan.make(suites(40), opts), plan.make(suites(40, "../p/"), opts)
      assert.same(ids(here.scenarios), ids(there.scenarios))
      assert.is_true(#here.scenarios > 0)
    end
  end)

  it("keep a test in its part when others come and go", function()
    assert.equal(2, shard.of("tests/a.clnrm.toml › one", 7)) -- for ever
    assert.equal(6, shard.of("tests/a.clnrm.toml › two", 7))
    for _, count in ipairs({ 1, 2, 16 }) do
      local seen = {}
      for i = 1, 400 do
        local part = shard.of("x" .. i, count)
        assert.is_true(part >= 1 and part <= count)
        seen[part] = true
      end
      assert.equal(count, #seen)
    end
  end)

  it("by time are level", function()
    local list, by_id = suites(20), {}
    for _, suite in ipairs(list) do
      for i, scenario in ipairs(suite.scenarios) do
        by_id[identity.of(scenario)] = i * 100
      end
    end
    local times = timings.of(by_id)
    for index = 1, 4 do
      local part = plan.make(list, { shard = { index = index, count = 4 }, timings = times })
      local sum = 0
      for _, scenario in ipairs(part.scenarios) do
        sum = sum + times:of(scenario)
      end
      assert.equal(1500, sum)
    end
  end)

  it("follow the selection", function()
    local count = 0
    for index = 1, 3 do
      local part = plan.make(suites(30), {
        only = "*1", shard = { index = index, count = 3 },
      })
      for _, scenario in ipairs(part.scenarios) do
        assert.matches("1$", scenario.name)
        count = count + 1
      end
      assert.equal(3, part.unsharded)
    end
    assert.equal(3, count)
  end)
end)

describe("times", function()
  local scenario = suites(1)[1].scenarios[1]

  local function ms(text)
    local got, why = timings.parse(text)
    return got and got:of(scenario), why, got
  end

  it("are read from a report, from events, and from a table of times", function()
    assert.equal(7, ms('{"schema":"clnrm.report/1","results":[{"id":"t/0.clnrm.toml › test 1",'
      .. '"duration_ms":7,"verdict":"pass"},{"kind":"file","file":"x"}]}'))
    assert.equal(8, ms('{"event":"run_begin"}\n{"event":"output","text":"scenario_end"}\n'
      .. '{"event":"scenario_end","id":"./t/0.clnrm.toml › test 1",'
      .. '"test":"t/0.clnrm.toml › test 1","duration_ms":8,"verdict":"fail"}\n'))
    assert.equal(9, ms('{"schema":"clnrm.timings/1","tests":{"t/0.clnrm.toml › test 1":9}}'))
  end)

  it("have a digest of the file", function()
    local _, _, got = ms('{"schema":"clnrm.timings/1","tests":{"a":9}}')
    assert.matches("^sha256:%x+$", got.digest)
    local _, _, other = ms('{"schema":"clnrm.timings/1","tests":{"a":8}}')
    assert.is_true(got.digest ~= other.digest)
  end)

  it("that tell nothing are refused", function()
    for text, why in pairs({
      ["{}"] = "neither a JSON report",
      ["[]"] = "neither a JSON report",
      [""] = "it tells of no test",
      ["hello"] = "line 1 is no event",
      ['{"event":"run_begin"}\n{"event":"scenario_end"'] = "line 2 is no event",
      ['{"results":[]}'] = "it tells of no test",
      ['{"event":"run_begin"}'] = "it tells of no test",
      ['{"schema":"clnrm.timings/1","tests":{"a":"x"}}'] = "holds no time: a",
      ['{"schema":"clnrm.timings/1","tests":{"a":-1}}'] = "holds no time: a",
    }) do
      local got, said = timings.parse(text)
      assert.is_nil(got, text)
      assert.is_truthy(said:find(why, 1, true), text .. ": " .. said)
    end
  end)
end)

describe("orders", function()
  local function names(list)
    local out = {}
    for i, scenario in ipairs(list) do
      out[i] = tonumber(scenario.name:match("%d+"))
    end
    return out
  end

  it("by chance are permutations that a seed repeats", function()
    local seen, firsts = {}, {}
    for seed = 1, 40 do
      local opts = { order = "random", seed = seed }
      local list = names(plan.make(suites(12), opts).scenarios)
      assert.same(list, names(plan.make(suites(12), opts).scenarios))
      seen[table.concat(list, " ")] = true
      firsts[list[1]] = true
      table.sort(list)
      assert.same({ 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 }, list)
    end
    local count, first = 0, 0
    for _ in pairs(seen) do
      count = count + 1
    end
    for _ in pairs(firsts) do
      first = first + 1
    end
    assert.equal(40, count)
    assert.is_true(first >= 9, first)
  end)

  it("by chance are the same on every machine and for ever", function()
    local opts = { order = "random", seed = 42 }
    assert.same({ 6, 5, 1, 2, 7, 4, 8, 3 }, names(plan.make(suites(8), opts).scenarios))
  end)

  it("put the slowest first, and what nobody knows before them", function()
    local times = timings.of({
      ["t/0.clnrm.toml › test 1"] = 5, ["t/0.clnrm.toml › test 2"] = 50,
      ["t/0.clnrm.toml › test 4"] = 5,
    })
    local got = plan.make(suites(4), { order = "slowest-first", durations = times })
    assert.same({ 3, 2, 1, 4 }, names(got.scenarios))
  end)

  it("put what failed first, and keep the order otherwise", function()
    local function failed(scenario)
      return scenario.name == "test 3" or scenario.name == "test 4"
    end
    assert.same({ 3, 4, 1, 2, 5 }, names(plan.make(suites(5), { first = failed }).scenarios))
    assert.same({ 3, 4 }, names(plan.make(suites(5), { failed = failed }).scenarios))
  end)
end)
