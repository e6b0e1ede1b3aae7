--- The services of one room: started as they need each other, awaited, watched, stopped.
---
---     local furniture = service.furniture(specs)             -- into engine.backend.OpenSpec
---     local set = service.new(room, specs, { emit = emit, id = scenario.id })
---     local ok, failure = set:start({ "api" })               -- and what it needs, in parallel
---     room:exec({ service = set:get("api"), argv = { ... } })
---     set:close()                                            -- before room:close()
---
--- A service counts as ready when all its waits came true, and its health check, while its own
--- process lives.  What ends by itself after that is dead (`on_death`, `set:dead()`).  Every wait
--- has a deadline; nothing that was started here outlives `close`.
---
--- Events, through `emit`; their texts are masked of the service's secrets:
---   service_begin  { id, service, kind, argv?, shell? }
---   service_ready  { id, service, ms, probes }       a task: completed
---   service_end    { id, service, exit_code?, signal?, asked, ms, log }    log: as of Set:logs
---   service_failed { id, service, failure }
---@class engine.service
local crew = require("engine.service.crew")
local events = require("engine.service.events")
local failure = require("engine.service.failure")
local graph = require("engine.service.graph")
local job = require("engine.service.job")
local net = require("engine.service.net")
local place = require("engine.service.place")
local poll = require("engine.service.poll")
local runtime = require("engine.service.runtime")
local signals = require("engine.run.signals")
local stop = require("engine.service.stop")
local stopping = require("engine.service.stopping")
local task = require("clnrm.task")
local wait = require("engine.service.wait")

local M = { furniture = place.furniture }

---@class engine.service.Options
---@field emit? fun(event: table)
---@field id? string            of the scenario, for events
---@field run_id? string
---@field owner? engine.backend.volumes.Owner
---@field on_death? fun(rt: engine.service.Runtime) a ready service ended by itself; its `failure`
---says how (T603, V004; V002: the room was lost).  Called from a task of the set: it must not wait.

---@class engine.service.Set
---@field names string[]        all services, in file order
---@field runtimes table<string, engine.service.Runtime>
---@field package jobs table<string, engine.service.Job>
---@field package stopping table<string, engine.service.Stopping> those that are being stopped
---@field host engine.service.Host
---@field package crew engine.service.Crew
---@field package wait engine.service.wait
---@field package layout engine.service.Layout
---@field package bridges table<string, core.room.Bridge>
---@field package relays core.room.Relay[]
local Set = {}
Set.__index = Set

--- Runs in a task of the set when a process has ended.
local function note_end(set, rt)
  if set.left then
    return -- it runs on, and nobody looks
  end
  local was_ready = rt.state == "ready" or rt.state == "stopping" and rt.was_ready
  if was_ready and runtime.ended_unasked(rt) then
    rt.state, rt.failure, rt.asked = "dead", failure.ended(rt), false
    if not rt.exit_error then -- else its engine may not answer, and nothing is to wait here
      failure.describe(rt, rt.failure)
    end
  elseif rt.asked then
    rt.state = "stopped"
    local one = set.jobs[rt.name] -- over, and not held: it may be started again
    set.jobs[rt.name] = (rt.held or not (one and one.over)) and one or nil
  end
  events.ended(set, rt)
  runtime.cancel_waits(rt)
  if rt.state == "dead" and set.options.on_death then
    set.options.on_death(rt)
  end
end

local function check_name(set, name)
  return set.runtimes[name] or error(("there is no service '%s'"):format(tostring(name)), 3)
end

--- Describes the services of a room; starts none.
---@param room engine.backend.Room
---@param services engine.model.Service[]
---@param options? engine.service.Options
---@return engine.service.Set
---@nodiscard
function M.new(room, services, options)
  local specs = graph.by_name(services)
  local host = room.service_host or require("engine.service.in_room")
  local set = setmetatable({
    room = room, host = host,
    specs = specs,
    names = {}, runtimes = {}, jobs = {}, stopping = {},
    crew = crew.new(),
    layout = host.layout(services),
    bridges = {}, relays = {}, wait = wait,
    options = options or {},
  }, Set)
  set.on_end = function(rt)
    note_end(set, rt)
  end
  for i, spec in ipairs(services) do
    set.names[i] = spec.name
    set.runtimes[spec.name] = runtime.new(room, spec, host)
  end
  graph.order(specs, set.names) -- raises on a circle, or a name that is not there
  return set
end

local function begin(set, names)
  if set.closed then
    error("the services are closed", 3)
  end
  local jobs = {}
  for _, name in ipairs(names) do
    check_name(set, name)
  end
  for i, name in ipairs(graph.order(set.specs, names)) do
    jobs[i] = { job = job.ensure(set, name) }
  end
  return jobs
end

--- Why a service that was started cannot be used, when that is so.
local function find_dead(jobs)
  for _, one in ipairs(jobs) do
    if one.job.rt.state == "dead" then
      return one.job.rt.failure
    end
  end
end

local function for_names(set, names, failed)
  return failure.for_chain(failed, graph.path(set.specs, names, failed.service))
end

--- Starts services with all that they need, in parallel as far as that allows, and waits until they
--- are ready.  Those that are ready already stay; starts under way are joined; what was stopped is
--- started again; what failed or died is not.
---@async
---@param names string[]
---@return true? ok
---@return engine.service.Failure? failure the first; V003 when the caller was cancelled: then
---starts that nobody else waits for are given up
function Set:start(names)
  local jobs = begin(self, names)
  local dead = find_dead(jobs)
  local ok, failed
  if not dead then
    ok, failed = job.await(jobs)
    dead = ok and find_dead(jobs)
  end
  if dead or failed then
    return nil, for_names(self, names, dead or failed.failure)
  elseif not ok then
    return nil, failure.cancelled(names[1])
  end
  return true
end

--- Starts services, with all that they need, without waiting for them.
---@param names string[]
function Set:prefetch(names)
  for _, one in ipairs(begin(self, names)) do
    one.job.pinned = true
  end
end

--- Returns a service.
---@param name string
---@return engine.service.Runtime
---@nodiscard
function Set:get(name)
  return check_name(self, name)
end

--- Lists the services that ended by themselves though they should stay, in file order.
---@return engine.service.Runtime[]
---@nodiscard
function Set:dead()
  local list = {}
  for _, name in ipairs(self.names) do
    if self.runtimes[name].state == "dead" then
      list[#list + 1] = self.runtimes[name]
    end
  end
  return list
end

--- Returns what a service has written: beginning and end of each output, the last lines of both.
---@param name string
---@param count? integer lines
---@return { stdout: string, stderr: string, lines: string[] }
---@nodiscard
function Set:logs(name, count)
  return runtime.logs(check_name(self, name), count)
end

--- Waits until something is so in a running service: one entry of `wait`.
---@async
---@param name string
---@param one engine.model.Service.Wait
---@return true? ok
---@return engine.service.Failure? failure
function Set:wait_for(name, one)
  local rt = check_name(self, name)
  if not runtime.is_running(rt) and one.kind ~= "exit" then
    return nil, rt.failure or failure.new(rt, "T602", ("service '%s' does not run"):format(name))
  end
  local result
  if one.kind == "exit" then
    result = self.wait.run(rt, one)
  else
    result = runtime.while_alive(rt, self.wait.run, rt, one)
  end
  if result.ready then
    return true
  elseif rt.failure then
    return nil, rt.failure
  elseif rt.asked and one.kind ~= "exit" then
    local text = ("service '%s' was stopped while it was waited for"):format(name)
    return nil, failure.new(rt, "T602", text)
  elseif rt.ended:is_set() and one.kind ~= "exit" then
    local waited = { what = wait.describe(rt, one) .. " was seen", pos = one.pos }
    return nil, failure.ended(rt, waited)
  elseif result.last.code == "ECANCELED" then
    return nil, failure.cancelled(name)
  end
  return nil, failure.not_ready(rt, one, result)
end

--- Ends a service by its stop signal, after its grace by SIGKILL, or joins who does; killed at once
--- where all who ask for it are cancelled.  What needs it runs on; what comes to need it meanwhile
--- starts it again.  One that has ended by itself stays dead: asking too late is no excuse.
---@async
---@param name string
---@return true? ok
---@return core.Error? err ETIMEDOUT: it was killed and does not end; ECANCELED
function Set:stop(name)
  return stopping.run(self, check_name(self, name))
end

--- Stops a service and starts it again.
---@async
---@param name string
---@return true? ok
---@return engine.service.Failure? failure V003: the services were closed in the meantime
function Set:restart(name)
  self:stop(name)
  if self.closed then
    return nil, failure.cancelled(name)
  end
  return self:start({ name })
end

local ENDS = { SIGKILL = true, SIGTERM = true, SIGINT = true, SIGQUIT = true, SIGABRT = true }

--- Sends a signal to a service.  One that ends a process makes its end one that was asked for.
---@async
---@param name string
---@param signal? string default SIGKILL, which also waits for the end
---@return true? ok
---@return core.Error? err
function Set:kill(name, signal)
  local rt = check_name(self, name)
  signal = signal or "SIGKILL"
  local number = signals.number(signal) or error(("there is no signal '%s'"):format(signal), 2)
  if ENDS[signal] then
    runtime.ask_end(rt)
    runtime.note_limits(rt)
  end
  local ok, err = runtime.signal(rt, number)
  if ok and signal == "SIGKILL" then
    ok, err = poll.wait(rt.ended, stop.KILL_MS)
  end
  return ok, err
end

--- Publishes a port of a service on 127.0.0.1 of the host, unless it is there already.
---@param name string
---@param port integer
---@return integer? host_port
---@return core.Error? err
function Set:publish(name, port)
  return net.publish(self, check_name(self, name), port)
end

local function pause(set, name, signal)
  local rt = check_name(set, name)
  local ok, err = runtime.signal(rt, signals.number(signal))
  if ok then
    rt.paused = signal == "SIGSTOP" or nil
  end
  return ok, err
end

--- Stops all processes of a service where they are (SIGSTOP), as a machine that hangs would.
---@param name string
---@return true? ok
---@return core.Error? err ESRCH: it does not run
function Set:pause(name)
  return pause(self, name, "SIGSTOP")
end

--- Lets a paused service go on (SIGCONT).
---@param name string
---@return true? ok
---@return core.Error? err
function Set:resume(name)
  return pause(self, name, "SIGCONT")
end

--- Stops every service, those first that others do not need; independent ones at once.  Ends within
--- the services' graces and a few seconds, whatever they do.
---@async
---@param opts? { now?: boolean, grace_ms?: number } now: killed at once; grace_ms: at most for each
function Set:close(opts)
  if self.closed then
    if self.done then
      task.shield(self.done.wait, self.done) -- another caller is at it
    end
    return
  end
  self.closed, self.done = true, task.event()
  local _ <close> = setmetatable({}, {
    __close = function()
      self.done:set()
    end,
  })
  task.shield(M.close_all, self, opts or {})
end

---@package
function M.close_all(set, opts)
  local jobs = {}
  for _, one in pairs(set.jobs) do
    jobs[#jobs + 1] = one
  end
  job.give_up(jobs)
  local gone, needed_by = {}, graph.dependents(set.specs)
  local group <close> = task.group()
  for name, rt in pairs(set.runtimes) do
    gone[name] = task.event()
    group:spawn(function()
      for _, other in ipairs(needed_by[name]) do
        gone[other]:wait()
      end
      stop.run(rt, opts.now and 0 or opts.grace_ms)
      gone[name]:set()
    end)
  end
  group:wait()
  set.crew:cancel() -- what hangs in the kernel is left to the room
  set.crew:join()
  net.close(set)
  for _, rt in pairs(set.runtimes) do
    runtime.release(rt)
  end
  set.crew:check()
end

--- Gives the services up without ending them, for a room that outlives the run.
---@async
function Set:leave()
  if not self.closed then
    self.closed, self.left = true, true
    self.crew:cancel()
    task.shield(self.crew.join, self.crew)
  end
end

--- Kills what `close` still waits for: nobody cares any more how it ends.
function Set:hurry()
  for _, rt in pairs(self.runtimes) do
    if rt.state == "stopping" and runtime.is_running(rt) then
      runtime.kill(rt)
    end
  end
end

Set.__close = Set.close

return M
