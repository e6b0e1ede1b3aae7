--- The rooms of a context: opened for `t.room` and `t:open`, closed at its end at the latest.
---
--- A room that cannot be had ends the test: there is nothing that a test could do without it.
local ahead = require("engine.script.ahead")
local backends = require("engine.backend")
local clock = require("engine.run.clock")
local commands = require("engine.script.commands")
local facade = require("clnrm.room")
local failure = require("engine.script.failure")
local host = require("clnrm.host")
local lost = require("engine.lost")
local options = require("engine.script.options")
local place = require("engine.script.place")
local processes = require("engine.script.process")
local room_spec = require("engine.script.room_spec")
local run_room = require("engine.run.room")
local services = require("engine.script.services")

---@class engine.script.room
local M = {}

local FILE_MAX = 64 << 20 -- bytes of a file that is read from a room

--- What no file can be written for, in any room: its path is to blame.
local IS_USERS = {
  EACCES = true, EEXIST = true, EINVAL = true, EISDIR = true, ELOOP = true, ENAMETOOLONG = true,
  ENOENT = true, ENOTDIR = true, EPERM = true, EROFS = true,
}

--- What a test asks for and cannot have, by the code that tells it; else it is the machine.
local IS_INPUT = { EPROJECT = "E008", EPOLICY = "H009" }

---@class engine.script.Room
---@field context engine.script.Context
---@field room? engine.backend.Room nil once it is closed
---@field facade clnrm.Room
---@field open_ms number
---@field taken_at number
---@field services? engine.run.Services
---@field relays? core.room.Relay[]
---@field processes table<engine.script.Process, true>
---@field claim? engine.script.Claim to a room of the pool
---@field is_borrowed? boolean the room is another's, who closes it
local Room = {}
Room.__index = Room

local function backend_of(context)
  return context.run and context.run.backend or context.backend
    or require("engine.backend.sandbox")
end

--- Ends the test: the room cannot be had.
local function refuse(context, err)
  context:check_over()
  local of_image = require("engine.image").CODES[err.code]
  local code = IS_INPUT[err.code] or of_image and of_image.verdict == "error" and of_image.code
  local told = lost.of(err, "V001", "the room could not be made")
  if code then
    told.code, told.verdict = code, "error"
  elseif of_image then
    told.code = of_image.code
  end
  told.kind, told.place = "lost", place.here(2)
  local raised = failure.new(told)
  context.script.refused = context.script.refused or raised
  error(raised, 0)
end

--- Makes the images of a room ready; returns its services with what their images say, and who makes
--- the room.
local function with_images(context, spec)
  local needed = spec.image ~= nil
  for _, one in ipairs(spec.services or {}) do
    needed = needed or type(one.image) == "table"
  end
  if not needed then
    return spec.services, backends.of(backend_of(context), {}, nil)
  end
  local backend, cx = backends.of(backend_of(context), spec, spec.services), context.cx
  cx.backends = cx.backends or {}
  cx.backends[backend] = true
  local ready, err, specs = backends.prepare(backend, spec, spec.services,
    context.run and context.run.secrets)
  if not ready then
    refuse(context, err)
  end
  return specs, backend
end

--- Opens a room for a context.
---@async
---@param context engine.script.Context
---@param given? table
---@return engine.script.Room
function M.open(context, given)
  local suite = context.cx.scenario.suite
  local spec = room_spec.read(suite, given, "t:open")
  local specs, backend = with_images(context, spec)
  local began = clock.ms()
  local base = suite.room or {}
  local run = context.run or { backend = backend_of(context), seen = { rooms = 0 } }
  local wanted = {
    name = context.cx.scenario.id,
    project_dir = suite.project_dir,
    room = {
      project = spec.project or base.project or "ro",
      image = spec.image,
      user = spec.user,
      env = spec.env or base.env or {},
      inherit_env = spec.inherit_env or base.inherit_env or {},
    },
    run_id = run.kept and run.kept.run_id or run.id,
    limits = spec.limits,
    policy = spec.policy,
    may_be_kept = run.keep ~= nil and run.keep ~= "never",
    secrets = run.secrets,
  }
  if specs then
    backends.furnish(backend, wanted, specs)
  end
  if wanted.policy then
    wanted.paths = require("engine.policy").paths(specs)
  end
  if run.secrets and wanted.room.inherit_env[1] then
    require("engine.secrets").add_inherited(wanted.room.inherit_env, run.secrets)
  end
  local claim, err, room = ahead.take(context, run, backend, wanted)
  if not claim and not err then
    room, err = run_room.make(run, wanted, backend)
  end
  if not room then
    refuse(context, err)
  end
  local self = setmetatable({
    context = context,
    room = room,
    claim = claim,
    open_ms = claim and claim.taken.made_ms or clock.ms() - began,
    taken_at = clock.ms(),
    processes = {},
  }, Room)
  self.facade = facade.new(self)
  context.rooms[#context.rooms + 1] = self
  context:observe({ event = "room_opened", room = room, open_ms = self.open_ms })
  context:emit({ event = "room_begin", isolation = room.isolation, open_ms = self.open_ms,
    room = room.id, from = claim and claim.taken.from, wait_ms = claim and claim.taken.wait_ms })
  for _, file in ipairs(spec.files) do
    local ok
    ok, err = room:put(file.path, file.content, file.mode)
    if not ok and IS_USERS[err.code] then
      context:check_over()
      place.misuse(("t:open: files: %s cannot be written: %s"):format(file.path, err.message))
    elseif not ok then
      refuse(context, err)
    end
  end
  if specs then
    local names
    self.services, names = services.open(context, room, specs)
    services.need(context, self.services, names)
  end
  return self
end

--- Gives a context a room that is another's, which goes on when the context ends.
---@param context engine.script.Context
---@param room engine.backend.Room
---@param watched? engine.run.Services of the room
---@return engine.script.Room
function M.borrow(context, room, watched)
  local self = setmetatable({
    context = context,
    room = room,
    open_ms = 0,
    services = watched,
    processes = {},
    is_borrowed = true,
  }, Room)
  self.facade = facade.new(self)
  context.rooms[#context.rooms + 1] = self
  return self
end

--- Returns the room itself; misuse when it was closed.
---@param what string the call
---@return engine.backend.Room
---@return engine.script.Context context of who uses it, which need not be who opened it
function Room:use(what)
  local context = host.context() or self.context
  context:check_over()
  if not self.room then
    place.misuse(what .. ": the room is closed")
  end
  return self.room, context
end

--- Runs a command to its end.
---@async
function Room:exec(command, opts)
  return commands.exec(self, command, opts)
end

--- Starts a command that runs beside the test.
---@async
function Room:start(command, opts)
  return processes.start(self, command, opts)
end

--- Writes a file.
---@async
function Room:put(path, content, opts)
  options.argument(path, "text", "Room:put: the path")
  options.argument(content, "bytes", "Room:put: the content")
  local read = options.read(opts, { mode = "a whole number" }, "Room:put")
  local room, context = self:use("Room:put")
  return context:result(room:put(path, content, read.mode))
end

--- Reads a file.
---@async
function Room:get(path)
  options.argument(path, "text", "Room:get: the path")
  local room, context = self:use("Room:get")
  return context:result(room:get(path, FILE_MAX))
end

--- Says whether something is at a path.
---@async
---@return boolean? exists nil: it could not be looked at
---@return core.Error? err
function Room:exists(path)
  options.argument(path, "text", "Room:exists: the path")
  local room, context = self:use("Room:exists")
  local stat, err = room:stat(path)
  if not stat and (err.code == "ENOENT" or err.code == "ENOTDIR") then
    return false
  end
  stat, err = context:result(stat, err)
  if not stat then
    return nil, err
  end
  return stat.kind ~= "absent"
end

--- Returns a service of the room.
---@param name any
---@return clnrm.Service
function Room:service(name)
  return services.get(self, name)
end

--- Waits until something is so; when it does not come true, the test fails.
---@async
---@param given any
---@return true
function Room:wait(given)
  return services.wait(self, given)
end

--- Says whether the room may outlive the run: at the end of what it belongs to, never when the test
--- itself closes it.
local function may_be_kept(context, at_end)
  return at_end and (context.kind == "test" or context.run.keep == "always")
end

--- Notes what was forbidden in the room and tried, and which limits were hit.
local function note_guarded(course, findings)
  local list = course.guarded or {}
  table.move(findings, 1, #findings, #list + 1, list)
  course.guarded = list
end

--- Leaves the room to engine.run.room, which keeps or closes it; what was lost in one room is not
--- found again in the next.
local function leave(context, entry, services_of_room)
  local course = context.cx.course
  local close_error, guarded = course.close_error, course.guarded
  local about = { entry = entry, services = { services_of_room } }
  run_room.leave(context.run, setmetatable(about, { __index = context.cx }))
  local own = course.guarded
  course.guarded = guarded
  if own then
    note_guarded(course, own)
  end
  course.close_error = close_error or course.close_error
end

--- Closes the room, also `__close`; a second call does nothing.
---@async
---@param at_end? boolean of what it belongs to: it may be kept
function Room:close(at_end)
  local context, room = self.context, self.room
  if not room then
    return
  elseif self.is_borrowed and not at_end then
    place.misuse("Room:close: the room is the scenario's, whose steps need it")
  end
  self.room = nil
  for process in pairs(self.processes) do
    process:give_up()
  end
  for _, relay in ipairs(self.relays or {}) do
    relay:close()
  end
  if self.is_borrowed then
    return
  end
  local run = context.run
  local claim = self.claim or {}
  local entry = { room = room, open_ms = self.open_ms, scenario = context.cx.scenario,
    ticket = claim.ticket, taken = claim.taken }
  if self.services then
    self.services:settle()
  end
  if run and may_be_kept(context, at_end) then
    return leave(context, entry, self.services)
  end
  if self.services then
    self.services:close(run and run.stopped ~= nil)
  end
  local close_ms, info, err = run_room.close(entry)
  if self.claim then
    ahead.closed(run, self.claim, room, clock.since(self.taken_at))
  end
  local course = context.cx.course
  course.close_error = course.close_error or err
  if room.findings then
    note_guarded(course, room.findings)
  end
  context:observe({ event = "room_closed", room = room })
  context:emit({ event = "room_end", close_ms = close_ms, killed = info and info.killed or 0 })
end

return M
