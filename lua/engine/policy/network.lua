--- The hosts that a room may reach: each has an address of the room's loopback, where the agent
--- listens; what comes there is carried to that host and port, and to no other.
---@class engine.policy.network
local M = {}

local FIRST = "127.0.80."

M.RESOLVER = "127.0.0.53"

---@class engine.policy.Host
---@field name string
---@field ports integer[]
---@field ip string in the room

--- Gives each host its address.
---@param allowed { name: string, ports: integer[] }[]
---@return engine.policy.Host[]
---@nodiscard
function M.hosts(allowed)
  local list = {}
  for i, host in ipairs(allowed) do
    list[i] = { name = host.name, ports = host.ports, ip = FIRST .. i }
  end
  return list
end

--- Files of /etc with which programs find these hosts and ask about no others.
---@param hosts engine.policy.Host[]
---@param etc_hosts string the text that the room has without them
---@return table<string, string>
---@nodiscard
function M.files(hosts, etc_hosts)
  local lines = { etc_hosts }
  for _, host in ipairs(hosts) do
    lines[#lines + 1] = ("%s\t%s\n"):format(host.ip, host.name)
  end
  return {
    ["/etc/hosts"] = table.concat(lines),
    ["/etc/resolv.conf"] = ("nameserver %s\noptions timeout:2 attempts:2\n"):format(M.RESOLVER),
  }
end

--- Lists the names of hosts, for people.
---@param hosts engine.policy.Host[]
---@return string
---@nodiscard
function M.names(hosts)
  local names = {}
  for i, host in ipairs(hosts) do
    names[i] = host.name
  end
  return names[1] and table.concat(names, " ") or "nothing"
end

--- Says where a host is, as seen from this machine.
---@overridable
---@param name string
---@param port integer
---@return { host: string, port: integer }
function M.target(name, port)
  return { host = name, port = port }
end

--- Listens for them in the room.
---@async
---@param core core.room.Room
---@param hosts engine.policy.Host[]
---@return core.room.Relay[]? relays
---@return core.Error? err
function M.open(core, hosts)
  local relays = {}
  for _, host in ipairs(hosts) do
    for _, port in ipairs(host.ports) do
      local relay, err = core:relay(port, M.target(host.name, port), { ip = host.ip })
      if not relay then
        return nil, err
      end
      relays[#relays + 1] = relay
    end
  end
  return relays
end

return M
