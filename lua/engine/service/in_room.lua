--- How services are made in a room that has one agent: each is a command of it, in a view and a
--- network that the agent makes.
---
--- This is the host of services that a room has when it names no other one (`room.service_host`);
--- rooms of an engine have one that makes a container for each (engine.backend.container.service).
---@class engine.service.in_room: engine.service.Host
local error_new = require("core.error").new
local layout = require("engine.service.layout")
local limits = require("engine.service.limits")
local net = require("engine.service.net")
local poll = require("engine.service.poll")
local prepare = require("engine.service.prepare")
local runtime = require("engine.service.runtime")

---@class engine.service.Host
---@field layout fun(services: engine.model.Service[]): engine.service.Layout their networks
---@field enter async fun(room: engine.backend.Room, owner?: engine.backend.volumes.Owner, services:
---engine.model.Service[]): core.Error? waits for rooms that this one cannot be beside; EBESIDE: one
---of them stays
---@field prepare async fun(set: engine.service.Set, rt: engine.service.Runtime): true?, core.Error?
---makes its place; done before, only its files are written again
---@field start async fun(rt: engine.service.Runtime): core.room.Process?, core.Error? starts it
---@field is_dying? async fun(rt: engine.service.Runtime): boolean it has ended, or is about to
---@field may_hide_memory? fun(rt: engine.service.Runtime): boolean an end by its limit is not told
---@field is_deaf? async fun(rt: engine.service.Runtime, number: integer): boolean it will never
---take this signal: nobody waits for what it does then
---@field met fun(rt: engine.service.Runtime, ended?: core.room.Result): core.cgroup.Events?,
---core.cgroup.Events? what its limits, and those of its room, have refused until its end
---@field describe? async fun(rt: engine.service.Runtime, message: string):
---engine.service.Inspect? what the engine of its container tells of it, beside the message of its
---failure; of one that has ended without a wait
---@field connect? async fun(set: engine.service.Set, rt: engine.service.Runtime): true?,
---core.Error? makes a service that is up reachable, beside what the layout says
---@field is_paused async fun(rt: engine.service.Runtime): boolean?, core.Error? its processes stand
---@field disturb async fun(set: engine.service.Set, rt: engine.service.Runtime,
---kind: engine.chaos.Kind, shape: core.room.Shape): true?, core.Error? disturbs its network
---@field calm async fun(set: engine.service.Set, rt: engine.service.Runtime,
---kind: engine.chaos.Kind, shape: core.room.Shape): true?, core.Error? ends that
---@field fill async fun(rt: engine.service.Runtime, path: string, max: integer): core.room.Fill?,
---core.Error? makes a file system of it full
---@field limit async fun(rt: engine.service.Runtime, limits: { memory_mb?: integer,
---cpu_millicores?: integer }): true?, core.Error? changes limits that it has

---@class engine.service.Inspect
---@field lines string[] for the failure, masked
---@field whole table   all of it, for a file: masked, without values of variables

local M = { layout = layout.new }

local PAUSED_MS = 5000
local NOT_YET = error_new({ code = "EAGAIN", op = "chaos", message = "not yet" })

--- Notes what the room's services can write to, that no container beside it is led elsewhere.
---@async
---@param room engine.backend.Room
---@param owner? engine.backend.volumes.Owner
---@param services engine.model.Service[]
---@return core.Error? err
---@nodiscard
function M.enter(room, owner, services)
  local volumes, has_volumes = require("engine.backend.volumes"), false
  for _, spec in ipairs(services) do
    has_volumes = has_volumes or (spec.volumes or {})[1] ~= nil
  end
  if has_volumes and not volumes.is_in(room) then
    return volumes.enter(room, { owner = owner, services = services, follows_links = false })
  end
end

--- Makes the place of a service; done before, only its files are written again.
---@async
---@param set engine.service.Set
---@param rt engine.service.Runtime
---@return true? ok
---@return core.Error? err
function M.prepare(set, rt)
  local services = {}
  for i, name in ipairs(set.names) do
    services[i] = set.specs[name]
  end
  local refused = M.enter(set.room, set.options.owner, services)
  if refused then
    return nil, refused
  end
  return prepare.run(set, rt)
end

--- Starts the process of a service.
---@async
---@param rt engine.service.Runtime gets its group
---@return core.room.Process? process
---@return core.Error? err
function M.start(rt)
  local spec = rt.spec
  local rlimits, group = limits.make(spec, rt.room.guard and rt.room.guard.group)
  if not rlimits then
    return nil, group
  end
  rt.group = group
  return rt.room:start({
    service = rt,
    is_service = true,
    argv = spec.argv,
    shell = spec.shell,
    user = spec.user,
    label = ("service %q"):format(rt.name),
    out_max = rt.out_max,
    limits = rlimits,
    group = group,
  })
end

--- Tells what limits have refused.
---@param rt engine.service.Runtime
---@return core.cgroup.Events? own
---@return core.cgroup.Events? of_room
function M.met(rt)
  local around = rt.room.guard and rt.room.guard.group
  return rt.group and rt.group:events() or nil, around and around:events() or nil
end

--- Waits until its process stands still, by the kernel's word: nobody answers to a signal.
---@async
---@param rt engine.service.Runtime
---@return boolean? paused
---@return core.Error? err
function M.is_paused(rt)
  local state = nil
  local asked = poll.run({ timeout_ms = PAUSED_MS, once_ms = PAUSED_MS }, function()
    state = rt.room:state_of(rt.process)
    return state == "T" or nil, NOT_YET
  end)
  return asked.ready, not asked.ready and error_new({ code = "EFAULT", op = "chaos",
    message = ("its process is in the state %q"):format(state or "?") }) or nil
end

local function with_bridges(set, rt)
  local message, help
  if set.layout.alone[rt.name] then
    message = "nothing reaches it: it has a network of its own"
  elseif not set.layout.own[rt.name] then
    message = "its connections do not go through clnrm's relay"
    help = "say `relay = true` in the service"
  elseif #set.layout.ports[rt.name] == 0 then
    message, help = "no port of it is known", "say it in the service: ports = [8080]"
  else
    return true
  end
  return nil, error_new({ code = "EFAULT", op = "chaos", message = message,
    detail = { help = help } })
end

--- Disturbs the connections between a service and the others.
---@async
---@param set engine.service.Set
---@param rt engine.service.Runtime
---@param _ engine.chaos.Kind
---@param shape core.room.Shape
---@return true? ok
---@return core.Error? err
function M.disturb(set, rt, _, shape)
  local ok, err = with_bridges(set, rt)
  if not ok then
    return nil, err
  end
  rt.shapes = rt.shapes or {}
  rt.shapes[shape] = shape
  ok, err = net.reshape(set, rt)
  if not ok then
    rt.shapes[shape] = nil
    return nil, err
  end
  return true
end

--- Ends a disturbance.
---@async
---@param set engine.service.Set
---@param rt engine.service.Runtime
---@param _ engine.chaos.Kind
---@param shape core.room.Shape
---@return true? ok
---@return core.Error? err
function M.calm(set, rt, _, shape)
  rt.shapes[shape] = nil
  return net.reshape(set, rt)
end

--- Makes a file system that it sees full, until the object is closed.
---@async
---@param rt engine.service.Runtime
---@param path string absolute
---@param max integer bytes that may be free there at most
---@return core.room.Fill? fill
---@return core.Error? err EXDEV, EFBIG…
function M.fill(rt, path, max)
  return rt.room:fill(path, max, runtime.where(rt))
end

local MIB = 1 << 20

--- Changes the limits of its group.
---@async
---@param rt engine.service.Runtime
---@param wanted { memory_mb?: integer, cpu_millicores?: integer }
---@return true? ok
---@return core.Error? err
function M.limit(rt, wanted)
  if not rt.group then
    return nil, error_new({ code = "EFAULT", op = "chaos",
      message = "this machine enforces its limits by no group of processes" })
  end
  local ok, err = rt.group:change({
    memory = wanted.memory_mb and wanted.memory_mb * MIB,
    cpu = wanted.cpu_millicores,
  })
  if not ok and err.code == "EBUSY" then
    return nil, error_new({ code = "EFAULT", op = "chaos", cause = err,
      message = ("it uses more than %d MiB of memory"):format(wanted.memory_mb) })
  end
  return ok, err
end

return M
