--- The first process of a service's container, with the calls that a process of a room has.
---
--- Its end is what the engine says of it (wait, then inspect), never the end of a stream: an engine
--- that is killed ends its streams, and the container lives on.  Its outputs are attached to before
--- it starts.
---@class engine.backend.container.process
local clock = require("core.clock")
local docker = require("core.docker")
local docker_error = require("engine.docker.error")
local ending = require("engine.backend.container.ending")
local error_new = require("core.error").new
local signals = require("engine.run.signals")
local sources = require("engine.backend.container.sources")
local task = require("core.task")
local things = require("engine.docker.things")

local M = {}

M.OUTPUT_MS = 30000 -- for the rest of the outputs, once the process has ended

local SIGSTOP, SIGCONT, SIGKILL = signals.number("SIGSTOP"), signals.number("SIGCONT"),
  signals.number("SIGKILL")
local SHELL_BASE = 128 -- an exit code above it may be a signal
local NS_PER_MS = 1e6
local ANSWER_MS = 10000 -- for what became of a signal to be known, once the process has ended
local COARSE_NS = 10000000 -- Podman reads ends off a file's time, which may be a tick behind
local LOST_TRIES, LOST_PAUSE_MS = 20, 100 -- of an engine that comes back
local WAIT_TRIES = 3 -- calls that wait for an end

---@class engine.backend.container.Process
---@field private member engine.backend.container.Member
---@field private output core.docker.Output
---@field private ended core.task.Event
---@field private result? core.room.Result
---@field private err? core.Error
---@field private sent table<integer, true>
---@field private taken_ns integer[] when signals were sent that the engine says were taken
---@field private shift_ns? integer from this machine's clock to the engine's, at most
---@field private unanswered integer signals of which the engine has not said yet whether they did
---@field private answered core.task.Event
---@field private is_paused boolean
---@field private is_closed? boolean
---@field state? table State of inspect, once it has ended
---@field told? table all of inspect, at that time
local Process = {}
Process.__index = Process

local function path_of(self, what)
  return ("/containers/%s%s"):format(self.member.thing.id, what)
end

--- Asks until the engine says that it has ended, and returns all that it tells then.
---@return table? told
---@return core.Error? err
---@return boolean? runs the engine says that it runs
local function ask_ended(self)
  local told, err
  for _ = 1, LOST_TRIES do
    told, err = self.member:inspect()
    if told and not told.State.Running
      or not told and (things.is_missing(err) or docker_error.gone(err)) then
      break
    end
    task.sleep(LOST_PAUSE_MS)
  end
  if not told then
    return nil, err
  elseif told.State.Running then
    return nil, error_new({ code = "EAGENT", op = "container.wait", message = "the engine told of "
      .. "the end of a container that runs: somebody else restarted it" }), true
  end
  return told
end

--- Waits until the engine says that it has ended.  A call that breaks off is no end.
local function await_end(self)
  local told, why, runs
  for _ = 1, WAIT_TRIES do
    local ended, err = self.member.session.client:call("POST", path_of(self, "/wait"))
    told, why, runs = ask_ended(self)
    if told or ended or not runs then
      break
    end
    why = err
  end
  return told, why
end

--- What an exit code of the engine means: it tells signals as shells do.
local function exit_of(self, state)
  local code = math.tointeger(state.ExitCode)
  local signal = code and code > SHELL_BASE and code - SHELL_BASE
  if signal and (self.sent[signal] or signal == SIGKILL) then
    return nil, signal
  end
  return code
end

--- Waits until the engine has answered each signal: the end that one brought is often told first.
local function await_answers(self)
  while self.unanswered > 0 do
    self.answered:clear()
    if not task.timeout(ANSWER_MS, self.answered.wait, self.answered) then
      return
    end
  end
end

local function lengths(self)
  if self.is_closed then
    return nil
  end
  local ended = task.timeout(M.OUTPUT_MS, self.output.wait, self.output)
  return ended
end

--- Ends it without an end that anybody saw.
local function lose(self, message, cause)
  self.err = error_new({ code = "EAGENT", op = "container.wait", message = message, cause = cause })
  self.ended:set()
end

local function follow(self)
  local told, why = await_end(self)
  if not told then
    self:close() -- or who reads its outputs would wait for ever
    lose(self, "its container was lost: " .. why.message, why)
    return
  end
  local state = told.State
  self.member:note_end(state)
  if self.member.intruded then
    self.err = self.member.intruded
    self.ended:set()
    return
  end
  local outputs = lengths(self)
  if not outputs then
    self:close()
    lose(self, "the engine does not tell all that it has printed")
    return
  end
  await_answers(self)
  local code, signal = exit_of(self, state)
  self.state, self.told = state, told
  self.result = {
    kind = signal and "signalled" or "exited",
    code = code,
    signal = signal,
    timed_out = false,
    duration_ms = clock.now() / NS_PER_MS - self.began,
    signals = ending.count_taken(self.taken_ns, state.FinishedAt, self.shift_ns,
      self.member.session.client.engine == "podman" and COARSE_NS or 0),
    leaked = 0,
    leak_names = "",
    rusage = { user_ms = 0, system_ms = 0, max_rss_kb = 0 },
    stdout = outputs.stdout,
    stderr = outputs.stderr,
  }
  self.ended:set()
end

--- Attaches to a container that does not run yet, starts it, and waits for its end in a task.
---@async
---@param member engine.backend.container.Member
---@param out_max integer
---@return engine.backend.container.Process? process
---@return core.Error? err
---@nodiscard
function M.start(member, out_max)
  local self = setmetatable({
    member = member, ended = task.event(), sent = {}, taken_ns = {}, is_paused = false,
    unanswered = 0, answered = task.event(), began = clock.now() / NS_PER_MS,
  }, Process)
  local asked = member.asked or {}
  local moved = sources.check(asked) -- Podman mounts them as it is attached to
  if moved then
    return nil, moved
  end
  local call, err = member.session.client:stream("POST", path_of(self, "/attach"),
    { query = { stream = true, stdout = true, stderr = true } })
  if not call then
    return nil, sources.why(asked, err)
  end
  self.output = docker.output(call, { out_max = out_max })
  local ok
  ok, err = member:start()
  if not ok then
    self.output:close()
    return nil, err
  end
  self.follower = task.spawn(follow, self)
  return self
end

local function closed()
  return error_new({ code = "ECLOSED", op = "container.output",
    message = "its outputs are not kept any more" })
end

--- Waits until it has ended.  May be called again.
---@async
---@return core.room.Result? result
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
---@return core.Error? err ENODATA: cut at the cap
function Process:read(stream, offset, len)
  if self.is_closed then
    return nil, closed()
  end
  return self.output:read(stream, offset, len)
end

--- Returns what is kept of stdout: all of it, or head and tail.
---@param max? integer
---@return string? text
---@return integer|core.Error cut
function Process:stdout(max)
  if self.is_closed then
    return nil, closed()
  end
  return self.output:stdout(max)
end

--- The same for stderr.
---@param max? integer
---@return string? text
---@return integer|core.Error cut
function Process:stderr(max)
  if self.is_closed then
    return nil, closed()
  end
  return self.output:stderr(max)
end

local function gone(err)
  local status = err.detail and err.detail.status
  if status == 404 or status == 409 then
    return error_new({ code = "ESRCH", op = "container.signal", message = err.message,
      cause = err })
  end
  return err
end

--- Waits until no agent is on its way into the container.  What the engine starts in one that is
--- paused meanwhile stands still in the kernel, and the engine with it: it holds the container
--- locked, and answers nothing that is asked about it any more.
local function await_agent(self)
  local joining = self.member.joining
  if joining and not joining:is_set() then
    joining:wait()
  end
end

local function send(self, number)
  if number == SIGSTOP then
    await_agent(self)
  end
  if self.ended:is_set() then
    return nil, error_new({ code = "ESRCH", op = "container.signal",
      message = "its container has ended" })
  end
  if number == SIGSTOP and self.is_paused then
    return true -- a stopped process takes it, and stays stopped
  end
  local how = number == SIGSTOP and "/pause" or number == SIGCONT and self.is_paused and "/unpause"
    or "/kill"
  self.member:announce(how:sub(2))
  local ok, err = self.member.session.client:call("POST", path_of(self, how),
    how == "/kill" and { query = { signal = number } } or nil)
  if not ok then
    self.member:retract(err, how:sub(2))
    return nil, gone(err)
  end
  return true
end

--- Sends a signal to it; SIGSTOP and SIGCONT to all processes of the container.
---@async
---@param number integer
---@return true? ok
---@return core.Error? err ESRCH
function Process:signal(number)
  self.unanswered = self.unanswered + 1
  local sent_ns = clock.wall()
  local ok, err = send(self, number)
  self.unanswered = self.unanswered - 1
  if ok and number == SIGSTOP then
    self.is_paused = true
  elseif ok and number == SIGCONT then
    self.is_paused = false
  elseif ok then
    self.sent[number] = true
  end
  self.taken_ns[#self.taken_ns + 1] = ok and sent_ns or nil
  self.answered:set()
  return ok, err
end

--- Whether it has ended, or is about to: by itself, or by what it was sent before.
---@async
---@return boolean
function Process:is_dying()
  local is_dying, is_here = ending.is_dying(self.member)
  self.shift_ns = is_here and 0 or not is_dying and ending.shift(self.member) or nil
  return is_dying
end

--- Whether it will never take a signal.  Asked of this machine's /proc, when its number there is
--- seen.
---@async
---@param number integer
---@return boolean # false also where that cannot be told
function Process:is_deaf(number)
  local member = self.member
  local told = not self.is_paused and (member.looked or member:inspect())
  member.looked = nil
  local how, status, call = nil, nil, nil
  if told then
    how, status, call = ending.look(told, member.thing.id)
  end
  local is_first = how ~= nil and status:match("\nNSpid:[^\n]*%s1\n") ~= nil
  return is_first and not ending.takes(status, number, call)
end

local function kill(self)
  if self.is_paused then
    self:signal(SIGCONT)
  end
  self:signal(SIGKILL)
end

--- Kills it; `wait` tells the end.
function Process:kill()
  self.sent[SIGKILL] = true
  task.spawn(kill, self)
end

--- Returns its number on the machine of the engine; 0: not known.
---@return integer
function Process:pid()
  return self.member.told and math.tointeger(self.member.told.State.Pid) or 0
end

--- Nothing of it is an agent's.
---@return integer
function Process:id() -- luacheck: ignore 212/self
  return 0
end

--- Waits for its end no more; the container goes on.
function Process:leave()
  self.follower:cancel()
  self:close()
end

--- Forgets its outputs; the container is its room's.
function Process:close()
  self.is_closed = true
  self.output:close()
end

return M
