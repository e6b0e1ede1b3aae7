--- The rung of an engine of this machine: the agent's program is mounted read-only, and joined by a
--- socket in a folder that both see.
---
--- The folder is the container's user's alone (0700); the agent takes one connection there, and
--- removes its socket.  Whatever else runs as that user may write to the folder at any time: so
--- nothing is written there from here, and no link in it is followed.  The key is in the agent's
--- environment, which it wipes before it listens.
---@class engine.backend.container.rung.socket
local body = require("engine.backend.container.body")
local error_new = require("core.error").new
local fs = require("core.fs")
local json = require("core.json")
local no_start = require("engine.backend.container.rung.no_start")
local random = require("engine.random")
local rooms = require("core.room")
local told_of = require("engine.docker.told")
local stdio = require("engine.backend.container.rung.stdio")

local M = {}

M.LINK = "/run/clnrm/link" -- the folder of the socket, in a container
M.TEXT = "by a socket of this machine"

local FOLDER_MODE = tonumber("700", 8)
local KEY_BYTES = 32
local FIRST_MS = 60000 -- in which somebody must join a first process

---@class engine.backend.container.rung.socket.Link: engine.backend.container.Link
---@field dir string      folder of this machine
---@field program string  file of this machine: the agent's
---@field text string     for the isolation of the result
---@field private key? string of the agent that starts next
local Link = {}
Link.__index = Link

local count = 0

--- Makes a folder for one container.
---@param session engine.backend.container.Session
---@return engine.backend.container.Link? link
---@return core.Error? err
---@nodiscard
function M.new(session)
  count = count + 1
  local self = setmetatable({
    dir = ("%s/%d"):format(session.dir, count), program = session.program, text = M.TEXT,
  }, Link)
  local ok, err = fs.mkdir_p(self.dir, { mode = FOLDER_MODE })
  if not ok then
    return nil, err
  end
  return self
end

local function argv(limit_ms)
  local seconds = math.max(1, (limit_ms + 999) // 1000)
  return { body.AGENT, "serve", M.LINK .. "/s", "-", ("%d"):format(seconds) }
end

--- Makes a new key, for whoever starts next.
---@return string[] # the agent's environment
local function new_key(self)
  self.key = random.hex(KEY_BYTES)
  return json.array({ "CLNRM_AGENT_KEY=" .. self.key })
end

local function mount(self, host)
  host.Mounts[#host.Mounts + 1] = body.bind(self.program, body.AGENT, true)
  host.Mounts[#host.Mounts + 1] = body.bind(self.dir, M.LINK, false)
end

--- Adds what a container needs whose first process is to be the agent.
---@param made table body
function Link:add_first(made)
  local words = argv(FIRST_MS)
  made.Env = new_key(self)
  made.Entrypoint = json.array({ words[1] })
  made.Cmd = json.array({ table.unpack(words, 2) })
  mount(self, made.HostConfig)
end

--- Adds what a container needs whose first process an agent is to come beside.
---@param made table body
function Link:add_beside(made)
  mount(self, made.HostConfig)
end

--- Puts into a container that was made what is to be in it: nothing.
---@async
---@return true? ok
function Link:place() -- luacheck: ignore 212/self
  return true
end

--- Who this process is on the machine.
local function own_uid()
  local stat = fs.stat("/proc/self")
  return stat and stat.uid
end

--- The folder cannot be that user's: the engine's stream needs no folder.
local function cannot_give(uid, cause)
  return nil, error_new({
    code = "EAGENT",
    op = "container.link",
    message = ("the container runs as user %d, who cannot be given a socket of this machine: %s")
      :format(uid, cause),
    detail = {
      help = "run clnrm as root, use a rootless engine, or an image whose user is yours",
      next_rung = "mounted",
    },
  })
end

--- Gives the folder to the user of the agent, less what another agent has left in it.
---@param self engine.backend.container.rung.socket.Link
---@param user engine.backend.container.User as this machine numbers it
---@return true? ok
---@return core.Error? err
local function give(self, user)
  fs.remove(self.dir .. "/s") -- a link there is removed, not what it leads to
  if own_uid() == user.uid then
    return true
  end
  local ok, err = fs.chown(self.dir, user.uid, user.gid)
  if not ok then
    return cannot_give(user.uid, err.message)
  end
  return true
end

--- Prepares the start of a container whose first process is the agent.
---@async
---@param _ engine.backend.container.Member
---@param user engine.backend.container.User
---@return true? ok
---@return core.Error? err
function Link:before_start(_, user)
  return give(self, user)
end

local OF_JOIN = { ["container.join"] = true, ["room.attach"] = true }

--- Says what it means that a container did not start, or that nobody in it could be joined: where
--- an engine maps users to others, the folder is not its user's.
---@param err core.Error
---@return core.Error
function Link:why_no_start(err)
  local told = no_start.read(self, err)
  if told ~= err or err.code ~= "EAGENT" or not OF_JOIN[err.op] then
    return told
  end
  return error_new({ code = err.code, op = err.op, message = err.message, cause = err.cause,
    detail = { next_rung = "mounted" } })
end

--- Joins the agent that listens there, or will.
---@async
---@param timeout_ms integer
---@return core.room.Room? core
---@return core.Error? err
function Link:join(timeout_ms)
  local key = self.key
  self.key = nil
  return rooms.attach({ path = self.dir .. "/s", key = key, timeout_ms = timeout_ms,
    image = self.image })
end

--- Joins the agent over the engine's stream: its program is there.
local function by_stream(self, member, user, timeout_ms)
  member.session.has_failed_to_give = true
  self.stream = stdio.mounted()
  self.stream.image = self.image
  self.text = self.stream.text
  return self.stream:beside(member, user, timeout_ms)
end

-- The folder is not that user's, as where an engine maps users to others; something else lies in
-- the socket's place.
local BY_STREAM = { EAGENT = true, ELOOP = true, ENOTSOCK = true }

--- Starts the agent beside a first process, by one exec, and joins it.
---@async
---@param member engine.backend.container.Member
---@param user engine.backend.container.User
---@param timeout_ms integer
---@return core.room.Room? core
---@return core.Error? err
function Link:beside(member, user, timeout_ms)
  local client = member.session.client
  local ok, err = give(self, user)
  if not ok and err.detail and err.detail.next_rung then
    return by_stream(self, member, user, timeout_ms)
  elseif not ok then
    return nil, err
  end
  local made, id
  made, err = client:call("POST", ("/containers/%s/exec"):format(member.thing.id), { body = {
    Cmd = json.array(argv(timeout_ms)),
    Env = new_key(self),
    AttachStdin = false, AttachStdout = false, AttachStderr = false, Tty = false,
    WorkingDir = "/",
  } })
  if made then
    id, err = told_of.id(made, "containers.exec")
  end
  if id then
    ok, err = client:call("POST", ("/exec/%s/start"):format(id),
      { body = { Detach = true, Tty = false } })
  end
  if not id or not ok then
    return nil, err
  end
  local core
  core, err = self:join(timeout_ms)
  if not core and BY_STREAM[err.code] then
    return by_stream(self, member, user, timeout_ms)
  end
  return core, err
end

--- Says what the way to the agent knows of its end.
---@return string?
function Link:said()
  return self.stream and self.stream:said()
end

--- Removes the folder; the agent is gone, or is not heard any more.
function Link:remove()
  if self.stream then
    self.stream:remove()
  end
  fs.remove_tree(self.dir)
end

return M
