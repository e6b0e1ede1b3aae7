--- One room of containers, as the run and the services use it: the same calls as a sandbox room.
---
--- Its own container has the agent as its first process; each service has a container of its own
--- with an agent beside it.  `where` and `opts.service` say in which of them something is done.
---@class engine.backend.container_room
local command = require("engine.backend.sandbox_command")
local error_new = require("core.error").new
local guarded = require("engine.backend.container.guarded")
local holders = require("engine.docker.holders")
local intruders = require("engine.backend.container.intruders")
local network_of = require("engine.backend.container.network")
local removal = require("engine.backend.container.removal")
local result = require("engine.backend.result")
local service_end = require("engine.backend.container.service_end")
local services_of = require("engine.backend.container.service")
local session_of = require("engine.backend.container.session")
local sources = require("engine.backend.container.sources")
local users = require("engine.backend.container.users")
local volumes = require("engine.backend.volumes")

local M = {}

local OUTPUT_MAX = 64 << 20 -- bytes of each output that are kept: head and tail

---@class engine.backend.container.Room: engine.backend.Room
---@field id string           value of the label of all its things
---@field session engine.backend.container.Session
---@field main? engine.backend.container.Member its own container
---@field spec engine.backend.OpenSpec
---@field networks table<string, engine.backend.container.Network> by name
---@field members engine.backend.container.Member[] of its services
---@field met table<string, engine.run.Finding> of services that were out of memory
---@field forks table<string, engine.run.Finding> of services that were refused new processes
---@field policy? engine.backend.container.Policy
---@field base_env string[][] of every service, before what its image says
---@field shows_project boolean
---@field is_closed? boolean nothing is done in it any more
---@field copy? engine.backend.container.Copy of the project
---@field guard? { limits: engine.policy.Limits } of its own container
local Room = {}
Room.__index = Room

--- Makes a room object.
---@param fields table
---@return engine.backend.container.Room
---@nodiscard
function M.new(fields)
  fields.named, fields.members, fields.met, fields.forks = {}, {}, {}, {}
  fields.service_host = services_of
  return setmetatable(fields, Room)
end

local function fail(code, message, help)
  return nil, error_new({ code = code, op = "room.start", message = message,
    detail = help and { help = help } or nil })
end

--- Finds the container that something is to be done in, with its agent there.
---@async
---@param self engine.backend.container.Room
---@param service? table
---@return engine.backend.container.Member? member
---@return core.Error? err
local function find(self, service)
  if self.is_closed then
    return nil, service_end.closed()
  elseif service and not service.is_room then
    local member = service.member
    if not member then
      return fail("ESRCH", ("the container of service '%s' does not run"):format(
        tostring(service.name)))
    elseif service_end.has_completed(service) then
      return nil, service_end.completed(service)
    elseif service.paused then -- and the agent in it
      return fail("ESRCH", ("the container of service '%s' is paused"):format(service.name))
    end
    local core, err = member:agent()
    if not core then
      return nil, service_end.no_agent(service, err)
    end
    return member
  elseif self.main then
    return self.main
  end
  return fail("EPOLICY", "the room has no image, and an engine has no programs of this machine",
    'give it one: [room] image = "NAME"; or say in which service the step runs: service = "NAME"')
end

--- What a lost container is, beside what its agent says.
local function explained(member, err)
  return err.code == "EAGENT" and member:explain(err) or err
end

--- Finds a sentence for a command that could not start.
local function hint(member, err, opts, env)
  local about = { path = command.value_of(env, "PATH"), tree = member.image }
  return require("engine.backend.sandbox_hint").could_not_start(err, opts.argv, about)
end

--- Starts a command.
---@async
---@param opts engine.backend.Exec
---@return core.room.Process? process
---@return core.Error? err it could not be started: COMMAND_NOT_FOUND, EACCES...; the room is lost:
---EAGENT, EPROTO
function Room:start(opts)
  local member, err = find(self, opts.service)
  if not member then
    return nil, err
  end
  local env, ok = users.joined(member, opts)
  ok, err = command.check_words(env, opts)
  if not ok then
    return nil, err
  end
  local process
  local policy = self.policy
  local argv = opts.shell and { "/bin/sh", "-c", opts.shell } or opts.argv
  process, err = member.core:spawn({
    argv = argv,
    env = env,
    cwd = command.directory(opts.cwd, member.cwd),
    stdin = opts.stdin,
    deadline_ms = opts.timeout_ms,
    out_max = opts.out_max or OUTPUT_MAX,
    merge = opts.merge,
    keep_group = opts.keep_group,
    limits = opts.limits,
    user = opts.user,
    filter = policy and policy.image and policy.FILTER,
  })
  if policy and process then
    policy:started(member, process, opts.label)
  elseif policy then
    err = policy:not_started(member, err, argv, opts.label)
  end
  if process and opts.name then
    self.named[opts.name] = process
  elseif not process and err.code == "EAGENT" then
    err = self:explain(opts, err)
  elseif not process and opts.user and err.message:find(" %(user%)$") then
    err = users.explained(opts.user, err)
  elseif not process then
    err.detail = err.detail or { help = hint(member, err, opts, env) }
  end
  return process, err
end

Room.exec, Room.logs, Room.is_moved = result.exec, result.logs, sources.is_moved

--- Says why a command's end was not heard of.
---@async
---@param opts engine.backend.Exec
---@param err core.Error
---@return core.Error
function Room:explain(opts, err)
  local service = opts.service
  service = service and not service.is_room and service or nil
  local member = service and service.member or self.main
  if not member or err.code ~= "EAGENT" then
    return err
  end
  return service and service_end.of_step(service, err) or member:explain(err)
end

--- What a member was asked; an agent that is gone because its service has ended is no lost room.
local function answered(self, member, where, value, why)
  if value == nil and why and why.code == "EAGENT" and member ~= self.main
    and service_end.await_end(where.service) then
    why = service_end.ended(where.service, why)
  end
  return value, why
end

local function called(self, where, name, ...)
  local member, err = find(self, where and where.service)
  if not member then
    return nil, err
  end
  return answered(self, member, where, member.core[name](member.core, ...))
end

local function absolute(self, path, where)
  local member = find(self, where and where.service)
  return command.directory(path, not (where and where.service) and member and member.cwd or nil)
end

--- Writes a file; missing directories are made.
---@async
---@param path string
---@param content string
---@param mode? integer
---@param where? engine.backend.Where
---@return true? ok
---@return core.Error? err
function Room:put(path, content, mode, where)
  return called(self, where, "put", absolute(self, path, where), content, mode)
end

--- Reads a file; EFBIG when it is longer than `max`.
---@async
---@param path string
---@param max? integer
---@param where? engine.backend.Where
---@return string? content
---@return core.Error? err
function Room:get(path, max, where)
  return called(self, where, "get", absolute(self, path, where), max)
end

--- Looks at a path, links not followed.
---@async
---@param path string
---@param where? engine.backend.Where
---@return { kind: string, mode: integer, size: integer }? stat kind "absent" when nothing is there
---@return core.Error? err
function Room:stat(path, where)
  return called(self, where, "stat", absolute(self, path, where))
end

--- Tells what there is in its own container, for who wants to see whether something was left.
---@async
---@param since_ns? integer
---@return string? text
---@return core.Error? err
function Room:survey(since_ns)
  if self.main and not self.main.core.survey then
    return fail("ENOTSUP", "no agent is in it, which could look")
  end
  return called(self, nil, "survey", since_ns)
end

--- Asks once whether something is ready.
---@async
---@param what { port?: integer, file?: string, http?: string, status?: integer, body?: string }
---@param where? engine.backend.Where
---@return true? ready
---@return core.Error? err why not
function Room:probe(what, where)
  if what.file then
    local stat, err = self:stat(what.file, where)
    if stat and stat.kind == "absent" then
      return nil, error_new({ code = "ENOENT", op = "room.probe",
        message = what.file .. " is not there" })
    end
    return stat and true or nil, err
  end
  local member, err = find(self, where and where.service)
  if not member then
    return nil, err
  elseif what.http then
    return answered(self, member, where,
      require("engine.backend.http_probe").probe(member.core, what))
  end
  return answered(self, member, where, member.core:probe(what.port))
end

--- Opens a byte stream to a port of the room, or of one of its services.
---@async
---@param port integer
---@param where? engine.backend.Where
---@return core.room.Stream? stream
---@return core.Error? err
function Room:dial(port, where)
  return called(self, where, "dial", port)
end

--- Carries connections to a port of the room's loopback to one address of the host.
---@async
---@param port integer
---@param target { port?: integer, path?: string }
---@return core.room.Relay? relay
---@return core.Error? err
function Room:relay(port, target)
  return called(self, nil, "relay", port, target)
end

--- Carries connections to a port of 127.0.0.1 of this machine to a port of the room or a service.
---@async
---@param port integer
---@param host_port? integer default: any that is free
---@param where? engine.backend.Where
---@return core.room.Relay? relay
---@return core.Error? err
function Room:publish(port, host_port, where)
  return called(self, where, "publish", port, host_port)
end

--- Returns the number of its first process on the host; 0 when it has no container of its own.
---@return integer
function Room:pid()
  return self.main and self.main.core:pid() or 0
end

--- Tells what its limits and its policy have refused so far.
---@async
---@return engine.run.Finding[]?
function Room:guarded()
  return guarded.so_far(self)
end

--- Looks whether its engine answers.
---@async
---@return core.Error? gone EAGENT: it does not
function Room:look()
  return session_of.look(self.session.client)
end

--- An engine that is busy takes long to remove a container, which is no loss of the room.
Room.close_ms = 90000

--- Makes the labels of something of the room.
---@param service? string
---@param relayed? string
---@return table<string, string>
function Room:labels(service, relayed)
  return session_of.labels_of(self.id, service, relayed)
end

--- Says what it is found by when its run is over.
---@return engine.kept.Note # a part of it
function Room:identity()
  return require("engine.kept.containers").identity(self)
end

--- Gives the room up without ending it: its containers, its network, the folder of its agents.
---@async
---@param seconds integer it ends by itself after so long
---@return true? ok
---@return core.Error? err then it is still ours
function Room:keep(seconds)
  self.findings = self:guarded()
  return require("engine.kept.containers").keep(self, seconds)
end

--- Ends the room and waits until nothing of it is left; also `__close`.
---@async
---@return { killed: integer }? info killed: processes that were still alive
---@return core.Error? err it was not there to the end
function Room:close()
  local main, networks = self.main, self.networks
  local killed, err = 0, nil
  local found = guarded.limits(self)
  self.main, self.networks, self.is_closed = nil, {}, true
  if main then
    local seen
    killed, err, seen = main.core:close()
    main.seen = killed and err or seen
    if not killed then
      err = main.lost or explained(main, err)
      killed = err.code == "EOOM" and 0 or nil -- which is found already
    end
    local ok, why = main:remove()
    if not ok then
      killed, err = nil, err or why
    end
  end
  guarded.end_services(self)
  local tried = guarded.tried(self, main, function(member)
    return member.seen
  end)
  self.findings = table.move(tried, 1, #tried, #found + 1, found)
  if self.policy then
    self.policy:close()
  end
  killed, err = removal.all(self.relays or {},
    removal.all(self.members, killed, err))
  volumes.leave(self)
  local ok, why = network_of.remove_all(networks, not killed and 0 or nil) -- else held for sure
  if self.copy then
    local gone, reason = self.copy:remove()
    ok, why = ok and gone, why or reason
  end
  local left = not ok and why or err
  killed, err = ok and killed or nil, err or left
  local intruded = intruders.first(main, self.members) or killed and self.session.intruders:blind()
  if intruded then
    killed, err = nil, intruded
  end
  if not killed then
    err.left = left ~= err and left and left.code == holders.CODE and left or nil -- told besides
    return nil, err
  end
  return { killed = killed }
end
Room.__close = Room.close

return M
