--- How long a plan would take, by what records know of its tests.
---
--- Hands the scenarios out as a run does: the same queue, the same locks and groups, so many slots.
--- Rooms are made ahead and closed behind the scenarios, and are not counted.
local heap = require("engine.heap")

local M = {}

---@class engine.plan.Estimate
---@field ms? number       nil: no test of the plan is known
---@field is_least? boolean not all are known: it takes that long at least
---@field known integer    tests of which a time is known: of a Lua file those that it had
---@field unknown integer  scenarios, and Lua files, of which none is
---@field slots integer

--- What ends at one time ends in the order in which it began.
local function ends_before(a, b)
  if a.ends ~= b.ends then
    return a.ends < b.ends
  end
  return a.number < b.number
end

--- Puts the tests that a Lua file had into its place, where times of them are known.
---@return engine.model.Scenario[] items
---@return table<engine.model.Scenario, number> ms as far as it is known
local function expand(scenarios, timings)
  local items, times = {}, {}
  for _, scenario in ipairs(scenarios) do
    local list = scenario.is_outline and timings:of_file(scenario) or { timings:of(scenario) }
    for i = 1, math.max(#list, 1) do
      local item = i == 1 and scenario or { suite = scenario.suite }
      items[#items + 1], times[item] = item, list[i]
    end
  end
  return items, times
end

--- Estimates the time of a plan.
---@param scenarios engine.model.Scenario[] that would run, in their order
---@param opts { timings: engine.plan.Timings, slots: integer, resources?: engine.plan.Resources }
---@return engine.plan.Estimate
---@nodiscard
function M.of(scenarios, opts)
  local found = { known = 0, unknown = 0, slots = opts.slots }
  if next(opts.timings.by_id) == nil then
    found.unknown = #scenarios
    return found
  end
  local locks, queue = require("engine.run.locks"), require("engine.run.queue")
  local groups = opts.resources and { groups = opts.resources.groups }
  local items, times = expand(scenarios, opts.timings)
  local waiting = queue.new(items, { locks = locks.new(items, groups) })
  local now, running, number = 0, heap.new(ends_before), 0
  while true do
    local entry = #running < opts.slots and waiting:take()
    if entry then
      local ms = times[entry.scenario]
      local kind = ms and "known" or "unknown"
      found[kind] = found[kind] + 1
      number = number + 1
      running:push({ ends = now + (ms or 0), number = number, entry = entry })
    elseif running[1] then
      local ended = running:pop()
      now = ended.ends
      waiting:give(ended.entry)
    else
      break
    end
  end
  found.ms = found.known > 0 and now or nil
  found.is_least = found.known > 0 and found.unknown > 0 or nil
  return found
end

return M
