--- The restart of a service by hand, while its run goes on: by the run itself, as a test does it.
---
--- The service ends by its own signal, so it has not died, and no container is restarted by anyone
--- that the run does not know of.  But a test whose service somebody restarts is not the one of its
--- file: the judge is told before anything happens, and it is never a pass (V009).
---@class engine.live.restart
local error_new = require("core.error").new
local task = require("clnrm.task")

local M = {}

local function refuse(message, help)
  return nil, error_new({ code = "EINVAL", op = "live.restart", message = message,
    detail = { help = help } })
end

local WHY = {
  new = "it was not started: no step has needed it yet",
  starting = "it is being started",
  stopping = "it is being stopped",
  stopped = "its test has stopped it",
  completed = "it is a task, and has completed",
  failed = "it did not get ready, of which its test is told",
  dead = "it has ended by itself, of which its test is told",
}

--- Why a service is not to be restarted now.
local function why_not(run, services, rt)
  if not run.active[services.cx] or services.cx.ended then -- what is judged is not judged again
    return "no test runs that could be told: its room is a fixture's, or waits for its next test"
  elseif services.is_closing or services.set.closed then
    return "its room is about to end"
  elseif rt.held then
    return "a fault of its test keeps it down"
  end
  return WHY[rt.state]
end

local function add(owner, name)
  owner.by_hand = owner.by_hand or {}
  for _, known in ipairs(owner.by_hand) do
    if known == name then
      return
    end
  end
  owner.by_hand[#owner.by_hand + 1] = name
end

local function room_ends(name)
  return nil, error_new({ code = "ECLOSED", op = "live.restart",
    message = ("service '%s' is not started again: its room ends, for its test has ended")
      :format(name) })
end

--- Waits until nobody else restarts a service by hand.
---@return clnrm.task.Permit? turn nil: the run ends
local function await_turn(services, name)
  services.turns = services.turns or {}
  services.turns[name] = services.turns[name] or task.semaphore(1)
  return (services.turns[name]:take())
end

--- Stops a service and starts it again, and waits until it is ready.  Those who ask for it at once
--- come one after the other.
---@async
---@param run engine.run.Run
---@param services engine.run.Services
---@param name string
---@return true? ok
---@return core.Error? err EINVAL: it is not to be restarted now; EFAILED: it did not come up;
---ECLOSED: its room has begun to end
function M.run(run, services, name)
  local rt = services.set:get(name)
  local turn <close> = await_turn(services, name)
  if not turn then
    return room_ends(name)
  end
  local why = why_not(run, services, rt)
  if why then
    return refuse(("service '%s' is not restarted: %s"):format(name, why))
  end
  add(services, name) -- for the tests that get this room later
  add(services.cx.course, name)
  rt.by_hand = true
  local ok, failed = services.set:restart(name)
  rt.by_hand = nil
  if ok then
    return true
  end
  if services.is_closing or services.set.closed then
    return room_ends(name)
  end
  local mask = run.secrets:mask(services.cx.scenario.id)
  local text = tostring(failed and failed.message or "nothing says why")
  return nil, error_new({ code = "EFAILED", op = "live.restart",
    message = ("service '%s' did not come up again: %s"):format(name,
      mask and mask:text(text) or text) })
end

return M
