--- Writes floats.
---@class engine.float
local M = {}

--- Writes a float with as few digits as read back as the same number; always told from an integer.
---@param value number
---@return string
---@nodiscard
function M.text(value)
  if value ~= value then
    return "nan"
  elseif value == math.huge or value == -math.huge then
    return value > 0 and "inf" or "-inf"
  end
  for digits = 15, 17 do
    local shown = ("%." .. digits .. "g"):format(value)
    if tonumber(shown) == value then
      return shown:find("[.e]") and shown or shown .. ".0"
    end
  end
end

return M
