--- Rooms of containers, made by an engine over its API: what Docker and Podman have in common.
--- Policy only: what a container may, how rooms are put together of them.  The mechanism is
--- engine.docker.client and core.room.
---@class engine.backend.container
local command = require("engine.backend.sandbox_command")
local docker_error = require("engine.docker.error")
local error_new = require("core.error").new
local engine_image = require("engine.image")
local at_image, image_error = engine_image.at, engine_image.error
local images_of = require("engine.backend.container.images")
local isolation = require("engine.backend.container.isolation")
local core = require("core.task")
local make = require("engine.backend.container.make")
local names_of = require("engine.backend.container.names")
local network_of = require("engine.backend.container.network")
local policy_of = require("engine.backend.container.policy")
local random = require("engine.random")
local relay = require("engine.backend.container.relay")
local room_of = require("engine.backend.container.room")
local rung = require("engine.backend.container.rung")
local session_of = require("engine.backend.container.session")

local M = {}

local HOSTNAME = network_of.HOSTNAME
local OPEN_MS = 600000 -- its parts have limits of their own (engine.docker.waits)
local NO_MASKS = { add_value = function() end } -- of a program that is no run

---@class engine.backend.container.Backend: engine.backend
---@field name "docker"|"podman"
---@field private state table of the connection
---@field private sessions table<string, engine.backend.container.Session> by run
---@field private images engine.backend.container.Images
local Backend = {}
Backend.__index = Backend

local function refuse(message, help)
  return nil, error_new({
    code = "EPOLICY",
    op = "container.open",
    message = message,
    detail = help and { help = help } or nil,
  })
end

--- Connects, once.
---@async
---@return engine.docker.Client? client
---@return core.Error? err
function Backend:connect()
  return session_of.connect(self.state, self.name)
end

--- Finds the session of a run.
---@async
---@param run string
---@return engine.backend.container.Session? session
---@return core.Error? err
function Backend:session(run)
  local client, err = self:connect()
  if not client then
    return nil, err
  end
  return session_of.open(self.sessions, self.name, client, run, self.images.waits)
end

--- Tells what rooms are isolated by, without making one.
---@return engine.backend.Isolation
function Backend:isolation_of()
  return isolation.told(self.name)
end

local function is_of_sandbox(image)
  return image.kind == "rootfs" or image.kind == "archive"
end

local function no_image(image)
  return refuse(("%s is made by the sandbox, not by an engine"):format(image.text),
    "leave out --backend, or say --backend sandbox")
end

--- Whether the engine has all images of a room already.
---@async
---@param room { image?: engine.image.Image }
---@param services? engine.model.Service[]
---@return boolean
function Backend:has(room, services)
  local client = self:connect()
  local list = { room.image }
  for _, spec in ipairs(services or {}) do
    list[#list + 1] = type(spec.image) == "table" and spec.image or nil
  end
  for _, image in ipairs(client and list or {}) do
    if not self.images:has(client, image) then
      return false
    end
  end
  return client ~= nil
end

--- Refuses services that an engine cannot make, whatever its images are.
local function check_services(services)
  for _, spec in ipairs(services or {}) do
    if type(spec.image) ~= "table" then
      return refuse(("the service '%s' names no image, and an engine has no programs of this "
        .. "machine"):format(spec.name), "give it one, or run it in the sandbox")
    elseif is_of_sandbox(spec.image) then
      return no_image(spec.image)
    end
  end
  return true
end

--- Makes all images of a room ready, its own and those of its services.
---@async
---@param room { image?: engine.image.Image }
---@param services? engine.model.Service[]
---@param masks? engine.run.Secrets gets the passwords of registries
---@return true? ok
---@return core.Error? err
---@return engine.model.Service[]? services with what their images say
function Backend:prepare(room, services, masks)
  local ok, err, client = check_services(services)
  if not ok then
    return nil, err, services
  end
  client, err = self:connect()
  if not client and docker_error.gone(err) then
    return nil, err, services
  elseif not client then
    local first = room.image or services and services[1] and services[1].image or {}
    err = image_error(err.message, err.detail and err.detail.help)
    return nil, at_image(err, first), services
  end
  local found
  local list, images = services and {}, { room.image }
  local before = #images
  for i, spec in ipairs(services or {}) do
    images[before + i] = spec.image
  end
  if before > 0 and is_of_sandbox(room.image) then
    ok, err = no_image(room.image)
    return ok, at_image(err, room.image), services
  end
  found, err = self.images:get_all(client, images, masks or NO_MASKS)
  if not found then
    return nil, err, services
  end
  for i, spec in ipairs(services or {}) do
    local made
    made, err = require("engine.image.service").of(spec, found[before + i])
    if not made then
      return nil, at_image(err, spec.image), services
    end
    list[i] = made
  end
  return engine_image.check_health(list)
end

local function inherited(names)
  local list = {}
  for _, name in ipairs(names or {}) do
    local value = os.getenv(name)
    if value then
      list[#list + 1] = { name, value }
    end
  end
  return list
end

--- Lists the variables of every command in a room's own container.
local function environment(member, wanted)
  local user, list = member.user, {}
  local name = user.name or ("%d"):format(user.uid)
  for _, pair in ipairs(command.ENVIRONMENT) do
    list[#list + 1] = pair
  end
  list[#list + 1] = { "HOME", user.home or "/" }
  list[#list + 1] = { "USER", name }
  list[#list + 1] = { "LOGNAME", name }
  list[#list + 1] = { "HOSTNAME", HOSTNAME }
  for _, more in ipairs({ member.image.config.env, inherited(wanted.inherit_env),
    wanted.env or {} }) do
    table.move(more, 1, #more, #list + 1, list)
  end
  return list
end

--- Makes the room's own container, when it has an image.
local function open_main(self, session, spec, shared, policy)
  local wanted = spec.room or {}
  if not wanted.image then
    return nil
  end
  local project = wanted.project or "ro"
  local member, err = make.room(session, self.images:of(wanted.image), {
    project_dir = project == "ro" and spec.project_dir or nil,
    copy = shared.copy,
    hostname = HOSTNAME,
    user = wanted.user,
    limits = require("engine.policy.limits").join(spec.limits, spec.policy),
    networks = names_of.joined(shared.networks, spec),
    hosts = relay.hosts(session, shared.networks, spec),
    labels = session_of.labels_of(shared.id),
    policy = policy,
  })
  if member then
    member.env = environment(member, wanted)
  end
  return member, err
end

local function check(spec)
  local wanted = spec.room or {}
  local project = wanted.project or "ro"
  return require("engine.backend.sandbox").check_project(project, spec.project_dir)
end

--- Makes what the containers of a room have in common.
---@return { id: string, networks: table, copy?: engine.backend.container.Copy } shared
---@return core.Error? err
local function open_shared(session, spec)
  local shared = { id = random.hex(8) }
  local err
  shared.networks, err = names_of.open_all(session, spec, session_of.labels_of(shared.id))
  if not err and spec.room and spec.room.project == "copy" then
    shared.copy, err = require("engine.backend.container.copy").open(session, spec.project_dir,
      session_of.labels_of(shared.id))
  end
  return shared, err
end

local function remove_shared(shared)
  core.shield(network_of.remove_all, shared.networks)
  if shared.copy then
    core.shield(shared.copy.remove, shared.copy)
  end
end

--- Lists the images of a room and its services, each once.
local function all_images(self, spec)
  local list, seen = {}, {}
  local function add(image)
    if image and not seen[image.id] then
      seen[image.id], list[#list + 1] = true, image
    end
  end
  add(spec.room and spec.room.image and self.images:of(spec.room.image))
  for _, service in ipairs(spec.services or {}) do
    add(service.root)
  end
  return list
end

--- Whether a room of services alone lives, before they are made: nothing is there that could end.
local function lives()
  return true
end

--- Makes a room.
---@async
---@param spec engine.backend.OpenSpec
---@return engine.backend.Room? room
---@return core.Error? err
function Backend:open_room(spec)
  local ok, err = check(spec)
  if not ok then
    return nil, err
  end
  local session
  session, err = self:session(spec.run_id or "run")
  if not session then
    return nil, err
  end
  local policy
  if spec.policy then
    local images = all_images(self, spec)
    err = rung.refused_policy(session, images)
    if not err then
      policy, err = policy_of.open(session, spec, images)
    end
    if not policy then
      return nil, err
    end
  end
  local shared
  shared, err = open_shared(session, spec)
  local main
  if not err then
    main, err = open_main(self, session, spec, shared, policy)
  end
  if err then
    remove_shared(shared)
    return nil, err
  end
  local limits = require("engine.policy.limits").join(spec.limits, spec.policy)
  local told = isolation.told(self.name, shared.networks, session)
  if main then
    told = isolation.of(main.told, { engine = self.name, image = main.image, user = main.user,
      networks = shared.networks, agent = main.link.text })
  end
  isolation.add_foreign(told, spec.services, session, main == nil)
  isolation.add_services(told, spec.services, limits)
  told = policy and policy:isolation(told) or told
  local wanted = spec.room or {}
  local base_env = inherited(wanted.inherit_env)
  table.move(wanted.env or {}, 1, #(wanted.env or {}), #base_env + 1, base_env)
  return room_of.new({
    id = shared.id,
    name = spec.name,
    networks = shared.networks,
    copy = shared.copy,
    base_env = base_env,
    shows_project = (wanted.project or "ro") == "ro",
    session = session,
    spec = spec,
    main = main,
    ping = not main and lives or nil,
    policy = policy,
    guard = limits and { limits = limits } or nil,
    isolation = told,
    project_dir = spec.project_dir,
  })
end

--- Gives back what the rooms of a run had in common.
function Backend:finish_all()
  for run, session in pairs(self.sessions) do
    self.sessions[run] = nil
    session:close()
  end
  self.images.waits:save() -- what cannot be kept is learnt again
end

--- Makes a backend.
---@param engine "docker"|"podman"
---@return engine.backend
---@nodiscard
function M.new(engine)
  local self = setmetatable({
    name = engine, state = {}, sessions = {}, images = images_of.new(engine),
  }, Backend)
  return setmetatable({
    name = engine,
    open_ms = OPEN_MS,
    pools = "all",
    outlives = function(spec)
      return require("engine.backend.stale").engine(spec, self.sessions[spec.run_id or "run"])
    end,
    image_id = function(image)
      return self.images:id(image)
    end,
    connect = function()
      return self:connect()
    end,
    look = function()
      local client = self.state.answer and self.state.answer.client
      return client and session_of.look(client)
    end,
    hurry = function()
      local client = self.state.answer and self.state.answer.client
      if client then
        client.pulse:hurry()
      end
    end,
    refused = rung.refused,
    settle = function(opts)
      self.images:forget() -- what a name means may be another image by now
      if self.state.answer and self.state.answer.err then
        self.state.answer = nil -- nor need it be as silent as it was
      end
      self.images.lock, self.images.is_locked = opts.lock, opts.is_locked
      self.images.waits = opts.waits or self.images.waits
      self.images.on_pull = opts.on_pull
    end,
    pulls = function()
      return self.images.progress
    end,
    isolation = function()
      return self:isolation_of()
    end,
    has = function(room, services)
      return self:has(room, services)
    end,
    prepare = function(room, services, masks)
      return self:prepare(room, services, masks)
    end,
    furnish = function(spec, services)
      spec.services = services
    end,
    open = function(spec)
      return self:open_room(spec)
    end,
    finish = function()
      self:finish_all()
    end,
  }, { __index = M })
end

return M
