--- Parts of a plan for several machines: each test is in exactly one of them, whoever asks.
---
--- Pure.  Without times the part follows from the test's identity alone (XXH3), so that it stays
--- where it is when other tests come and go.  With times the longest test goes first to the part
--- that has least so far: all machines must then have the same times, which their digest shows.
--- Scenarios that share a room are in one part.
local hash = require("core.hash")
local together = require("engine.plan.together")

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

--- Lists what stays together, with the sum of its times; a test without one is taken for a
--- middling one.
local function weigh(scenarios, timings)
  local items, by_id, unknown = {}, {}, middle(timings.by_id)
  for _, scenario in ipairs(scenarios) do
    local id = together.key(scenario)
    local item = by_id[id] or { id = id, ms = 0 }
    if not by_id[id] then
      by_id[id], items[#items + 1] = item, item
    end
    item.ms = item.ms + (timings:of(scenario) or unknown)
  end
  return items
end

--- Assigns what stays together to a part by its time.
---@return table<string, integer> part by its name
local function balance(scenarios, count, timings)
  local items = weigh(scenarios, timings)
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
    part_of[item.id] = least
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
    local id = together.key(scenario)
    local part = part_of and part_of[id] or M.of(id, shard.count)
    if part == shard.index or scenario.is_outline then -- its tests are known when it runs
      list[#list + 1] = scenario
    end
  end
  return list
end

return M
