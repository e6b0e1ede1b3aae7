--- Names that nobody else has: bytes of the kernel, never of `math.random`, whose sequence belongs
--- to the scripts (they seed it) and is the same in two processes where addresses are.
---
--- Waits for nothing.
---@class engine.random
local M = {}

--- Reads random bytes.
---@param count integer
---@return string
---@nodiscard
function M.bytes(count)
  local file <close> = assert(io.open("/dev/urandom", "rb"))
  file:setvbuf("no") -- a buffer would read a page of them
  return assert(file:read(count))
end

--- Makes a name of hexadecimal digits.
---@param count integer of bytes: half of the digits
---@return string
---@nodiscard
function M.hex(count)
  return (M.bytes(count):gsub(".", function(byte)
    return ("%02x"):format(byte:byte())
  end))
end

return M
