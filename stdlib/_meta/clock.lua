---@meta core.clock

--- Time in nanoseconds.  Sleeping is core.task's.
---@class core.clock
local clock = {}

--- Tells a time that never goes back: for durations and deadlines.
---@return integer ns
---@nodiscard
function clock.now() end

--- Tells the wall's time since 1970: for people and files only, it may jump.
---@return integer ns
---@nodiscard
function clock.wall() end

--- Tells the processor time that this thread has used.
---@return integer ns
---@nodiscard
function clock.cpu() end

--- Writes a wall time as RFC 3339 in UTC, "2024-01-31T23:59:59.123Z".
---@param wall_ns integer
---@param digits? integer of the second's fraction, 0 (default) to 9; the rest is cut off
---@return string text
---@nodiscard
function clock.format(wall_ns, digits) end

--- Reads an RFC 3339 time, with any offset.
---@param text string
---@return integer|nil wall_ns
---@return core.Error? err ESYNTAX; ERANGE: beyond the years 1677 to 2262
---@nodiscard
function clock.parse(text) end

return clock
