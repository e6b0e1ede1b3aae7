---@meta clnrm.time

-- The API of Lua tests, for editors.  Generated from lua/engine/api: `make docs`.

--- Clocks. Waiting is `clnrm.task.sleep`.
---@class clnrm.time
local time = {}

--- Tells milliseconds of a clock that never goes back: for durations.
---
--- ```lua
--- local begun = clnrm.time.now_ms()
--- clnrm.expect(clnrm.time.now_ms() - begun):ge(0)
--- ```
---@return number ms
function time.now_ms() end

--- Tells the wall's time in nanoseconds since 1970; it may jump.
---
--- ```lua
--- clnrm.expect(clnrm.time.wall_ns()):is_type("integer")
--- ```
---@return integer wall_ns
function time.wall_ns() end

--- Writes a wall time as RFC 3339 in UTC.
---
--- ```lua
--- clnrm.expect(clnrm.time.format(0)):equals("1970-01-01T00:00:00Z")
--- ```
---@param wall_ns integer
---@param digits? integer # of the second's fraction, 0 to 9
---@return string text
function time.format(wall_ns, digits) end

--- Reads an RFC 3339 time, with any offset.
---
--- ```lua
--- clnrm.expect(clnrm.time.parse("1970-01-01T01:00:00+01:00")):equals(0)
--- ```
---@param text string
---@return integer? wall_ns
---@return core.Error? err
--- ESYNTAX: it is none.
--- ERANGE: beyond the years 1677 to 2262.
function time.parse(text) end

return time
