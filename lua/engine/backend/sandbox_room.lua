--- One room of the sandbox backend, as the run and the services use it: commands, files, ports.
---
--- Policy only: the environment and the limits of what is started.  The mechanism is core.room.
---@class engine.backend.sandbox_room
local command = require("engine.backend.sandbox_command")
local error_new = require("core.error").new
local result = require("engine.backend.result")
local shown_of = require("engine.backend.sandbox_shown")
local users = require("engine.model.users")
local volumes = require("engine.backend.volumes")

local M = {}

local FILTER = 0 -- slot of the one filter of system calls
local NONE = {}
local OUTPUT_MAX = 64 << 20 -- bytes of each output that are kept: head and tail

---@class engine.backend.Where # a place in a room other than the room itself
---@field view? integer      the files that it sees
---@field net? integer        the network that it is in
---@field owner? core.room.Process who must hold a port that is asked for
---@field service? engine.service.Runtime whose place it is
---@field hostname? string

---@class engine.backend.Service: engine.backend.Where # where commands "in a service" run
---@field env string[][]      its environment, over the room's
---@field cwd string          where its commands start

---@class engine.backend.Exec: engine.backend.Where
---@field argv? string[]      the command; or
---@field shell? string       a text for `sh -c`
---@field name? string        for `logs`
---@field label? string       what it is called where its room has a policy
---@field service? engine.backend.Service run in its place, with its environment and directory
---@field is_service? boolean it is that service, and has not what is for commands beside it
---@field env? string[][]     { name, value }, over the room's own
---@field cwd? string         relative to /room, or to the service's directory
---@field user? string       "user" or "user:group", names or numbers; a sandbox room has one
---@field stdin? string|true  its input, or true: `Process:write`
---@field timeout_ms? number  then its process group is killed
---@field out_max? integer    bytes kept of each output
---@field merge? boolean      stderr goes where stdout goes
---@field keep_group? boolean what it leaves running lives on
---@field limits? table<string, integer> rlimits, over those of every command
---@field group? core.cgroup.Group that it enters before it runs anything
---@field on_start? fun(process: core.room.Process) of `exec`: called once it runs

---@class engine.backend.Room
---@field name? string
---@field isolation engine.backend.Isolation
---@field project_dir? string
---@field guard? engine.policy.Guard of its limits and its policy
---@field ping? async fun(self): true?, core.Error? whether it lives; else `stat` tells
---@field findings? engine.run.Finding[] once it is closed: what the guard saw
local Room = {}
Room.__index = Room

--- Makes a room of what the mechanism opened.
---@param core core.room.Room
---@param about { name?: string, isolation: engine.backend.Isolation, inherited: string[][],
--- env: string[][], project_dir?: string, guard?: engine.policy.Guard, tree?: engine.image.Root,
--- shown?: engine.backend.sandbox.Shown }
---@return engine.backend.Room
function M.new(core, about)
  local base = { command.ENVIRONMENT, about.inherited, about.env }
  if about.tree then
    table.insert(base, 2, about.tree.config.env)
  end
  return setmetatable({
    name = about.name,
    core = core,
    guard = about.guard,
    isolation = about.isolation,
    base = base,
    project_dir = about.project_dir,
    shown = about.shown or NONE,
    tree = about.tree,
    named = {},
    env = command.environment(base, {}),
  }, Room)
end

--- Starts a command.
---@async
---@param opts engine.backend.Exec
---@return core.room.Process? process
---@return core.Error? err it could not be started: COMMAND_NOT_FOUND, EACCES...; the room is lost:
---EAGENT, EPROTO
function Room:start(opts)
  local service = opts.service or {}
  local refused = users.refused(opts.user)
  if refused then
    return nil, refused
  end
  local env = not (opts.service or opts.env and opts.env[1]) and self.env
    or command.environment(self.base, opts)
  local ok, err = command.check_words(env, opts)
  if not ok then
    return nil, err
  end
  local process
  local guard = self.guard or NONE
  local argv = opts.shell and { "/bin/sh", "-c", opts.shell } or opts.argv
  process, err = self.core:spawn({
    argv = argv,
    env = env,
    cwd = command.directory(opts.cwd, service.cwd),
    stdin = opts.stdin,
    deadline_ms = opts.timeout_ms,
    out_max = opts.out_max or OUTPUT_MAX,
    merge = opts.merge,
    keep_group = opts.keep_group,
    limits = command.limits(opts.limits, guard.rlimits),
    group = opts.group or guard.group,
    filter = FILTER,
    view = opts.view or service.view,
    net = opts.net or service.net,
    hostname = opts.hostname or service.hostname,
  })
  if process and self.guard then
    self.guard:started(process, opts.label)
  elseif self.guard then
    err = self.guard:not_started(err, argv, opts.label, self.core:reports())
  end
  if process and opts.name then
    self.named[opts.name] = process
  elseif not process and (opts.argv or opts.shell) then
    local about = {
      path = command.value_of(env, "PATH"),
      project_dir = self.project_dir,
      tree = service.tree or self.tree,
    }
    local hint = require("engine.backend.sandbox_hint")
    err.detail = err.detail or { help = hint.could_not_start(err, opts.argv, about) }
  end
  return process, err
end

Room.exec, Room.logs, Room.is_moved = result.exec, result.logs, shown_of.is_moved

local function net_of(where)
  return where and { net = where.net } or nil
end

local function owned(where)
  return where and { net = where.net, owner = where.owner } or nil
end

local function view_of(where)
  return where and where.view and { view = where.view } or nil
end

--- Makes a view: the room's files with `ops` carried out on top, for commands to run in.
---@async
---@param ops core.room.Op[]
---@param tree? engine.image.Root that is its root
---@return integer? view
---@return core.Error? err
function Room:view(ops, tree)
  local view, err = self.core:view(self.guard and self.guard:view(ops, tree) or ops)
  if err and tree then
    local help = require("engine.backend.sandbox_hint").of_place(err.message)
    err.detail = err.detail or help and { help = help } or nil
  end
  return view, err
end

--- Makes a network of its own in the room, with a loopback and nothing else.
---@async
---@return integer? net
---@return core.Error? err
function Room:net()
  return self.core:net()
end

--- Carries connections to an address in one network of the room to one in another.
---@async
---@param from { net?: integer, ip: string, port: integer } where it listens
---@param to { net?: integer, ip: string, port: integer }
---@return core.room.Bridge? bridge
---@return core.Error? err
function Room:bridge(from, to)
  return self.core:bridge({ net = from.net, ip = from.ip, port = from.port, to = to })
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
  return self.core:put(command.directory(path), content, mode, view_of(where))
end

--- Reads a file; EFBIG when it is longer than `max`.
---@async
---@param path string
---@param max? integer
---@param where? engine.backend.Where
---@return string? content
---@return core.Error? err
function Room:get(path, max, where)
  return self.core:get(command.directory(path), max, view_of(where))
end

--- Looks at a path, links not followed.
---@async
---@param path string
---@param where? engine.backend.Where
---@return { kind: string, mode: integer, size: integer }? stat kind "absent" when nothing is there
---@return core.Error? err
function Room:stat(path, where)
  return self.core:stat(command.directory(path), view_of(where))
end

--- Makes the file system of a directory full, until the object is closed.
---@async
---@param path string absolute
---@param max integer bytes that may be free there at most
---@param where? engine.backend.Where
---@return core.room.Fill? fill
---@return core.Error? err EXDEV, EFBIG…
function Room:fill(path, max, where)
  return self.core:fill(path, max, view_of(where))
end

--- Tells what there is in the room (`core.room`), for who wants to see whether something was left.
---@async
---@param since_ns integer
---@return string? text
---@return core.Error? err
function Room:survey(since_ns)
  return self.core:survey(since_ns)
end

--- Asks once whether something is ready: a port of the room answers, a file is there, or a page of
--- a server in the room has this status (200) and holds this text.
---@async
---@param what { port?: integer, file?: string, http?: string, status?: integer, body?: string }
---@param where? { view?: integer, net?: integer, owner?: core.room.Process } owner:
---who must hold the port, else EOWNER
---@return true? ready
---@return core.Error? err why not
function Room:probe(what, where)
  if what.http then
    return require("engine.backend.http_probe").probe(self.core, what, owned(where))
  elseif what.port then
    return self.core:probe(what.port, owned(where))
  end
  local stat, err = self:stat(what.file, where)
  if stat and stat.kind == "absent" then
    local message = what.file .. " is not there"
    return nil, error_new({ code = "ENOENT", op = "room.probe", message = message })
  end
  return stat and true or nil, err
end

--- Opens a byte stream to a port of the room.
---@async
---@param port integer
---@param where? { net?: integer }
---@return core.room.Stream? stream
---@return core.Error? err
function Room:dial(port, where)
  return self.core:dial(port, net_of(where))
end

--- Carries connections to a port of the room's loopback to one address of the host.
---@async
---@param port integer
---@param target { port?: integer, path?: string }
---@return core.room.Relay? relay
---@return core.Error? err
function Room:relay(port, target)
  return self.core:relay(port, target)
end

--- Carries connections to a port of the host's loopback to a port of the room.
---@param port integer
---@param host_port? integer default: any that is free
---@param where? { net?: integer }
---@return core.room.Relay? relay
---@return core.Error? err
function Room:publish(port, host_port, where)
  return self.core:publish(port, host_port, net_of(where))
end

--- Returns the number of the room's first process on the host.
---@return integer
function Room:pid()
  return self.core:pid()
end

--- Whether a process of the room that nothing was heard of since is gone, or about to be.
---@param process core.room.Process
---@return boolean
function Room:is_dying(process)
  return require("engine.backend.dying").look(self.core:pid(), process:pid())
end

--- Tells the state of a process of the room, as the kernel names it: "S", "T" (stopped)...
---@param process core.room.Process
---@return string? letter nil: it is not there
function Room:state_of(process)
  return require("engine.backend.dying").state(self.core:pid(), process:pid())
end

--- Tells what its guard has seen so far; nil: it has none.
---@return engine.run.Finding[]?
function Room:guarded()
  return self.guard and self.guard:look(self.core:reports())
end

--- Says what it is found by when its run is over, and what a command in it gets.
---@return engine.kept.Note # a part of it
function Room:identity()
  local rlimits = self.guard and self.guard.rlimits
  return {
    backend = "sandbox",
    pid = self.core:pid(),
    env = self.env,
    cwd = command.directory(),
    limits = command.limits(nil, rlimits),
  }
end

--- Lists the variables of a command in the place of a service.
---@param service engine.service.Runtime
---@param is_service? boolean of the service itself
---@return string[]
function Room:environment_in(service, is_service)
  return command.environment(self.base, { service = service, is_service = is_service })
end

--- Gives the room up without ending it.
---@async
---@param seconds integer it ends by itself after so long
---@param door? { path: string, key: string } where `clnrm shell` comes in
---@return true? ok
---@return core.Error? err
function Room:keep(seconds, door)
  local ok, reports = self.core:keep(seconds, door)
  if not ok then
    return nil, reports
  elseif self.guard then
    self.findings = self.guard:look(reports)
  end
  return true
end

--- Ends the room and waits until nothing of it is left; also `__close`.
---@async
---@return { killed: integer }? info killed: processes that were still alive
---@return core.Error? err it was not there to the end
function Room:close()
  local killed, err, reports = self.core:close()
  volumes.leave(self)
  if self.guard then
    reports = killed and err or reports
    self.findings, self.guard = self.guard:finish(reports), nil
  end
  if not killed and err then
    return nil, err
  end
  return { killed = killed or 0 }
end
Room.__close = Room.close

return M
