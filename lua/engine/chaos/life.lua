--- Faults of a service's life: it is killed, stopped, or its processes stand still.
---
--- What a fault has ended is no end by itself (T603), and stays down until the fault is over,
--- although steps need it: what they do without it is what is tested.
local error_new = require("core.error").new
local hold = require("engine.service.hold")
local poll = require("engine.service.poll")
local runtime = require("engine.service.runtime")

---@class engine.chaos.life
local M = {}

local END_MS = 10000 -- for a signal to end a service

local function fail(message, code)
  return nil, error_new({ code = code or "EFAULT", op = "chaos", message = message })
end

--- Starts it again, unless all is over anyway.
local function restart(set, rt)
  return function(why)
    hold.release(set, rt)
    if why == "end" then
      return true
    end
    return set:start({ rt.name })
  end
end

local function not_running(rt)
  return fail(("service '%s' does not run"):format(rt.name), "ESRCH")
end

--- Kills it: at once, or by a signal that ends processes.
---@async
---@param set engine.service.Set
---@param rt engine.service.Runtime
---@param spec engine.model.Fault
---@return engine.chaos.Undo? undo
---@return core.Error? err
function M.kill(set, rt, spec)
  if not runtime.is_running(rt) then
    return not_running(rt)
  end
  hold.take(rt)
  local ok, err = set:kill(rt.name, spec.signal or "SIGKILL")
  if ok and not poll.wait(rt.ended, END_MS) then
    ok, err = fail(("it runs on, %d s after %s"):format(END_MS // 1000, spec.signal or "SIGKILL"))
  end
  if not ok then
    hold.release(set, rt)
    return nil, err
  end
  return restart(set, rt)
end

--- Stops it as at the end of a test: its own signal, after its grace SIGKILL.
---@async
---@param set engine.service.Set
---@param rt engine.service.Runtime
---@return engine.chaos.Undo? undo
---@return core.Error? err
function M.stop(set, rt)
  if not runtime.is_running(rt) then
    return not_running(rt)
  end
  hold.take(rt)
  set:stop(rt.name)
  if runtime.is_running(rt) then
    hold.release(set, rt)
    return fail("it runs on")
  end
  return restart(set, rt)
end

--- Lets its processes stand still, and looks that they do.
---@async
---@param set engine.service.Set
---@param rt engine.service.Runtime
---@return engine.chaos.Undo? undo
---@return core.Error? err
function M.pause(set, rt)
  if rt.paused then
    return fail("it is paused already")
  end
  local ok, err = set:pause(rt.name)
  if not ok then
    return nil, err
  end
  ok, err = rt.host.is_paused(rt)
  if not ok then
    set:resume(rt.name)
    return fail(err and err.message or "its processes run on")
  end
  return function()
    if not runtime.is_running(rt) then
      return true
    end
    return set:resume(rt.name)
  end
end

return M
