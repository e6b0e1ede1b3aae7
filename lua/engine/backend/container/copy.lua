--- The private copy of the project that one room has: a volume at /project, which its containers
--- share and may write to, gone with the room.
---
--- It is filled through the first container that is made, before anything runs in it, and belongs
--- to the user of that one.
---@class engine.backend.container.copy
local build = require("engine.docker.build")
local core = require("core.task")
local error_new = require("core.error").new
local once = require("engine.once")
local project_of = require("engine.backend.container.project")
local things = require("engine.docker.things")

local M = {}

M.SIZE_MAX = 1 << 30 -- bytes
local IDLE_MS = 60000
local FOLDER_MODE = 493 -- 0755

---@class engine.backend.container.Copy
---@field private session engine.backend.container.Session
---@field private dir string
---@field volume engine.docker.Thing
---@field private is_filled? boolean
---@field private filling? engine.once.Turn
local Copy = {}
Copy.__index = Copy

local OF_PROJECT = { ELIMIT = true, EIMAGE = true } -- what it is made of, not the engine

--- Makes the copy of a room, empty yet.
---@async
---@param session engine.backend.container.Session
---@param dir string of the project
---@param labels table<string, string>
---@return engine.backend.container.Copy? copy
---@return core.Error? err
---@nodiscard
function M.open(session, dir, labels)
  local volume, err = things.make(session, "volume", { Driver = "local", Labels = labels })
  if not volume then
    return nil, err
  end
  return setmetatable({ session = session, dir = dir, volume = volume }, Copy)
end

--- The mount that shows it.
---@return table
---@nodiscard
function Copy:mount()
  return project_of.mount_of(self.volume, false)
end

--- Sends the project.  Docker gives the folder itself its owner only as an entry of the one above;
--- Podman, which writes beside the volume there, gives it the user of the container at its start.
local function send(self, member, user)
  local is_podman = self.session.client.engine == "podman"
  local owner = { uid = user.uid, gid = user.gid }
  local top = not is_podman
    and { name = project_of.PATH:sub(2), mode = FOLDER_MODE } or nil
  local source, list = build.folder(self.dir, { owner = owner, below = top, max = M.SIZE_MAX })
  if not source then
    return nil, list
  end
  local ok, err = self.session.client:call("PUT",
    ("/containers/%s/archive"):format(member.thing.id), {
      query = { path = top and "/" or project_of.PATH },
      feed = project_of.limited(source, M.SIZE_MAX), type = "application/x-tar",
      answer = "text", timeout_ms = 0, idle_ms = IDLE_MS,
    })
  if ok and #list > 0 then
    ok, err = project_of.check(self.session.client, member.thing, list[#list])
  end
  return ok and true or nil, err
end

local function fail(self, err)
  if err.code == "ECANCELED" then
    return err
  end
  return project_of.moved(self.dir, err) or error_new({
    code = OF_PROJECT[err.code] and "EPROJECT" or "EAGENT",
    op = "container.copy",
    message = ("%s cannot be copied for the room: %s"):format(self.dir, err.message),
    cause = err,
    detail = { help = '[room] project = "ro" shows it as it is, "none" not at all' },
  })
end

local function fill(self, member, asked)
  local user, err = member:find_user(asked or member.image.config.user, asked)
  if not user then
    return nil, asked and err.code == "EPOLICY" and err or fail(self, err)
  end
  local ok
  ok, err = send(self, member, user)
  if not ok then
    return nil, fail(self, err)
  end
  self.is_filled = true
  return true
end

--- Fills it, once, through a container that has it mounted and does not run yet.
---@async
---@param member engine.backend.container.Member
---@param asked? string whose it is, when a file and not the image says who the container's user is
---@return true? ok
---@return core.Error? err EPROJECT: too large, or unreadable; EPOLICY: it is not where it was,
---or who was asked for is not there; EAGENT: of the engine
function Copy:fill(member, asked)
  if self.is_filled then
    return true
  end
  return once.run(self, "filling", fill, self, member, asked)
end

--- Removes it; its containers are gone by then.
---@async
---@return true? ok
---@return core.Error? err
function Copy:remove()
  return core.shield(things.unmake, self.session, self.volume)
end

return M
