--- The critical path of steps that overlap: a scenario is as long as it, and no longer.  Pure.
local M = {}

--- Finds when each step ends when all begin as soon as they may; steps wait for others by number.
---@param steps { after: integer[], duration_ms?: number }[]
---@return number[]? ends nil: the time of one is not known
---@return integer[]? last the one that each has waited for longest
local function ends_of(steps)
  local ends, last, left = {}, {}, 0
  for _, step in ipairs(steps) do
    if not step.duration_ms then
      return nil
    end
    left = left + 1
  end
  while left > 0 do
    local before = left
    for i, step in ipairs(steps) do
      local begin = not ends[i] and 0 or nil
      for _, index in ipairs(begin and step.after or {}) do
        if not ends[index] then
          begin = nil
          break
        elseif ends[index] > begin or not last[i] then
          begin, last[i] = math.max(begin, ends[index]), index
        end
      end
      if begin then
        ends[i], left = begin + step.duration_ms, left - 1
      end
    end
    assert(left < before, "steps wait for each other in a circle")
  end
  return ends, last
end

--- Marks the steps of the critical path: `critical`, and in `waits_for` the one before it there.
---@param steps table[]
---@return number? ms how long it takes; nil: the time of a step is not known
function M.mark(steps)
  local ends, last = ends_of(steps)
  if not ends or not ends[1] then
    return nil
  end
  local at = 1
  for i = 2, #ends do
    at = ends[i] > ends[at] and i or at
  end
  local ms = ends[at]
  while at do
    steps[at].critical, steps[at].waits_for = true, last[at]
    at = last[at]
  end
  return ms
end

return M
