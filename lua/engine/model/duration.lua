--- Durations as test files write them: `10` (seconds), "500ms", "10s", "2m", "1h", "1m30s".
---@class engine.model.duration
local M = {}

M.MAX_MS = 366 * 24 * 3600 * 1000 -- a year: more is a mistake

local UNIT_MS = { ms = 1, s = 1000, m = 60000, h = 3600000 }

--- Reads the text form.
---@param text string
---@return integer? milliseconds nil when it is not a duration, or is beyond MAX_MS
---@nodiscard
function M.parse(text)
  local total, at, last_unit = 0, 1, math.huge
  while at <= #text do
    local digits, unit, after = text:match("^(%d+)(%a+)()", at)
    local ms = UNIT_MS[unit]
    if not ms or #digits > 12 or ms >= last_unit then
      return nil
    end
    total, at, last_unit = total + math.tointeger(digits) * ms, after, ms
  end
  if at == 1 or total > M.MAX_MS then
    return nil
  end
  return total
end

--- Writes a duration the shortest exact way.
---@param ms integer
---@return string
---@nodiscard
function M.format(ms)
  for _, unit in ipairs({ "h", "m", "s" }) do
    if ms ~= 0 and ms % UNIT_MS[unit] == 0 then
      return ("%d%s"):format(ms // UNIT_MS[unit], unit)
    end
  end
  return ("%dms"):format(ms)
end

return M
