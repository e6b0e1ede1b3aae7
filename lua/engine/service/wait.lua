--- The forms of `wait`: what has to be seen before a service counts as ready.
---
--- Each takes the running service and returns what was found; the life of the service is watched by
--- who calls.  All of them end at the wait's own deadline.
---@class engine.service.wait
local error_new = require("core.error").new
local lines = require("engine.service.lines")
local log = require("engine.service.log")
local poll = require("engine.service.poll")
local runtime = require("engine.service.runtime")
local signals = require("engine.run.signals")
local task = require("clnrm.task")

local M = {}

M.TIMEOUT_MS = 30000
M.ONCE_MS = 5000 -- for one answer, or half of the wait when that is more
M.QUIET_MS = 200 -- so long after the last output a line that has not ended is looked at
M.EXEC_GRACE_MS = 2000 -- for a command that was killed at its limit to be told of

local function fail(code, message)
  return nil, error_new({ code = code, op = "service.wait", message = message })
end

--- Says what a connection was answered with.
local function refused(port, err)
  if err.code == "ECONNREFUSED" then
    return fail(err.code, ("nobody listens on port %d"):format(port))
  end
  return nil, err
end

local function last_line(result)
  for _, stream in ipairs({ "stderr", "stdout" }) do
    local line = (result[stream](result, 4096) or ""):match("([^\n]*%S[^\n]*)%s*$")
    if line then
      return ": " .. line
    end
  end
  return ""
end

--- Says how a command ended.
---@param exit { exit_code?: integer, code?: integer, signal?: integer }
---@return string
---@nodiscard
function M.exit_text(exit)
  if exit.signal then
    return "killed by " .. signals.name(exit.signal)
  end
  local code = exit.exit_code or exit.code
  return code and ("exit code %d"):format(code) or "an end that nobody saw"
end

local function judge_command(result, limit_ms)
  if result.timed_out then
    return fail("ETIMEDOUT", ("no end within %d ms, killed%s"):format(limit_ms, last_line(result)))
  elseif result.exit_code ~= 0 then
    return fail("EEXIT", M.exit_text(result) .. last_line(result))
  end
  return true
end

--- Runs a command in a service once; exit code 0 is yes.
---@async
---@param rt engine.service.Runtime
---@param command { argv?: string[], shell?: string }
---@param limit_ms number
---@return true? ready
---@return core.Error? err
function M.ask_command(rt, command, limit_ms)
  limit_ms = math.max(1, math.floor(limit_ms))
  local result, err = rt.room:exec({
    service = rt,
    argv = command.argv,
    shell = command.shell,
    label = ("service %q"):format(rt.name),
    timeout_ms = limit_ms,
    out_max = 64 << 10,
  })
  if not result then
    return nil, err
  end
  local ok, why = judge_command(result, limit_ms)
  result:close()
  return ok, why
end

--- Keeps what the last question was answered with, for who asks what is waited for.
---@param rt engine.service.Runtime
---@param ok true?
---@param err core.Error?
---@return true? ok
---@return core.Error? err
function M.note(rt, ok, err)
  if ok or not (poll.is_final(err) or err.code == "ESRCH") then -- ESRCH: the service has ended
    rt.last_probe = not ok and rt.mask(err.message) or nil
  end
  return ok, err
end

--- The page that a wait asks for.
---@param rt engine.service.Runtime
---@param wait engine.model.Service.Wait
---@return string
---@nodiscard
function M.url(rt, wait)
  return ("http://%s:%d%s"):format(wait.host or rt.name, wait.port, wait.value)
end

--- How each form asks once; nil: it is not asked but waited for.
---@type table<string, async fun(rt: engine.service.Runtime, wait: table, limit_ms: number)>
M.ask = {
  port = function(rt, wait)
    local ok, err = rt.room:probe({ port = wait.value }, runtime.where(rt))
    if not ok then
      return refused(wait.value, err)
    end
    return true
  end,

  http = function(rt, wait)
    local what = { http = M.url(rt, wait), status = wait.status, body = wait.body }
    local ok, err = rt.room:probe(what, runtime.where(rt))
    if not ok then
      return refused(wait.port, err)
    end
    return true
  end,

  file = function(rt, wait)
    local path = wait.value
    path = path:sub(1, 1) == "/" and path or rt.cwd .. "/" .. path
    return rt.room:probe({ file = path }, runtime.where(rt))
  end,

  cmd = function(rt, wait, limit_ms)
    return M.ask_command(rt, wait, limit_ms)
  end,
}

local function run_ask(rt, wait, timeout_ms)
  local ask = M.ask[wait.kind]
  return poll.run({
    timeout_ms = timeout_ms,
    once_ms = math.max(M.ONCE_MS, timeout_ms / 2),
    grace_ms = wait.kind == "cmd" and M.EXEC_GRACE_MS or nil,
  }, function(limit_ms)
    local ok, err = ask(rt, wait, limit_ms)
    return M.note(rt, ok, err)
  end)
end

local Watch = {} ---@class engine.service.Watch a log wait under way
Watch.__index = Watch

local function follow(watch, rt, stream, counter)
  local _, err = log.follow(rt.process, stream, rt.out_max, function(text, gap)
    if gap > 0 then
      watch.gap = watch.gap + gap
      counter:lose()
    end
    local ok, why = counter:add(text)
    watch:note(not ok and why)
  end)
  watch.open = watch.open - 1
  local ok, why = true, nil
  if not err then
    ok, why = counter:pause() -- what ends the output ends its last line
  end
  watch:note(err or not ok and why)
end

function Watch:count()
  return self.stdout.count + self.stderr.count
end

function Watch:note(err)
  self.err = self.err or err or nil
  self.over = self.err ~= nil or self.open == 0 or self:count() >= self.times
  self.rt.last_probe = not self.over and self.rt.mask(self:text()) or self.rt.last_probe
  self.changed:set()
end

--- Says what was seen so far.
function Watch:text()
  local text = ("%d of %d lines matched /%s/"):format(self:count(), self.times, self.pattern)
  if self.gap > 0 then
    text = ("%s; %d bytes of output were gone before they were looked at"):format(text, self.gap)
  end
  return text
end

--- Waits for the next output, or until what has come is all there is for now.
local function next_change(watch, left_ms)
  watch.changed:clear()
  local has_rest = watch.stdout:has_rest() or watch.stderr:has_rest()
  local limit = has_rest and math.min(M.QUIET_MS, left_ms) or left_ms
  local ok, err, waited_ms = poll.wait(watch.changed, limit)
  if ok or err.code ~= "ETIMEDOUT" then
    return ok, err, waited_ms
  end
  for _, stream in ipairs({ "stdout", "stderr" }) do
    local looked, why = watch[stream]:pause()
    watch:note(not looked and why)
  end
  return true, nil, waited_ms
end

local function log_result(watch, waited_ms, err)
  local count = watch:count()
  local result = { ready = count >= watch.times and not watch.err, waited_ms = waited_ms }
  result.probes = count
  if not result.ready then
    result.last = watch.err or err or select(2, fail("ENOMATCH", watch:text()))
    result.final = (watch.err or err) ~= nil
  end
  return result
end

local function run_log(rt, wait, timeout_ms)
  local began = poll.now()
  local watch = setmetatable({ rt = rt, changed = task.event(), gap = 0, open = 2 }, Watch)
  watch.pattern, watch.times = wait.value, wait.times or 1
  local err
  for _, stream in ipairs({ "stdout", "stderr" }) do
    watch[stream], err = lines.new(wait.value)
    if not watch[stream] then
      return { ready = false, probes = 0, waited_ms = 0, last = err, final = true }
    end
  end
  rt.last_probe = rt.mask(watch:text())
  local group <close> = task.group()
  group:spawn(follow, watch, rt, "stdout", watch.stdout)
  group:spawn(follow, watch, rt, "stderr", watch.stderr)
  local left, ok = timeout_ms, nil
  while not watch.over and left > 0 do
    local waited_ms
    ok, err, waited_ms = next_change(watch, left)
    if not ok then
      break
    end
    left = left - waited_ms
  end
  group:cancel()
  if watch.open == 0 and left > 0 and not watch.err and watch:count() < watch.times then
    ok, err = poll.wait(rt.ended, left) -- why nothing more is written
    err = not ok and err.code == "ECANCELED" and err or nil
    ok = not err
  end
  return log_result(watch, poll.now() - began, not ok and err or nil)
end

local function run_exit(rt, wait, timeout_ms)
  local began = poll.now()
  local ok, err = poll.wait(rt.ended, timeout_ms)
  local result = { probes = 1, waited_ms = poll.now() - began }
  result.ready = ok and rt.exit ~= nil and rt.exit.code == (wait.value or 0)
  if not result.ready then
    local code = ok and "EEXIT" or err.code
    local text = ok and rt.exit and M.exit_text(rt.exit) or "it still runs"
    result.last = select(2, fail(code, text))
    result.final = code ~= "ETIMEDOUT"
  end
  return result
end

--- Waits until what a wait says is so.
---@async
---@param rt engine.service.Runtime
---@param wait engine.model.Service.Wait
---@return engine.service.Polled
function M.run(rt, wait)
  local timeout_ms = wait.timeout_ms or M.TIMEOUT_MS
  if wait.kind == "log" then
    return run_log(rt, wait, timeout_ms)
  elseif wait.kind == "exit" then
    return run_exit(rt, wait, timeout_ms)
  elseif not M.ask[wait.kind] then
    error(("wait.%s is not known"):format(tostring(wait.kind)), 2)
  end
  return run_ask(rt, wait, timeout_ms)
end

--- Says what a wait waits for.
---@param rt engine.service.Runtime
---@param wait engine.model.Service.Wait
---@return string
---@nodiscard
function M.describe(rt, wait)
  local value = wait.value
  if wait.kind == "log" then
    local times = wait.times or 1
    return ("a line of its log that matches /%s/%s"):format(
      value, times > 1 and (" (%d times)"):format(times) or "")
  elseif wait.kind == "cmd" then
    return ("its command `%s`"):format(wait.shell or table.concat(wait.argv, " "))
  elseif wait.kind == "exit" then
    return ("its end with exit code %d"):format(value or 0)
  elseif wait.kind == "http" then
    return M.url(rt, wait)
  end
  return ("its %s %s"):format(wait.kind, tostring(value))
end

return M
