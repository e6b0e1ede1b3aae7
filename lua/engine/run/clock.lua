--- The time of a run: milliseconds that never go back.
local clock = require("core.clock")

local M = {}

--- Returns the milliseconds since some fixed moment.
---@return number
function M.ms()
  return clock.now() / 1e6
end

--- Returns the milliseconds since a moment, in whole nanoseconds: a difference of two such numbers
--- has digits that nobody measured.
---@param began number as `ms` returned it
---@return number
function M.since(began)
  return math.floor((M.ms() - began) * 1e6 + 0.5) / 1e6
end

--- When the runner of this program was loaded, before its first run; of the wall's clock, as files
--- have it.
---@type integer ns
M.LOADED_NS = clock.wall()

return M
