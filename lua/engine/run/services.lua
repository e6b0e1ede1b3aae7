--- The services of a scenario as its run needs them: started before the step that needs them,
--- watched while it runs, seen to the end.
---
--- engine.service starts, probes and stops them; this says when, ends the command that lost its
--- service, and keeps what was seen for the judge.  One object for each room with services: a
--- scenario of steps has one at most, a Lua test one for each room that it opens with services.
---@class engine.run.services
local runtime_of = require("engine.service.runtime")
local show = require("engine.expect.show")
local task = require("clnrm.task")

local M = {}

local SHOWN, LINES = 3, 10 -- services, and lines of each, that the failure of a step shows
local CLOSE_MS = 60000 -- past the services' own times, for all of them to stop

---@class engine.run.ServiceSeen what was seen of a service
---@field name string
---@field kind "daemon"|"task"|"init"
---@field needed boolean     something that ran needed it
---@field ready boolean      it was seen ready (or completed) before that
---@field died boolean       a daemon that ended by itself
---@field ended_well boolean a daemon: it lived until it was stopped; else: it has completed
---@field failure? engine.service.Failure

---@class engine.run.Services
---@field set engine.service.Set
---@field seen engine.run.ServiceSeen[] as the judge gets it
---@field begun table<string, true> those that were started ahead
---@field watches table<engine.run.Watch, true> one for each command that runs now
---@field faults? engine.chaos.Fault[] that were made to them
---@field by_hand? string[] those that somebody has restarted, by `clnrm services restart`
---@field turns? table<string, clnrm.task.Semaphore> of who does so, by service
local Services = {}
Services.__index = Services

---@class engine.run.Watch over the services that one command needs
---@field names? table<string, boolean> those; nil: all of them
---@field process? core.room.Process
---@field death? engine.service.Failure why it was killed

--- Kills each command that runs and needs the service that has died.
local function on_death(self, runtime)
  if self.is_closing then
    return
  end
  for watch in pairs(self.watches) do
    if not watch.death and (not watch.names or watch.names[runtime.name]) then
      watch.death = M.failure_of(runtime)
      if watch.process then
        watch.process:kill()
      end
    end
  end
end

--- Makes the failure of a service that is dead.
---@param runtime engine.service.Runtime
---@return engine.service.Failure
function M.failure_of(runtime)
  return runtime.failure or {
    service = runtime.name,
    code = "T603",
    verdict = "fail",
    message = ("service %s ended by itself"):format(show.value(runtime.name)),
    exit = runtime.exit,
    log = {},
  }
end

--- Looks at the volumes of a service that is about to start, for what the test leaves in them.
local function watch_volumes(self, name)
  local spec = self.set:get(name).spec
  if spec.volumes and spec.volumes[1] then
    require("engine.run.leaks").watch(self.run, self.cx, spec)
  end
end

--- Watches over services of a room.
---@param run engine.run.Run
---@param cx engine.run.Context gets what was seen into `cx.course.services`
---@param room engine.backend.Room
---@param specs engine.model.Service[] all that the room may have
---@param owner? engine.model.Scenario whose the room is; default: the one of `cx`
---@return engine.run.Services
function M.open(run, cx, room, specs, owner)
  local self = setmetatable({
    run = run, cx = cx, seen = {}, by_name = {}, watches = {}, begun = {},
  }, Services)
  self.set = require("engine.service").new(room, specs, {
    id = cx.scenario.id,
    run_id = run.id,
    owner = require("engine.run.room").owner(run, owner or cx.scenario),
    emit = function(event)
      if event.event == "service_begin" then
        watch_volumes(self, event.service)
      end
      run:emit(event)
    end,
    on_death = function(runtime)
      on_death(self, runtime)
    end,
  })
  cx.services[#cx.services + 1] = self
  if run.is_live then
    require("engine.live").enter(run, self)
  end
  return self
end

local function seen_of(self, name)
  local seen = self.by_name[name]
  if not seen then
    local spec = self.set:get(name).spec
    seen = { name = name, kind = spec.kind or "daemon", needed = false, ready = false }
    seen.died, seen.ended_well = false, false
    self.by_name[name] = seen
    self.seen[#self.seen + 1] = seen
    local all = self.cx.course.services or {}
    self.cx.course.services = all
    all[#all + 1] = seen
  end
  return seen
end

--- Brings the services under the eyes of another scenario, as they are.
---@param cx engine.run.Context
function Services:hand_over(cx)
  self.cx, self.seen, self.by_name = cx, {}, {}
  self.set.options.id = cx.scenario.id
  cx.course.by_hand = self.by_hand
  cx.services[#cx.services + 1] = self
end

local IS_READY = { ready = true, completed = true }

--- What is known when a service did not start, and nobody says why.
local function no_reason(names, err)
  local message =
    ("service %s did not start, and nothing says why"):format(show.value(names[1]))
  return {
    service = names[1],
    code = "T609",
    verdict = "error",
    message = err and message .. ": " .. tostring(err.message or err) or message,
    log = {},
  }
end

--- Starts services and waits until they are ready.
---@async
---@param names string[]
---@param limit_ms number then it is given up
---@return true? ok
---@return engine.service.Failure? failure nil: the limit has passed, or the run was stopped
---@return boolean? is_over the limit has passed
function Services:need(names, limit_ms)
  local set = self.set
  local wait = { services = self, names = names }
  local awaits = self.cx.awaits or {}
  self.cx.awaits, awaits[wait] = awaits, true
  local ok, failure = task.timeout(limit_ms, set.start, set, names)
  awaits[wait] = nil
  for _, name in ipairs(names) do
    local seen, runtime = seen_of(self, name), set:get(name)
    seen.needed = true
    seen.ready = seen.ready or ok == true and IS_READY[runtime.state] == true
    if ok and runtime.state == "dead" then
      ok, failure = nil, M.failure_of(runtime)
    end
  end
  if ok then
    return true
  elseif failure and failure.verdict then
    return nil, failure
  end
  local is_over = failure ~= nil and failure.code == "ETIMEDOUT"
  return nil, not is_over and not self.run.stopped and no_reason(names, failure) or nil, is_over
end

--- Starts services in the background, each once.
---@param names string[] the same one may come again
function Services:prefetch(names)
  local list = {}
  for _, name in ipairs(names) do
    if not self.begun[name] then
      self.begun[name] = true
      list[#list + 1] = name
    end
  end
  if list[1] then
    self.set:prefetch(list)
  end
end

--- Watches over the services that a command needs, until `unwatch`; one whose service dies before
--- it has started is killed at once.
---@param exec engine.backend.Exec of the command; completed
---@param service? string  in whose place it runs
---@param needs? string[]  default: all that run
---@return engine.run.Watch
function Services:watch(exec, service, needs)
  local watch = {}
  if needs then
    watch.names = {}
    for _, name in ipairs(needs) do
      watch.names[name] = true
    end
  end
  exec.service = service and self.set:get(service) or nil
  exec.on_start = function(process)
    watch.process = process
    if watch.death then
      process:kill()
    end
  end
  self.watches[watch] = true
  return watch
end

--- Tells why a service is dead; nil: it is not.
---@param name string
---@return engine.service.Failure?
function Services:death_of(name)
  local runtime = self.set:get(name)
  return runtime.state == "dead" and M.failure_of(runtime) or nil
end

--- Ends the watch over a command.
---@param watch engine.run.Watch
---@return engine.service.Failure? death of a service that it needed
function Services:unwatch(watch)
  self.watches[watch] = nil
  local death = watch.death
  for name in pairs(watch.names or {}) do
    local runtime = self.set:get(name)
    if not death and runtime.state == "dead" then
      death = M.failure_of(runtime)
    end
  end
  return death
end

local function note_dead(self)
  for _, runtime in ipairs(self.set:dead()) do
    local seen = seen_of(self, runtime.name)
    seen.died, seen.ended_well, seen.failure = true, false, M.failure_of(runtime)
  end
end

--- Waits for the end of services that are about to end: what a scenario has killed is told of
--- that scenario, and not of whichever is looked at when the end is heard of.  For a room that
--- others use after it; in a room of its own the stop of the services tells.
---@async
function Services:await_dying()
  for _, seen in ipairs(self.seen) do
    runtime_of.await_dying(self.set:get(seen.name))
  end
end

local IS_AWAY = { stopping = true, stopped = true, new = true, starting = true }

--- Notes which services are still what they should be, for the judge.
function Services:settle()
  for _, seen in ipairs(self.seen) do
    local runtime = self.set:get(seen.name)
    local state = runtime.state
    seen.ended_well = IS_READY[state] == true or seen.ready and state == "stopped"
      or runtime.by_hand and IS_AWAY[state] == true -- that it is restarted is told already
    seen.failure = runtime.failure
  end
  note_dead(self)
end

--- Heals the faults that were made to them.
---@async
function Services:heal()
  if self.faults then
    require("engine.chaos").heal_all(self)
  end
end

local function leave_desk(self)
  if self.run.desk then
    require("engine.live").leave(self)
  end
end

--- Stops all services, in the reverse order; waits for it even in a cancelled task.  A second
--- call does nothing.
---@async
---@param now? boolean nobody asks how they end: they are killed
function Services:close(now)
  if self.is_closing then
    return
  end
  self:heal()
  self.is_closing = true
  task.shield(task.timeout, CLOSE_MS, self.set.close, self.set, { grace_ms = now and 0 or nil })
  note_dead(self) -- those that ended just before their stop was asked for
  leave_desk(self)
end

--- Returns the last lines of services that a step needed, for its failure.
---@param names string[]
---@return { name: string, lines: string[] }[] those that printed something
function Services:last_words(names)
  local list = {}
  for i = math.max(1, #names - SHOWN + 1), #names do
    local lines = self.set:logs(names[i], LINES).lines
    list[#list + 1] = #lines > 0 and { name = names[i], lines = lines } or nil
  end
  return list
end

--- Names the services of the file that a step could not count on: it does not need them, and they
--- are not ready, or no step of the scenario needs them.
---@param needs string[] what it needs
---@return string[]? # nil: there is none
function Services:uncertain(needs)
  local list, is_sure = {}, {}
  for _, name in ipairs(needs) do
    is_sure[name] = true
  end
  for _, name in ipairs(self.set.names) do
    is_sure[name] = is_sure[name] or IS_READY[self.set:get(name).state]
  end
  for _, spec in ipairs(self.cx.scenario.suite.services or {}) do
    list[#list + 1] = not is_sure[spec.name] and spec.name or nil
  end
  return list[1] and list or nil
end

--- Returns the last lines of a service, all that are kept; nil when it was not started.
---@param name string
---@return string[]? lines masked
function Services:log(name)
  local runtime = self.set:get(name)
  if not runtime or runtime.state == "new" then
    return nil
  end
  return self.set:logs(name).lines
end

--- Gives the services up without ending them, for a room that outlives the run.
---@async
function Services:leave()
  self:heal()
  self.is_closing = true
  self.set:leave()
  leave_desk(self)
end

--- Kills what `close` still waits for.
function Services:hurry()
  if self.is_closing then
    self.set:hurry()
  end
end

--- Names the services that are not ready yet.
---@param names string[]
---@return engine.run.Awaited[]
function Services:pending(names)
  local list = {}
  for _, name in ipairs(names) do
    local runtime = self.set:get(name)
    if not IS_READY[runtime.state] then
      local probe = runtime.last_probe and tostring(runtime.last_probe) or nil
      list[#list + 1] = { service = name, state = runtime.state, probe = probe }
    end
  end
  return list
end

--- Names the services that are not ready yet, in words, with what was seen of them last.
---@param names string[]
---@return string
function Services:pending_text(names)
  local parts = {}
  for i, one in ipairs(self:pending(names)) do
    parts[i] = "service " .. show.value(one.service) .. (one.probe and ": " .. one.probe or "")
  end
  return table.concat(parts, "; ")
end

return M
