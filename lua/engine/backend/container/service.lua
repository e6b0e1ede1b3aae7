--- How services are made in a room of an engine: each in a container of its own.
---
--- The image's first process is untouched: its entrypoint, user, signals.  The agent comes beside
--- it by one exec while readiness is awaited; commands, probes and published ports go through it.
---@class engine.backend.container.service
local chaos = require("engine.backend.container.chaos")
local command = require("engine.backend.sandbox_command")
local files = require("engine.backend.container.files")
local guarded = require("engine.backend.container.guarded")
local inspect = require("engine.backend.container.inspect")
local labels = require("engine.docker.labels")
local limits_of = require("engine.backend.container.limits")
local make = require("engine.backend.container.make")
local not_started = require("engine.backend.container.not_started")
local process = require("engine.backend.container.process")
local refusal = require("engine.backend.container.refusal")
local relay = require("engine.backend.container.relay")
local service_end = require("engine.backend.container.service_end")
local sources = require("engine.backend.container.sources")
local task = require("core.task")
local users = require("engine.backend.container.users")

local M = {}

local NONE = {}

---@class engine.backend.OpenSpec
---@field secrets? engine.run.Secrets of its run

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

M.connect, M.describe, M.enter = relay.connect, inspect.of_service, sources.enter
M.is_paused, M.limit, M.fill = chaos.is_paused, chaos.limit, chaos.fill

--- What a service is called in the network of its room.
local function aliases_of(spec)
  local list = { spec.name }
  return table.move(spec.aliases or NONE, 1, #(spec.aliases or NONE), 2, list)
end

--- Disturbs the network of a service.
---@async
---@param _ engine.service.Set
---@param rt engine.service.Runtime
---@param kind engine.chaos.Kind
---@param shape core.room.Shape
---@return true? ok
---@return core.Error? err
function M.disturb(_, rt, kind, shape)
  if kind == "net_partition" then
    return chaos.cut(rt, shape)
  end
  return relay.disturb(rt, shape)
end

--- Ends that.
---@async
---@param set engine.service.Set
---@param rt engine.service.Runtime
---@param kind engine.chaos.Kind
---@param shape core.room.Shape
---@return true? ok
---@return core.Error? err
function M.calm(set, rt, kind, shape)
  if kind == "net_partition" then
    return chaos.join(set, rt, aliases_of(rt.spec), shape)
  end
  return relay.calm(rt, shape)
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

--- The hard limits of this process, which a service of Podman on this machine has as well.
local function own_limits()
  local file = io.open("/proc/self/limits")
  local text = file and file:read("a") or ""
  if file then
    file:close()
  end
  return {
    nofile = math.tointeger(tonumber(text:match("\nMax open files%s+%S+%s+(%d+)"))),
    nproc = math.tointeger(tonumber(text:match("\nMax processes%s+%S+%s+(%d+)"))),
  }
end

--- The labels of a service: whether others may read its log as the engine has it, and which of its
--- variables they may not.
local function labels_for(room, rt, env)
  local secrets, list, texts = room.spec.secrets, room:labels(rt.name), {}
  local mask = secrets and secrets:mask(room.name)
  for _, pairs_of in ipairs({ rt.spec.root.config.env, env }) do
    for _, pair in ipairs(pairs_of) do
      texts[#texts + 1] = pair[1] .. "=" .. pair[2]
    end
  end
  -- never left out: an image made of such a container says "plain"
  list[labels.LOG] = room.spec.has_plain_log and labels.LOG_PLAIN or labels.LOG_MASKED
  list[labels.SECRET_ENV] = labels.secret_env(texts, mask and function(text)
    return mask:text(text)
  end or rt.mask)
  return list
end

local function create(room, rt)
  local spec, session = rt.spec, room.session
  local env = environment(room, spec)
  local member, err = make.service(session, {
    spec = spec,
    env = env,
    image = spec.root.id,
    project_dir = room.shows_project and room.project_dir or nil,
    copy = room.copy,
    networks = relay.joined(rt, relay.is_for(rt) and {} or aliases_of(spec)),
    hosts = relay.hosts(session, room.networks, room.spec, spec),
    hostname = relay.is_for(rt) and relay.hostname(spec) or nil,
    limits = room.guard and room.guard.limits or nil,
    own_limits = session.client.engine == "podman" and own_limits() or nil,
    labels = labels_for(room, rt, env),
    has_log = room.spec.may_be_kept,
  }, {
    image = spec.root, env = {}, cwd = rt.cwd, reads_passwd = true,
    has_memory_limit = (spec.limits or NONE).memory_mb ~= nil, policy = room.policy,
  }, spec.platform and { platform = spec.platform } or nil)
  if not member then
    return nil, refusal.read(err)
  end
  local why
  local is_kept, unkept = member:check()
  if not is_kept then
    why = refusal.read(unkept)
  elseif (spec.volumes or NONE)[1] then
    why = sources.beside(room)
  end
  if not why and spec.user then
    local user, unknown = member:find_user(spec.user, spec.user)
    why = not user and users.not_made(spec.user, unknown) or nil
  end
  if why then
    task.shield(member.remove, member)
    return nil, why
  end
  return member
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
  if room.is_closed then
    return nil, service_end.closed()
  elseif not rt.member then
    local refused = M.enter(room, set.options.owner)
    if refused then
      return nil, refused
    end
    local member, err = create(room, rt)
    if not member then
      return nil, err
    end
    rt.member, member.service = member, rt.spec
    member.steps[0] = ("service %q"):format(rt.name) -- what no command of ours has begun
    room.members[#room.members + 1] = member
    local ok
    ok, err = relay.prepare(rt, aliases_of(rt.spec))
    if not ok then
      return nil, err
    end
  end
  return files.place(rt.member, rt.spec)
end

--- Where an engine looks for the program of a service.
local function path_of(spec)
  local path = command.ENVIRONMENT[1][2]
  for _, pair in ipairs(spec.env or NONE) do
    path = pair[1] == "PATH" and pair[2] or path
  end
  return path
end

--- Looks whether its container was shown what it was to be shown; what is not known is no yes.
local function look_at_volumes(rt, member)
  if not (rt.spec.volumes or NONE)[1] then
    return nil
  end
  local told, err = member:inspect()
  if not told then
    return refusal.read(err)
  end
  return sources.shown(member.asked, told, member.thing.id)
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
    return nil, not_started.read(err, { image = rt.spec.root, path = path_of(rt.spec) })
  end
  member.process = started
  err = look_at_volumes(rt, member)
  if err then
    started:kill()
    return nil, err
  end
  local policy = rt.room.policy -- whose covers wait for an agent that they can tell
  if (rt.spec.kind or "daemon") == "daemon" or policy and policy.image then
    member:begin_agent()
  end
  return started
end

--- Waits until the agent beside a service is there, or known not to be.
---@async
---@param rt engine.service.Runtime
function M.reach(rt)
  rt.member:agent()
end

--- Whether a service will never take a signal.
---@async
---@param rt engine.service.Runtime
---@param number integer
---@return boolean
function M.is_deaf(rt, number)
  return rt.process:is_deaf(number)
end

--- Notes what its limits have refused: its agent knows that until the container ends.
---@async
---@param rt engine.service.Runtime
function M.note_limits(rt)
  guarded.note(rt.room, rt.member)
end

--- Whether a service has ended, or is about to, and nobody has told of it.  Asked before its stop:
--- what its limits have refused is known until then.
---@async
---@param rt engine.service.Runtime
---@return boolean
function M.is_dying(rt)
  M.note_limits(rt)
  return not rt.paused and rt.process:is_dying()
end

--- Looks whether the engine of a service answers.
---@async
---@param rt engine.service.Runtime
---@return core.Error? gone it does not
function M.look(rt)
  return rt.room:look()
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

--- Whether a service has a limit of memory, and its engine knows by its monitor alone whether that
--- was what ended it.
---@param rt engine.service.Runtime
---@return boolean
---@nodiscard
function M.may_hide_memory(rt)
  local around = rt.room.guard and rt.room.guard.limits or NONE
  return rt.room.session.engine == "podman"
    and ((rt.spec.limits or NONE).memory_mb or around.memory_mb) ~= nil
end

return M
