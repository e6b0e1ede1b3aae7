--- A command that the engine itself has started, with the calls that an agent's process has.
---
--- Its end is what the engine says of it (Running false, and an ExitCode), never the end of a
--- stream: an engine that is killed ends its streams, and the command lives on.
---@class engine.backend.container.rung.exec_process
local clock = require("core.clock")
local docker = require("core.docker")
local ending = require("engine.backend.container.ending")
local error_new = require("core.error").new
local exec_kill = require("engine.backend.container.rung.exec_kill")
local exec_text = require("engine.backend.container.rung.exec_text")
local json = require("core.json")
local not_in_image = require("engine.backend.sandbox_hint").not_in_image
local signals = require("engine.run.signals")
local task = require("core.task")
local told_of = require("engine.docker.told")

local M = {}

local NS_PER_MS = 1e6
local SIGKILL, SHELL_BASE = 9, 128
local START_MS = 30000
local PAUSES_MS = { 1, 2, 5, 10, 20, 50 } -- between two questions, the last one for ever
local IDLE_MS = 250 -- between two questions while the outputs go on
local LOOK_MS = 10 -- between two looks at a first process that this machine shows
local KILLED_MS = 10000 -- for something that was killed to have ended
local OUTPUT_MS = 10000 -- for the rest of the outputs, once it has ended
local REFUSED = 126
local TEXT_MAX = 4096

---@class engine.backend.container.rung.ExecProcess
---@field private member engine.backend.container.Member
---@field private exec string id
---@field private argv string[]
---@field private cwd string
---@field private leader? integer its first process, as this machine numbers it
---@field private output core.docker.Output
---@field private ended core.task.Event
---@field private result? core.room.Result
---@field private err? core.Error
---@field private host_pid integer
---@field private began_ms number
---@field private taken integer signals that found it running
---@field private was_killed boolean
---@field private timed_out boolean
---@field private kill_due? number when its end must be known
local Process = {}
Process.__index = Process

local function lost(text, cause)
  return error_new({ code = "EAGENT", op = "room.wait", message = text, cause = cause })
end

local function now_ms()
  return clock.now() / NS_PER_MS
end

local function ask(self)
  local told, err = self.member.session.client:call("GET", ("/exec/%s/json"):format(self.exec))
  if not told then
    return nil, lost("its end cannot be asked for: " .. err.message, err)
  end
  return told
end

--- Asks until `is_enough` says so.
local function ask_until(self, limit_ms, is_enough)
  local due, round = now_ms() + limit_ms, 0
  while true do
    local told, err = ask(self)
    if not told or is_enough(told) then
      return told, err
    elseif now_ms() >= due then
      return nil, lost(("the engine did not say within %d ms what became of it"):format(limit_ms))
    end
    round = round + 1
    local ok
    ok, err = task.sleep(PAUSES_MS[math.min(round, #PAUSES_MS)])
    if not ok then
      return nil, err
    end
  end
end

local function code_of(told)
  return told.Running == false and math.tointeger(told.ExitCode) or nil
end

local function has_ended(told)
  return code_of(told) ~= nil
end

local function has_begun(told)
  return has_ended(told) or (math.tointeger(told.Pid) or 0) > 0
end

--- Whether the engine says that nothing of it ever ran.  A command that prints the same, and ends
--- so before it was seen to run, is told as one that could not start: that never is a pass.
local function was_refused(told, text)
  return (math.tointeger(told.Pid) or 0) == 0 and exec_text.is_of_runtime(text)
end

--- Waits until the engine has started it, or says that it could not.
local function await_start(self, argv, cwd)
  local told, err = ask_until(self, START_MS, has_begun)
  if not told then
    return nil, err
  end
  self.host_pid = math.tointeger(told.Pid) or 0
  if code_of(told) == REFUSED or code_of(told) == REFUSED + 1 then
    local ended = task.timeout(OUTPUT_MS, self.output.wait, self.output)
    local text = ended and exec_text.beginning(self.output, TEXT_MAX)
    if text and was_refused(told, text) then
      return nil, exec_text.read(text, argv, cwd)
    end
  end
  return true
end

--- Waits a little for the end of the outputs, or that of the first process, which others that hold
--- the outputs may outlive.
local function await_change(self)
  local id, due = self.member.thing.id, now_ms() + IDLE_MS
  self.leader = self.leader or exec_kill.find(self.host_pid, id)
  local limit_ms = self.leader and LOOK_MS or IDLE_MS
  local ok, err
  repeat
    ok, err = task.timeout(limit_ms, self.output.wait, self.output)
    local is_over = ok or err.code == "ECANCELED"
      or self.leader and not exec_kill.is_there(self.leader, id)
  until is_over or now_ms() >= due
  return err
end

--- Waits for the end, as the engine tells it: asks when the outputs end, and now and then before.
local function await_end(self)
  local round = 0
  while true do
    local told, err = ask(self)
    if not told or has_ended(told) then
      return told, err
    elseif self.kill_due and now_ms() > self.kill_due then
      return nil, lost(("it was killed, and runs %d ms later"):format(KILLED_MS))
    end
    local _
    if self.output:is_over() then -- it may have closed its outputs, and run on
      round = round + 1
      _, err = task.sleep(PAUSES_MS[math.min(round, #PAUSES_MS)])
    else
      err = await_change(self)
    end
    if err and err.code == "ECANCELED" then
      return nil, err
    end
  end
end

local function finish(self)
  local told, err = await_end(self)
  local took_ms = now_ms() - self.began_ms
  if not told then
    return nil, err
  end
  local rest = exec_kill.end_rest(self.host_pid, self.member.thing.id)
  local outputs
  outputs, err = task.timeout(OUTPUT_MS, self.output.wait, self.output)
  if not outputs then
    return nil, lost("its outputs were lost: " .. err.message, err)
  end
  local code = code_of(told)
  if code ~= 0 and outputs.stdout.bytes == 0 and outputs.stderr.bytes <= TEXT_MAX then
    local text = self.output:stderr(TEXT_MAX) or ""
    if exec_text.is_of_begun(text) then
      err = exec_text.read(text, self.argv, self.cwd)
      err.detail = { help = not_in_image(err, self.argv, { tree = self.member.image, path = "" }) }
      return nil, err
    end
  end
  if not self.was_killed and (code == SHELL_BASE + SIGKILL
    or (code == REFUSED or code == REFUSED + 1) and exec_text.is_in(self.output, TEXT_MAX)) then
    local has_ended_first, why = ending.has_ended(self.member)
    if has_ended_first == nil then
      return nil, lost("it was ended, and nobody says by whom: " .. why.message, why)
    elseif has_ended_first then
      return nil, lost("it ended when its container did")
    end
  end
  local is_signal = self.was_killed and code == SHELL_BASE + SIGKILL
  return {
    kind = is_signal and "signalled" or "exited",
    code = not is_signal and code or nil,
    signal = is_signal and SIGKILL or nil,
    timed_out = self.timed_out,
    duration_ms = took_ms,
    signals = self.taken,
    may_be_signal = not is_signal and code > SHELL_BASE and signals.known(code - SHELL_BASE),
    leaked = #rest, -- of its own session alone, as the isolation of the result says
    leak_names = table.concat(rest, ","),
    stdout = outputs.stdout,
    stderr = outputs.stderr,
  }
end

--- Kills it; the whole container where that cannot be done otherwise.
local function kill(self)
  self.was_killed, self.kill_due = true, now_ms() + KILLED_MS
  local member = self.member
  if not exec_kill.kill(self.host_pid, member.thing.id) then
    local told = ask(self)
    if told and has_ended(told) then
      return
    end
    member.killed_for = self.label
    member:announce("kill")
    local ok, err = member.session.client:call("POST",
      ("/containers/%s/kill"):format(member.thing.id), { query = { signal = SIGKILL } })
    if not ok then
      member:retract(err, "kill")
    end
  end
end

local function watch_deadline(self, ms)
  if task.sleep(ms) and not self.ended:is_set() then
    self.timed_out = true
    kill(self)
  end
end

local function feed(self, text)
  if text == "" or self.output:write(text) then
    self.output:finish()
  end
end

--- Starts a command.
---@async
---@param member engine.backend.container.Member
---@param spec { argv: string[], env: string[], cwd: string, user?: string, stdin?: string|true,
---  deadline_ms?: number, out_max: integer }
---@return engine.backend.container.rung.ExecProcess? process
---@return core.Error? err
---@nodiscard
function M.start(member, spec)
  local client = member.session.client
  local made, err = client:call("POST", ("/containers/%s/exec"):format(member.thing.id), { body = {
    Cmd = json.array({ table.unpack(spec.argv) }),
    Env = json.array({ table.unpack(spec.env) }),
    WorkingDir = spec.cwd, User = spec.user,
    AttachStdin = spec.stdin ~= nil, AttachStdout = true, AttachStderr = true, Tty = false,
  } })
  local id
  if made then
    id, err = told_of.id(made, "containers.exec")
  end
  if not id then
    return nil, lost("the engine did not start it: " .. err.message, err)
  end
  local self = setmetatable({
    member = member, exec = id, ended = task.event(), host_pid = 0, taken = 0,
    was_killed = false, timed_out = false, began_ms = now_ms(), label = spec.argv[1],
    argv = spec.argv, cwd = spec.cwd,
  }, Process)
  local call
  call, err = client:stream("POST", ("/exec/%s/start"):format(self.exec),
    { body = { Detach = false, Tty = false } })
  if not call then
    local text = err.message:match("OCI runtime.*") or err.message:match("unable to find %a+ .*")
    return nil, text and exec_text.read(text, spec.argv, spec.cwd)
      or lost("the engine did not start it: " .. err.message, err)
  end
  self.output = docker.output(call, { out_max = spec.out_max })
  local ok
  ok, err = await_start(self, spec.argv, spec.cwd)
  if not ok then
    self.output:close()
    return nil, err
  end
  if type(spec.stdin) == "string" then
    self.feeder = task.spawn(feed, self, spec.stdin)
  end
  if spec.deadline_ms then
    self.watcher = task.spawn(watch_deadline, self, math.max(1, math.ceil(spec.deadline_ms)))
  end
  self.follower = task.spawn(function()
    self.result, self.err = finish(self)
    self.ended:set()
    if self.watcher then
      self.watcher:cancel()
    end
  end)
  return self
end

--- Waits until it has ended.  May be called again.
---@async
---@return core.room.Result? result without `rusage`, which nobody tells
---@return core.Error? err EAGENT: nothing is known of its end
function Process:wait()
  local ok, err = self.ended:wait()
  if not ok then
    return nil, err
  end
  return self.result, self.err
end

--- Returns output from `offset` on as soon as there is some; "" when it has ended and none is left.
---@async
---@param stream "stdout"|"stderr"
---@param offset integer
---@param len? integer
---@return string? text
---@return core.Error? err
function Process:read(stream, offset, len)
  return self.output:read(stream, offset, len)
end

--- Returns what is kept of stdout.
---@param max? integer
---@return string? text
---@return integer|core.Error cut
function Process:stdout(max)
  return self.output:stdout(max)
end

--- The same for stderr.
---@param max? integer
---@return string? text
---@return integer|core.Error cut
function Process:stderr(max)
  return self.output:stderr(max)
end

--- Sends bytes to its stdin.
---@async
---@param text string
---@return true? ok
---@return core.Error? err
function Process:write(text)
  return self.output:write(text)
end

--- Says that its stdin is whole.
---@return true? ok
---@return core.Error? err
function Process:close_stdin()
  return self.output:finish()
end

--- Sends a signal to its processes: only where this machine sees them.
---@async
---@param number integer
---@return true? ok
---@return core.Error? err ESRCH; EMACHINE: the engine has no call for it
function Process:signal(number)
  if self.ended:is_set() then
    return nil, error_new({ code = "ESRCH", op = "room.signal", message = "it has ended" })
  elseif not exec_kill.signal(self.host_pid, self.member.thing.id, number) then
    return nil, error_new({ code = "EMACHINE", op = "room.signal",
      message = "without an agent a command cannot be sent a signal here" })
  end
  self.taken = self.taken + 1
  self.was_killed = self.was_killed or number == SIGKILL
  return true
end

--- Kills it; `wait` tells the end.
function Process:kill()
  if not self.ended:is_set() then
    self.taken = self.taken + 1
    task.spawn(kill, self)
  end
end

--- Returns its number on the machine of the engine; 0: not known.
---@return integer
function Process:pid()
  return self.host_pid
end

--- Nothing of it is an agent's.
---@return integer
function Process:id() -- luacheck: ignore 212/self
  return 0
end

--- Ends it, and forgets its outputs.
function Process:close()
  for _, name in ipairs({ "follower", "feeder", "watcher" }) do
    if self[name] then
      self[name]:cancel()
    end
  end
  if not self.ended:is_set() then
    task.spawn(kill, self)
  end
  self.output:close()
end

return M
