--- What went wrong with a service, as one value: what, how long it was waited for, the last answer,
--- the end of its process, its last lines.
---@class engine.service.failure
local docker_error = require("engine.docker.error")
local given = require("engine.backend.given")
local lost = require("engine.lost")
local signals = require("engine.run.signals")
local wait = require("engine.service.wait")

local M = {}

M.LINES = 20

---@class engine.service.Failure
---@field service string
---@field code string         T601…, V001, V002, V004, V006, or V003 when the caller was cancelled
---@field verdict "fail"|"infra"|"error"|"timeout"
---@field message string      one sentence
---@field probe? string       what the last question was answered with
---@field log string[]        its last lines, masked
---@field exit? { code?: integer, signal?: integer, leaked?: string[] } how its process ended
---@field container? string[] what its engine says of its container, in a few lines, masked
---@field waited_ms? number
---@field pos? engine.model.Pos
---@field chain? string[]     whoever needed it, the first one asked for: { "web", "api", "db" }
---@field help? string
---@field given_up? boolean   the start was cancelled: another one may come

local VERDICTS = {
  T601 = "timeout",
  T602 = "fail",
  T603 = "fail",
  T604 = "fail",
  T605 = "fail",
  T606 = "fail",
  T607 = "fail",
  T608 = "error",
  H009 = "error",
  V001 = "infra",
  V002 = "infra",
  V003 = "infra",
  V004 = "infra",
  V006 = "infra",
  V007 = "infra",
}

--- Makes a failure.
---@param rt engine.service.Runtime
---@param code string
---@param text string
---@param more? table other fields
---@return engine.service.Failure
---@nodiscard
function M.new(rt, code, text, more)
  more = more or {}
  local mask = rt.mask
  return {
    service = rt.name,
    code = code,
    verdict = VERDICTS[code] or error(("no code of services: %s"):format(code), 2),
    message = mask(text),
    probe = more.probe and mask(more.probe),
    log = rt.log and rt.log:lines(M.LINES) or {},
    exit = rt.exit,
    waited_ms = more.waited_ms,
    pos = more.pos or rt.spec.pos,
    help = more.help and mask(more.help),
    given_up = more.given_up,
  }
end

--- The caller was cancelled: nothing is known of the service.
---@param name string
---@return engine.service.Failure
---@nodiscard
function M.cancelled(name)
  local message = ("the start of '%s' was given up: the run is being stopped"):format(name)
  return { service = name, code = "V003", verdict = VERDICTS.V003, message = message, log = {},
    given_up = true }
end

--- The service was stopped, and not the run, while it was being started.
---@param rt engine.service.Runtime
---@return engine.service.Failure
---@nodiscard
function M.stopped(rt)
  local message = ("service '%s' was stopped while it was being started"):format(rt.name)
  return M.new(rt, "T602", message, { given_up = true })
end

--- Adds what the host of a service tells of it.
---@async unless its process has ended
---@param rt engine.service.Runtime
---@param failed engine.service.Failure gets `container`
function M.describe(rt, failed)
  if rt.host.describe then
    rt.inspect = rt.host.describe(rt, failed.message)
    failed.container = rt.inspect and rt.inspect.lines
  end
end

--- The room is gone.
---@param rt engine.service.Runtime
---@param err core.Error
---@return engine.service.Failure
---@nodiscard
function M.lost(rt, err)
  local told = lost.of(err, "V002", ("the room was lost while service '%s' was needed"):format(
    rt.name))
  return M.new(rt, told.code, told.message, { help = told.help })
end

--- Whether an error says that the room, and not what was asked of it, is at fault.
---@param err core.Error
---@return boolean
---@nodiscard
function M.is_room(err)
  return err.code == "EAGENT" or err.code == "EPROTO" or docker_error.gone(err) ~= nil
end

--- Looks again whether the engine of a service that failed answers: what it was blamed for may be
--- no fault of its own.
---@async
---@param rt engine.service.Runtime
---@param failed engine.service.Failure
---@return engine.service.Failure # the same, or that the engine is gone
function M.looked_again(rt, failed)
  local gone = not failed.given_up and failed.code ~= lost.ENGINE and rt.host.look
    and rt.host.look(rt)
  return gone and M.lost(rt, gone) or failed
end

--- Its command could not start, or something of it could not be put in its place.
---@param rt engine.service.Runtime
---@param err core.Error
---@return engine.service.Failure
---@nodiscard
function M.no_start(rt, err)
  if M.is_room(err) then
    return M.lost(rt, err)
  end
  err = given.look_all(rt.spec.volumes or {}) or err -- perhaps it could not be shown
  local is_policy = err.code == "EPOLICY"
  local is_machine = err.code == "EMACHINE" or err.code == "ETEMPLATE"
  local text = ("service '%s' could not start: %s"):format(rt.name, err.message)
  local help = err.detail and err.detail.help
  local limits = err.detail and err.detail.is_limit and rt.spec.limits
  local code = is_policy and "H009" or is_machine and "T608" or err.code == "EBESIDE" and "V001"
  return M.new(rt, code or "T606", text,
    { help = help, pos = limits and limits.pos or nil })
end

--- It is up, and cannot be reached as it should.
---@param rt engine.service.Runtime
---@param err core.Error
---@return engine.service.Failure
---@nodiscard
function M.no_connection(rt, err)
  if M.is_room(err) then
    return M.lost(rt, err)
  end
  local is_host = err.op == "service.publish"
  return M.new(rt, is_host and "T608" or "T605", err.message)
end

local function has_killed(met)
  return met ~= nil and met.oom_kills > 0
end

--- Whether it got a SIGKILL that neither clnrm nor a limit of its own or of its room sent.
local function is_killed_from_outside(rt)
  return rt.exit.signal == signals.number("SIGKILL") and not rt.exit.timed_out
    and not has_killed(rt.limits_met) and not has_killed(rt.room_met)
end

local function left_text(exit)
  return exit.leaked and #exit.leaked > 0
      and ("; processes that it had left were killed: %s"):format(table.concat(exit.leaked, ", "))
    or ""
end

--- What its limits have done to it.
local function limits_text(rt)
  local met, text = rt.limits_met, ""
  if has_killed(rt.room_met) then
    text = "; its room had used up its memory"
  end
  if met and met.oom_kills > 0 then
    text = ("; it had used up its memory (limits.memory_mb = %d)"):format(rt.spec.limits.memory_mb)
  end
  if met and met.pids_refused > 0 then
    local refused = met.pids_refused
    text = ("%s; %s refused (limits.pids = %d)"):format(
      text, refused == 1 and "a fork was" or refused .. " forks were", rt.spec.limits.pids)
  end
  return text
end

--- How its process ended: "ended with exit code 3", and what its limits had to do with it.
local function how_ended(rt)
  local exit = rt.exit
  return (exit.signal and "was " or "ended with ") .. wait.exit_text(exit) .. limits_text(rt)
end

local function seconds(ms)
  return ms < 1000 and ("%d ms"):format(math.ceil(ms)) or ("%.1f s"):format(ms / 1000)
end

--- Its process ended by itself.
---@param rt engine.service.Runtime
---@param waited? { what: string, pos?: engine.model.Pos } it was not ready yet
---@return engine.service.Failure
---@nodiscard
function M.ended(rt, waited)
  if rt.exit_error then
    return M.lost(rt, rt.exit_error)
  end
  if is_killed_from_outside(rt) then
    local of_limit = rt.host.may_hide_memory and rt.host.may_hide_memory(rt)
    local text = ("service '%s' was killed by SIGKILL; clnrm did not send it: a process of the "
      .. "room, somebody outside, or the machine's lack of memory did%s"):format(rt.name, of_limit
      and "; or its own limit of memory, which its engine may not tell" or "")
    return M.new(rt, "V004", text)
  elseif not waited then
    local is_late = rt.asked and rt.taken > rt.sent_before -- of a signal of its own
    local text = ("service '%s' %s %s%s"):format(rt.name, how_ended(rt), is_late
      and "while it was stopped: clnrm did not send that" or "while it was needed",
      left_text(rt.exit))
    return M.new(rt, "T603", text)
  end
  local text = ("service '%s' %s after %s, before %s%s"):format(
    rt.name, how_ended(rt), seconds(rt.ended_ms), waited.what, left_text(rt.exit))
  return M.new(rt, "T602", text, {
    pos = waited.pos,
    waited_ms = rt.ended_ms,
    probe = rt.last_probe,
  })
end

--- A task did not end as it must.
---@param rt engine.service.Runtime
---@param one engine.model.Service.Wait
---@param result engine.service.Polled
---@return engine.service.Failure
---@nodiscard
function M.task(rt, one, result)
  if rt.exit_error then
    return M.lost(rt, rt.exit_error)
  end
  local more = { pos = one.pos, waited_ms = result.waited_ms }
  if rt.exit then
    local text = ("task '%s' %s, not exit code %d"):format(rt.name, how_ended(rt), one.value or 0)
    return M.new(rt, is_killed_from_outside(rt) and "V004" or "T604", text, more)
  end
  local text = ("task '%s' had not ended after %s"):format(rt.name, seconds(result.waited_ms))
  return M.new(rt, "T601", text, more)
end

--- A wait did not come true.
---@param rt engine.service.Runtime
---@param one engine.model.Service.Wait
---@param result engine.service.Polled
---@return engine.service.Failure
---@nodiscard
function M.not_ready(rt, one, result)
  local err = result.last
  local more = { probe = err.message, waited_ms = result.waited_ms, pos = one.pos }
  local what = wait.describe(rt, one)
  if M.is_room(err) then
    return M.lost(rt, err)
  elseif err.code == "EOWNER" then
    return M.new(rt, "T605", ("service '%s' is not ready: %s"):format(rt.name, err.message), more)
  elseif result.final then
    local text = ("what service '%s' waits for, %s, could not be asked: %s"):format(
      rt.name, what, err.message)
    return M.new(rt, "T608", text, more)
  end
  local text = ("service '%s' was not ready after %s: it waited for %s; last answer: %s"):format(
    rt.name, seconds(result.waited_ms), what, err.message)
  return M.new(rt, "T601", text, more)
end

--- Its health check said no as often as it may.
---@param rt engine.service.Runtime
---@param health engine.model.Service.Health
---@param result engine.service.Polled
---@return engine.service.Failure
---@nodiscard
function M.unhealthy(rt, health, result)
  local err = result.last
  local more = { probe = err.message, waited_ms = result.waited_ms, pos = health.pos }
  if M.is_room(err) then
    return M.lost(rt, err)
  elseif err.code == "COMMAND_NOT_FOUND" or result.final then
    local text = ("the health check of service '%s' cannot run: %s"):format(rt.name, err.message)
    return M.new(rt, "T607", text, more)
  end
  local text = ("service '%s' is not healthy: %d checks in a row failed, %s after its start; "
    .. "the last: %s"):format(rt.name, result.unhealthy, seconds(result.waited_ms), err.message)
  return M.new(rt, "T607", text, more)
end

--- Names who needed a service that failed.
---@param failure engine.service.Failure
---@param chain string[] the first one asked for, …, the service
---@return engine.service.Failure
---@nodiscard
function M.for_chain(failure, chain)
  if #chain < 2 then
    return failure
  end
  local copy = {}
  for key, value in pairs(failure) do
    copy[key] = value
  end
  copy.chain = chain
  copy.message = ("%s (needed: %s)"):format(failure.message, table.concat(chain, " → "))
  return copy
end

return M
