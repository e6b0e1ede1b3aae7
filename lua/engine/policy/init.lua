--- The guard of a room: its limits and its policy, made before the room and asked at its end.
---
--- A room without both has none, and pays nothing.
---@class engine.policy
local error_new = require("core.error").new
local limits = require("engine.policy.limits")

local M = {}

---@class engine.model.Policy
---@field level "low"|"medium"|"high"
---@field max_execution_ms? integer
---@field max_memory_mb? integer
---@field max_cpu_usage? number
---@field hosts? { name: string, ports: integer[] }[] nil: the network is not asked about
---@field commands string[] that must not be run
---@field pos? engine.model.Pos

---@class engine.policy.Guard
---@field limits? engine.policy.Held
---@field rlimits? table<string, integer> of each command
---@field group? core.cgroup.Group that each command enters
---@field level engine.policy.Level
---@field watch table<string, true> options of the filter; none: nothing is watched
---@field own string[] commands that a shell of the room would run in itself: it is refused
---@field stands string[] programs that another stands in for; those of an image are not among them
---@field path string every PATH that is known before anything runs
---@field tree? engine.image.Root that is the room's root
---@field is_engine? boolean the room is made of containers
---@field hosts? engine.policy.Host[]
---@field relays? core.room.Relay[]
---@field policy? engine.model.Policy
---@field steps table<integer, string> what was started, as it is called, by its number
---@field unrun table<string, true> commands that were not run, of which their step tells
---@field refused table<string, string> the same of what was not, by what the agent tells of it
local Guard = {}
Guard.__index = Guard

local function guard_limits(self, spec)
  local wanted = limits.join(spec.limits, spec.policy)
  if not wanted then
    return true
  end
  local held, err = limits.make(wanted)
  if not held then
    return nil, err
  end
  self.limits, self.group = held, held.group
  self.rlimits = next(held.rlimits) and held.rlimits or nil
  return true
end

--- Joins every PATH that is known before anything runs.
local function path_of(spec, about)
  local room, list = spec.room or {}, { about.path }
  for _, env in ipairs({ about.tree and about.tree.config.env or {}, room.env or {} }) do
    for _, pair in ipairs(env) do
      list[#list + 1] = pair[1] == "PATH" and pair[2] or nil
    end
  end
  for _, name in ipairs(room.inherit_env or {}) do
    list[#list + 1] = name == "PATH" and os.getenv("PATH") or nil
  end
  return table.concat(table.move(spec.paths or {}, 1, #(spec.paths or {}), #list + 1, list), ":")
end

--- Lists the values of PATH that services and steps have for themselves.
---@param services? { env?: string[][] }[]
---@param steps? { env?: string[][] }[]
---@return string[]
---@nodiscard
function M.paths(services, steps)
  local list = {}
  for _, some in ipairs({ services or {}, steps or {} }) do
    for _, one in ipairs(some) do
      for _, pair in ipairs(one.env or {}) do
        list[#list + 1] = pair[1] == "PATH" and pair[2] or nil
      end
    end
  end
  return list
end

--- Says what is watched for, by what the policy names.
local function guard_policy(self, spec, about)
  local policy = spec.policy
  self.policy, self.path = policy, path_of(spec, about)
  local levels = require("engine.policy.level")
  self.level = (about.is_engine and levels.of_engine or levels.levels)[policy.level]
  for name in pairs(self.level.watch) do
    self.watch[name] = true
  end
  if policy.commands[1] then
    self.watch.watch_commands = true
    self.stands = not about.is_engine and require("engine.policy.commands").find(policy.commands,
      self.path, about.tree and {} or about.shown, about.project_dir) or {}
  end
  if policy.hosts then
    self.watch.watch_net = true
    self.hosts = require("engine.policy.network").hosts(policy.hosts)
  end
end

--- Makes the guard of a room.
---@param spec engine.backend.OpenSpec
---@param about { path: string, shown: string[], project_dir?: string, tree?: engine.image.Root,
--- is_engine?: boolean } what rooms have; an engine holds the limits of its containers itself
---@return engine.policy.Guard? guard
---@return core.Error? err EPOLICY: something of it cannot be enforced here
---@nodiscard
function M.guard(spec, about)
  local self = setmetatable({
    level = require("engine.policy.level").levels.low,
    watch = {},
    own = {},
    stands = {},
    path = about.path,
    tree = about.tree,
    is_engine = about.is_engine,
    steps = {},
    refused = {},
    unrun = {},
  }, Guard)
  if spec.policy then
    guard_policy(self, spec, about)
  end
  if about.is_engine then
    return self
  elseif self.level.readonly and spec.dirs then
    return limits.unmet('security_level = "high" with services, whose files need places that can '
      .. "be written to in a sandbox room")
  end
  local ok, err = guard_limits(self, spec)
  if not ok then
    return nil, err
  end
  return self
end

--- Finds the shells that cannot be watched; they are refused.
---@async
---@param trees? table<string, true> of all images in the room
---@param open fun(spec: table): engine.backend.Room?, core.Error?
---@return true? ok
---@return core.Error? err
function Guard:find_shells(trees, open)
  if not self.policy or not self.policy.commands[1] then
    return true
  end
  local list = {}
  for dir in pairs(trees or {}) do
    list[#list + 1] = dir
  end
  table.sort(list)
  local own, err = require("engine.policy.shells").find({
    commands = self.policy.commands,
    path = self.path,
    trees = list,
    has_host = self.tree == nil,
  }, open)
  if not own then
    return nil, err
  end
  self.own = own
  return true
end

--- Names what the room's image depends on, beside the spec.
---@return string
function Guard:key()
  local parts = { tostring(self.level.noexec), tostring(self.level.readonly) }
  local names = {}
  for name in pairs(self.watch) do
    names[#names + 1] = name
  end
  table.sort(names)
  table.move(names, 1, #names, #parts + 1, parts)
  table.move(self.stands, 1, #self.stands, #parts + 1, parts)
  parts[#parts + 1] = self.tree and self.path or nil
  for _, name in ipairs(self.policy and self.policy.commands or {}) do
    parts[#parts + 1] = "!" .. name
  end
  parts[#parts + 1] = self.own[1] and "own" or nil
  for _, host in ipairs(self.hosts or {}) do
    parts[#parts + 1] = host.name .. "=" .. host.ip
  end
  return table.concat(parts, "\0")
end

--- Names the allowed hosts in the files of /etc.
local function name_hosts(self, ops)
  local files = {}
  for _, op in ipairs(ops) do
    if op.target == "/etc/hosts" and self.hosts then
      files = require("engine.policy.network").files(self.hosts, op.source)
    end
  end
  for _, op in ipairs(ops) do
    if files[op.target] then
      op.source = files[op.target]
    elseif op.target == "/etc/nsswitch.conf" and self.hosts then
      op.source = op.source:gsub("\nhosts: files\n", "\nhosts: files dns\n")
    end
  end
end

--- Changes the operations that make a root of an image.
local function change_tree(self, ops, tree)
  if self.policy then
    require("engine.policy.tree").apply(ops, {
      level = self.level,
      commands = self.policy.commands,
      path = self.path,
      asks_dns = self.hosts ~= nil,
      root = tree,
    })
  end
end

--- Changes the operations that make the room's root.
---@param ops core.room.Op[]
---@return core.room.Op[] ops
function Guard:root(ops)
  name_hosts(self, ops)
  require("engine.policy.level").apply(ops, self.level)
  if self.tree then
    change_tree(self, ops, self.tree)
  end
  for _, path in ipairs(self.stands) do
    ops[#ops + 1] = { kind = "stand", target = path }
  end
  return ops
end

--- Changes the operations of a view.
---@param ops core.room.Op[]
---@param tree? engine.image.Root that is its root
---@return core.room.Op[] ops
function Guard:view(ops, tree)
  name_hosts(self, ops)
  require("engine.policy.level").apply(ops, self.level, true)
  if tree then
    change_tree(self, ops, tree)
  end
  return ops
end

--- Whether the root of an image is closed, but for some places.
---@return boolean
function Guard:seals()
  return self.level.noexec
end

--- What the agent is told; nil: nothing is watched.
---@return core.room.Guard?
function Guard:told()
  if not next(self.watch) then
    return nil
  end
  local hosts = {}
  for i, host in ipairs(self.hosts or {}) do
    hosts[i] = { name = host.name, ip = host.ip }
  end
  return {
    commands = self.policy.commands,
    names = self.hosts ~= nil,
    hosts = hosts,
    routes = self.watch.watch_net,
    programs = self.level.noexec,
    root = self.level.readonly and (self.tree ~= nil or self.is_engine),
    shells = self.own[1] ~= nil,
  }
end

--- Does what the open room needs.
---@async
---@param core core.room.Room
---@return true? ok
---@return core.Error? err
function Guard:opened(core)
  if self.hosts then
    local err
    self.relays, err = require("engine.policy.network").open(core, self.hosts)
    if not self.relays then
      return nil, err
    end
  end
  return true
end

--- Says what the room is isolated by, beside what all rooms are.
---@param isolation engine.backend.Isolation
---@return engine.backend.Isolation
---@nodiscard
function Guard:isolation(isolation)
  local own = {}
  for key, value in pairs(isolation) do
    own[key] = value
  end
  if self.limits then
    own.limits = "room: " .. self.limits.text
  end
  if self.level.readonly then
    own.fs = own.fs .. "; nothing in it can be written to"
  elseif self.level.noexec then
    own.fs = own.fs .. "; nothing is executed from what can be written to"
  end
  if self.hosts then
    own.net = own.net .. "; relayed: " .. require("engine.policy.network").names(self.hosts)
  end
  return own
end

--- Notes what a command is called that was started.
---@param process core.room.Process
---@param name? string
function Guard:started(process, name)
  self.steps[process:id()] = name
end

local WHAT_MAX = 256 -- bytes that the agent tells of a command

--- Notes what a command is called that was not started; without a listener nothing is watched.
---@param err core.Error
---@param argv? string[]
---@param name? string
---@param seen? core.room.Report[] so far
---@return core.Error
---@nodiscard
function Guard:not_started(err, argv, name, seen)
  local what = argv and table.concat(argv, " "):sub(1, WHAT_MAX)
  for _, report in ipairs(what and err.code == "EACCES" and seen or {}) do
    local reports = require("engine.policy.reports")
    if reports.is_unwatched(report, what) then
      self.unrun[what] = true
      local found = reports.finding(report, nil, self.own)
      return error_new({ code = "EPOLICY", op = "room.unwatched", message = found.message,
        detail = found.detail, cause = err })
    end
  end
  if argv then
    self.refused[what] = name
    self.refused[argv[1]] = self.refused[argv[1]] or name
  end
  if err.message:find("a listener", 1, true) then
    local _, unmet = limits.unmet("the policy cannot be watched here: " .. err.message)
    return unmet
  end
  return err
end

--- Tells what was tried in the room so far that was forbidden, and what its limits refused.
---@param seen? core.room.Report[]
---@return engine.run.Finding[]
---@nodiscard
function Guard:look(seen)
  local list = {}
  for _, report in ipairs(seen or {}) do
    local name = self.steps[report.step] or report.name == "" and self.refused[report.what] or nil
    local reports = require("engine.policy.reports")
    if not (self.unrun[report.what] and reports.is_unwatched(report, report.what)) then
      list[#list + 1] = reports.finding(report, name, self.own)
    end
  end
  if self.limits then
    local met = limits.met(self.limits)
    table.move(met, 1, #met, #list + 1, list)
  end
  for _, finding in ipairs(list) do
    finding.pos = finding.pos or self.policy and self.policy.pos
  end
  return list
end

--- The same, when the room has ended.
---@param seen? core.room.Report[]
---@return engine.run.Finding[]
function Guard:finish(seen)
  local list = self:look(seen)
  self:close()
  return list
end

--- Gives back what it holds.
function Guard:close()
  for _, relay in ipairs(self.relays or {}) do
    relay:close()
  end
  self.relays = nil
  if self.group then
    self.group:close() -- still in use, it is removed at the end of the program
    self.group = nil
  end
end

return M
