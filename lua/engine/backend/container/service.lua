--- How services are made in a room of an engine: each in a container of its own.
---
--- The image's first process is untouched: its entrypoint, user, signals.  The agent comes beside
--- it by one exec while readiness is awaited; commands, probes and published ports go through it.
---@class engine.backend.container.service
local body = require("engine.backend.container.body")
local error_new = require("core.error").new
local files = require("engine.backend.container.files")
local limits_of = require("engine.backend.container.limits")
local member_of = require("engine.backend.container.member")
local process = require("engine.backend.container.process")
local task = require("core.task")

local M = {}

local NONE = {}

--- Describes networks as containers have them: each its own, names by the engine.
---@param services engine.model.Service[]
---@return engine.service.Layout
---@nodiscard
function M.layout(services)
  local layout = { specs = services, own = {}, alone = {}, address = {}, ports = {}, needs = {} }
  for _, spec in ipairs(services) do
    layout.ports[spec.name], layout.needs[spec.name] = {}, {}
    layout.alone[spec.name] = spec.network == "none" or nil
  end
  return layout
end

--- What a service is called in the network of its room.
local function aliases_of(spec)
  local list = { spec.name }
  return table.move(spec.aliases or NONE, 1, #(spec.aliases or NONE), 2, list)
end

--- Lists the variables of the first process, of which the engine takes the last of each name.
local function environment(room, spec)
  local pairs_of, seen = {}, {}
  for _, list in ipairs({ room.base_env, spec.env or NONE }) do
    for _, pair in ipairs(list) do
      local at = seen[pair[1]] or #pairs_of + 1
      seen[pair[1]], pairs_of[at] = at, pair
    end
  end
  return pairs_of
end

local function create(room, rt)
  local spec, session = rt.spec, room.session
  local link, err = member_of.link(session)
  if not link then
    return nil, err
  end
  local is_alone = spec.network == "none"
  local member
  member, err = member_of.create(session, body.service({
    spec = spec,
    env = environment(room, spec),
    image = spec.root.id,
    link = link,
    project_dir = room.shows_project and room.project_dir or nil,
    network = room.network and not is_alone
      and { id = room.network.id, aliases = aliases_of(spec) } or nil,
    limits = room.guard and room.guard.limits or nil,
  }), {
    image = spec.root, link = link, env = {}, cwd = rt.cwd, reads_passwd = true,
    has_memory_limit = (spec.limits or NONE).memory_mb ~= nil,
  }, spec.platform and { platform = spec.platform } or nil)
  return member, err
end

--- Makes the container of a service, with its files in it; nothing runs.  Done before, only its
--- files are written again.
---@async
---@param set engine.service.Set
---@param rt engine.service.Runtime gets its `member`
---@return true? ok
---@return core.Error? err
function M.prepare(set, rt)
  local room = set.room
  if not rt.member then
    local member, err = create(room, rt)
    if not member then
      return nil, err
    end
    rt.member = member
    room.members[#room.members + 1] = member
  end
  return files.place(rt.member, rt.spec)
end

--- Starts the first process of a service, and its agent in the background.
---@async
---@param rt engine.service.Runtime
---@return engine.backend.container.Process? process
---@return core.Error? err
function M.start(rt)
  local member = rt.member
  member:forget_agent()
  local started, err = process.start(member, rt.out_max)
  if not started then
    return nil, err
  end
  if (rt.spec.kind or "daemon") == "daemon" then
    member:begin_agent()
  end
  return started
end

--- Whether a service will never take a signal.
---@async
---@param rt engine.service.Runtime
---@param number integer
---@return boolean
function M.is_deaf(rt, number)
  return rt.process:is_deaf(number)
end

local function events_of(state)
  return { oom_kills = state.OOMKilled == true and 1 or 0, pids_refused = 0 }
end

--- Tells what limits have refused, as far as the engine says it.
---@param rt engine.service.Runtime
---@return core.cgroup.Events? own
---@return core.cgroup.Events? of_room
function M.met(rt)
  local state = rt.process and rt.process.state
  if not state then
    return nil, nil
  end
  local has_own = rt.spec.limits and rt.spec.limits.memory_mb
  local has_room = rt.room.guard and rt.room.guard.limits.memory_mb
  local room = rt.room
  if state.OOMKilled == true and not room.met[rt.name] then
    local around = room.guard and room.guard.limits
    room.met[rt.name] = limits_of.of_service(rt.name, rt.spec.limits, around)
  end
  return has_own and events_of(state) or nil, has_room and events_of(state) or nil
end

local END_MS = 5000 -- for the end of a container that the engine knows of to be told
local LATE_MS = 1000 -- for one that the engine may not know of yet

--- Waits until the end of a service is known, when its container has ended.
---@async
---@param rt engine.service.Runtime
---@return boolean # it has ended
function M.await_end(rt)
  if rt.process and not rt.ended:is_set() then
    local told = task.timeout(END_MS, rt.member.inspect, rt.member)
    local is_running = told == nil or told.State == nil or told.State.Running
    task.timeout(is_running and LATE_MS or END_MS, rt.ended.wait, rt.ended)
  end
  return rt.process ~= nil and rt.ended:is_set()
end

--- The error of what was asked of a service that has ended.
---@param rt engine.service.Runtime
---@param err core.Error
---@return core.Error
function M.ended(rt, err)
  return error_new({
    code = "ESRCH",
    op = "container.agent",
    message = ("the container of service '%s' has ended: %s"):format(rt.name, err.message),
    cause = err,
  })
end

--- The error of something that has no agent.
---@async
---@param rt engine.service.Runtime
---@param err core.Error
---@return core.Error # ESRCH: its container has ended, which is known of the service by then
function M.no_agent(rt, err)
  if err.code ~= "ECANCELED" and M.await_end(rt) then
    return M.ended(rt, err)
  end
  return error_new({
    code = err.code == "EAGENT" and "ESRCH" or err.code,
    op = "container.agent",
    message = ("the agent beside service '%s' is not there: %s"):format(rt.name, err.message),
    cause = err,
  })
end

return M
