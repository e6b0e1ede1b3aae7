--- The policy of a scenario or a room, from its checked table, and what does not go together in it.
local place = require("engine.model.place")

---@class engine.model.policy
local M = {}

local PORTS = { 80, 443 } -- of a host that is given without one
local LABEL = "^[%w_]$"
local LABEL_LONG = "^[%w_][%w_%-]*[%w_]$"
local NAME_MAX = 253
local HOSTS_MAX = 64

local function split(text)
  local name, port = text:match("^(.-):(%d+)$")
  return name or text, port and tonumber(port)
end

local function is_address(name)
  return name:match("^%d+%.%d+%.%d+%.%d+$") or name:find("[%[%]:]")
end

--- Says what is wrong with a host of `allowed_network_hosts`, or nil.
---@param text string
---@return string? why
function M.host_problem(text)
  local name, port = split(text)
  if text:find("*", 1, true) then
    return "has a wildcard: a relay leads to one host"
  elseif is_address(name) then
    return "is an address: programs reach a relay by its name"
  elseif name:lower() == "localhost" or name:lower():match("%.localhost$") then
    return "is the room itself, which needs no leave"
  elseif port and (port < 1 or port > 65535) then
    return "has no port from 1 to 65535"
  elseif name == "" or #name > NAME_MAX then
    return "is not a name of a host"
  end
  for label in (name .. "."):gmatch("([^.]*)%.") do
    if #label > 63 or not (label:match(LABEL) or label:match(LABEL_LONG)) then
      return "is not a name of a host, with :PORT or without"
    end
  end
end

--- Says what is wrong with a command of `disallowed_commands`, or nil.
---@param text string
---@return string? why
function M.command_problem(text)
  if text == "" then
    return "is empty: name each program"
  elseif text:find("%s") then
    return "holds blanks: name each program, without its arguments"
  elseif text:find("[*?]") or text:find("%[.*%]") or text:find("{.*}") then
    return "holds a wildcard, which is not expanded: name each program"
  elseif text:sub(1, 1) == "/" then
    if text:find("//", 1, true) or text:find("/%.%.?/") or text:match("/%.?%.?$") then
      return "is not the path of a program"
    end
  elseif text:find("/", 1, true) or text == "." or text == ".." then
    return "is neither the name of a program nor an absolute path"
  end
end

--- Joins the hosts of a list: one for each name, with all its ports.
local function hosts_of(list)
  local hosts, by_name = {}, {}
  for _, text in ipairs(list) do
    local name, port = split(text)
    name = name:lower()
    local host = by_name[name]
    if not host then
      host = { name = name, ports = {} }
      by_name[name], hosts[#hosts + 1] = host, host
    end
    for _, wanted in ipairs(port and { port } or PORTS) do
      local has = false
      for _, one in ipairs(host.ports) do
        has = has or one == wanted
      end
      host.ports[#host.ports + 1] = not has and wanted or nil
    end
  end
  return hosts
end

---@class engine.model.policy.Around what the room has beside its policy
---@field limits? table
---@field project string
---@field services string[] names by which services of the file can be reached
---@field is_engines? boolean an engine may make all of them

--- Builds a policy.
---@param cx engine.model.Context
---@param checked engine.model.Checked
---@param around engine.model.policy.Around
---@return engine.model.Policy
function M.build(cx, checked, around)
  local value, raw, spelt = checked.value, checked.raw, checked.spelt
  local level = value.security_level or "low"
  local has_limits = next(around.limits or {}) or value.max_memory_mb or value.max_cpu_usage
  if level == "high" and not has_limits then
    cx:at_value("P121", raw, spelt.security_level, 'security_level = "high" without limits',
      "it needs limits", "add [limits] to the file, with memory_mb say")
  elseif level == "high" and around.project == "copy" then
    cx:at_value("P121", raw, spelt.security_level,
      'security_level = "high" and a project that can be written to',
      'room.project is "copy"', 'leave one of them out: with "high" nothing can be written to')
  elseif level == "high" and around.services[1] and not around.is_engines then
    cx:at_value("P121", raw, spelt.security_level,
      'security_level = "high" with services, whose files need places that can be written to',
      nil, 'take "medium", or leave the services to other files')
  end
  local hosts = value.allowed_network_hosts and hosts_of(value.allowed_network_hosts)
  if hosts and #hosts > HOSTS_MAX then
    cx:at_value("P103", raw, spelt.allowed_network_hosts,
      ("more than %d hosts"):format(HOSTS_MAX))
  end
  for _, host in ipairs(hosts or {}) do
    for _, name in ipairs(around.services) do
      if host.name == name:lower() then
        cx:at_value("P105", raw, spelt.allowed_network_hosts,
          ("%s is a service of this file"):format(cx:quote(name)),
          "its name could not lead to both")
      end
    end
  end
  return {
    level = level,
    max_execution_ms = value.max_execution_time,
    max_memory_mb = value.max_memory_mb,
    max_cpu_usage = value.max_cpu_usage,
    hosts = hosts,
    commands = value.disallowed_commands or {},
    pos = not cx.is_plain and place.of_value(cx, checked.t, checked.k) or nil,
  }
end

return M
