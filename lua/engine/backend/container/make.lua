--- Makes containers: of rooms, with the agent as their first process, and of services; by the best
--- rung to their agent that there is.
---@class engine.backend.container.make
local body_of = require("engine.backend.container.body")
local error_new = require("core.error").new
local exec = require("engine.backend.container.rung.exec")
local image_of = require("engine.backend.container.image")
local member_of = require("engine.backend.container.member")
local project_of = require("engine.backend.container.project")
local refusal = require("engine.backend.container.refusal")
local rung = require("engine.backend.container.rung")
local sources = require("engine.backend.container.sources")
local task = require("core.task")
local things = require("engine.docker.things")
local users = require("engine.backend.container.users")

local M = {}

--- Joins the networks behind the first, which it was made with.
local function join_others(member, networks)
  for i = 2, #(networks or {}) do
    local network = networks[i]
    local ok, err = member.session.client:call("POST", ("/networks/%s/connect"):format(network.id),
      { body = { Container = member.thing.id, EndpointConfig = body_of.endpoint(network) } })
    if not ok then
      return nil, err
    end
  end
  return true
end

--- Makes a container with what its agent needs in it; nothing in it runs.
---@param session engine.backend.container.Session
---@param body table
---@param fields { image: engine.backend.container.Image, link: engine.backend.container.Link,
--- env: string[][], cwd: string }
---@param query? table<string, string>
---@return engine.backend.container.Member? member
---@return core.Error? err
local function create(session, body, fields, query)
  local policy, thing, err = fields.policy, nil, nil
  if policy and fields.link.is_without_agent then -- which was not known before
    err = error_new({ code = "EMACHINE", op = "container.policy",
      message = "a policy needs clnrm's agent, which cannot run in this container" })
  elseif policy then
    fields.link.image = policy.image
    body, err = policy:apply(body, fields.image)
  end
  if not err and session.client.engine == "podman" then
    err = body_of.unsayable(body.HostConfig)
  end
  err = err or sources.check(body.HostConfig) -- Podman makes what is not there
  if not err then
    thing, err = session:timed("create", fields.image, function(limit_ms)
      return things.make(session, "container", body, query, limit_ms)
    end)
    err = not thing and sources.why(body.HostConfig, err) or nil
  end
  if not thing then
    fields.link:remove()
    return nil, refusal.is_of_file(err) and refusal.read(err) or err
  end
  fields.asked = body.HostConfig
  local self = member_of.new(session, thing, fields)
  local ok
  ok, err = join_others(self, fields.networks)
  if ok then
    ok, err = self.link:place(self)
  end
  if ok and policy then
    ok, err = policy:place(self)
  end
  if not ok then
    task.shield(self.remove, self)
    return nil, err
  end
  return self
end

--- Tries to make a container with the best way to its agent, then with others.
---@param session engine.backend.container.Session
---@param try async fun(link: engine.backend.container.Link): any, core.Error?
local function with_link(session, image, try)
  local link, err = rung.link(session, image)
  while link do
    local made, why = try(link)
    if made then
      return made
    end
    link, err = rung.other(session, why)
    err = err or why
  end
  return nil, err
end

--- Finds the mount that shows the project.
local function find_project(session, about)
  local err
  if about.copy then
    about.project = about.copy:mount()
  elseif about.project_dir then
    about.project, err = project_of.mount(session, about.project_dir, about.image)
  end
  return err == nil, err
end

--- Fills the room's copy of the project, unless that was done.
local function with_copy(member, copy, asked, err)
  if not member or not copy then
    return member, err
  end
  local ok
  ok, err = copy:fill(member, asked)
  if not ok then
    task.shield(member.remove, member)
    return nil, err
  end
  return member
end

--- Finds who a user is, by a container that never runs; that of an image is asked for once.
---@param asked? string of the file; nil: the image's
---@return engine.backend.container.User? user
---@return core.Error? err
local function look_user_up(session, image, asked)
  if image.room_user and not asked then
    return image.room_user
  end
  local thing, err = things.make(session, "container", { Image = image.id, Cmd = { "none" } })
  if not thing then
    return nil, err
  end
  local member = member_of.new(session, thing, { image = image, reads_passwd = true })
  local user
  user, err = member:find_user(asked or image.config.user, asked)
  task.shield(things.unmake, session, thing)
  image.room_user = not asked and user or image.room_user
  return user, err
end

--- Finds the numbers of an image's user, for what is made with its owner; nil for Podman, which
--- knows them itself.
local function owner_of(session, image, asked)
  if session.client.engine == "podman" then
    return nil
  end
  local uid, gid = image_of.ids(asked or image.config.user)
  if uid and gid then
    return { uid = uid, gid = gid }
  end
  return look_user_up(session, image, asked)
end

--- Makes the container of a service, which an agent is to come beside; nothing in it runs.
---@async
---@param session engine.backend.container.Session
---@param about table engine.backend.container.ServiceAbout, less what is made here
---@param fields table of the member, less what is made here
---@param query? table<string, string>
---@return engine.backend.container.Member? member
---@return core.Error? err
---@nodiscard
function M.service(session, about, fields, query)
  about.is_podman = session.client.engine == "podman"
  if about.spec.tmpfs and about.spec.tmpfs[1] then
    local err
    about.owner, err = owner_of(session, fields.image, about.spec.user)
    if err then
      return nil, err
    end
  end
  return with_link(session, fields.image, function(link)
    local ok, err = find_project(session, about)
    if ok then
      ok, err = project_of.check_volumes(session, about.spec)
    end
    if ok and link.is_without_agent then
      ok, err = exec.check(about.spec)
    end
    if not ok then
      link:remove()
      return nil, err
    end
    about.link, fields.link, fields.networks = link, link, about.networks
    local member
    member, err = create(session, body_of.service(about), fields, query)
    return with_copy(member, about.copy, about.spec.user, err)
  end)
end

--- Finds whom the commands of a room run as, as far as that must be known before anything runs.
--- The rest is in files of the image, which are read once, by the agent where that will do.
local function user_of(member, image, asked)
  local uid, gid = image_of.ids(image.config.user)
  local err
  if asked then
    return member:find_user(asked, asked)
  elseif not image.room_user and uid and gid then
    return { uid = uid, gid = gid }
  elseif not image.room_user then
    image.room_user, err = member:find_user(image.config.user)
  end
  return image.room_user, err
end

--- Makes a room's own container by one way to its agent.
local function try_room(session, image, about, link)
  local ok, err = find_project(session, about)
  if not ok then
    link:remove()
    return nil, err
  end
  about.link = link
  local self
  self, err = create(session, body_of.room(about), { image = image, link = link, env = {},
    cwd = "/room", reads_passwd = true, policy = about.policy, networks = about.networks,
    has_memory_limit = about.limits ~= nil and about.limits.memory_mb ~= nil })
  self, err = with_copy(self, about.copy, about.user, err)
  if not self then
    return nil, err
  end
  ok = nil
  self.user, err = user_of(self, image, about.user)
  if self.user then
    ok, err = link:before_start(self, self.user)
  end
  if ok then
    ok, err = self:start()
    err = not ok and refusal.of_start(err) or err
  end
  if ok then
    ok, err = self:join_first()
  end
  if ok and not about.user then -- another room may have found who that is meanwhile
    if not image.room_user then
      image.room_user, err = self:find_user(image.config.user)
    end
    self.user, ok = image.room_user, image.room_user ~= nil
  end
  if not ok then
    task.shield(self.remove, self)
    return nil, users.not_made(about.user, link:why_no_start(err, self))
  end
  return self
end

--- Makes a room's own container, with the agent as its first process.
---@async
---@param session engine.backend.container.Session
---@param image engine.backend.container.Image
---@param about table engine.backend.container.RoomAbout, less what is made here
---@return engine.backend.container.Member? member
---@return core.Error? err
---@nodiscard
function M.room(session, image, about)
  local err
  about.image = image.id
  about.owner, err = owner_of(session, image, about.user)
  if err then
    return nil, err
  end
  about.is_podman = session.client.engine == "podman"
  return with_link(session, image, function(link)
    return try_room(session, image, about, link)
  end)
end

return M
