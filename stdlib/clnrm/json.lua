--- JSON for scripts: strict reading, deterministic writing.
---@class clnrm.json
local M = {}

local json = require("core.json")

--- The value of null.
M.null = json.null

--- Reads one JSON value.
---@param text string
---@param options? core.json.DecodeOptions
---@return any value
---@return core.Error? err
---@nodiscard
function M.decode(text, options)
  return json.decode(text, options)
end

--- Writes a value with sorted keys.
---@param value any
---@param options? core.json.EncodeOptions
---@return string|nil text
---@return core.Error? err
---@nodiscard
function M.encode(value, options)
  return json.encode(value, options)
end

--- Marks a list as an array, so that it stays one when it is empty.
---@param list? table
---@return table list
function M.array(list)
  return json.array(list)
end

--- Tells whether a value is marked as an array.
---@param value any
---@return boolean
---@nodiscard
function M.is_array(value)
  return json.is_array(value)
end

return M
