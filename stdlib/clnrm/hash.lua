--- Digests for scripts.
---@class clnrm.hash
local M = {}

local hash = require("core.hash")

--- Digests bytes by SHA-256.
---@param bytes string
---@return string|nil digest 64 hexadecimal digits
---@return core.Error? err EPLUGIN: the library cannot be loaded
---@nodiscard
function M.sha256(bytes)
  return hash.sha256(bytes)
end

--- Digests bytes by XXH3, 64 bits: fast, and no protection against anybody.
---@param bytes string
---@return string digest 16 hexadecimal digits
---@nodiscard
function M.xxh3(bytes)
  return hash.xxh3(bytes)
end

--- Writes bytes as hexadecimal digits.
---@param bytes string
---@return string|nil text
---@return core.Error? err ELIMIT
---@nodiscard
function M.hex(bytes)
  return hash.hex(bytes)
end

return M
