local estimate = require("engine.plan.estimate")
local timings = require("engine.plan.timings")

local suite = { file = "t.clnrm.toml", path = "/p/t.clnrm.toml", project_dir = "/p" }

--- Makes scenarios named a, b, c …, and their times.
local function plan(...)
  local scenarios, by_id = {}, {}
  for i, given in ipairs({ ... }) do
    local name = string.char(96 + i)
    scenarios[i] = { name = name, suite = suite, id = name, locks = given.locks,
      group = given.group, is_outline = given.is_outline }
    by_id["t.clnrm.toml › " .. name] = given[1]
  end
  return scenarios, timings.of(by_id)
end

local function of(slots, resources, ...)
  local scenarios, times = plan(...)
  return estimate.of(scenarios, { timings = times, slots = slots, resources = resources })
end

describe("engine.plan.estimate", function()
  it("hands scenarios out to so many slots", function()
    assert.equal(60, of(1, nil, { 10 }, { 20 }, { 30 }).ms)
    assert.equal(40, of(2, nil, { 10 }, { 20 }, { 30 }).ms) -- 10 and 30 beside 20
    assert.equal(30, of(3, nil, { 10 }, { 20 }, { 30 }).ms)
    assert.equal(50, of(2, nil, { 50 }, { 10 }, { 10 }, { 10 }).ms)
  end)

  it("keeps apart what has a lock in common, and no more than a group takes", function()
    local lock, shared = { { name = "x" } }, { { name = "x", shared = true } }
    assert.equal(20, of(8, nil, { 10, locks = lock }, { 10, locks = lock }).ms)
    assert.equal(10, of(8, nil, { 10, locks = shared }, { 10, locks = shared }).ms)
    local of_net = { 10, group = "net" }
    assert.equal(20, of(8, { groups = { net = 2 } }, of_net, of_net, of_net, of_net).ms)
  end)

  it("says what it does not know", function()
    local found = of(1, nil, { 10 }, {}, { 5 })
    assert.same({ 15, true, 2, 1 }, { found.ms, found.is_least, found.known, found.unknown })
    found = of(1, nil, {}, {})
    assert.same({ 0, 2 }, { found.known, found.unknown })
    assert.is_nil(found.ms)
    assert.is_nil(found.is_least)
    assert.is_nil(of(1, nil).ms)
  end)

  it("takes for a Lua file the tests that it had", function()
    local scenarios = plan({ is_outline = true })
    local times = timings.of({ ["t.clnrm.toml › one"] = 7, ["t.clnrm.toml › two"] = 3,
      ["other.clnrm.toml › one"] = 100 })
    local found = estimate.of(scenarios, { timings = times, slots = 1 })
    assert.same({ 10, 2, 0 }, { found.ms, found.known, found.unknown })
  end)

  it("finds the tests of many Lua files in one pass", function()
    local by_id, passes = {}, 0
    for _, id in ipairs({ "a › x", "b › 2", "b › 1", "b › c › d", "b  › y", "ba › z", "b" }) do
      by_id[id] = #id
    end
    local times = timings.of(setmetatable(by_id, { __pairs = function(t)
      passes = passes + 1
      return next, t
    end }))
    local found = {}
    for _, file in ipairs({ "a", "b", "ba", "0", "z" }) do
      found[file] = times:of_file({ suite = { file = file } })
    end
    assert.same({ a = { 7 }, b = { 7, 7, 13 }, ba = { 8 }, ["0"] = {}, z = {} }, found)
    assert.equal(1, passes)
  end)
end)
