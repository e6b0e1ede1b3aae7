local identity = require("engine.plan.identity")
local plan = require("engine.plan")
local timings = require("engine.plan.timings")

--- Makes a suite; a name in capitals is of a scenario that shares the room of its file.
local function suite_of(file, names, cell)
  local suite = { file = file, path = "/p/" .. file, project_dir = "/p", tags = {}, cell = cell }
  suite.scenarios = {}
  for i, name in ipairs(names) do
    suite.scenarios[i] = { id = file .. " › " .. name, name = name, file = file, tags = {},
      suite = suite, cell = cell, is_shared = name:match("^%u") and true or nil }
  end
  return suite
end

local function names_of(made)
  local names = {}
  for i, scenario in ipairs(made.scenarios) do
    names[i] = scenario.name
  end
  return table.concat(names, " ")
end

local function some()
  return {
    suite_of("f.toml", { "A1", "b", "A2", "c", "A3", "d", "A4" }),
    suite_of("g.toml", { "B1", "e", "B2" }, "a=1"),
    suite_of("g.toml", { "B1", "e", "B2" }, "a=2"),
  }
end

--- Fails when scenarios of a room are not in the order of their file.
local function assert_in_order(made)
  local last = {}
  for _, scenario in ipairs(made.scenarios) do
    if scenario.is_shared then
      assert.is_true((last[scenario.suite] or "") < scenario.name, names_of(made))
      last[scenario.suite] = scenario.name
    end
  end
end

describe("scenarios of a shared room", function()
  it("keep their order, whatever the order of the plan", function()
    local orders = {}
    for seed = 1, 50 do
      local made = plan.make(some(), { order = "random", seed = seed })
      assert.equal(13, #made.scenarios)
      assert_in_order(made)
      orders[names_of(made)] = true
    end
    local count = 0
    for _ in pairs(orders) do
      count = count + 1
    end
    assert.is_true(count > 40) -- the others are shuffled, and so are their places
    local times = timings.of({ ["f.toml › A4"] = 9000, ["f.toml › A1"] = 1, ["f.toml › d"] = 99 })
    assert_in_order(plan.make(some(), { order = "slowest-first", durations = times }))
    local made = plan.make(some(), { first = function(scenario)
      return scenario.name == "A4" or scenario.name == "d"
    end })
    assert_in_order(made)
    assert.matches("^d A1 A2 b", names_of(made))
  end)

  it("are in one shard, by hash and by time; all shards are everything once", function()
    for count = 1, 6 do
      local some_times = timings.of({ ["f.toml › A4"] = 9000, ["f.toml › b"] = 5 })
      for _, times in ipairs({ false, some_times }) do
        local part_of, sum = {}, 0
        for index = 1, count do
          local made = plan.make(some(), {
            shard = { index = index, count = count }, timings = times or nil,
          })
          sum = sum + #made.scenarios
          for _, scenario in ipairs(made.scenarios) do
            local room = scenario.is_shared and scenario.file .. (scenario.cell or "")
              or identity.of(scenario)
            assert.equal(part_of[room] or index, index)
            part_of[room] = index
          end
        end
        assert.equal(13, sum)
      end
    end
  end)

  it("come with those before them when they are run again", function()
    local function failed(...)
      local wanted = {}
      for _, name in ipairs({ ... }) do
        wanted[name] = true
      end
      return names_of(plan.make({ some()[1] }, { failed = function(scenario)
        return wanted[scenario.name] == true
      end }))
    end
    assert.equal("A1 A2 A3", failed("A3"))
    assert.equal("A1 b A2", failed("A2", "b"))
    assert.equal("A1", failed("A1"))
    assert.equal("c", failed("c"))
    assert.equal("", failed())
  end)
end)
