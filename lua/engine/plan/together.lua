--- Scenarios that run in one room, in their order, which orders, shards and --failed keep.
---
--- Pure.  Each builds on what those before it left.  One in another order, or without the others,
--- would be another test: it may fail for that alone, or pass for that alone.
local identity = require("engine.plan.identity")

local M = {}

--- Names what a scenario cannot be parted from: the room of its file, else itself.
---@param scenario engine.model.Scenario
---@return string
---@nodiscard
function M.key(scenario)
  if not scenario.is_shared then
    return identity.of(scenario)
  end
  local cell = scenario.cell and ("[%s]"):format(scenario.cell) or ""
  return identity.file(scenario.suite) .. cell
end

local function place_in_file(suite)
  local place = {}
  for i, scenario in ipairs(suite.scenarios) do
    place[scenario] = i
  end
  return place
end

--- Puts the scenarios of each shared room back into the order of their file; together they keep the
--- places that they have in the list.
---@param list engine.model.Scenario[] changed
---@return engine.model.Scenario[] list
function M.restore_order(list)
  local by_suite, suites = {}, {}
  for i, scenario in ipairs(list) do
    local suite = scenario.is_shared and scenario.suite
    if suite then
      local group = by_suite[suite] or { places = {}, scenarios = {} }
      if not by_suite[suite] then
        by_suite[suite], suites[#suites + 1] = group, suite
      end
      table.insert(group.places, i)
      table.insert(group.scenarios, scenario)
    end
  end
  for _, suite in ipairs(suites) do
    local group, place = by_suite[suite], place_in_file(suite)
    table.sort(group.scenarios, function(a, b)
      return place[a] < place[b]
    end)
    for k, i in ipairs(group.places) do
      list[i] = group.scenarios[k]
    end
  end
  return list
end

--- Adds to a choice of scenarios those that run before them in the room of their file.
---@param suite engine.model.Suite
---@param chosen fun(scenario: engine.model.Scenario): boolean
---@return fun(scenario: engine.model.Scenario): boolean
---@nodiscard
function M.with_earlier(suite, chosen)
  local earlier, before = {}, {}
  for _, scenario in ipairs(suite.scenarios) do
    if scenario.is_shared then
      before[#before + 1] = scenario
      for i = chosen(scenario) and #before or 0, 1, -1 do
        earlier[table.remove(before, i)] = true
      end
    end
  end
  return function(scenario)
    return earlier[scenario] or chosen(scenario)
  end
end

return M
