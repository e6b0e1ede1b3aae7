--- The networks of one room: each is made only where two of its containers need one another.
---@class engine.backend.container.network
local body = require("engine.backend.container.body")
local random = require("engine.random")
local things = require("engine.docker.things")

local M = {}

---@class engine.backend.container.Network
---@field id string
---@field name string what the engine calls it
---@field has_way_out boolean
---@field subnet? { base: integer, size: integer } of Podman: engine.backend.container.names
---@field private session engine.backend.container.Session
---@field thing engine.docker.Thing
local Network = {}
Network.__index = Network

--- A network that a container joins, and what it is called there.
---@class engine.backend.container.Joined
---@field id string
---@field aliases string[]
---@field network engine.backend.container.Network
---@field ip? string one that is the container's for ever; nil: the engine chooses
---@field mac? string with it: its neighbours remember for half a minute where that address was

local count = 0

M.HOSTNAME = "room" -- of the room's own container

M.ROOM = "room" -- the network that all share who name no other one
-- Beside it, with a way out; no name that a file can give has a blank.
M.OUT = "way out"

--- Of a service that names its networks: a way out of its own, in which nobody else is.
local OUT_OF = M.OUT .. " of "

local NONE = {}

--- Names the networks that a service is in.
---@param service engine.model.Service
---@return string[]
---@nodiscard
function M.of_service(service)
  if service.network == "none" or service.network == "host" then
    return NONE
  end
  local names = service.networks or { M.ROOM }
  local list = table.move(names, 1, #names, 1, {})
  local out = service.networks and OUT_OF .. service.name or M.OUT
  list[#list + 1] = service.has_way_out and out or nil
  return list
end

local function leads_out(name)
  return name == M.OUT or name:sub(1, #OUT_OF) == OUT_OF
end

--- Names the networks that the room's own container is in: all, but for the way out of others.
---@param spec engine.backend.OpenSpec
---@return string[]
---@nodiscard
function M.of_main(spec)
  local list, seen = { M.ROOM }, { [M.ROOM] = true }
  for _, service in ipairs(spec.services or NONE) do
    for _, name in ipairs(M.of_service(service)) do
      list[#list + 1] = not (seen[name] or leads_out(name)) and name or nil
      seen[name] = true
    end
  end
  return list
end

--- Names the networks that a room needs: those in which two containers could speak with one
--- another, and the way out.
---@param spec engine.backend.OpenSpec
---@return string[] names sorted
---@nodiscard
function M.needed(spec)
  local count_of, list = {}, {}
  local function join(names)
    for _, name in ipairs(names) do
      count_of[name] = (count_of[name] or 0) + 1
    end
  end
  join(spec.room and spec.room.image and M.of_main(spec) or NONE)
  for _, service in ipairs(spec.services or NONE) do
    join(M.of_service(service))
  end
  for name, many in pairs(count_of) do
    list[#list + 1] = (many > 1 or leads_out(name)) and name or nil
  end
  table.sort(list)
  return list
end

--- Says which networks of a room a container joins, and what it is called there.
---@param networks table<string, engine.backend.container.Network>
---@param names string[]
---@param aliases string[]
---@return engine.backend.container.Joined[]
---@nodiscard
function M.joined(networks, names, aliases)
  local list = {}
  for _, name in ipairs(names) do
    local network = networks[name]
    list[#list + 1] = network and { id = network.id, aliases = aliases, network = network }
      or nil
  end
  return list
end

--- Makes the networks that a room needs.
---@async
---@param session engine.backend.container.Session
---@param spec engine.backend.OpenSpec
---@param labels? table<string, string>
---@return table<string, engine.backend.container.Network> networks by name; those that were made
---@return core.Error? err
function M.open_all(session, spec, labels)
  local networks = {}
  for _, name in ipairs(M.needed(spec)) do
    local network, err = M.open(session, leads_out(name), labels)
    if not network then
      return networks, err
    end
    networks[name] = network
  end
  return networks
end

--- Removes the networks of a room; its containers are gone by then.
---@async
---@param networks table<string, engine.backend.container.Network>
---@param limit_ms? integer for each to become free
---@return true? ok
---@return core.Error? err
function M.remove_all(networks, limit_ms)
  local ok, err = true, nil
  for _, network in pairs(networks) do
    local gone, why = network:remove(limit_ms)
    ok, err = ok and gone or nil, err or why
  end
  return ok, err
end

--- Makes a network.
---@async
---@param session engine.backend.container.Session
---@param has_way_out boolean
---@param labels? table<string, string>
---@return engine.backend.container.Network? network
---@return core.Error? err
---@nodiscard
function M.open(session, has_way_out, labels)
  count = count + 1
  local name = ("clnrm-%s-%d-%s"):format(session.run, count, random.hex(5))
  local thing, err = things.make(session, "network", body.network(name, has_way_out,
    labels, session.client.engine == "podman"))
  if not thing then
    return nil, err
  end
  return setmetatable({
    id = thing.id, name = name, has_way_out = has_way_out, session = session, thing = thing,
  }, Network)
end

--- Removes it; its containers are gone by then.
---@async
---@param limit_ms? integer for it to become free
---@return true? ok
---@return core.Error? err
function Network:remove(limit_ms)
  return things.unmake(self.session, self.thing, limit_ms)
end

return M
