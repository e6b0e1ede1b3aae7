--- One container of a room: made, joined by its agent, asked what became of it, removed.
---@class engine.backend.container.member
local beside = require("engine.backend.container.beside")
local docker_error = require("engine.docker.error")
local error_new = require("core.error").new
local image_of = require("engine.backend.container.image")
local sources = require("engine.backend.container.sources")
local tar = require("engine.backend.container.tar")
local task = require("core.task")
local state_text = require("engine.backend.container.state").text
local things = require("engine.docker.things")
local told_of = require("engine.docker.told")
local unkept_of = require("engine.backend.container.unkept")
local users = require("engine.backend.container.users")

local M = {}

M.TOLD_MS = 30000 -- for the engine to tell what became of a container
local ETC_MAX = 1 << 20
local ENDED_TRIES, ENDED_PAUSE_MS = 50, 100

---@class engine.backend.container.Member
---@field session engine.backend.container.Session
---@field thing engine.docker.Thing
---@field link? engine.backend.container.Link
---@field core? core.room.Room  its agent's
---@field told? table           what inspect said when it ran
---@field made? table           what it said before
---@field looked? table         what it said last, as it was asked whether it ends
---@field is_here? boolean       this machine showed its first process
---@field user? engine.backend.container.User whom its commands run as
---@field env string[][]        of every command in it; of a service once `has_env`
---@field has_env? boolean
---@field cwd string            where they start
---@field image engine.backend.container.Image
---@field asked table          HostConfig as the engine was asked for it
---@field networks? engine.backend.container.Joined[] that it was put into
---@field policy? engine.backend.container.Policy of its room
---@field service? engine.model.Service whose it is
---@field earlier core.room.Report[] of agents before the one that is there
---@field seen? core.room.Report[] of an agent that was closed
---@field steps table<integer, string> what its commands are called, by their numbers
---@field refused table<string, string> and those that were not started
---@field has_memory_limit? boolean
---@field joining? core.task.Event the agent beside its first process is there, or known not to be
---@field joiner? core.Task
---@field why? core.Error       why it is not
---@field raised? any           what starting it raised
---@field has_ended_first? boolean its container ended before it was there
---@field lost? core.Error      why nothing is heard of it any more
---@field process? engine.backend.container.Process of a service, once it has started
---@field intruded? core.Error what somebody else did to its container
---@field killed_for? string    of a container without agent: the command that had to be ended
local Member = {}
Member.__index = Member

local function path_of(thing, what)
  return ("/containers/%s%s"):format(thing.id, what or "")
end

--- Makes the object of a container that was made.
---@param session engine.backend.container.Session
---@param thing engine.docker.Thing
---@param fields table the others
---@return engine.backend.container.Member
---@nodiscard
function M.new(session, thing, fields)
  fields.session, fields.thing = session, thing
  fields.steps, fields.refused, fields.earlier = {}, {}, {}
  local self = setmetatable(fields, Member)
  if session.intruders then
    session.intruders:add(self)
  end
  return self
end

--- Has what is done to its container no more looked at: it is given up, or removed.
function Member:unwatch()
  if self.session.intruders then
    self.session.intruders:del(self)
  end
end

--- Says that this run does something to its container that nobody else may do.
---@param what "pause"|"unpause"|"kill"|"start"|"update"|"disconnect"
---@param network? string what the engine calls it
function Member:announce(what, network)
  if self.session.intruders then
    self.session.intruders:announce(self, what, network)
  end
end

--- Says that the engine did not do it: what it tells of later is somebody else's.
---@param err core.Error of the call; one that was not answered may have been carried out
---@param what "pause"|"unpause"|"kill"|"start"|"update"|"disconnect"
---@param network? string
function Member:retract(err, what, network)
  if self.session.intruders and err.detail and err.detail.status then
    self.session.intruders:retract(self, what, network)
  end
end

--- Reads one file of a container that need not run; "" when there is none.  Its agent does that in
--- a hundredth of the time that the engine takes.
local function read_file(self, path)
  if self.core then
    local got, why = self.core:get(path, ETC_MAX)
    if got or why.code == "ENOENT" then
      return got or ""
    end
  end
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
---@param asked? string the same, when a file and not the image says it
---@return engine.backend.container.User? user
---@return core.Error? err EPOLICY: he is not there, whoever asked for him
function Member:find_user(wanted, asked)
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
  if not user and asked then
    return nil, users.refused(asked, ("the image %s: %s"):format(self.image.text, why))
  elseif not user then
    return nil, error_new({ code = "EPOLICY", op = "container.user",
      message = ("the image %s: %s"):format(self.image.text, why),
      detail = { help = "mend the image's USER, or name another user in the file: `user`" } })
  end
  return user
end

--- Starts it.
---@async
---@return true? ok
---@return core.Error? err
function Member:start()
  local moved = self.asked and sources.check(self.asked)
  if moved then
    return nil, moved
  end
  self:announce("start")
  local ok, err = self.session:timed("start", self.image, function(limit_ms)
    return self.session.client:call("POST", path_of(self.thing, "/start"),
      { timeout_ms = limit_ms })
  end)
  if not ok then
    self:retract(err, "start")
    return nil, self.asked and sources.why(self.asked, err) or err
  end
  return true
end

--- Asks the engine about it.
---@async
---@return table? told
---@return core.Error? err
function Member:inspect()
  local told, err = self.session.client:call("GET", path_of(self.thing, "/json"))
  if not told then
    return nil, err
  end
  return told_of.container(told, "containers.inspect")
end

--- Says in what it is not what was asked for.
local function unkept(self, told)
  local networks = {}
  for i, joined in ipairs(self.networks or {}) do
    networks[i] = { name = joined.network.name, id = joined.id }
  end
  return unkept_of.find(self.asked, told, { networks = networks, warnings = self.thing.warnings })
end

--- Asks the engine whether it has made it as it was asked to; nothing in it has to run.
---@async
---@return true? ok
---@return core.Error? err EPOLICY
function Member:check()
  local told, err = self:inspect()
  self.made = told
  if told then
    err = unkept(self, told)
  end
  return not err or nil, err
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
  if self.intruded then
    self.lost = self.intruded
    return self.lost
  end
  local told, why = task.shield(task.timeout, M.TOLD_MS, ask_ended, self)
  local code, text = err.code
  local said = self.link and self.link:said()
  if told then
    local state = told.State or {}
    if state.OOMKilled == true and not state.Running and self.has_memory_limit then
      code = "EOOM"
    end
    text = state.Running and not state.Paused and "its container runs on"
      or state.Paused and "its container is paused" or state_text(state)
  elseif things.is_missing(why) then
    text = "its container was removed by somebody else"
  else
    text = why.message
  end
  self.lost = error_new({
    code = code,
    op = err.op,
    message = ("%s; %s"):format(said and err.message .. " (" .. said .. ")" or err.message, text),
    cause = docker_error.gone(why) or err,
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
      message = "the agent could not start: " .. state_text(state),
    })
  end
  self.told = told
  err = unkept(self, told) or sources.shown(self.asked, told, self.thing.id)
  if err then
    return nil, err
  end
  self.core, err = self.session:timed("agent", self.image, function(limit_ms)
    return self.link:join(limit_ms, self)
  end)
  if not self.core then
    return nil, self:explain(err)
  end
  return self:obey()
end

--- Has its agent do what the policy of the room needs.
---@async
---@return true? ok
---@return core.Error? err
function Member:obey()
  if not self.policy then
    return true
  end
  return self.policy:opened(self.core, self.asked)
end

--- Starts the agent beside its first process, and asks what became of the container where that
--- failed.
local function try_agent(self)
  local ok, err = beside.start(self)
  local told = not ok and self:inspect() or nil
  self.has_ended_first = told ~= nil and not (told.State or {}).Running or nil
  return ok, err
end

--- Begins to start its agent, unless that was begun.
function Member:begin_agent()
  if not self.joining then
    local joining = task.event()
    self.joining = joining
    self.joiner = task.spawn(function()
      local is_over, ok, err = xpcall(try_agent, debug.traceback, self)
      if self.joining == joining and not joining:is_set() then
        self.raised = not is_over and ok or nil
        self.why = is_over and not ok and err or nil
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
  if ok and self.raised then
    error(self.raised, 0)
  end
  return ok and not self.why and self.core or nil, err or self.why
end

--- Takes that its container has ended: nobody waits any longer for an agent that cannot come.
---@param state table State of inspect
function Member:note_end(state)
  local joining = self.joining
  if not joining or joining:is_set() then
    return
  end
  self.joiner:cancel()
  self.has_ended_first = true
  self.why = error_new({ code = "EAGENT", op = "container.join", message = state_text(state) })
  joining:set()
end

--- Forgets an agent that ended with its container.
function Member:forget_agent()
  if self.joiner then
    self.joiner:cancel()
  end
  if self.joining and self.core then
    local killed, second, third = self.core:close()
    local seen = self.policy and (killed and second or third) or {}
    table.move(seen, 1, #seen, #self.earlier + 1, self.earlier)
    self.core = nil
  end
  self.joining, self.joiner, self.why, self.raised, self.lost = nil, nil, nil, nil, nil
end

--- Ends it, and waits until nothing of it is left.
---@async
---@return true? ok
---@return core.Error? err
function Member:remove()
  self:unwatch()
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

return M
