--- How many scenarios run at once under `-j auto`.
---
--- Pure: what was measured goes in, a number comes out.  It begins with one for each core.  Tests
--- that wait leave processors idle: then there are more, step by step, while scenarios queue for it
--- and memory is there.  It goes back to one a core when processors are busy, and below that when
--- memory runs short.
local M = {}

M.TICK_MS = 100 -- between two decisions
M.PER_CORE = 8 -- most that run at once, for each core
M.MAX = 64

local IDLE_MANY, IDLE_SOME, IDLE_NONE = 0.5, 0.2, 0.05 -- shares of all processors
local ROOM_KB = 64 << 10 -- memory that one more scenario may take
local SHORT_KB = 256 << 10 -- less than that is short
local STALLED = 10 -- percent of the last ten seconds in which something waited for memory

---@class engine.run.Measured
---@field idle? number      share of the processors that had nothing to do since the last time
---@field memory_kb? integer what can be used without swapping, of the machine or of our cgroup
---@field memory_stalled? number percent of the last ten seconds

--- The most that can ever be decided for.
---@param cores integer
---@return integer
---@nodiscard
function M.ceiling(cores)
  return math.max(cores, math.min(cores * M.PER_CORE, M.MAX))
end

--- Whether memory is short.
---@param seen engine.run.Measured
---@return boolean
---@nodiscard
function M.is_short(seen)
  return (seen.memory_kb or math.huge) < SHORT_KB or (seen.memory_stalled or 0) > STALLED
end

--- Decides how many may run from now on.
---@param now { limit: integer, running: integer, queued: boolean, cores: integer }
---@param seen engine.run.Measured
---@return integer limit
---@nodiscard
function M.decide(now, seen)
  local limit, cores = now.limit, now.cores
  if M.is_short(seen) then
    return math.max(1, limit // 2)
  elseif limit < cores then
    return limit + 1 -- memory is back
  elseif not seen.idle then
    return limit
  elseif seen.idle < IDLE_NONE then
    return math.max(cores, limit - 1)
  elseif not now.queued or now.running < limit or seen.idle < IDLE_SOME then
    return limit
  end
  local more = seen.idle >= IDLE_MANY and math.max(1, limit // 2) or 1
  local fits = (seen.memory_kb or math.huge) // ROOM_KB
  return math.max(limit, math.min(limit + more, M.ceiling(cores), limit + math.max(fits, 0)))
end

return M
