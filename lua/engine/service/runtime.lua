--- One service of a room: its process, what it writes, how it ended.
---@class engine.service.runtime
local core = require("core.task")
local error_new = require("core.error").new
local left = require("engine.backend.left")
local log = require("engine.service.log")
local mask = require("engine.service.mask")
local poll = require("engine.service.poll")
local signals = require("engine.run.signals")
local task = require("clnrm.task")

local M = {}

local SIGKILL = signals.number("SIGKILL")

M.OUT_MAX = 16 << 20 -- bytes of each output that are kept: head and tail
M.LOG_TEXT_MAX = 64 << 10 -- bytes of an output in an event, or for `logs`

---@alias engine.service.State
---| "new"|"starting"|"ready"|"completed"|"failed"|"stopping"|"stopped"|"dead"

---@class engine.service.Runtime: engine.backend.Service
---@field name string
---@field spec engine.model.Service
---@field state engine.service.State
---@field env string[][]           of it and of commands in it
---@field cwd string
---@field published table<integer, integer> its port → the port of 127.0.0.1 on the host
---@field process? core.room.Process
---@field exit? { code?: integer, signal?: integer, leaked?: string[], timed_out: boolean }
---@field group? core.cgroup.Group of its limits
---@field limits_met? core.cgroup.Events what its limits have refused it
---@field room_met? core.cgroup.Events what those of its room have refused all that is in it
---@field exit_error? core.Error   instead of `exit`: the room was lost
---@field ended core.task.Event    set when it has ended and all that it wrote was read
---@field ended_ms? number         how long it ran
---@field ready_ms? number         how long it took until it was ready
---@field probes? integer          questions until then
---@field last_probe? string       what the last question was answered with, while it is waited for
---@field failure? engine.service.Failure why it is "failed" or "dead"
---@field inspect? engine.service.Inspect of its container, at that time
---@field room engine.backend.Room
---@field host engine.service.Host
---@field mask fun(text: string): string
---@field log engine.service.Log
---@field asked? boolean           its end was asked for
---@field sent integer             signals so far, kills among them
---@field taken? integer           signals that found it alive, its end not begun
---@field sent_before? integer     of them, before its end was asked for
---@field sent_numbers table<integer, true> which they were
---@field was_ready? boolean       before it was asked to end
---@field paused? boolean
---@field starts? integer          how often it was started
---@field by_hand? boolean         it is being restarted by `clnrm services restart`
---@field held? boolean            a fault keeps it down (engine.service.hold)
---@field held_back? integer pieces that faults of its network made wait, up to the last change
---@field shapes? table<table, core.room.Shape> what faults make of its network

--- Makes a service that was not started.
---@param room engine.backend.Room
---@param spec engine.model.Service
---@param host? engine.service.Host default: the room's, else its processes are the room's own
---@return engine.service.Runtime
---@nodiscard
function M.new(room, spec, host)
  local masked = mask.new(spec.secrets)
  local home = M.directory(spec.name)
  local cwd = spec.cwd or home
  return {
    name = spec.name,
    spec = spec,
    state = "new",
    env = spec.env or {},
    cwd = cwd:sub(1, 1) == "/" and cwd or home .. "/" .. cwd,
    hostname = spec.hostname,
    tree = spec.root,
    published = {},
    room = room,
    host = host or room.service_host or require("engine.service.in_room"),
    mask = masked,
    log = log.new(masked),
    out_max = M.OUT_MAX,
    sent = 0,
    sent_numbers = {},
    ended = task.event(),
    scopes = {},
  }
end

--- The directory of a service: made for it, writable, where it starts.
---@param name string
---@return string
---@nodiscard
function M.directory(name)
  return "/var/lib/" .. name
end

--- Whether it ends when it has done its work.
---@param spec engine.model.Service
---@return boolean
---@nodiscard
function M.is_to_end(spec)
  for _, wait in ipairs(spec.wait or {}) do
    if wait.kind == "exit" then
      return true
    end
  end
  return spec.kind == "task" or spec.kind == "init"
end

--- Calls `fn(...)` in a scope that the end of the process cancels: it waits for what cannot come
--- true any more then.
---@async
---@param rt engine.service.Runtime
---@param fn async fun(...): ...
---@return any result the first of `fn`
function M.while_alive(rt, fn, ...)
  local scope <close> = core.scope()
  rt.scopes[scope] = true
  if rt.process and rt.ended:is_set() then
    scope:cancel()
  end
  local result = fn(...)
  rt.scopes[scope] = nil
  return result
end

--- Ends what waits for it while it is alive.
---@param rt engine.service.Runtime
function M.cancel_waits(rt)
  for scope in pairs(rt.scopes) do
    scope:cancel()
  end
  rt.scopes = {}
end

--- Says where something of it is, for calls of its room.
---@param rt engine.service.Runtime
---@return engine.backend.Where
---@nodiscard
function M.where(rt)
  return { service = rt, view = rt.view, net = rt.net, owner = rt.process }
end

--- Whether its process is there and has not ended.
---@param rt engine.service.Runtime
---@return boolean
---@nodiscard
function M.is_running(rt)
  return rt.process ~= nil and not rt.ended:is_set()
end

local function follow(rt, process, stream)
  log.follow(process, stream, rt.out_max, function(text)
    rt.log:add(stream, text)
  end)
end

local function watch(rt, process, followers, on_end)
  local ended, err = process:wait()
  for _, follower in ipairs(followers) do
    follower:join()
  end
  rt.exit = ended and {
    code = ended.code,
    signal = ended.signal,
    timed_out = ended.timed_out,
    leaked = ended.leaked > 0 and (left.parse(ended.leak_names)) or nil,
  }
  rt.taken = ended and ended.signals or 0
  rt.exit_error = not ended and err or nil
  rt.limits_met, rt.room_met = rt.host.met(rt, ended)
  rt.ended_ms = poll.now() - rt.started_at
  rt.ended:set()
  on_end(rt)
end

--- Starts its process, and tasks that read what it writes and wait for its end.
---@async
---@param rt engine.service.Runtime
---@param crew engine.service.Crew
---@param on_end fun(rt: engine.service.Runtime)
---@return true? ok
---@return core.Error? err
function M.start(rt, crew, on_end)
  M.release(rt)
  rt.started_at, rt.starts = poll.now(), (rt.starts or 0) + 1
  local process, err = rt.host.start(rt)
  if not process then
    M.release(rt)
    return nil, err
  end
  rt.process, rt.exit, rt.exit_error, rt.asked, rt.paused = process, nil, nil, nil, nil
  rt.sent, rt.sent_before, rt.sent_numbers = 0, nil, {}
  rt.ended = task.event()
  local followers = {
    crew:spawn(follow, rt, process, "stdout"),
    crew:spawn(follow, rt, process, "stderr"),
  }
  crew:spawn(watch, rt, process, followers, on_end)
  return true
end

local DYING_MS = 5000 -- for a process that was killed to be gone

--- Waits for the end of a service whose process is gone or was killed, which is heard of later.
---@async
---@param rt engine.service.Runtime
function M.await_dying(rt)
  local room, host = rt.room, rt.host
  if not M.is_running(rt) then
    return
  elseif host.is_dying and host.is_dying(rt) or room.is_dying and room:is_dying(rt.process) then
    task.timeout(DYING_MS, rt.ended.wait, rt.ended)
  end
end

--- Notes that its end is asked for from now on.
---@param rt engine.service.Runtime
function M.ask_end(rt)
  rt.asked, rt.sent_before = true, rt.sent_before or rt.sent
end

--- Whether what ended it is not what clnrm sent to end it: that found it dead or dying, says the
--- agent, which takes signals in their order; or it died of another signal.
---@param rt engine.service.Runtime
---@return boolean
---@nodiscard
function M.ended_unasked(rt)
  local exit = rt.exit
  if not rt.asked then
    return true
  elseif not exit or exit.timed_out then
    return false
  end
  return rt.taken <= rt.sent_before
    or exit.signal ~= nil and not rt.sent_numbers[exit.signal]
end

local function note_sent(rt, number)
  rt.sent = rt.sent + 1
  rt.sent_numbers[number] = true
end

--- Gives back what is kept of an ended process, and its group.
---@param rt engine.service.Runtime
function M.release(rt)
  if rt.process then
    rt.process:close()
    rt.process = nil
  end
  if rt.group then
    rt.group:close() -- still in use, it is removed at the end of the program
    rt.group = nil
  end
end

--- Kills its processes.
---@param rt engine.service.Runtime
function M.kill(rt)
  rt.process:kill()
  note_sent(rt, SIGKILL)
end

--- Notes what its limits have refused so far: where its end takes that away.
---@async
---@param rt engine.service.Runtime
function M.note_limits(rt)
  if rt.host and rt.host.note_limits then
    rt.host.note_limits(rt)
  end
end

--- Sends a signal to its processes.
---@param rt engine.service.Runtime
---@param number integer
---@return true? ok
---@return core.Error? err ESRCH
function M.signal(rt, number)
  if not M.is_running(rt) then
    local message = ("service '%s' does not run"):format(rt.name)
    return nil, error_new({ code = "ESRCH", op = "service.signal", message = message })
  end
  local ok, err = rt.process:signal(number)
  if ok then
    note_sent(rt, number)
  end
  return ok, err
end

local function text_of(rt, stream)
  if not rt.process then
    return ""
  end
  local text, left_out = rt.process[stream](rt.process, M.LOG_TEXT_MAX)
  if not text then
    return ""
  elseif left_out == 0 then
    return rt.mask(text)
  end
  local half = #text // 2 -- what is cut must not cut a secret in two: whole lines stand beside it
  local head, tail = text:sub(1, half), text:sub(half + 1)
  head, tail = head:match("^.*\n") or "", tail:match("\n(.*)$") or ""
  return ("%s[... %d bytes ...]\n%s"):format(
    rt.mask(head), left_out + #text - #head - #tail, rt.mask(tail))
end

--- Returns what it has written: the beginning and the end of each output, and the last lines of
--- both.  Masked.
---@param rt engine.service.Runtime
---@param count? integer lines
---@return { stdout: string, stderr: string, lines: string[] }
---@nodiscard
function M.logs(rt, count)
  return {
    stdout = text_of(rt, "stdout"),
    stderr = text_of(rt, "stderr"),
    lines = rt.log:lines(count),
  }
end

return M
