--- Time for scripts.  Waiting is `clnrm.task.sleep`.
---@class clnrm.time
local M = {}

local clock = require("core.clock")

--- Tells milliseconds of a clock that never goes back: for durations.
---@return number ms
---@nodiscard
function M.now_ms()
  return clock.now() / 1e6
end

--- Tells the wall's time in nanoseconds since 1970; it may jump.
---@return integer wall_ns
---@nodiscard
function M.wall_ns()
  return clock.wall()
end

--- Writes a wall time as RFC 3339 in UTC.
---@param wall_ns integer
---@param digits? integer of the second's fraction, 0 (default) to 9
---@return string text
---@nodiscard
function M.format(wall_ns, digits)
  return clock.format(wall_ns, digits)
end

--- Reads an RFC 3339 time, with any offset.
---@param text string
---@return integer|nil wall_ns
---@return core.Error? err ESYNTAX; ERANGE: beyond the years 1677 to 2262
---@nodiscard
function M.parse(text)
  return clock.parse(text)
end

return M
