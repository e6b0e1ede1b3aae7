--- The pool of one run.
---@class engine.pool.run
local core = require("core.task")
local decide = require("engine.run.jobs")
local pool_of = require("engine.pool")
local proc = require("core.proc")

local M = {}

local LOOK_MS = 250 -- between two looks at the machine's memory

--- Says whether memory is short, having looked not long ago.
local function watch_memory()
  local clock, pressure, looked, is_short = require("engine.run.clock"), nil, nil, false
  return function()
    if not looked or clock.since(looked) > LOOK_MS then
      pressure = pressure or require("engine.run.pressure").open(proc.cores())
      is_short, looked = decide.is_short(pressure:measure()), clock.ms()
    end
    return is_short
  end
end

--- Closes rooms that nobody takes for long.
---@async
---@param pool engine.pool.Pool
function M.sweep(pool)
  local clock = require("engine.run.clock")
  local pause = pool_of.IDLE_MS
  while core.sleep(pause) do
    pause = math.max(1, pool:sweep(clock.ms()) or pool_of.IDLE_MS)
  end
end

--- Makes what starts tasks for the pool. A task that a test starts is the test's: it has the test's
--- limits and ends with it. So what is wanted inside a test is started by a task of the run.
local function spawner(run)
  local host, queue, more = require("clnrm.host"), {}, core.event()
  local self = {}
  function self.drain()
    while queue[1] do
      run.group:spawn(table.unpack(table.remove(queue, 1)))
    end
  end
  function self.spawn(...)
    if host.context() then
      queue[#queue + 1] = { ... }
      more:set()
    else
      run.group:spawn(...)
    end
  end
  self.task = core.spawn(function()
    while more:wait() do
      more:clear()
      self.drain()
    end
  end)
  return self
end

--- Finds the pool of a run; it is made when the first room is expected, never inside a test.
---@param run engine.run.Run
---@return engine.pool.Pool? pool nil: the run has none
function M.of(run)
  if run.pool or run.is_poolless then
    return run.pool
  end
  local is_short, spawns, kept = watch_memory(), spawner(run), run.kept
  local opts = {
    keeps = kept ~= nil,
    cores = proc.cores(),
    make = function(spec, backend)
      return require("engine.run.room").make(run, spec, backend)
    end,
    spawn = spawns.spawn,
    jobs = function()
      return run.limit
    end,
    may_prepare = function()
      return not (run.halted or run.paused or is_short())
    end,
  }
  run.pool = kept and kept:begin(opts) or pool_of.new(opts)
  run.pool.sweeper, run.pool.spawns = core.spawn(M.sweep, run.pool), spawns
  return run.pool
end

--- Closes the pool of a run.
---@async
---@param run engine.run.Run
function M.finish(run)
  local pool = run.pool
  if pool then
    pool.sweeper:cancel()
    pool.spawns.task:cancel()
    pool.spawns.drain()
    if not (run.kept and run.kept:settle(run.limit)) then
      run.pool_errors = pool:close()
    end
  end
end

--- Tells what the pool of a run has done.
---@param run engine.run.Run
---@return table? told as `pool` of run_end
---@nodiscard
function M.told(run)
  if not run.pool or run.pool.stats.made == 0 then
    return nil
  end
  local told = run.pool.stats:copy()
  for i, err in ipairs(run.pool_errors or {}) do
    told.not_closed = told.not_closed or {}
    told.not_closed[i] = type(err) == "table" and err.message or tostring(err)
  end
  return told
end

return M
