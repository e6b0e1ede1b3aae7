--- The first process of a service's container, with the calls that a process of a room has.
---
--- Its end is what the engine says of it (wait, then inspect), never the end of a stream: an engine
--- that is killed ends its streams, and the container lives on.  Its outputs are attached to before
--- it starts.
---@class engine.backend.container.process
local clock = require("core.clock")
local docker = require("core.docker")
local error_new = require("core.error").new
local signals = require("engine.run.signals")
local task = require("core.task")
local things = require("engine.docker.things")

local M = {}

local SIGSTOP, SIGCONT, SIGKILL = signals.number("SIGSTOP"), signals.number("SIGCONT"),
  signals.number("SIGKILL")
local SHELL_BASE = 128 -- an exit code above it may be a signal
local NS_PER_MS = 1e6
local OUTPUT_MS = 5000 -- for the rest of the outputs, once the process has ended
local LOST_TRIES, LOST_PAUSE_MS = 20, 100 -- of an engine that comes back

---@class engine.backend.container.Process
---@field private member engine.backend.container.Member
---@field private output core.docker.Output
---@field private ended core.task.Event
---@field private result? core.room.Result
---@field private err? core.Error
---@field private sent table<integer, true>
---@field private taken integer signals that found it running
---@field private is_paused boolean
---@field state? table State of inspect, once it has ended
local Process = {}
Process.__index = Process

local function path_of(self, what)
  return ("/containers/%s%s"):format(self.member.thing.id, what)
end

--- Asks until the engine says that it has ended.
local function ask_state(self)
  local told, err
  for _ = 1, LOST_TRIES do
    told, err = self.member:inspect()
    if told and not (told.State or {}).Running or not told and things.is_missing(err) then
      break
    end
    task.sleep(LOST_PAUSE_MS)
  end
  if not told then
    return nil, err
  elseif told.State.Running then
    return nil, error_new({ code = "EAGENT", op = "container.wait",
      message = "the engine told of the end of a container that runs" })
  end
  return told.State
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

local function lengths(self)
  local ended = task.timeout(OUTPUT_MS, self.output.wait, self.output)
  return ended
end

local function follow(self)
  local _, err = self.member.session.client:call("POST", path_of(self, "/wait"))
  local state, why = ask_state(self)
  if not state then
    self.err = error_new({
      code = "EAGENT",
      op = "container.wait",
      message = "its container was lost: " .. (why or err).message,
      cause = why or err,
    })
    self.ended:set()
    return
  end
  self.member:note_end(state)
  local outputs = lengths(self)
  if not outputs then
    self.output:close()
    outputs = { stdout = { bytes = 0, cut = 0 }, stderr = { bytes = 0, cut = 0 } }
  end
  local code, signal = exit_of(self, state)
  self.state = state
  self.result = {
    kind = signal and "signalled" or "exited",
    code = code,
    signal = signal,
    timed_out = false,
    duration_ms = clock.now() / NS_PER_MS - self.began,
    signals = self.taken,
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
    member = member, ended = task.event(), sent = {}, taken = 0, is_paused = false,
    began = clock.now() / NS_PER_MS,
  }, Process)
  local call, err = member.session.client:stream("POST", path_of(self, "/attach"),
    { query = { stream = true, stdout = true, stderr = true } })
  if not call then
    return nil, err
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
  return self.output:read(stream, offset, len)
end

--- Returns what is kept of stdout: all of it, or head and tail.
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

local function gone(err)
  local status = err.detail and err.detail.status
  if status == 404 or status == 409 then
    return error_new({ code = "ESRCH", op = "container.signal", message = err.message,
      cause = err })
  end
  return err
end

local function send(self, number)
  if self.ended:is_set() then
    return nil, error_new({ code = "ESRCH", op = "container.signal",
      message = "its container has ended" })
  end
  local how = number == SIGSTOP and "/pause" or number == SIGCONT and "/unpause" or "/kill"
  local ok, err = self.member.session.client:call("POST", path_of(self, how),
    how == "/kill" and { query = { signal = number } } or nil)
  if not ok then
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
  local ok, err = send(self, number)
  if ok and number == SIGSTOP then
    self.is_paused = true
  elseif ok and number == SIGCONT then
    self.is_paused = false
  elseif ok then
    self.sent[number] = true
  end
  self.taken = self.taken + (ok and 1 or 0)
  return ok, err
end

--- Reads a file of this machine's /proc.
local function read(path)
  local file = io.open(path) -- its size is 0
  local text = file and file:read("a")
  if file then
    file:close()
  end
  return text
end

--- Whether it will never take a signal: the kernel gives a first process none that it does not
--- catch, but SIGKILL and SIGSTOP.  Asked of this machine's /proc, when its number there is seen.
---@async
---@param number integer
---@return boolean # false also where that cannot be told
function Process:is_deaf(number)
  local told = not self.is_paused and self.member:inspect()
  local pid = told and math.tointeger(told.State.Pid) or 0
  local status = pid > 1 and read(("/proc/%d/status"):format(pid)) or ""
  local is_first = status:match("\nNSpid:[^\n]*%s1\n") ~= nil
    and (read(("/proc/%d/cgroup"):format(pid)) or ""):find(self.member.thing.id, 1, true) ~= nil
  local caught = is_first and tonumber(status:match("\nSigCgt:%s*(%x+)") or "", 16)
  return type(caught) == "number" and caught >> (number - 1) & 1 == 0
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

--- Forgets its outputs; the container is its room's.
function Process:close()
  self.output:close()
end

return M
