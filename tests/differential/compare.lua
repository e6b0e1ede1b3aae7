--- Finds what is different between two runs of the same scenarios.
local M = {}

---@class tests.differential.Difference
---@field id string     the scenario
---@field where string  "step 2: step_end.checks[1].actual"
---@field left any      nil: nothing is there
---@field right any

local function sorted_keys(...)
  local keys, has = {}, {}
  for _, map in ipairs({ ... }) do
    for key in pairs(map) do
      if not has[key] then
        has[key] = true
        keys[#keys + 1] = key
      end
    end
  end
  table.sort(keys, function(a, b)
    if type(a) == type(b) then
      return a < b
    end
    return type(a) == "number"
  end)
  return keys
end

--- Compares two values, and adds each part of them that differs.
local function values(left, right, where, add)
  if type(left) ~= "table" or type(right) ~= "table" then
    if left ~= right then
      add(where, left, right)
    end
    return
  end
  for _, key in ipairs(sorted_keys(left, right)) do
    local inner = type(key) == "number" and ("%s[%d]"):format(where, key) or where .. "." .. key
    values(left[key], right[key], inner, add)
  end
end

local function name_of(events, i)
  return events[i] and events[i].event
end

--- Compares the events of one group, one by one.
local function groups(left, right, where, add)
  for i = 1, math.max(#left, #right) do
    local a, b = name_of(left, i), name_of(right, i)
    if a ~= b then
      return add(("%s: event %d"):format(where, i), a, b) -- what follows is another story
    end
    values(left[i], right[i], where .. ": " .. a, add)
  end
end

--- Compares two runs.
---@param left tests.differential.Seen
---@param right tests.differential.Seen
---@return tests.differential.Difference[] by scenario
---@return integer count of scenarios
---@nodiscard
function M.runs(left, right)
  local list, ids = {}, sorted_keys(left, right)
  for _, id in ipairs(ids) do
    local function add(where, a, b)
      list[#list + 1] = { id = id, where = where, left = a, right = b }
    end
    local a, b = left[id], right[id]
    if not a or not b then
      add("scenario", a and "there" or nil, b and "there" or nil)
    else
      for _, name in ipairs(sorted_keys(a, b)) do
        groups(a[name] or {}, b[name] or {}, name, add)
      end
    end
  end
  return list, #ids
end

return M
