--- What the containers of a room in Podman find one another by: addresses that are known before any
--- of them is made, and lines for them in each one's hosts.
---
--- Podman finds names only with a plugin of its networks (aardvark-dns, or dnsname of CNI), which
--- many installations lack, and a container's hosts are written as it is made.  An address that the
--- engine chose would be known too late for those who are made before, and be another one after a
--- restart or a partition.
---@class engine.backend.container.names
local error_new = require("core.error").new
local network_of = require("engine.backend.container.network")

local M = {}

local NONE = {}

M.FIRST = 10 -- below are the gateway's, and what an engine may take for itself

--- Reads the network that an engine has chosen.
---@param text string? "10.89.0.0/24"
---@return { base: integer, size: integer }? subnet
---@nodiscard
function M.subnet(text)
  local a, b, c, d, bits = tostring(text):match("^(%d+)%.(%d+)%.(%d+)%.(%d+)/(%d+)$")
  if not a then
    return nil
  end
  local base = 0
  for _, part in ipairs({ a, b, c, d }) do
    part = math.tointeger(tonumber(part))
    if not part or part > 255 then
      return nil
    end
    base = base << 8 | part
  end
  bits = math.tointeger(tonumber(bits))
  return bits and bits <= 30 and { base = base, size = 1 << (32 - bits) } or nil
end

local function subnet_of(told)
  local ipam = type(told.IPAM) == "table" and told.IPAM.Config
  for _, one in ipairs(type(ipam) == "table" and ipam or NONE) do
    local subnet = type(one) == "table" and M.subnet(one.Subnet)
    if subnet then
      return subnet
    end
  end
end

local function places(spec)
  return M.FIRST + 1 + 2 * #(spec.services or NONE)
end

--- Makes the networks that a room needs, and learns which addresses they have.
---@async
---@param session engine.backend.container.Session
---@param spec engine.backend.OpenSpec
---@param labels? table<string, string>
---@return table<string, engine.backend.container.Network> networks by name; those that were made
---@return core.Error? err
function M.open_all(session, spec, labels)
  local networks, err = network_of.open_all(session, spec, labels)
  for _, network in pairs(not err and session.client.engine == "podman" and networks or NONE) do
    local told, why = session.client:call("GET", "/networks/" .. network.id)
    if not told then
      return networks, why
    end
    local subnet = subnet_of(told)
    if not subnet or subnet.size <= places(spec) + 1 then -- its last address is everybody's
      return networks, error_new({ code = "ENGINE_ANSWER", op = "container.names", message =
        ("Podman gives a network of the room %s, and its containers need %d addresses of IPv4")
        :format(subnet and ("%d addresses"):format(subnet.size) or "no addresses", places(spec)) })
    end
    network.subnet = subnet
  end
  return networks, err
end

local function address(network, place)
  local ip = network.subnet.base + M.FIRST + place
  local a, b, c, d = ip >> 24, ip >> 16 & 255, ip >> 8 & 255, ip & 255
  return ("%d.%d.%d.%d"):format(a, b, c, d), ("02:42:%02x:%02x:%02x:%02x"):format(a, b, c, d)
end

--- The places of a service: of who has its names, itself or the relay, and its own behind one.
local function places_of(spec, name)
  for i, service in ipairs(spec.services or NONE) do
    if service.name == name then
      return 2 * i - 1, 2 * i
    end
  end
end

--- Says which address a container has in the networks that it joins.
---@param joined engine.backend.container.Joined[]
---@param spec engine.backend.OpenSpec
---@param service? string nil: the room's own container
---@return engine.backend.container.Joined[] joined the same
function M.fix(joined, spec, service)
  for _, one in ipairs(joined) do
    local named, own = 0, 0
    if service then
      named, own = places_of(spec, service)
    end
    if one.network.subnet and named then
      one.ip, one.mac = address(one.network, one.aliases[1] and named or own)
    end
  end
  return joined
end

--- Says which networks the room's own container joins.
---@param networks table<string, engine.backend.container.Network>
---@param spec engine.backend.OpenSpec
---@return engine.backend.container.Joined[]
---@nodiscard
function M.joined(networks, spec)
  local aliases = { network_of.HOSTNAME }
  return M.fix(network_of.joined(networks, network_of.of_main(spec), aliases), spec)
end

local function first_shared(networks, mine, others)
  local is_theirs = {}
  for _, name in ipairs(others) do
    is_theirs[name] = true
  end
  for _, name in ipairs(mine) do
    local network = is_theirs[name] and networks[name]
    if network and network.subnet then
      return network
    end
  end
end

--- Lists the names of all others that a container shares a network with.
---@param networks table<string, engine.backend.container.Network>
---@param spec engine.backend.OpenSpec
---@param service? engine.model.Service nil: the room's own container
---@param relayed fun(service: engine.model.Service): string? what it is called behind its relay
---@return string[][] hosts { name, address }
---@nodiscard
function M.hosts(networks, spec, service, relayed)
  local list = {}
  local mine = service and network_of.of_service(service) or network_of.of_main(spec)
  local main = service and spec.room and spec.room.image
    and first_shared(networks, mine, network_of.of_main(spec))
  list[1] = main and { network_of.HOSTNAME, (address(main, 0)) } or nil
  for i, other in ipairs(spec.services or NONE) do
    local network = first_shared(networks, mine, network_of.of_service(other))
    local is_other = not service or service.name ~= other.name
    if network and is_other then
      local named, own = address(network, 2 * i - 1), (address(network, 2 * i))
      local behind = relayed(other)
      list[#list + 1] = { other.name, named }
      for _, alias in ipairs(other.aliases or NONE) do
        list[#list + 1] = { alias, named }
      end
      if behind or other.hostname then
        list[#list + 1] = { behind or other.hostname, behind and own or named }
      end
    end
  end
  return list
end

return M
