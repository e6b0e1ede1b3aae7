--- In which order the scenarios of a plan begin.
---
--- Pure.  What an order says nothing about stays in the order of the files.
local M = {}

--- A generator of numbers that is the same everywhere and for ever: splitmix64.
local function generator(seed)
  local state = seed
  return function(bound) -- 1..bound
    state = state + 0x9E3779B97F4A7C15
    local z = state
    z = (z ~ (z >> 30)) * 0xBF58476D1CE4E5B9
    z = (z ~ (z >> 27)) * 0x94D049BB133111EB
    z = z ~ (z >> 31)
    return (z >> 1) % bound + 1
  end
end

--- Puts a list into a random order.
---@generic T
---@param list T[]
---@param seed integer
---@return T[]
---@nodiscard
function M.shuffle(list, seed)
  local out, random = table.move(list, 1, #list, 1, {}), generator(seed)
  for i = #out, 2, -1 do
    local k = random(i)
    out[i], out[k] = out[k], out[i]
  end
  return out
end

--- Sorts by a number, the highest first; equal ones keep their order.
local function sort_by(list, value_of)
  local place, value = {}, {}
  for i, item in ipairs(list) do
    place[item], value[item] = i, value_of(item)
  end
  local out = table.move(list, 1, #list, 1, {})
  table.sort(out, function(a, b)
    if value[a] ~= value[b] then
      return value[a] > value[b]
    end
    return place[a] < place[b]
  end)
  return out
end

--- Puts the slowest first; what nobody has timed comes before them, since it may be slower.
---@param list engine.model.Scenario[]
---@param timings engine.plan.Timings
---@return engine.model.Scenario[]
---@nodiscard
function M.slowest_first(list, timings)
  return sort_by(list, function(scenario)
    return timings:of(scenario) or math.huge
  end)
end

---@class engine.plan.Risk of a scenario; a higher number comes first
---@field [1] number the later it failed last; 0: not in the runs that are known
---@field [2] 0|1    its file was changed since it ran, or it never did
---@field [3] number the share of its runs in which it failed or was flaky
---@field [4] number how long it takes; what nobody has timed comes before what is timed

--- Puts those first that are the likeliest to tell something: a later number of their risk decides
--- where the ones before it are equal.
---@param list engine.model.Scenario[]
---@param risk_of fun(scenario: engine.model.Scenario): engine.plan.Risk
---@return engine.model.Scenario[]
---@nodiscard
function M.riskiest_first(list, risk_of)
  local place, risk = {}, {}
  for i, item in ipairs(list) do
    place[item], risk[item] = i, risk_of(item)
  end
  local out = table.move(list, 1, #list, 1, {})
  table.sort(out, function(a, b)
    for i = 1, 4 do
      if risk[a][i] ~= risk[b][i] then
        return risk[a][i] > risk[b][i]
      end
    end
    return place[a] < place[b]
  end)
  return out
end

--- Says how risky a scenario is, by what is known of it.
---@param history? engine.runs.History nil: it never ran
---@param changed_ns? integer when its file was changed, since 1970
---@return engine.plan.Risk
---@nodiscard
function M.risk(history, changed_ns)
  if not history then
    return { 0, 1, 0, math.huge }
  end
  return {
    history.failed_ago and 1 / (1 + history.failed_ago) or 0,
    changed_ns and changed_ns > history.began_ns and 1 or 0,
    history.unsteady,
    history.ms,
  }
end

--- Puts those first that failed.
---@param list engine.model.Scenario[]
---@param failed fun(scenario: engine.model.Scenario): boolean
---@return engine.model.Scenario[]
---@nodiscard
function M.failed_first(list, failed)
  return sort_by(list, function(scenario)
    return failed(scenario) and 1 or 0
  end)
end

return M
