--- Finds what a misspelt name was meant to be: "did you mean".
---
--- Names are near when at most two letters were dropped, added, changed or swapped with their
--- neighbour; short names allow one.  Nothing is ever corrected silently: callers show the answer.
local text = require("core.text")

---@class engine.suggest
local M = {}

local NAME_MAX = 64 -- longer names are not compared

local function plain(name)
  return (name:lower():gsub("[-%s]", "_"))
end

--- Returns the candidate nearest to `name`, or nil when none is near.
---@param name string
---@param candidates string[] the earlier one wins among equals
---@return string? candidate
---@return integer? distance
---@nodiscard
function M.nearest(name, candidates)
  if #name > NAME_MAX then
    return nil
  end
  local wanted, best, best_distance = plain(name), nil, nil
  local limit = #name <= 3 and 1 or 2
  for _, candidate in ipairs(candidates) do
    local d = text.distance(wanted, plain(candidate), limit)
    -- `pot` is not `env` misspelt: at least half of the letters must be right
    if d and d * 2 <= #candidate and (not best_distance or d < best_distance) then
      best, best_distance = candidate, d
    end
  end
  return best, best_distance
end

return M
