--- What a room of containers is isolated by: of its own container what the engine says that it
--- gave, of services, which come later, what they ask for.  Pure.
---@class engine.backend.container.isolation
local body = require("engine.backend.container.body")
local rights = require("engine.model.rights")
local rung = require("engine.backend.container.rung")
local settings = require("engine.backend.container.settings")

local M = {}

local NONE = {}
local NAMED_MAX = 6 -- capabilities that are told by their names

local PEOPLE = { docker = "Docker", podman = "Podman" }

--- What a room with networks has.  A bridge of Podman has an address of the machine, if only one of
--- IPv6 that is local to the link: what listens on all addresses is reached by it.
local function bridge_text(engine)
  return "own namespace, an internal bridge of the room"
    .. (engine == "podman" and ", servers of the machine at its address there" or "")
end

--- Tells what such rooms are isolated by, without making one.
---@param engine "docker"|"podman"
---@param networks? table<string, table> of a room that is services alone
---@param session? engine.backend.container.Session of the room
---@return engine.backend.Isolation
---@nodiscard
function M.told(engine, networks, session)
  local people = PEOPLE[engine]
  return {
    net = next(networks or NONE) and bridge_text(engine) or "own namespace, loopback only",
    fs = ("own namespace, root of an image by %s"):format(people),
    pid = "own namespace",
    user = "the image's; default capabilities less four, no new privileges, seccomp",
    limits = ("pids and what the file says, by %s"):format(people),
    clock = "host",
    agent = session and rung.text(session) or nil,
  }
end

local function net_text(told, networks, engine)
  local mode = told.HostConfig.NetworkMode
  if mode == "none" then
    return "own namespace, loopback only"
  elseif next(networks or NONE) then
    return bridge_text(engine)
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
  local parts = { user and ("uid %d"):format(user.uid) or "user of the image" }
  local names = settings.capabilities(host)
  if #names == 0 then
    parts[#parts + 1] = "no capabilities"
  elseif #names <= NAMED_MAX then
    parts[#parts + 1] = "capabilities: " .. table.concat(names, " "):lower()
  else
    parts[#parts + 1] = ("default capabilities less %d"):format(settings.DEFAULT_COUNT - #names)
  end
  parts[#parts + 1] = has(host.SecurityOpt, "no-new-privileges") and "no new privileges"
    or "new privileges possible"
  parts[#parts + 1] = seccomp_text(host.SecurityOpt)
  return table.concat(parts, ", ")
end

local function numbers_text(memory, pids, cpu)
  local parts = {}
  parts[#parts + 1] = memory > 0 and ("memory %d MiB"):format(memory >> 20) or nil
  parts[#parts + 1] = pids > 0 and ("%d processes"):format(pids) or "processes without a limit"
  parts[#parts + 1] = cpu > 0 and ("cpu %d/1000"):format(cpu) or nil
  return table.concat(parts, ", ") .. " (cgroup)"
end

local function limits_text(told)
  local host = told.HostConfig
  return "room: " .. numbers_text(math.tointeger(host.Memory) or 0,
    math.tointeger(host.PidsLimit) or 0, (math.tointeger(host.NanoCpus) or 0) // 1000000)
end

--- Adds the services in whose containers no agent can be, since their images are for another
--- processor.
---@param told engine.backend.Isolation changed in its place
---@param services? engine.model.Service[]
---@param session engine.backend.container.Session
---@param is_services boolean the room has no container of its own
function M.add_foreign(told, services, session, is_services)
  local foreign, is_all = {}, is_services
  for _, spec in ipairs(services or NONE) do
    local is_foreign = spec.root ~= nil and rung.is_foreign(session, spec.root)
    foreign[#foreign + 1] = is_foreign and ("service '%s'"):format(spec.name) or nil
    is_all = is_all and is_foreign
  end
  if is_all and foreign[1] then
    told.agent = rung.FOREIGN
  elseif foreign[1] then
    told.agent = ("%s; %s: %s"):format(told.agent, table.concat(foreign, ", "), rung.FOREIGN)
  end
end

--- Adds to what a room is isolated by what its services have beside it.  It is told before they are
--- made: of one that the engine makes otherwise, the start is an error (unkept.lua).
---@param told engine.backend.Isolation changed in its place
---@param services? engine.model.Service[]
---@param limits? engine.policy.Limits of the room, which hold for each of them
function M.add_services(told, services, limits)
  local held = { told.limits:match("^room: .*") }
  for _, spec in ipairs(services or NONE) do
    for _, part in ipairs({ "net", "fs", "pid", "user" }) do
      local text = rights.of_machine(spec, part)
      told[part] = told[part] .. (text and ("; service '%s' %s"):format(spec.name, text) or "")
    end
    if spec.rights and spec.rights.uts then
      told.net = told.net .. ("; service '%s' has the host name of the machine"):format(spec.name)
    end
    local own = body.smaller(spec.limits, limits)
    held[#held + 1] = ("service '%s': %s"):format(spec.name, numbers_text(
      (own.memory_mb or 0) << 20, own.pids or body.PIDS, own.cpu_millicores or 0))
  end
  told.limits = held[1] and table.concat(held, "; ") or told.limits
end

--- Tells what a container really has.
---@param told table inspect
---@param about { engine: "docker"|"podman", image: engine.backend.container.Image, agent: string,
--- user?: engine.backend.container.User, networks: table<string, table> }
---@return engine.backend.Isolation
---@nodiscard
function M.of(told, about)
  local host = told.HostConfig
  local files = ("own namespace, root of %s by %s%s"):format(about.image.text, PEOPLE[about.engine],
    host.ReadonlyRootfs == true and ", read-only" or "")
  return {
    net = net_text(told, about.networks, about.engine),
    fs = files,
    pid = host.PidMode == "host" and "host" or "own namespace",
    user = user_text(told, about.user),
    limits = limits_text(told),
    clock = "host",
    agent = about.agent,
  }
end

return M
