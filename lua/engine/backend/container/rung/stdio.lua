--- The rung of an engine that does not see the files of this machine, or whose containers cannot be
--- given a socket: the agent speaks over the stream that the engine makes of its stdin and stdout.
---
--- Its program is copied into the container that was made, and read back: an engine says yes to an
--- archive that it has not taken.  It lies at the root, where no tmpfs and no volume can cover it.
--- Where only the socket cannot be had, the program is mounted as on the rung of sockets.
---@class engine.backend.container.rung.stdio
local body = require("engine.backend.container.body")
local docker = require("core.docker")
local error_new = require("core.error").new
local files = require("engine.backend.container.files")
local fs = require("core.fs")
local json = require("core.json")
local no_start = require("engine.backend.container.rung.no_start")
local random = require("engine.random")
local rooms = require("core.room")
local told_of = require("engine.docker.told")

local M = {}

M.PROGRAM = "/.clnrm-agent" -- where it is copied to
M.TEXT = "over the engine's stream, copied in"

local MODE = tonumber("555", 8)
local AGENT_MAX = 4 << 20
local KEY_BYTES = 32
local MOUNTED = "over the engine's stream"

---@class engine.backend.container.rung.stdio.Link: engine.backend.container.Link
---@field text string      for the isolation of the result
---@field path string      of its program, in the container
---@field source? string   file of this machine to be mounted there; nil: it is copied
---@field content? string  that is copied
---@field private key? string
---@field private carrier? core.docker.Carrier
---@field private pulse? engine.docker.Pulse that closes it
local Link = {}
Link.__index = Link

--- Makes the way to one container, whose agent is copied.
---@param session engine.backend.container.Session
---@return engine.backend.container.Link? link
---@return core.Error? err
---@nodiscard
function M.new(session)
  if not session.agent then -- once for a run
    local content, err = fs.read(session.program, { max = AGENT_MAX })
    if not content then
      return nil, err
    end
    session.agent = content
  end
  return setmetatable({ text = M.TEXT, path = M.PROGRAM, content = session.agent }, Link)
end

--- Makes the way to one container, whose agent's program is mounted.
---@param source? string file of this machine; nil: it is there already
---@return engine.backend.container.Link link
---@nodiscard
function M.mounted(source)
  return setmetatable({ text = MOUNTED, path = body.AGENT, source = source }, Link)
end

--- Adds what a container needs whose first process an agent is to come beside.
---@param made table body
function Link:add_beside(made)
  local mounts = made.HostConfig.Mounts
  mounts[#mounts + 1] = self.source and body.bind(self.source, self.path, true) or nil
end

--- Adds what a container needs whose first process is to be the agent.  Its input is closed when
--- ours ends, and with it the agent ends the room.
---@param made table body
function Link:add_first(made)
  self.key = random.hex(KEY_BYTES)
  made.Entrypoint = json.array({ self.path })
  made.Cmd = json.array({ "stdio" })
  made.Env = json.array({ "CLNRM_AGENT_KEY=" .. self.key })
  made.OpenStdin, made.StdinOnce = true, true
  made.AttachStdin, made.AttachStdout, made.AttachStderr = true, true, true
  self:add_beside(made)
end

--- Puts the program into a container that was made.
---@async
---@param member engine.backend.container.Member
---@return true? ok
---@return core.Error? err
function Link:place(member)
  if not self.content then
    return true
  end
  local ok, err = files.write(member, { path = self.path, content = self.content, mode = MODE })
  if not ok then
    return nil, error_new({
      code = "EAGENT",
      op = "container.agent",
      message = "the agent cannot be copied into the container: " .. err.message,
      cause = err,
    })
  end
  return true
end

--- Makes the way to a container that has the program already, wherever it lies.
---@param path string in the container
---@return engine.backend.container.rung.stdio.Link link
---@nodiscard
function M.at(path)
  return setmetatable({ text = MOUNTED, path = path }, Link)
end

--- Takes a stream of the engine, which ends with it: an agent is not heard through one that stands
--- still.
local function carry(self, client, call, err)
  if not call then
    return nil, err
  end
  self.carrier, err = docker.carrier(call)
  if not self.carrier then
    return nil, err
  end
  self.pulse = client.pulse
  self.pulse:carry(self)
  return true
end

--- Prepares the start of a container whose first process is the agent.
---@async
---@param member engine.backend.container.Member
---@return true? ok
---@return core.Error? err
function Link:before_start(member)
  local client = member.session.client
  return carry(self, client, client:stream("POST", ("/containers/%s/attach"):format(
    member.thing.id), { query = { stream = true, stdin = true, stdout = true, stderr = true } }))
end

Link.why_no_start = no_start.read

--- Joins the agent at the other end of the stream.
---@async
---@param timeout_ms integer
---@return core.room.Room? core
---@return core.Error? err
function Link:join(timeout_ms)
  local key = self.key
  self.key = nil
  local core, err = rooms.attach({ fd = self.carrier:fd(), key = key, timeout_ms = timeout_ms,
    image = self.image })
  if not core then
    local said = self:said()
    return nil, said and error_new({ code = err.code, op = err.op, cause = err,
      message = ("%s (%s)"):format(err.message, said) }) or err
  end
  self.carrier:joined()
  return core
end

--- Starts the agent beside a first process, by one exec, and joins it over the exec's stream.
---@async
---@param member engine.backend.container.Member
---@param _ engine.backend.container.User
---@param timeout_ms integer
---@return core.room.Room? core
---@return core.Error? err
function Link:beside(member, _, timeout_ms)
  local client = member.session.client
  self.key = random.hex(KEY_BYTES)
  self:remove() -- of a container that was started before
  local made, err = client:call("POST", ("/containers/%s/exec"):format(member.thing.id), { body = {
    Cmd = json.array({ self.path, "stdio" }),
    Env = json.array({ "CLNRM_AGENT_KEY=" .. self.key }),
    AttachStdin = true, AttachStdout = true, AttachStderr = true, Tty = false,
    WorkingDir = "/",
  } })
  local id
  if made then
    id, err = told_of.id(made, "containers.exec")
  end
  if not id then
    return nil, err
  end
  local ok
  ok, err = carry(self, client, client:stream("POST", ("/exec/%s/start"):format(id),
    { body = { Detach = false, Tty = false } }))
  if not ok then
    return nil, err
  end
  return self:join(timeout_ms)
end

--- Says what the stream knows of its end: why it broke, or what the agent wrote to stderr.
---@return string?
function Link:said()
  local carrier = self.carrier
  if not carrier then
    return nil
  end
  local why, text = carrier:why(), carrier:said():match("([^\n]+)\n*$")
  return why and why.message or text
end

--- Breaks the stream off; the agent is gone, or is not heard any more.
function Link:remove()
  if self.carrier then
    self.pulse:carries_no_more(self)
    self.carrier:close()
    self.carrier = nil
  end
end
Link.close = Link.remove

return M
