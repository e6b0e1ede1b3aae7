--- Parts of a plan for several machines: each test is in exactly one of them, whoever asks.
---
--- Pure.  Without times the part follows from the test's identity alone (XXH3), so that it stays
--- where it is when other tests come and go.  With times the longest test goes first to the part
--- that has least so far: all machines must then have the same times, which their digest shows.
local hash = require("core.hash")
local identity = require("engine.plan.identity")

local M = {}

--- Returns the part of a test.
---@param id string its identity
---@param count integer
---@return integer part from 1
---@nodiscard
function M.of(id, count)
  return (hash.integer(id) >> 1) % count + 1
end

local function middle(times)
  local list = {}
  for _, ms in pairs(times) do
    list[#list + 1] = ms
  end
  table.sort(list)
  return list[(#list + 1) // 2] or 1
end

--- Assigns each scenario to a part by its time; one without is taken for a middling one.
local function balance(scenarios, count, timings)
  local items, unknown = {}, middle(timings.by_id)
  for i, scenario in ipairs(scenarios) do
    local id = identity.of(scenario)
    items[i] = { scenario = scenario, id = id, ms = timings:of(scenario) or unknown }
  end
  table.sort(items, function(a, b)
    if a.ms ~= b.ms then
      return a.ms > b.ms
    end
    return a.id < b.id
  end)
  local load, part_of = {}, {}
  for part = 1, count do
    load[part] = 0
  end
  for _, item in ipairs(items) do
    local least = 1
    for part = 2, count do
      least = load[part] < load[least] and part or least
    end
    load[least] = load[least] + item.ms
    part_of[item.scenario] = least
  end
  return part_of
end

--- Returns the scenarios of one part, in their order.
---@param scenarios engine.model.Scenario[]
---@param shard { index: integer, count: integer }
---@param timings? engine.plan.Timings
---@return engine.model.Scenario[]
---@nodiscard
function M.pick(scenarios, shard, timings)
  local part_of = timings and balance(scenarios, shard.count, timings)
  local list = {}
  for _, scenario in ipairs(scenarios) do
    local part = part_of and part_of[scenario] or M.of(identity.of(scenario), shard.count)
    if part == shard.index or scenario.is_outline then -- its tests are known when it runs
      list[#list + 1] = scenario
    end
  end
  return list
end

return M
