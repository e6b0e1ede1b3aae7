--- TOML for scripts: reading.
---@class clnrm.toml
local M = {}

local toml = require("core.toml")

--- Reads a TOML text: tables, texts, numbers, booleans; dates are values that print as RFC 3339.
---@param text string
---@return table|nil value
---@return core.Error? err with `pos` of the first problem
---@nodiscard
function M.decode(text)
  local value, err = toml.decode(text)
  return value, err
end

return M
