--- The stop of one service while its room stays: one for all who ask for it.
---
--- Its task is the set's, so that it goes on when one of them is cancelled; a stop that nobody
--- waits for any more is given up, which kills.  Who needs the service meanwhile waits for the end,
--- and has it started again (engine.service.job).
---@class engine.service.stopping
local error_new = require("core.error").new
local job = require("engine.service.job")
local stop = require("engine.service.stop")
local task = require("clnrm.task")

local M = {}

---@class engine.service.Stopping
---@field job? engine.service.Job the start that ends
---@field over core.task.Event    set when it has
---@field gone? boolean           its processes have ended
---@field holders integer         who waits for it
---@field before? engine.service.Stopping one that was given up, and kills
---@field task core.Task

local function note_over(set, name, stopping)
  if set.stopping[name] == stopping then
    set.stopping[name] = nil
  end
  stopping.over:set()
end

local function run(set, rt, stopping)
  local name, one = rt.name, stopping.job
  local _ <close> = setmetatable({}, { __close = function()
    note_over(set, name, stopping)
  end })
  if stopping.before then
    stopping.before.over:wait()
    stopping.before = nil
  end
  job.stop({ one })
  stopping.gone = stop.run(rt)
  if set.jobs[name] == one and not rt.held then
    set.jobs[name] = nil
  end
  if stopping.gone and rt.state ~= "dead" then
    rt.state = "stopped"
  end
end

local function begin(set, rt)
  local stopping = { job = set.jobs[rt.name], over = task.event(), holders = 0,
    before = set.stopping[rt.name] }
  set.stopping[rt.name] = stopping
  stopping.task = set.crew:spawn(run, set, rt, stopping)
  return stopping
end

local held_meta = { __close = function(held)
  local stopping = held.stopping
  stopping.holders = stopping.holders - 1
  if stopping.holders == 0 and not stopping.over:is_set() then
    stopping.task:cancel()
  end
end }

--- Stops a service, or joins who does.
---@async
---@param set engine.service.Set
---@param rt engine.service.Runtime
---@return true? ok
---@return core.Error? err ETIMEDOUT: it was killed and does not end; ECANCELED
function M.run(set, rt)
  local stopping = set.stopping[rt.name]
  if not stopping or stopping.holders == 0 then
    stopping = begin(set, rt)
  end
  stopping.holders = stopping.holders + 1
  local _ <close> = setmetatable({ stopping = stopping }, held_meta)
  local ok, err = stopping.over:wait()
  if not ok or stopping.gone then
    return ok, err
  end
  return nil, error_new({ code = "ETIMEDOUT", op = "service.stop",
    message = ("service '%s' does not end: it was killed %d s ago"):format(rt.name,
      stop.KILL_MS // 1000) })
end

return M
