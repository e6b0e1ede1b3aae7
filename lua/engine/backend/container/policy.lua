--- The policy of a room of containers: settings of each, what their agents watch for, what covers
--- programs that must not be run, and what was seen of it all.
---
--- Commands run under a filter by which the kernel asks the agent, as in a sandbox room.  The first
--- process of a service and what it starts run under the container's settings, and meet the
--- programs that stand in for others, which tell the agent of themselves.
---@class engine.backend.container.policy
local body = require("engine.backend.container.body")
local command = require("engine.backend.sandbox_command")
local covers = require("engine.backend.container.covers")
local network = require("engine.policy.network")
local networks = require("engine.backend.container.network")
local policies = require("engine.policy")
local rooms = require("core.room")
local settings = require("engine.backend.container.settings")
local socket = require("engine.backend.container.rung.socket")

local M = {}

local AGENTS_OWN = { [body.AGENT] = true, [socket.LINK] = true }
local RESOLV = "/etc/resolv.conf"
local FIRST_PORT = "net.ipv4.ip_unprivileged_port_start" -- the agent answers names at port 53

---@class engine.backend.container.Policy
---@field FILTER integer
---@field level "low"|"medium"|"high"
---@field guard engine.policy.Guard
---@field image? core.room.Image what each agent is told; nil: nothing is watched
---@field covers table<string, engine.backend.container.Covered> by id of the image
---@field private session engine.backend.container.Session
---@field private relays core.room.Relay[]
local Policy = { FILTER = 0 } -- slot of the one filter of commands
Policy.__index = Policy

--- Encodes what agents are told.
local function tell(self)
  local told = self.guard:told()
  if not told then
    return true
  end
  local options = {}
  for name in pairs(self.guard.watch) do
    options[name] = true
  end
  local filter, err = rooms.filter(options)
  if filter then
    self.image, err = rooms.guest({ filters = { filter }, guard = told })
  end
  return self.image ~= nil, err
end

--- Finds in each image what covers are for, and the shells that no cover helps against.
local function find_covers(self, images)
  local guard = self.guard
  if not guard.watch.watch_commands then
    return true
  end
  local own, seen = {}, {}
  for _, image in ipairs(images) do
    local found, err = covers.find(self.session, image, guard.policy.commands, guard.path)
    if not found then
      return nil, err
    end
    self.covers[image.id] = found
    for _, name in ipairs(found.own) do
      own[#own + 1] = not seen[name] and name or nil
      seen[name] = true
    end
  end
  table.sort(own)
  guard.own = own
  return true
end

--- Makes the policy of a room.
---@async
---@param session engine.backend.container.Session
---@param spec engine.backend.OpenSpec with a policy
---@param images engine.backend.container.Image[] of the room and its services, each once
---@return engine.backend.container.Policy? policy
---@return core.Error? err EPOLICY: something of it cannot be enforced here
---@nodiscard
function M.open(session, spec, images)
  local level = spec.policy.level
  local err = settings.refused_services(spec.policy, spec.services)
    or settings.refused_hosts(spec.policy, networks.needed(spec))
  local info
  if not err then
    info, err = session.client:call("GET", "/info")
    err = info and settings.refused_engine(level, info) or not info and err or nil
  end
  if err then
    return nil, err
  end
  local paths = { command.ENVIRONMENT[1][2] }
  for _, image in ipairs(images) do
    for _, pair in ipairs(image.config.env or {}) do
      paths[#paths + 1] = pair[1] == "PATH" and pair[2] or nil
    end
  end
  local guard
  guard, err = policies.guard(spec, { path = table.concat(paths, ":"), is_engine = true })
  if not guard then
    return nil, err
  end
  local self = setmetatable({
    level = level, guard = guard, covers = {}, session = session, relays = {},
  }, Policy)
  local ok
  ok, err = find_covers(self, images)
  if ok then
    ok, err = tell(self)
  end
  return ok and self or nil, err
end

--- Applies it to the body of a container that is to be made.
---@param made table body of the create call; changed in its place
---@param image engine.backend.container.Image
---@return table made
---@return core.Error? err
function Policy:apply(made, image)
  local host = made.HostConfig
  local covered = self.covers[image.id]
  local far = settings.refused_far(self.guard.policy, self.session)
  if far then
    return made, far
  elseif covered and self.session.sees_files then
    local program, err = covers.program(self.session)
    if not program then
      return made, err
    end
    for _, path in ipairs(covered.files) do
      host.Mounts[#host.Mounts + 1] = body.bind(program, path, true)
    end
  end
  if self.guard.hosts then
    local files = network.files(self.guard.hosts, "")
    local path, err = covers.file(self.session, "resolv.conf", files[RESOLV])
    if not path then
      return made, err
    end
    host.Mounts[#host.Mounts + 1] = body.bind(path, RESOLV, true)
    for _, one in ipairs(self.guard.hosts) do
      host.ExtraHosts[#host.ExtraHosts + 1] = ("%s:%s"):format(one.name, one.ip)
    end
    host.Sysctls = { [FIRST_PORT] = "0" }
  end
  settings.apply(host, self.level, AGENTS_OWN)
  if self.level == "high" and host.Tmpfs and host.Tmpfs["/room"] then
    host.Tmpfs["/room"] = host.Tmpfs["/room"]:gsub("^rw,", "ro,")
  end
  return made
end

--- Puts covers where a mount would lead elsewhere: over links to a file that is many programs; all
--- of them into a container of an engine that does not see this machine's files.
---@async
---@param member engine.backend.container.Member that does not run
---@return true? ok
---@return core.Error? err
function Policy:place(member)
  local covered = self.covers[member.image.id]
  if not covered or self.level == "high" then
    return true -- with "high" commands alone can be named so, and those are asked about
  end
  local ok, err = covers.place(member, covered.links)
  if ok and not self.session.sees_files then
    ok, err = covers.place(member, covered.files)
  end
  return ok, err
end

--- Does what an agent that is there needs: the relays to hosts that may be reached.
---@async
---@param core core.room.Room
---@param asked table HostConfig as the engine was asked for it
---@return true? ok
---@return core.Error? err EPOLICY: the container has more than it was to have
function Policy:opened(core, asked)
  if not core.isolation then -- the engine's own exec: there is no agent
    return settings.without_agent(self.image ~= nil)
  end
  local more = settings.more_than(asked, core:isolation(), self.level)
  if more then
    return nil, more
  elseif not self.guard.hosts then
    return true
  end
  local relays, err = network.open(core, self.guard.hosts)
  if not relays then
    return nil, err
  end
  table.move(relays, 1, #relays, #self.relays + 1, self.relays)
  return true
end

--- Says what the room is isolated by, beside what its container has.
---@param isolation engine.backend.Isolation
---@return engine.backend.Isolation
---@nodiscard
function Policy:isolation(isolation)
  local own = {}
  for key, value in pairs(isolation) do
    own[key] = value
  end
  if self.guard.hosts then
    own.net = own.net .. "; relayed: " .. network.names(self.guard.hosts)
  end
  return own
end

--- Notes what a command of a container is called that was started.
---@param member engine.backend.container.Member
---@param process core.room.Process
---@param name? string
function Policy:started(member, process, name)
  member.steps[process:id()] = name
end

--- Notes what a command is called that was not started.
---@param member engine.backend.container.Member
---@param err core.Error
---@param argv? string[]
---@param name? string
---@return core.Error
---@nodiscard
function Policy:not_started(member, err, argv, name)
  self.guard.refused = member.refused
  local core = member.core
  return self.guard:not_started(err, argv, name, core and core.reports and core:reports())
end

--- Tells what was tried in a container that is forbidden.
---@param member engine.backend.container.Member
---@param seen? core.room.Report[] of its agent
---@return engine.run.Finding[]
function Policy:look(member, seen)
  self.guard.steps, self.guard.refused = member.steps, member.refused
  local all = table.move(member.earlier, 1, #member.earlier, 1, {})
  return self.guard:look(table.move(seen or {}, 1, #(seen or {}), #all + 1, all))
end

--- Gives back what it holds.
function Policy:close()
  for _, relay in ipairs(self.relays) do
    relay:close()
  end
  self.relays = {}
end

return M
