--- How it is known that the service of a container has ended, and what is told of what was asked of
--- it then.
---@class engine.backend.container.service_end
local docker_error = require("engine.docker.error")
local error_new = require("core.error").new
local exit_text = require("engine.service.wait").exit_text
local task = require("core.task")

local M = {}

local NONE = {}

M.END_MS = 30000 -- for the engine to tell of an end that it knows; a busy one takes its time
M.LATE_MS = 4000 -- for one that it may not know of yet

--- Waits for the end of a service: as long as it takes to be told, or a time while the engine says
--- that it runs.
local function await_for(rt, late_ms)
  local told, err = task.timeout(M.END_MS, rt.member.inspect, rt.member)
  if not told and docker_error.gone(err) then
    return -- nobody will tell
  end
  local is_running = told == nil or told.State == nil or told.State.Running
  task.timeout(is_running and late_ms or M.END_MS, rt.ended.wait, rt.ended)
end

--- Waits until the end of a service is known, when its container has ended.
---@async
---@param rt engine.service.Runtime
---@return boolean # it has ended
function M.await_end(rt)
  for _, late_ms in ipairs(rt.process and { M.LATE_MS, 0 } or NONE) do
    if not rt.ended:is_set() then
      await_for(rt, late_ms) -- again: it may have heard of it in the meantime
    end
  end
  return rt.process ~= nil and rt.ended:is_set()
end

--- The error of what was asked of a room that was closed already: nobody would give back what is
--- made in it.
---@return core.Error
---@nodiscard
function M.closed()
  return error_new({ code = "EAGENT", op = "container.room", message = "the room is closed" })
end

--- The error of what was asked of a service that has ended.
---@param rt engine.service.Runtime
---@param err core.Error
---@return core.Error
function M.ended(rt, err)
  return error_new({
    code = "ESRCH",
    op = "container.agent",
    message = ("the container of service '%s' has ended: %s"):format(rt.name,
      rt.exit and exit_text(rt.exit) or err.message),
    cause = err,
  })
end

--- The error of a command that ended with the container of a service, where the engine does not
--- say it; waits until what it does say is known.
---@async
---@param rt engine.service.Runtime
---@param err core.Error EAGENT
---@return core.Error? # nil: the engine is to be asked
function M.of_step(rt, err)
  if rt.by_hand then -- its container runs again, and nothing in it says why
    return error_new({ code = err.code, op = "room.start", cause = err,
      message = ("service '%s' was restarted by hand, and this ran in its container"):format(
        rt.name) })
  end
  task.shield(M.await_end, rt)
end

--- Whether a service was to end, and has: by its kind, or because the test ended it.
---@param rt engine.service.Runtime
---@return boolean
---@nodiscard
function M.has_completed(rt)
  local kind = rt.spec and rt.spec.kind or "daemon"
  return (kind ~= "daemon" or rt.asked == true) and rt.process ~= nil and rt.ended:is_set()
end

--- The error of something that is to run in such a service.
---@param rt engine.service.Runtime
---@return core.Error
---@nodiscard
function M.completed(rt)
  return error_new({
    code = "EPOLICY",
    op = "room.start",
    message = ("the service '%s' has %s, and an engine runs nothing in a container that "
      .. "has ended"):format(rt.name, rt.asked and "been ended by the test" or "completed"),
    detail = { help = "run it in a service that stays, or in the room itself; what it made for "
      .. "others goes into a volume of both" },
  })
end

--- The error of something that has no agent.
---@async
---@param rt engine.service.Runtime
---@param err core.Error
---@return core.Error # ESRCH: its container has ended, which is known of the service by then
function M.no_agent(rt, err)
  if err.code ~= "ECANCELED" and M.await_end(rt) then
    return M.ended(rt, err)
  end
  return error_new({
    code = err.code == "EAGENT" and "ESRCH" or err.code,
    op = "container.agent",
    message = ("the agent beside service '%s' is not there: %s"):format(rt.name, err.message),
    cause = err,
  })
end

return M
