--- The services of a room of a Lua test: started with the room, watched to its end.
---
--- A service that does not get ready ends the test as its failure says; so does one that dies
--- unasked, at the latest at the end of the room (engine.run.services, engine.run.judge).
local core = require("core.task")
local facade = require("clnrm.room_service")
local failure = require("engine.script.failure")
local host = require("clnrm.host")
local options = require("engine.script.options")
local place = require("engine.script.place")
local room_spec = require("engine.script.room_spec")
local run_services = require("engine.run.services")
local service_table = require("engine.service.table")
local show = require("engine.expect.show")
local signals = require("engine.run.signals")

---@class engine.script.services
local M = {}

local START_MS = 600000 -- the waits of services have deadlines of their own
local LOG_LINES = 100

--- Makes what is raised of the failure of a service.
---@param failed engine.service.Failure
---@return engine.script.Failure
local function raise(failed)
  local notes = {}
  if failed.probe then
    notes[#notes + 1] = { title = "last probe", lines = { failed.probe } }
  end
  local exit = failed.exit
  if exit and (exit.code or exit.signal) then
    local words = exit.signal and signals.name(exit.signal) or "exit " .. exit.code
    notes[#notes + 1] = { title = "end of " .. failed.service, lines = { words } }
  end
  if failed.container then
    notes[#notes + 1] = { title = "container", lines = failed.container }
  end
  local lines = failed.log and failed.log[1] and failed.log or { "(it printed nothing)" }
  notes[#notes + 1] = { title = "log of " .. failed.service, lines = lines }
  error(failure.new({
    kind = "check",
    code = failed.code,
    verdict = failed.verdict,
    message = failed.message,
    help = failed.help,
    notes = notes,
    place = place.here(2),
    service = failed.service,
  }), 0)
end

--- Takes services of a room that could not be had out of what the judge sees.
local function forget(cx, watched)
  local gone = {}
  for _, seen in ipairs(watched.seen) do
    gone[seen] = true
  end
  for _, list in ipairs({ cx.course.services or {}, cx.services }) do
    for i = #list, 1, -1 do
      if gone[list[i]] or list[i] == watched then
        table.remove(list, i)
      end
    end
  end
end

--- Notes the failure, so that pcall does not hide it, and raises it.  In a trial it is only raised.
local function fail(context, watched, failed)
  context:check_over()
  local inner = host.context()
  if inner and inner.trial then
    forget(context.cx, watched)
    watched:close(true)
  else
    failed.is_told = true
    context.cx.course.service_failure = context.cx.course.service_failure or failed
  end
  local ok, raised = pcall(raise, failed)
  if not ok and not (inner and inner.trial) and context.run then
    context:note_raised(raised)
  end
  error(raised, 0)
end

--- What a program has in place of a run: the session of a REPL, a script.
local function of_program(context)
  context.as_run = context.as_run or {
    id = "program",
    live_id = require("engine.random").hex(4),
    is_live = true,
    secrets = require("engine.run.secrets").new({}),
    active = { [context.cx] = true },
    emit = function(_, event)
      context:observe(event)
    end,
  }
  return context.as_run
end

--- Describes the services of a room; starts none.
---@param context engine.script.Context
---@param room engine.backend.Room
---@param specs engine.model.Service[]
---@return engine.run.Services
---@return string[] names
function M.open(context, room, specs)
  local run = context.run or of_program(context)
  if run.secrets then
    run.secrets:add(specs, context.cx.scenario, context.scope)
  end
  local watched = run_services.open(run, context.cx, room, specs)
  if not context.run then
    local emit = watched.set.options.emit
    watched.set.options.emit = function(event)
      event.room = room -- a run tells a room by its scenario
      emit(event)
    end
  end
  local names = {}
  for i, spec in ipairs(specs) do
    names[i] = spec.name
  end
  return watched, names
end

--- Starts services, and waits until they are ready.
---@async
---@param context engine.script.Context
---@param watched engine.run.Services
---@param names string[]
function M.need(context, watched, names)
  local ok, failed = watched:need(names, START_MS)
  if ok then
    return
  end
  context:check_over()
  fail(context, watched, failed or {
    service = names[1],
    code = "T601",
    verdict = "timeout",
    message = ("service %s was not ready in time"):format(show.value(names[1])),
    log = {},
  })
end

---@class engine.script.Service
---@field room engine.script.Room
---@field name string
local Service = {}
Service.__index = Service

--- Makes the object of a service of a room.
---@param room engine.script.Room
---@param name any
---@return clnrm.Service
function M.get(room, name)
  local names = room.services and room.services.set.names or {}
  for _, known in ipairs(names) do
    if known == name then
      if room.services.set:get(name).state == "new" then -- of a scenario's room, in its hooks
        place.misuse(("Room:service: the service '%s' was not started"):format(name))
      end
      return facade.new(setmetatable({ room = room, name = name, ports = {} }, Service))
    end
  end
  local near = type(name) == "string" and host.current().suggest(name, names)
  place.misuse(("Room:service: the room has no service '%s'%s"):format(tostring(name),
    near and ("; did you mean '%s'?"):format(near) or ""))
end

local function set_of(self, what)
  local _, context = self.room:use(what)
  return self.room.services.set, context
end

--- Publishes a port on the host's loopback.
---@async
---@param port any
---@return integer? port
---@return core.Error? err
function Service:port(port)
  local set, context = set_of(self, "Service:port")
  local runtime = set:get(self.name)
  local known = runtime.spec.listens or {}
  if port == nil and #known == 1 then
    port = known[1]
  elseif port == nil then
    place.misuse(("Service:port: which one? the service has %d ports"):format(#known))
  elseif math.type(port) ~= "integer" or port < 1 or port > 65535 then
    place.misuse("Service:port: a port is a number from 1 to 65535")
  end
  if runtime.published[port] then
    return runtime.published[port]
  elseif set.publish then
    return context:result(set:publish(self.name, port))
  end
  local where = require("engine.service.runtime").where(runtime)
  local relay, err = self.room.room:publish(port, nil, where)
  if not relay then
    return context:result(nil, err)
  end
  runtime.published[port] = relay:port()
  self.room.relays = self.room.relays or {}
  table.insert(self.room.relays, relay)
  return runtime.published[port]
end

--- Returns the last lines of both outputs.
---@param count any
---@return string
function Service:logs(count)
  count = count == nil and LOG_LINES
    or options.argument(count, "a whole number", "Service:logs: the count")
  local set = set_of(self, "Service:logs")
  local lines = set:logs(self.name, count).lines
  return #lines > 0 and table.concat(lines, "\n") .. "\n" or ""
end

--- Ends the service.
---@async
function Service:stop()
  local set, context = set_of(self, "Service:stop")
  return context:result(set:stop(self.name))
end

--- Makes a fault to it.
---@async
function Service:fault(name, kind, value, given)
  return require("engine.script.chaos").begin(self, name, kind, value, given)
end

--- Starts it again, also when a fault keeps it down.
---@async
function Service:start()
  local set, context = set_of(self, "Service:start")
  require("engine.service.hold").release(set, set:get(self.name))
  M.need(context, self.room.services, { self.name })
  return true
end

--- Sends a signal.
---@async
function Service:kill(signal)
  local name = signal == nil and "SIGKILL" or signal
  if math.type(signal) == "integer" then
    name = signals.name(signal)
  elseif type(signal) == "string" and not signal:find("^SIG") then
    name = "SIG" .. signal
  end
  if type(name) ~= "string" or not signals.number(name) then
    place.misuse(("Service:kill: '%s' is no signal"):format(tostring(signal)))
  end
  local set, context = set_of(self, "Service:kill")
  return context:result(set:kill(self.name, name))
end

--- Stops its processes where they are.
function Service:pause()
  local set, context = set_of(self, "Service:pause")
  return context:result(set:pause(self.name))
end

--- Lets them go on.
function Service:resume()
  local set, context = set_of(self, "Service:resume")
  return context:result(set:resume(self.name))
end

-- Waiting

local function identity(text)
  return text
end

--- What stands for a service when a wait is about the room itself.
local function pseudo(room, spec)
  local event = core.event()
  return {
    name = "the room",
    is_room = true,
    spec = spec,
    room = room,
    env = {},
    cwd = "/room",
    mask = identity,
    ended = event,
    published = {},
  }
end

--- What `Room:wait` takes; the values are read by the rules of a service's `wait`.
local WAIT = {
  port = true, http = true, status = true, body = true, log = true, times = true, cmd = true,
  file = true, service = true, timeout = true,
}

local FORMS = { "port", "http", "log", "cmd", "file" }

--- Reads what is waited for, by the rules of a service's `wait`.
local function read_wait(room, given, runtime)
  local one, form = {}, nil
  for key, value in pairs(given) do
    if not WAIT[key] then
      place.misuse(("Room:wait: it takes no '%s'"):format(tostring(key)))
    end
    one[key] = value
  end
  local name = one.service
  one.service = nil
  for _, key in ipairs(FORMS) do
    form = form or one[key] ~= nil and key or nil
  end
  if not form then
    place.misuse("Room:wait: for what? one of " .. table.concat(FORMS, ", "))
  elseif form == "log" and not runtime then
    place.misuse("Room:wait: a log is a service's: say service = NAME")
  end
  local suite = room.context.cx.scenario.suite
  local spec, problems = service_table.service(name or "here", {
    command = { "true" },
    wait = one,
    workdir = not runtime and "/room" or nil,
    ports = runtime and runtime.spec.listens or nil,
  }, {
    dir = suite.path and suite.path:match("^(.*)/") or suite.project_dir,
    project_dir = suite.project_dir,
  })
  if not spec then
    room_spec.refuse(problems, "Room:wait")
  end
  return spec, form
end

--- Says what was waited for.
local function describe(given, form)
  local value = given[form]
  if type(value) == "table" then
    value = table.concat(value, " ")
  end
  return ("%s %s"):format(form, show.value(value))
end

--- Waits until something is so; when it does not come true, the test fails.
---@async
---@param room engine.script.Room
---@param given any
---@return true
function M.wait(room, given)
  options.argument(given, "a table", "Room:wait: its argument")
  local backend_room, context = room:use("Room:wait")
  local runtime
  if given.service ~= nil then
    local name = given.service
    M.get(room, name)
    runtime = room.services.set:get(name)
  end
  local spec, form = read_wait(room, given, runtime)
  local ok, failed
  if runtime then
    ok, failed = room.services.set:wait_for(given.service, spec.wait[1])
  else
    local target = pseudo(backend_room, spec)
    local result = require("engine.service.wait").run(target, spec.wait[1])
    ok = result.ready
    if not ok then
      failed = {
        code = "T601",
        verdict = "timeout",
        probe = result.last and tostring(result.last.message),
        log = {},
      }
    end
  end
  context:check_over()
  host.current().check({
    ok = ok == true,
    code = failed and failed.code,
    verdict = failed and failed.verdict,
    matcher = "wait",
    subject = form,
    expected = describe(given, form),
    message = failed and (failed.message
      or ("%s did not come true in time: %s"):format(describe(given, form), failed.probe or "?")),
    notes = failed and failed.log[1]
      and { { title = "log of " .. given.service, lines = failed.log } } or nil,
  })
  return true
end

return M
