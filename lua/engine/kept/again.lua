--- The restart of a service in a kept room of the sandbox: by what its note says, through the
--- room's agent, which keeps it when who has asked for it is gone.
---
--- What a service needs and no note may have, or what its run alone could enforce, is a reason not
--- to.
---@class engine.kept.again
local command = require("engine.backend.sandbox_command")
local enter = require("engine.kept.enter")
local error_new = require("core.error").new
local limits_of = require("engine.service.limits")
local poll = require("engine.service.poll")
local process_of = require("engine.kept.process")
local task = require("core.task")

local M = {}

local FILTER = 0 -- slot of the one filter of system calls
local KILL_MS = 5000 -- for a killed process to be gone
local SETTLE_MS = 300 -- that it must run
local STEP_MS = 20
local LINES = 5

---@class engine.kept.Again
---@field why_not? string it cannot be
---@field argv? string[]
---@field env? string[]
---@field limits? table<string, integer> rlimits
---@field stop_signal? string
---@field stop_timeout_ms? integer

local function has_secret(mask, list)
  for _, word in ipairs(mask and list or {}) do
    if mask:text(word) ~= word then
      return true
    end
  end
  return false
end

--- Describes how a service could be started again by who has only the note.
---@param room engine.backend.Room of the sandbox
---@param rt engine.service.Runtime
---@param mask? engine.run.Mask
---@return engine.kept.Again
---@nodiscard
function M.describe(room, rt, mask)
  local spec = rt.spec
  if (spec.kind or "daemon") ~= "daemon" then
    return { why_not = "it is a task" }
  elseif rt.group or room.guard then
    return { why_not = "its run alone enforces its limits, or those and the policy of its room" }
  end
  local argv = spec.shell and { "/bin/sh", "-c", spec.shell } or spec.argv
  local env = room:environment_in(rt, true)
  if has_secret(mask, argv) or has_secret(mask, env) then
    return { why_not = "it is started with secrets, which are not written down" }
  end
  return { argv = argv, env = env, limits = command.limits((limits_of.make(spec))),
    stop_signal = tostring(spec.stop_signal or "SIGTERM"),
    stop_timeout_ms = spec.stop_timeout_ms or 10000 }
end

local function refuse(code, message, help)
  return nil, error_new({ code = code, op = "kept.again", message = message,
    detail = help and { help = help } or nil })
end

local function is_there(place, pid)
  local stat = place.core:stat(("/proc/%d"):format(pid))
  return stat ~= nil and stat.kind == "directory"
end

local function await_gone(place, pid, ms)
  local until_ms = poll.now() + ms
  while is_there(place, pid) do
    if poll.now() >= until_ms then
      return false
    end
    task.sleep(STEP_MS)
  end
  return true
end

--- Sends a signal to the processes of a service: by the room's shell, for the agent takes signals
--- for what its present host has started.
local function signal(place, pid, name)
  local process, err = place:start({ argv = { "/bin/sh", "-c",
    ("kill -s %s -- -%d"):format(name:gsub("^SIG", ""), pid) } })
  if not process then
    return nil, err
  end
  process:wait()
  process:close()
  return true
end

--- Ends what runs of it.
local function stop(place, note, service)
  local pid, again = service.pid, service.again
  if not process_of.may_be(note, service) or not is_there(place, pid) then
    return true
  end
  local ok, err = signal(place, pid, again.stop_signal)
  if ok and not await_gone(place, pid, again.stop_timeout_ms) then
    ok, err = signal(place, pid, "SIGKILL")
    if ok and not await_gone(place, pid, KILL_MS) then
      return refuse("ETIMEDOUT", ("process %d of the service does not end"):format(pid))
    end
  end
  return ok, err
end

--- What it said before it ended at once.
local function last_words(process)
  local lines = {}
  for line in (process:stdout() .. process:stderr()):gmatch("[^\n]+") do
    lines[#lines + 1] = line
  end
  return lines[1] and table.concat(lines, "\n", math.max(1, #lines - LINES + 1))
end

--- Stops a service of a kept room and starts it again; it goes on when this program ends.  That it
--- is ready is not waited for: who could ask has gone with the run.
---@async
---@param room engine.kept.Room
---@param service engine.kept.Service
---@return integer? pid in the room
---@return core.Error? err EINVAL: it cannot be
function M.restart(room, service)
  local again = service.again or { why_not = "another clnrm has kept its room" }
  if again.why_not then
    return refuse("EINVAL", ("service '%s' is not restarted: %s"):format(service.name,
      again.why_not), ("run the scenario again, or start it by hand, for as long as you look at it"
        .. ": clnrm shell %s:%s %s -- COMMAND"):format(room.run, room.names[1], service.name))
  end
  local place <close>, err = enter.open(room, service.name)
  local ok = place
  if place then
    ok, err = stop(place, room.note, service)
  end
  if not ok then
    return nil, err
  end
  local at = service.place
  local process
  process, err = place.core:spawn({ argv = again.argv, env = again.env, cwd = at.cwd,
    limits = again.limits, filter = FILTER, view = at.view, net = at.net, hostname = at.hostname,
    keep_group = true })
  if not process then
    return nil, err
  end
  local ended = task.timeout(SETTLE_MS, process.wait, process)
  if ended then
    return refuse("EFAILED", ("service '%s' ended at once, with %s"):format(service.name,
      ended.signal and "signal " .. ended.signal or "exit code " .. tostring(ended.code)),
      last_words(process))
  end
  return process:pid()
end

return M
