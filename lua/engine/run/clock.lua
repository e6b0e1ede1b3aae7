--- The time of a run: milliseconds that never go back.
local clock = require("core.clock")

local M = {}

--- Returns the milliseconds since some fixed moment.
---@return number
function M.ms()
  return clock.now() / 1e6
end

return M
