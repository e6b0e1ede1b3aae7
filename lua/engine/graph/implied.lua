--- Which edges of a graph others imply: what one would wait for anyway.  Pure.
local M = {}

local BITS = 64 -- of an integer; sets of steps are lists of them

local function has(set, index)
  return (set[(index - 1) // BITS + 1] or 0) >> (index - 1) % BITS & 1 == 1
end

local function add(set, index)
  local word = (index - 1) // BITS + 1
  set[word] = (set[word] or 0) | 1 << (index - 1) % BITS
end

local function join(set, other)
  for word, bits in pairs(other) do
    set[word] = (set[word] or 0) | bits
  end
end

--- Lists steps so that each stands behind what it waits for.
local function in_order(after)
  local followers, left, ready = {}, {}, {}
  for index, list in ipairs(after) do
    left[index] = #list
    ready[#ready + 1] = #list == 0 and index or nil
    for _, before in ipairs(list) do
      followers[before] = followers[before] or {}
      table.insert(followers[before], index)
    end
  end
  local at = 1
  while ready[at] do
    for _, index in ipairs(followers[ready[at]] or {}) do
      left[index] = left[index] - 1
      if left[index] == 0 then
        ready[#ready + 1] = index
      end
    end
    at = at + 1
  end
  return ready
end

--- Finds the edges that others imply.
---@param after integer[][] by step: what it waits for, without circles
---@return table<integer, table<integer, true>> by step: those of what it waits for that are implied
---@nodiscard
function M.of(after)
  local reached, implied = {}, {}
  for _, index in ipairs(in_order(after)) do
    local set, found = {}, {}
    for _, before in ipairs(after[index]) do
      join(set, reached[before])
    end
    for _, before in ipairs(after[index]) do
      found[before] = has(set, before) or nil
    end
    for _, before in ipairs(after[index]) do
      add(set, before)
    end
    reached[index], implied[index] = set, found
  end
  return implied
end

return M
