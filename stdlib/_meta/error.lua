---@meta core.error

--- What went wrong outside the program: `nil, err`.  Prints as one line with its causes.
---@class core.Error
---@field code string stable: "ENOENT", "ETIMEDOUT", "EAGENT"
---@field message string for people
---@field op? string what was tried: "room.open"
---@field cause? any the error below
---@field detail? table
---@field pos? { file: string, line: integer, column: integer }

---@class core.error
local M = {}

--- Says whether a value is a core.Error, with the code when one is given.
---@param value any
---@param code? string
---@return boolean is_error
function M.is(value, code) end

--- Makes an error from a table that has at least a code and a message.
---@param fields core.Error
---@return core.Error
function M.new(fields) end

--- Puts an error around its cause.
---@param cause any
---@param op string
---@param message string
---@param code? string that of the cause, else EFAILED
---@return core.Error
function M.wrap(cause, op, message, code) end

return M
