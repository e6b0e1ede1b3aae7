--- Ends services: by their signal, after a grace by SIGKILL.  Always ends itself.
---@class engine.service.stop
local poll = require("engine.service.poll")
local runtime = require("engine.service.runtime")
local signals = require("engine.run.signals")

local M = {}

M.GRACE_MS = 10000
M.KILL_MS = 5000 -- for a killed process to be gone: it may hang in the kernel

--- Kills a service and waits until its processes are gone.
---@async
---@param rt engine.service.Runtime
---@return boolean gone
function M.kill(rt)
  runtime.ask_end(rt)
  if runtime.is_running(rt) then
    runtime.kill(rt)
    poll.wait(rt.ended, M.KILL_MS)
  end
  return not runtime.is_running(rt)
end

--- Asks a service to end, and kills it when it has not.
---@async
---@param rt engine.service.Runtime
---@param grace_ms? number at most; 0: it is killed at once; default: the service's own
---@return boolean gone
function M.run(rt, grace_ms)
  if not grace_ms or grace_ms > 0 then
    runtime.await_dying(rt) -- of what was done to it before, which our signal would hide
  end
  if not runtime.is_running(rt) then
    return true
  end
  local spec = rt.spec
  runtime.ask_end(rt)
  rt.state, rt.was_ready = "stopping", rt.state == "ready"
  local stop_signal = spec.stop_signal or "SIGTERM"
  local number = math.tointeger(stop_signal) or signals.number(stop_signal)
  if rt.host.is_deaf and rt.host.is_deaf(rt, number) then
    return M.kill(rt)
  end
  runtime.signal(rt, number)
  if rt.paused then -- a stopped process takes no other signal
    runtime.signal(rt, signals.number("SIGCONT"))
    rt.paused = nil
  end
  local grace = math.min(grace_ms or math.huge, spec.stop_timeout_ms or M.GRACE_MS)
  if grace <= 0 or not poll.wait(rt.ended, grace) then
    return M.kill(rt)
  end
  return true
end

return M
