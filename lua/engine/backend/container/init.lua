--- Rooms of containers, made by an engine over its API: what Docker and Podman have in common.
---
--- Policy only: what a container may, how rooms are put together of them.  The mechanism is
--- engine.docker.client and core.room.
---@class engine.backend.container
local command = require("engine.backend.sandbox_command")
local error_new = require("core.error").new
local at_image = require("engine.image").at
local image_error = require("engine.image").error
local image_of = require("engine.backend.container.image")
local isolation = require("engine.backend.container.isolation")
local core = require("core.task")
local member_of = require("engine.backend.container.member")
local network_of = require("engine.backend.container.network")
local room_of = require("engine.backend.container.room")
local session_of = require("engine.backend.container.session")
local things = require("engine.docker.things")
local users = require("engine.backend.container.users")

local M = {}

local HOSTNAME = "room"
local NO_MASKS = { add_value = function() end } -- of a program that is no run

---@class engine.backend.container.Backend: engine.backend
---@field name "docker"|"podman"
---@field private state table of the connection
---@field private sessions table<string, table> by run
---@field private pulls table<string, table> under way, by name
---@field private images table<string, engine.backend.container.Image> by name
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
  return session_of.open(self.sessions, self.name, client, run)
end

--- Tells what rooms are isolated by, without making one.
---@return engine.backend.Isolation
function Backend:isolation_of()
  return isolation.told(self.name)
end

local function no_image(image)
  return refuse(("%s is made by the sandbox, not by an engine"):format(image.text),
    "leave out --backend, or say --backend sandbox")
end

--- Pulls an image, once for all who ask at the same time.
---@async
function Backend:pull(client, image, masks)
  local one = self.pulls[image.name]
  if not one then
    one = { over = core.event() }
    self.pulls[image.name] = one
    one.image, one.err = require("engine.docker.images").pull(client, image.name, { masks = masks })
    self.pulls[image.name] = nil
    one.over:set()
  end
  local ok, err = one.over:wait()
  if not ok then
    return nil, err
  end
  return one.image, not one.image and one.err or nil
end

--- Makes an image ready.
---@param masks? table what passwords of registries are told to; nil: nothing is pulled
local function ready(self, client, image, masks)
  if image.kind ~= "stored" then
    return no_image(image)
  elseif self.images[image.name] then
    return self.images[image.name]
  end
  local found, err = image_of.find(client, image.name, image.text)
  if not found and things.is_missing(err) and masks then
    local pulled
    pulled, err = self:pull(client, image, masks)
    if pulled then
      found, err = image_of.find(client, pulled.id, image.text)
    end
  end
  if not found and err.code ~= "EIMAGE" and err.code ~= "ECANCELED" then
    local people = self.name == "podman" and "Podman" or "Docker"
    return nil, image_error(("the image %s is not in %s: %s"):format(image.text, people,
      err.message), require("engine.image").WAYS)
  end
  self.images[image.name] = found
  return found, err
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
    if not ready(self, client, image) then
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
    elseif spec.image.kind ~= "stored" then
      return no_image(spec.image)
    end
  end
  return users.check(services)
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
  local ok, why = check_services(services)
  if not ok then
    return nil, why, services
  end
  local client, err = self:connect()
  if not client then
    return nil, image_error(err.message, err.detail and err.detail.help), services
  end
  local list = services and {}
  if room.image then
    local found
    found, err = ready(self, client, room.image, masks or NO_MASKS)
    if not found then
      return nil, at_image(err, room.image), services
    end
  end
  for i, spec in ipairs(services or {}) do
    local found, made
    found, err = ready(self, client, spec.image, masks or NO_MASKS)
    if found then
      made, err = require("engine.image.service").of(spec, found)
    end
    if not made then
      return nil, at_image(err, spec.image), services
    end
    list[i] = made
  end
  return true, nil, list
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
local function open_main(self, session, spec, network)
  local wanted = spec.room or {}
  if not wanted.image then
    return nil
  end
  local project = wanted.project or "ro"
  local member, err = member_of.room(session, self.images[wanted.image.name], {
    project_dir = project == "ro" and spec.project_dir or nil,
    hostname = HOSTNAME,
    limits = require("engine.policy.limits").join(spec.limits, spec.policy),
    network = network and { id = network.id, aliases = { HOSTNAME } } or nil,
  })
  if member then
    member.env = environment(member, wanted)
  end
  return member, err
end

local function check(spec)
  local wanted = spec.room or {}
  local project = wanted.project or "ro"
  if project == "copy" then
    return refuse('[room] project = "copy" is not made by an engine in this build',
      'project = "ro" shows it, "none" does not')
  elseif spec.policy then
    return refuse("a policy is not enforced in an engine by this build",
      "leave out `policy`, or run it in the sandbox")
  elseif project == "ro" then
    return require("engine.backend.sandbox").check_project(project, spec.project_dir)
  end
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
  local network
  if network_of.members(spec) > 1 then
    network, err = network_of.open(session, false)
    if not network then
      return nil, err
    end
  end
  local main
  main, err = open_main(self, session, spec, network)
  if err then
    if network then
      core.shield(network.remove, network)
    end
    return nil, err
  end
  local limits = require("engine.policy.limits").join(spec.limits, spec.policy)
  local told = isolation.told(self.name, network)
  if main then
    told = isolation.of(main.told, { engine = self.name, image = main.image, user = main.user,
      network = network })
  end
  local wanted = spec.room or {}
  local base_env = inherited(wanted.inherit_env)
  table.move(wanted.env or {}, 1, #(wanted.env or {}), #base_env + 1, base_env)
  return room_of.new({
    name = spec.name,
    network = network,
    base_env = base_env,
    shows_project = (wanted.project or "ro") == "ro",
    session = session,
    spec = spec,
    main = main,
    guard = limits and { limits = limits } or nil,
    isolation = told,
    project_dir = spec.project_dir,
  })
end

--- Gives back what the rooms of a run had in common.
function Backend:finish_all()
  for run, one in pairs(self.sessions) do
    self.sessions[run] = nil
    if one.session then
      one.session:close()
    end
  end
end

--- Makes a backend.
---@param engine "docker"|"podman"
---@return engine.backend
---@nodiscard
function M.new(engine)
  local self = setmetatable({
    name = engine, state = {}, sessions = {}, images = {}, pulls = {},
  }, Backend)
  return setmetatable({
    name = engine,
    connect = function()
      return self:connect()
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
