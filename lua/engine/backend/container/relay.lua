--- A relay before a service: a container of its image that has the service's names in the room's
--- network, with the agent as its only program, which carries all connections and can disturb them.
---
--- Only of services whose file disturbs their network, or that say `relay = true`.  The service
--- itself has no name there; its address is asked for each time that it has started.
---@class engine.backend.container.relay
local error_new = require("core.error").new
local make = require("engine.backend.container.make")
local names = require("engine.backend.container.names")
local net = require("engine.service.net")
local network_of = require("engine.backend.container.network")
local task = require("core.task")

local M = {}

---@class engine.backend.container.Room
---@field relays? engine.backend.container.Member[] before its services

---@class engine.backend.container.Relay
---@field member engine.backend.container.Member
---@field bridges core.room.Bridge[]

---@class engine.service.Runtime
---@field is_cut? boolean it was taken out of its networks

local function fail(message, help, cause)
  return nil, error_new({ code = "EFAULT", op = "chaos", message = message, cause = cause,
    detail = help and { help = help } or nil })
end

--- Lists the networks of its room that a service is in.
---@param rt engine.service.Runtime
---@param aliases string[] what it is called there
---@return engine.backend.container.Joined[]
---@nodiscard
function M.joined(rt, aliases)
  local joined = network_of.joined(rt.room.networks, network_of.of_service(rt.spec), aliases)
  return names.fix(joined, rt.room.spec, rt.name)
end

--- Whether a service has a relay before it.
---@param rt engine.service.Runtime
---@return boolean
---@nodiscard
function M.is_for(rt)
  return rt.spec.relay == true and rt.room.session.rung ~= "exec" and M.joined(rt, {})[1] ~= nil
end

local NO_AGENT = "no agent runs in its containers (CLNRM_DOCKER_RUNG=exec, or the engine's will)"
M.NO_AGENT = NO_AGENT

--- Says what the container of a service is called that a relay stands before: an engine makes a
--- host name a name in the network, too, and its own would lead past the relay.
---@param spec engine.model.Service
---@return string
---@nodiscard
function M.hostname(spec)
  return spec.hostname or spec.name:sub(1, 59) .. "-own"
end

--- Lists what a container of the room must be told to find the others by.
---@param session engine.backend.container.Session
---@param networks table<string, engine.backend.container.Network>
---@param spec engine.backend.OpenSpec
---@param service? engine.model.Service nil: the room's own container
---@return string[][] hosts { name, address }
---@nodiscard
function M.hosts(session, networks, spec, service)
  return names.hosts(networks, spec, service, function(other)
    return other.relay == true and session.rung ~= "exec" and M.hostname(other) or nil
  end)
end

--- Makes the relay of a service that is to have one.
---@async
---@param rt engine.service.Runtime gets its `relay`
---@param aliases string[] what the service is called
---@return true? ok
---@return core.Error? err
---@nodiscard
function M.prepare(rt, aliases)
  local room = rt.room
  if not M.is_for(rt) or rt.relay then
    return true
  end
  local member, err = make.room(room.session, rt.spec.root, {
    hostname = rt.name:sub(1, 56) .. "-relay",
    networks = M.joined(rt, aliases),
    labels = room:labels(nil, rt.name),
  })
  if not member then
    return nil, err
  end
  member.joining = task.event() -- its agent is there: it goes with the container
  member.joining:set()
  room.relays = room.relays or {}
  table.insert(room.relays, member)
  if not member.core.bridge then
    return fail("it has no relay: " .. NO_AGENT)
  end
  rt.relay = { member = member, bridges = {} }
  return true
end

--- Asks for the address of a container in the network of its room.
---@async
---@param rt engine.service.Runtime
---@return string? ip
---@return core.Error? err
function M.address(rt)
  local told, err = rt.member:inspect()
  if not told then
    return nil, err
  end
  for _, one in pairs((told.NetworkSettings or {}).Networks or {}) do -- in which the relay is, too
    if type(one.IPAddress) == "string" and one.IPAddress ~= "" then
      return one.IPAddress
    end
  end
  return nil, error_new({ code = "ENGINE_ANSWER", op = "container.relay",
    message = ("the engine tells no address of service '%s'"):format(rt.name) })
end

local function ports_of(spec)
  local list, seen = {}, {}
  for _, port in ipairs(spec.listens or {}) do
    list[#list + 1], seen[port] = port, true
  end
  for _, entry in ipairs(spec.ports or {}) do
    list[#list + 1] = not seen[entry.port] and entry.port or nil
  end
  return list
end

--- Leads to a service that has started; the connections to one before it are broken off.
---@async
---@param _ engine.service.Set
---@param rt engine.service.Runtime
---@return true? ok
---@return core.Error? err
function M.connect(_, rt)
  local relay = rt.relay
  if not relay or rt.is_cut then -- which has no address then
    return true
  end
  for _, bridge in ipairs(relay.bridges) do
    bridge:close()
  end
  relay.bridges = {}
  local ip, err = M.address(rt)
  if not ip then
    return nil, err
  end
  for i, port in ipairs(ports_of(rt.spec)) do
    local bridge
    bridge, err = relay.member.core:bridge({ ip = "0.0.0.0", port = port,
      to = { ip = ip, port = port } })
    if not bridge then
      return nil, err
    end
    relay.bridges[i] = bridge
  end
  return M.reshape(rt)
end

--- Carries connections as the faults of the service say now.
---@async
---@param rt engine.service.Runtime
---@return true? ok
---@return core.Error? err
function M.reshape(rt)
  for _, bridge in ipairs(rt.relay.bridges) do
    local count, err = bridge:shape(net.shape_of(rt))
    if not count then
      return nil, err
    end
    rt.held_back = (rt.held_back or 0) + count
  end
  return true
end

--- Disturbs connections.
---@async
---@param rt engine.service.Runtime
---@param shape core.room.Shape
---@return true? ok
---@return core.Error? err
function M.disturb(rt, shape)
  if not M.joined(rt, {})[1] then
    return fail("nothing else is in its room: there is no network")
  elseif rt.room.session.rung == "exec" then
    return fail("its connections do not go through a relay: " .. NO_AGENT)
  elseif not rt.relay then
    return fail("its connections do not go through a relay", "say `relay = true` in the service")
  elseif #rt.relay.bridges == 0 then
    return fail("no port of it is known", "say it in the service: ports = [8080]")
  end
  rt.shapes = rt.shapes or {}
  rt.shapes[shape] = shape
  local ok, err = M.reshape(rt)
  if not ok then
    rt.shapes[shape] = nil
    return nil, err
  end
  return true
end

--- Ends that.
---@async
---@param rt engine.service.Runtime
---@param shape core.room.Shape
---@return true? ok
---@return core.Error? err
function M.calm(rt, shape)
  rt.shapes[shape] = nil
  return M.reshape(rt)
end

return M
