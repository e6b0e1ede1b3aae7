--- Commands in a kept room, or beside a run in a room of an engine: by clnrm's agent, as a step's
--- are: the same user, files, network, rights and filter of system calls.
---
--- In the sandbox the room's own agent takes one host at a time.  In an engine an agent comes into
--- the container by one exec, over the engine's stream, and ends with it.
---@class engine.kept.enter
local body = require("engine.backend.container.body")
local command = require("engine.backend.sandbox_command")
local error_new = require("core.error").new
local labels = require("engine.docker.labels")
local member_of = require("engine.backend.container.member")
local rooms = require("core.room")
local state_text = require("engine.backend.container.state").text
local stdio = require("engine.backend.container.rung.stdio")

local M = {}

local JOIN_MS, BESIDE_MS = 5000, 30000
local FILTER = 0 -- slot of the one filter of system calls
local OUT_MAX = 16 << 20

---@class engine.kept.Place
---@field core core.room.Room
---@field env string[]
---@field cwd string
---@field user? engine.backend.container.User
---@field own table           more of what its commands get
---@field left_out integer    variables that are secrets, which are not known any more
---@field is_unwatched? boolean the room has a policy, and this agent does not watch over it
---@field private client? engine.docker.Client
local Place = {}
Place.__index = Place

local function fail(message, help)
  return nil, error_new({ code = "ENOENT", op = "kept.enter", message = message,
    detail = help and { help = help } or nil })
end

local function find_service(note, name)
  for _, service in ipairs(note.services or {}) do
    if service.name == name then
      return service
    end
  end
end

local function names_text(list)
  return #list > 0 and "it has: " .. table.concat(list, ", ") or "it has none"
end

local function enter_sandbox(room, name)
  local note = room.note
  if not note then
    return fail("the room is in the hands of its run, which goes on: its agent has one host",
      "keep it, and enter it then: clnrm run --keep; a room of Docker or Podman can be entered now")
  elseif not note.key then
    return fail("the note of the room says no way in", "another clnrm has kept it: "
      .. require("engine.kept").enter_command(note))
  end
  local service = name and find_service(note, name)
  if name and not service then
    local names = {}
    for i, one in ipairs(note.services) do
      names[i] = one.name
    end
    return fail(("the room has no service '%s'"):format(name), names_text(names))
  end
  local door = require("engine.kept").door(note)
  local core, err = rooms.attach({ path = door.path, key = door.key, timeout_ms = JOIN_MS })
  if not core then
    return nil, error_new({ code = err.code, op = "kept.enter", cause = err,
      message = "its agent does not answer: " .. err.message,
      detail = { help = "is another clnrm shell in it? There is place for one; without clnrm: "
        .. require("engine.kept").enter_command(note) } })
  end
  local place = service and service.place or {}
  return setmetatable({
    core = core,
    env = service and service.env or note.env or {},
    cwd = place.cwd or note.cwd,
    left_out = note.left_out or 0,
    own = { filter = FILTER, limits = note.limits, view = place.view, net = place.net,
      hostname = place.hostname },
  }, Place)
end

--- Finds the container that is meant: the room's own, else that of its only service.
local function find_container(client, room, name)
  local list, err = require("engine.kept.containers").list(client, room)
  if not list then
    return nil, err
  end
  local names, services, main = {}, {}, nil
  for _, one in ipairs(list) do
    local service = one.labels[labels.SERVICE]
    if service then
      names[#names + 1], services[service] = service, one
    elseif not one.labels[labels.RELAY] then
      main = one
    end
  end
  table.sort(names)
  if not main and not names[1] then
    return fail("its containers are gone")
  elseif name and not services[name] then
    return fail(("the room has no service '%s'"):format(name), names_text(names))
  elseif name then
    return services[name], nil, name
  elseif main or #names == 1 then
    return main or services[names[1]], nil, not main and names[1] or nil
  end
  return fail("the room has no container of its own; say which service", names_text(names))
end

--- Where the agent's program lies in a container.
local function program_of(told)
  for _, mount in ipairs(type(told.Mounts) == "table" and told.Mounts or {}) do
    if mount.Destination == body.AGENT then
      return body.AGENT
    end
  end
  return stdio.PROGRAM
end

local function not_running(told, room, name)
  local message = state_text(told.State or {})
  local restart = ("clnrm services restart %s:%s %s"):format(room.run, room.names[1], name or "")
  return fail(message, name and room.note and "start it again: " .. restart or nil)
end

--- Lists the variables of a container, as the engine tells them, less those that hold secrets.
local function variables(told, user)
  local config, left_out = told.Config or {}, 0
  local secrets = labels.secret_names((config.Labels or {})[labels.SECRET_ENV])
  local list = { command.ENVIRONMENT[1], { "HOME", user.home or "/" },
    { "HOSTNAME", tostring(config.Hostname or "") } }
  for _, entry in ipairs(type(config.Env) == "table" and config.Env or {}) do
    local name, value = tostring(entry):match("^([^=]+)=(.*)$")
    if name and secrets[name] then
      left_out = left_out + 1
    elseif name then
      list[#list + 1] = { name, value }
    end
  end
  return command.list({ list }), left_out
end

--- Brings an agent into a container, beside its first process.
local function bring_agent(member, told)
  local wanted = told.Config and told.Config.User
  local user, err = member:find_user(type(wanted) == "string" and wanted or "")
  if not user then
    return nil, err
  end
  member.link = stdio.at(program_of(told))
  local core
  core, err = member.link:beside(member, user, BESIDE_MS)
  return core, err, user
end

local function enter_container(room, name)
  local client, err = require("engine.docker.client").connect(room.endpoint)
  if not client then
    return nil, err
  end
  local one, service
  one, err, service = find_container(client, room, name)
  local member = one and member_of.new({ client = client, engine = room.backend }, one,
    { env = {}, cwd = "/", reads_passwd = true, image = { text = "of the container" } })
  local told
  if member then
    told, err = member:inspect()
  end
  if told and not (told.State or {}).Running then
    told, err = not_running(told, room, service)
  end
  local core, user
  if told then
    core, err, user = bring_agent(member, told)
  end
  if not core then
    client:close()
    return nil, err
  end
  local note = not service and room.note or {}
  local found = service and room.note and find_service(room.note, service)
  local env, left_out = note.env, note.left_out
  if not env then
    env, left_out = variables(told, user)
  end
  return setmetatable({
    core = core,
    client = client,
    env = env,
    is_unwatched = room.note and room.note.has_policy,
    cwd = note.cwd or found and found.place.cwd or not service and "/room"
      or told.Config.WorkingDir ~= "" and told.Config.WorkingDir or "/",
    left_out = left_out or 0,
    own = {},
  }, Place)
end

--- Enters a room.
---@async
---@param room engine.kept.Room
---@param service? string in whose place; default: the room's own, else its only service's
---@return engine.kept.Place? place
---@return core.Error? err
---@nodiscard
function M.open(room, service)
  if room.backend == "sandbox" then
    return enter_sandbox(room, service)
  end
  return enter_container(room, service)
end

---@class engine.kept.Command
---@field argv string[]
---@field tty? boolean
---@field stdin? string|true
---@field env? string[]
---@field deadline_ms? integer then it and its group are killed

--- Starts a command.
---@async
---@param opts engine.kept.Command
---@return core.room.Process? process
---@return core.Error? err
function Place:start(opts)
  local env = table.move(self.env, 1, #self.env, 1, {})
  table.move(opts.env or {}, 1, #(opts.env or {}), #env + 1, env)
  local spec = { argv = opts.argv, env = env, cwd = self.cwd, tty = opts.tty, stdin = opts.stdin,
    deadline_ms = opts.deadline_ms, out_max = OUT_MAX }
  for name, value in pairs(self.own) do
    spec[name] = value
  end
  return self.core:spawn(spec)
end

--- Leaves the room; what was started in it is killed.
function Place:close()
  self.core:leave()
  if self.client then
    self.client:close()
  end
end
Place.__close = Place.close

return M
