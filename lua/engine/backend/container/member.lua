--- One container of a room: made, joined by its agent, asked what became of it, removed.
---@class engine.backend.container.member
local body_of = require("engine.backend.container.body")
local command = require("engine.backend.sandbox_command")
local error_new = require("core.error").new
local json = require("core.json")
local image_of = require("engine.backend.container.image")
local link_of = require("engine.backend.container.link")
local tar = require("engine.backend.container.tar")
local task = require("core.task")
local things = require("engine.docker.things")

local M = {}

M.JOIN_MS = 30000 -- for the agent of a started container to be there
local ETC_MAX = 1 << 20
local ENDED_TRIES, ENDED_PAUSE_MS = 50, 100

---@class engine.backend.container.Member
---@field session engine.backend.container.Session
---@field thing engine.docker.Thing
---@field link? engine.backend.container.Link
---@field core? core.room.Room  its agent's
---@field told? table           what inspect said when it ran
---@field user? engine.backend.container.User whom its commands run as
---@field env string[][]        of every command in it
---@field cwd string            where they start
---@field image engine.backend.container.Image
---@field has_memory_limit? boolean
---@field joining? core.task.Event the agent beside its first process is there, or known not to be
---@field joiner? core.Task
---@field why? core.Error       why it is not
---@field lost? core.Error      why nothing is heard of it any more
local Member = {}
Member.__index = Member

local function path_of(thing, what)
  return ("/containers/%s%s"):format(thing.id, what or "")
end

--- Makes a container; nothing in it runs.
---@async
---@param session engine.backend.container.Session
---@param body table
---@param fields { image: engine.backend.container.Image, link?: engine.backend.container.Link,
--- env: string[][], cwd: string }
---@param query? table<string, string>
---@return engine.backend.container.Member? member
---@return core.Error? err
---@nodiscard
function M.create(session, body, fields, query)
  local thing, err = things.make(session, "container", body, query)
  if not thing then
    if fields.link then
      fields.link:remove()
    end
    return nil, err
  end
  fields.session, fields.thing = session, thing
  return setmetatable(fields, Member)
end

--- Makes the folder of an agent.
---@param session engine.backend.container.Session
---@return engine.backend.container.Link? link
---@return core.Error? err
function M.link(session)
  return link_of.new(session.dir, session.program)
end

--- Reads one file of a container that need not run; "" when there is none.
local function read_file(self, path)
  local text, err = self.session.client:call("GET", path_of(self.thing, "/archive"),
    { query = { path = path }, answer = "text", max = ETC_MAX })
  if not text then
    return things.is_missing(err) and "" or nil, err
  end
  return tar.first(text) or ""
end

--- Finds out who the container's user is.
---@async
---@param wanted? string USER
---@return engine.backend.container.User? user
---@return core.Error? err
function Member:find_user(wanted)
  local uid, gid = image_of.ids(wanted)
  if uid and gid and not self.reads_passwd then
    return { uid = uid, gid = gid }
  end
  local passwd, err = read_file(self, "/etc/passwd")
  local group
  if passwd then
    group, err = read_file(self, "/etc/group")
  end
  if not group then
    return nil, err
  end
  local user, why = image_of.user(wanted, passwd, group)
  if not user then
    return nil, require("engine.image").error(("the image %s: %s"):format(self.image.text, why))
  end
  return user
end

--- Starts it.
---@async
---@return true? ok
---@return core.Error? err
function Member:start()
  local ok, err = self.session.client:call("POST", path_of(self.thing, "/start"))
  return ok and true or nil, err
end

--- Asks the engine about it.
---@async
---@return table? told
---@return core.Error? err
function Member:inspect()
  return self.session.client:call("GET", path_of(self.thing, "/json"))
end

--- Says how a container is that does not run, in words.
---@param state table State of inspect
---@return string
function M.state_text(state)
  local code = math.tointeger(state.ExitCode) or 0
  local parts = { ("its container is %s"):format(tostring(state.Status)) }
  if state.OOMKilled == true then
    parts[#parts + 1] = "it was out of memory, and the kernel killed it"
  end
  if state.Status == "exited" or state.Status == "dead" then
    parts[1] = ("its container ended with exit code %d%s"):format(code,
      code == 137 and " (killed)" or "")
  end
  if type(state.Error) == "string" and state.Error ~= "" then
    parts[#parts + 1] = state.Error
  end
  return table.concat(parts, "; ")
end

--- Asks until it does not run any more: the engine hears of an end later than its agent's host.
local function ask_ended(self)
  local told, err
  for _ = 1, ENDED_TRIES do
    told, err = self:inspect()
    local state = told and told.State or {}
    if not told or not state.Running or state.Paused then
      break
    end
    task.sleep(ENDED_PAUSE_MS)
  end
  return told, err
end

--- Says why nothing is heard of it any more: what the engine knows.
---@async
---@param err core.Error
---@return core.Error # EOOM: its memory was used up, and so it ended
function Member:explain(err)
  local told, why = task.shield(task.timeout, M.JOIN_MS, ask_ended, self)
  local code, text = err.code
  if told then
    local state = told.State or {}
    if state.OOMKilled == true and not state.Running and self.has_memory_limit then
      code = "EOOM"
    end
    text = state.Running and not state.Paused and "its container runs on"
      or state.Paused and "its container is paused" or M.state_text(state)
  elseif things.is_missing(why) then
    text = "its container was removed by somebody else"
  else
    text = why.message
  end
  self.lost = error_new({
    code = code,
    op = err.op,
    message = ("%s; %s"):format(err.message, text),
    cause = err,
  })
  return self.lost
end

--- Joins the agent that is, or becomes, its first process.
---@async
---@return true? ok
---@return core.Error? err
function Member:join_first()
  local told, err = self:inspect()
  if not told then
    return nil, err
  end
  local state = told.State or {}
  if not state.Running then
    return nil, error_new({
      code = "EAGENT",
      op = "container.join",
      message = "the agent could not start: " .. M.state_text(state),
    })
  end
  self.told = told
  self.core, err = self.link:join(M.JOIN_MS)
  if not self.core then
    return nil, self:explain(err)
  end
  return true
end

--- Asks the engine once who its commands are, and with which variables.
local function settle(self)
  if self.told then
    return true
  end
  local told, err = self:inspect()
  local config = told and told.Config or {}
  if told then
    self.user, err = self:find_user(type(config.User) == "string" and config.User or "")
  end
  if not self.user then
    return nil, err
  end
  self.told = told
  local env = {
    command.ENVIRONMENT[1], -- PATH, where the image says none
    { "HOME", self.user.home or "/" },
    { "HOSTNAME", tostring(config.Hostname or "") },
  }
  for _, entry in ipairs(type(config.Env) == "table" and config.Env or {}) do
    local name, value = tostring(entry):match("^([^=]+)=(.*)$")
    env[#env + 1] = name and { name, value } or nil
  end
  self.env = env
  return true
end

--- Starts the agent beside its first process, by an exec of the engine, and joins it.  It runs as
--- the container's user: what the engine starts has no more rights than that.
local function start_agent(self)
  local client = self.session.client
  local ok, err = settle(self)
  if ok then
    ok, err = self.link:arm(self.user.uid, self.user.gid)
  end
  if not ok then
    return nil, err
  end
  local made
  made, err = client:call("POST", path_of(self.thing, "/exec"), { body = {
    Cmd = json.array(body_of.agent_argv(M.JOIN_MS)),
    AttachStdin = false, AttachStdout = false, AttachStderr = false, Tty = false,
    WorkingDir = "/",
  } })
  if made then
    ok, err = client:call("POST", ("/exec/%s/start"):format(tostring(made.Id)),
      { body = { Detach = true, Tty = false } })
  end
  if not made or not ok then
    return nil, err
  end
  local core
  core, err = self.link:join(M.JOIN_MS)
  if not core then
    return nil, err
  end
  self.core = core
  return true
end

--- Begins to start its agent, unless that was begun.
function Member:begin_agent()
  if not self.joining then
    local joining = task.event()
    self.joining = joining
    self.joiner = task.spawn(function()
      local ok, err = start_agent(self)
      if self.joining == joining and not joining:is_set() then
        self.why = not ok and err or nil
        joining:set()
      end
    end)
  end
end

--- Waits for its agent.
---@async
---@return core.room.Room? core
---@return core.Error? err
function Member:agent()
  if self.core and not self.joining then
    return self.core
  end
  self:begin_agent()
  local ok, err = self.joining:wait()
  if not ok then
    return nil, err
  end
  return self.why == nil and self.core or nil, self.why
end

--- Takes that its container has ended: nobody waits any longer for an agent that cannot come.
---@param state table State of inspect
function Member:note_end(state)
  local joining = self.joining
  if not joining or joining:is_set() then
    return
  end
  self.joiner:cancel()
  self.why = error_new({
    code = "EAGENT",
    op = "container.join",
    message = M.state_text(state),
  })
  joining:set()
end

--- Forgets an agent that ended with its container.
function Member:forget_agent()
  if self.joiner then
    self.joiner:cancel()
  end
  if self.joining and self.core then
    self.core:close()
    self.core = nil
  end
  self.joining, self.joiner, self.why, self.lost = nil, nil, nil, nil
end

--- Ends it, and waits until nothing of it is left.
---@async
---@return true? ok
---@return core.Error? err
function Member:remove()
  if self.joiner then
    self.joiner:cancel()
  end
  local ok, err = things.unmake(self.session, self.thing)
  if self.joining and self.core then
    self.core:close()
  end
  if self.link then
    self.link:remove()
  end
  return ok, err
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
  local link, err = M.link(session)
  if not link then
    return nil, err
  end
  about.image, about.link = image.id, link
  about.uid, about.gid = image_of.ids(image.config.user)
  about.is_podman = session.client.engine == "podman"
  local self
  self, err = M.create(session, body_of.room(about), { image = image, link = link, env = {},
    cwd = "/room", reads_passwd = true,
    has_memory_limit = about.limits ~= nil and about.limits.memory_mb ~= nil })
  if not self then
    return nil, err
  end
  local ok
  self.user, err = self:find_user(image.config.user)
  if self.user then
    ok, err = link:arm(self.user.uid, self.user.gid)
  end
  if ok then
    ok, err = self:start()
  end
  if ok then
    ok, err = self:join_first()
  end
  if not ok then
    task.shield(self.remove, self)
    return nil, err
  end
  return self
end

return M
