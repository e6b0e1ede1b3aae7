--- How many rooms are made ahead of the scenarios that will take them.
---
--- Pure: what was measured goes in, a number comes out. While a scenario runs, the rooms that are
--- taken meanwhile must be made: `jobs` scenarios take one each `used_ms`, and one takes `made_ms`
--- to make. More than the machine can make at once is of no use.
---@class engine.pool.size
local M = {}

local MOST = 0.5 -- of rooms come back: no others are made for who will take them

M.WEIGHT = 0.25 -- of what was measured last, in a mean

---@class engine.pool.Measured
---@field made_ms? number mean time to make a room
---@field used_ms? number mean time that a scenario runs in one

--- Adds a measurement to a mean.
---@param mean? number
---@param value number
---@return number
---@nodiscard
function M.mean(mean, value)
  return mean and mean + (value - mean) * M.WEIGHT or value
end

--- Says for how many of the next scenarios there are to be rooms.
---@param jobs integer scenarios that run at once
---@param cores integer
---@param seen engine.pool.Measured
---@return integer # at least `jobs`, at most `cores` and one more than that
---@nodiscard
function M.ahead(jobs, cores, seen)
  if not seen.made_ms or not seen.used_ms then
    return jobs + 1
  end
  local most = jobs + cores + 1
  local wanted = jobs * seen.made_ms / math.max(seen.used_ms, 0.001)
  return wanted >= most and most or math.max(jobs, math.ceil(wanted))
end

--- How many rooms of a shelf are wanted now, there or being made, for so many who wait and so many
--- who will come. Those that are out will be back, where most of the last ones were.
---@param shelf engine.pool.Shelf
---@param waiting integer
---@param coming integer
---@param jobs integer
---@return integer
---@nodiscard
function M.wanted(shelf, waiting, coming, jobs)
  if not shelf.may_return or shelf.returns < MOST then
    return waiting + coming
  end
  return math.min(waiting + coming, math.max(0, jobs - shelf.out))
end

return M
