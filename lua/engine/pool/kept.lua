--- Rooms that wait between the runs of a developer loop.
---
--- The pool of a run outlives it here, and while nothing runs it is filled with as many rooms as
--- the last run took of each kind.  Only rooms that a save cannot make stale are kept: the backend
--- says which (`outlives`).  They carry the loop's id, not that of a run.
local core = require("core.task")
local random = require("engine.random")
local task = require("clnrm.task")

---@class engine.pool.kept
local M = {}

---@class engine.pool.Kept
---@field run_id string   of the loop, for labels and journals
---@field pool? engine.pool.Pool
---@field private on_ready fun(count: integer)
---@field private making core.Task[]
---@field private count integer of rooms that are being made
---@field private sweeper? core.Task while no run has the pool
local Kept = {}
Kept.__index = Kept

local function fits(shelf)
  return shelf.backend.outlives ~= nil and shelf.backend.outlives(shelf.spec)
end

--- Counts the rooms that wait.
local function count_idle(pool)
  local count = 0
  for _, shelf in pairs(pool.shelves) do
    count = count + #shelf.idle
  end
  return count
end

--- Starts to make a room; the tasks are waited for before the pool is closed.
local function spawn(self, fn, ...)
  local left = {}
  for _, t in ipairs(self.making) do
    left[#left + 1] = t:state() ~= "done" and t or nil
  end
  self.count = self.count + 1
  left[#left + 1] = core.spawn(function(...)
    fn(...)
    self.count = self.count - 1
    if self.count == 0 and self.pool then
      self.on_ready(count_idle(self.pool))
    end
  end, ...)
  self.making = left
end

--- Gives the pool to another user.
local function take_over(pool, opts)
  pool.opts, pool.order = opts, {}
  for _, shelf in pairs(pool.shelves) do
    shelf.has_failed, shelf.waiters = false, {}
  end
end

--- Closes what waits on a shelf.
local function empty(pool, shelf)
  local group <close> = task.group()
  while shelf.idle[1] do
    group:spawn(pool.discard, pool, table.remove(shelf.idle))
  end
  group:wait()
end

--- Takes the pool back from a run that is over.
---@async
---@param jobs integer that ran at once
---@return boolean is_kept false: no room of it may wait, and it is to be closed
function Kept:settle(jobs)
  local pool, wanted = self.pool, {}
  for _, shelf in pairs(pool.shelves) do
    if not fits(shelf) then
      empty(pool, shelf)
    elseif shelf.taken > 0 then
      wanted[#wanted + 1] = shelf
    end
  end
  if not wanted[1] then
    self.pool = nil
    return false
  end
  take_over(pool, {
    make = pool.opts.make, cores = pool.opts.cores, keeps = true,
    spawn = function(...)
      spawn(self, ...)
    end,
    jobs = function()
      return jobs
    end,
    may_prepare = function()
      return true
    end,
  })
  for _, shelf in ipairs(wanted) do
    for _ = shelf.making + #shelf.idle + 1, math.min(shelf.taken, jobs) do
      pool:make_one(shelf, shelf.spec)
    end
  end
  self.sweeper = core.spawn(require("engine.pool.run").sweep, pool)
  return true
end

--- Gives the pool to the run that begins, or keeps the one that it makes.
---@param opts engine.pool.Options
---@return engine.pool.Pool
function Kept:begin(opts)
  if self.sweeper then
    self.sweeper:cancel()
    self.sweeper = nil
  end
  if self.pool then
    take_over(self.pool, opts)
    for _, shelf in pairs(self.pool.shelves) do
      shelf.taken = 0
    end
  else
    self.pool = require("engine.pool").new(opts)
  end
  return self.pool
end

--- Ends it: closes what waits and what is still being made.
---@async
function Kept:close()
  local pool = self.pool
  if self.sweeper then
    self.sweeper:cancel()
  end
  if pool then
    self.pool = nil
    core.shield(pool.close, pool)
    for _, t in ipairs(self.making) do
      core.shield(pcall, t.join, t)
    end
  end
end

--- Makes the keeper of a loop.
---@param on_ready fun(count: integer) is told how many rooms wait when the last of them is there
---@return engine.pool.Kept
---@nodiscard
function M.new(on_ready)
  return setmetatable({ run_id = random.hex(4), making = {}, count = 0, on_ready = on_ready },
    Kept)
end

return M
