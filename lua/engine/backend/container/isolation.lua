--- What a room of containers is isolated by: what the engine says that it gave, not what was asked
--- for.  Pure.
---@class engine.backend.container.isolation
local M = {}

local NONE = {}

local PEOPLE = { docker = "Docker", podman = "Podman" }

--- Tells what such rooms are isolated by, without making one.
---@param engine "docker"|"podman"
---@param network? { has_way_out: boolean } of a room that is services alone
---@return engine.backend.Isolation
---@nodiscard
function M.told(engine, network)
  local people = PEOPLE[engine]
  return {
    net = network and "own namespace, an internal bridge of the room"
      or "own namespace, loopback only",
    fs = ("own namespace, root of an image by %s"):format(people),
    pid = "own namespace",
    user = "the image's; default capabilities less four, no new privileges, seccomp",
    limits = ("pids and what the file says, by %s"):format(people),
    clock = "host",
  }
end

local function net_text(told, network)
  local mode = told.HostConfig.NetworkMode
  if mode == "none" then
    return "own namespace, loopback only"
  elseif network and network.has_way_out then
    return "own namespace, a bridge of the room; there is a way out"
  elseif network then
    return "own namespace, an internal bridge of the room"
  end
  return "not isolated: network mode " .. tostring(mode)
end

local function seccomp_text(options)
  for _, option in ipairs(options or NONE) do
    if option:match("^seccomp[=:]unconfined") then
      return "no seccomp"
    end
  end
  return "seccomp"
end

local function has(options, word)
  for _, option in ipairs(options or NONE) do
    if option == word or option:match("^" .. word:gsub("%-", "%%-") .. "[=:]true$") then
      return true
    end
  end
  return false
end

local function user_text(told, user)
  local host = told.HostConfig
  local dropped = type(host.CapDrop) == "table" and host.CapDrop or NONE
  local parts = { user and ("uid %d"):format(user.uid) or "user of the image" }
  if has(dropped, "ALL") then
    parts[#parts + 1] = "no capabilities"
  else
    parts[#parts + 1] = ("default capabilities less %d"):format(#dropped)
  end
  parts[#parts + 1] = has(host.SecurityOpt, "no-new-privileges") and "no new privileges"
    or "new privileges possible"
  parts[#parts + 1] = seccomp_text(host.SecurityOpt)
  return table.concat(parts, ", ")
end

local function limits_text(told)
  local host, parts = told.HostConfig, {}
  local memory, cpu = math.tointeger(host.Memory) or 0, math.tointeger(host.NanoCpus) or 0
  local pids = math.tointeger(host.PidsLimit) or 0
  parts[#parts + 1] = memory > 0 and ("memory %d MiB"):format(memory >> 20) or nil
  parts[#parts + 1] = pids > 0 and ("%d processes"):format(pids) or "processes without a limit"
  parts[#parts + 1] = cpu > 0 and ("cpu %d/1000"):format(cpu // 1000000) or nil
  return "room: " .. table.concat(parts, ", ") .. " (cgroup)"
end

--- Tells what a container really has.
---@param told table inspect
---@param about { engine: "docker"|"podman", image: engine.backend.container.Image,
--- user?: engine.backend.container.User, network?: { has_way_out: boolean } }
---@return engine.backend.Isolation
---@nodiscard
function M.of(told, about)
  local host = told.HostConfig
  local files = ("own namespace, root of %s by %s%s"):format(about.image.text, PEOPLE[about.engine],
    host.ReadonlyRootfs == true and ", read-only" or "")
  return {
    net = net_text(told, about.network),
    fs = files,
    pid = host.PidMode == "host" and "host" or "own namespace",
    user = user_text(told, about.user),
    limits = limits_text(told),
    clock = "host",
  }
end

return M
