--- A pool of rooms that are all made before the first is taken.
local core = require("core.task")
local pools = require("engine.pool")

local M = {}

--- Makes one.
---@param make fun(spec: table): table? opens a room
---@param count integer of its rooms
---@return engine.pool.Pool
---@return fun() await waits until those that are expected are there
function M.new(make, count)
  local running = 0
  local pool = pools.new({
    cores = 1,
    make = make,
    spawn = function(fn, ...)
      running = running + 1
      core.spawn(function(...)
        fn(...)
        running = running - 1
      end, ...)
    end,
    jobs = function()
      return count
    end,
    may_prepare = function()
      return true
    end,
  })
  return pool, function()
    while running > 0 do
      core.sleep(1)
    end
  end
end

return M
