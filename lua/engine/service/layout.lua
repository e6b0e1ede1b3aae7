--- Which network each service of a room is in, and by which names it reaches the others.  Pure.
---
--- Services share the room's loopback while their ports do not clash.  Those that listen on the
--- same port get a network of their own each; the others reach such a service at an address of
--- 127.0.1.x, where a bridge listens.  So does one whose connections go through clnrm (`relay`), at
--- 127.0.0.1 as long as no other has its port.  A bridge cannot share a port with a listener on all
--- addresses, so within such a network a peer with the same port is known only to services that
--- depend on it.
---@class engine.service.layout
local M = {}

--- What every room knows by name.
M.HOSTS = "127.0.0.1\tlocalhost room\n::1\tlocalhost ip6-localhost\n"

---@class engine.service.Layout
---@field specs engine.model.Service[]
---@field own table<string, boolean>       it has a network of its own
---@field alone table<string, boolean>     and is reached by nobody: network = "none"
---@field address table<string, string>    where a bridge to it listens
---@field ports table<string, integer[]>   that it listens on, as far as is known
---@field needs table<string, table<string, boolean>> whom it depends on, also through others

local function ports_of(spec)
  local list = {}
  for _, port in ipairs(spec.listens or {}) do
    list[#list + 1] = port
  end
  if not spec.listens then
    for i, entry in ipairs(spec.ports or {}) do
      list[i] = entry.port
    end
  end
  return list
end

local function needs_of(specs)
  local by_name, needs = {}, {}
  for _, spec in ipairs(specs) do
    by_name[spec.name] = spec
  end
  local function add(set, spec)
    for _, dependency in ipairs(spec.depends_on or {}) do
      if not set[dependency.name] and by_name[dependency.name] then
        set[dependency.name] = true
        add(set, by_name[dependency.name])
      end
    end
  end
  for _, spec in ipairs(specs) do
    needs[spec.name] = {}
    add(needs[spec.name], spec)
  end
  return needs
end

--- Decides.
---@param specs engine.model.Service[]
---@return engine.service.Layout
---@nodiscard
function M.new(specs)
  local layout = { specs = specs, own = {}, alone = {}, address = {}, ports = {} }
  local first = {}
  layout.needs = needs_of(specs)
  for i, spec in ipairs(specs) do
    local name = spec.name
    layout.address[name] = ("127.0.%d.%d"):format(1 + i // 250, 1 + i % 250)
    layout.ports[name] = ports_of(spec)
    layout.alone[name] = spec.network == "none" or nil
    layout.own[name] = layout.alone[name]
    for _, port in ipairs(layout.alone[name] and {} or layout.ports[name]) do
      local other = first[port]
      if other and other ~= name then
        layout.own[other], layout.own[name] = true, true
      end
      first[port] = other or name
    end
  end
  for _, spec in ipairs(specs) do
    if spec.relay and not layout.own[spec.name] then
      layout.own[spec.name], layout.address[spec.name] = true, "127.0.0.1"
    end
  end
  return layout
end

local function shares_port(layout, a, b)
  for _, one in ipairs(layout.ports[a]) do
    for _, other in ipairs(layout.ports[b]) do
      if one == other then
        return true
      end
    end
  end
  return false
end

--- Whether a bridge from the network of `viewer` (nil: the room's) to a service is wanted.
---@param layout engine.service.Layout
---@param viewer? string a service with a network of its own
---@param name string
---@return boolean
---@nodiscard
function M.is_bridged(layout, viewer, name)
  if layout.alone[name] or viewer == name then
    return false
  elseif not viewer then
    return layout.own[name] == true
  elseif layout.alone[viewer] then
    return false
  end
  return layout.needs[viewer][name] or not shares_port(layout, viewer, name)
end

local function line_of(spec, address)
  local names = table.concat({ spec.name, table.unpack(spec.aliases or {}) }, " ")
  return ("%s\t%s\n"):format(address, names)
end

--- Writes /etc/hosts for a service with a network of its own, or for the room and all others in it.
---@param layout engine.service.Layout
---@param viewer? string
---@return string
---@nodiscard
function M.hosts(layout, viewer)
  local lines = { M.HOSTS }
  for _, spec in ipairs(layout.specs) do
    local name = spec.name
    if viewer == name or not viewer and not layout.own[name] then
      lines[#lines + 1] = line_of(spec, "127.0.0.1")
    elseif M.is_bridged(layout, viewer, name) then
      lines[#lines + 1] = line_of(spec, layout.address[name])
    end
  end
  return table.concat(lines)
end

return M
