--- What somebody else does to containers of a run, as the engine's events tell it: pauses one, lets
--- it go on, starts, restarts or stops it, renames it, changes its limits, sends it a signal, takes
--- it out of a network, puts it into another, or a container of his own into one of the room's.
--- That need not end a container, and may be over before anybody asks; what a test saw meanwhile is
--- worth nothing.  So the container is killed at once, and its room is lost.
---
--- Where the engine tells no events any more, nothing is known of that: no room of it passes.
---
--- What this run does itself is announced before the engine is asked for it.
---@class engine.backend.container.intruders
local company = require("engine.backend.container.company")
local docker_error = require("engine.docker.error")
local ending = require("engine.backend.container.ending")
local error_new = require("core.error").new
local events_of = require("engine.docker.events")
local task = require("core.task")

local M = {}

local DONE = {
  pause = "was paused", unpause = "was paused, and let go on", kill = "was sent a signal",
  restart = "was restarted", update = "was given other limits", rename = "was renamed",
  start = "was started", -- again: one that has ended, or before the run has come to it
  stop = "was stopped", -- the run itself sends signals, and kills
}

local EVENTS = { "pause", "unpause", "kill", "start", "restart", "update", "rename", "stop", "die",
  "connect", "disconnect", "create", "destroy" }
local OF_PODMAN = table.move(EVENTS, 1, #EVENTS, 1, {})
table.move({ "remove", "died" }, 1, 2, #EVENTS + 1, OF_PODMAN) -- it tells that as "die"

local AWAY_MS = 20 -- between two looks whether a stream that broke is there again

--- Networks that are none: what the engine calls having no other.
local NO_NETWORK = { null = true, host = true }

---@class engine.backend.container.Intruders
---@field private client engine.docker.Client
---@field private company engine.backend.container.Company
---@field private members table<string, engine.backend.container.Member> by the ids of containers
---@field private own table<string, table<string, integer>> what is announced and was not told yet
---@field private events? engine.docker.Events
---@field private lost? core.Error why it tells none any more
---@field private reader? core.Task
local Intruders = {}
Intruders.__index = Intruders

--- Loses a container.
local function lose(self, member, what)
  if member.intruded then
    return
  end
  member.intruded = error_new({ code = "EAGENT", op = "container.events",
    message = ("its container %s by somebody else"):format(what),
    detail = { help = "nobody but the faults of a test may do that to a container while it runs; "
      .. "run the test again" } })
  local path = ("/containers/%s/"):format(member.thing.id)
  task.spawn(function() -- a container that stands still takes no signal
    self.client:call("POST", path .. "unpause")
    self.client:call("POST", path .. "kill", { query = { signal = "SIGKILL" } })
  end)
end

--- An end takes a container out of its networks as well, which the engine tells of before the end
--- or after it; asked, it answers when it has done with both.
local function look(self, member, event, network)
  local told = member:inspect()
  local state = told and told.State
  local began_ns = state and state.Running and ending.moment(state.StartedAt)
  if began_ns and began_ns < (math.tointeger(event.timeNano) or 0) then
    lose(self, member, "was taken out of " .. network)
  end
end

--- What an announcement is found by: Podman does not tell which network it was.
local function key_of(self, what, network)
  return network and self.client.engine ~= "podman" and what .. " " .. network or what
end

--- Whether something was announced; each announcement is of one.
local function take(own, key)
  local count = own[key] or 0
  own[key] = count > 1 and count - 1 or nil
  return count > 0
end

local function on_container(self, event, actor)
  local member = self.members[actor.ID]
  if not member then
    self.company:moved(event.Action, actor.ID, actor.Attributes)
    return
  end
  if event.Action == "die" or event.Action == "start" then
    member.has_died = event.Action == "die" or nil
  end
  if DONE[event.Action] and not take(self.own[actor.ID], event.Action) then
    local about = type(actor.Attributes) == "table" and actor.Attributes or {}
    local signal = event.Action == "kill" and tostring(about.signal or ""):match("^%d+$")
    lose(self, member, DONE[event.Action] .. (signal and " (" .. signal .. ")" or ""))
  end
end

--- Looks which networks a container is in, where the engine does not tell what it was put into.
local function look_around(self, member)
  local told = member:inspect()
  local settings = told and told.NetworkSettings
  local networks = type(settings) == "table" and settings.Networks
  for name in pairs(type(networks) == "table" and networks or {}) do
    if not company.is_own(member, name) and not NO_NETWORK[name] and name ~= "none" then
      return lose(self, member, ("was put into the network '%s'"):format(name))
    end
  end
end

--- Each start of a container puts it into its own.
local function on_connect(self, member, about, is_named)
  if not is_named then
    task.spawn(look_around, self, member)
  elseif not company.is_own(member, about.name) and not NO_NETWORK[about.type] then
    lose(self, member, ("was put into the network '%s'"):format(tostring(about.name)))
  end
end

--- One disconnection is told once or twice, so an announcement holds until the next connection.
--- Docker tells of a network, with the container among its attributes; Podman of the container.
local function on_network(self, event, actor)
  local about = type(actor.Attributes) == "table" and actor.Attributes or {}
  local is_named = self.client.engine ~= "podman"
  local id = is_named and about.container or actor.ID
  local member = self.members[id]
  local own = member and self.own[id]
  local key = key_of(self, "disconnect", about.name)
  if not own and event.Action == "connect" and is_named then
    self.company:came(id, tostring(about.name))
  elseif not own and event.Action == "connect" then
    self.company:moved("connect", id, about)
  elseif not own then
    return
  elseif event.Action == "connect" then
    take(own, key)
    on_connect(self, member, about, is_named)
  elseif event.Action == "disconnect" and not own[key] and not member.has_died then
    task.spawn(look, self, member, event,
      is_named and ("the network '%s'"):format(about.name) or "a network")
  end
end

local ON = { container = on_container, network = on_network }

--- Takes that the engine tells nothing any more.
local function go_blind(self, err)
  local people = self.client.engine == "podman" and "Podman" or "Docker"
  self.lost = docker_error.new(events_of.LOST,
    ("%s does not tell what is done to containers: %s"):format(people, err.message),
    ("what somebody else did to them would not be seen; does `%s events` go on?"):format(
      self.client.engine))
end

local function read(self, events)
  local stream <close> = events
  while true do
    local event, err = stream:next()
    if not event then
      if err and err.code ~= "ECANCELED" then
        go_blind(self, err)
      end
      return
    end
    local actor, on = event.Actor, ON[event.Type]
    local is_read, why = true, nil
    if on and type(actor) == "table" then
      is_read, why = pcall(on, self, event, actor)
    end
    if not is_read then
      return go_blind(self, { message = "an event of it cannot be read: " .. tostring(why) })
    end
  end
end

--- Begins to read the events of an engine.
---@async
---@param client engine.docker.Client
---@param run? string value of the label of all its containers
---@return engine.backend.container.Intruders
---@nodiscard
function M.open(client, run)
  local events, err = client:events({
    filters = { type = { "container", "network" },
      event = client.engine == "podman" and OF_PODMAN or EVENTS },
    is_idle = true,
  })
  local self = setmetatable({ client = client, members = {}, own = {}, events = events }, Intruders)
  self.company = company.new(client, run, self.members, function(member, what)
    lose(self, member, what)
  end)
  if events then
    self.reader = task.spawn(read, self, events)
  else
    go_blind(self, err)
  end
  return self
end

--- Waits until it is known whether the events go on, when their stream has broken.
---@async
---@return core.Error? lost EVENTS_LOST: they do not
function Intruders:blind()
  while self.events and self.events.is_away and not self.lost do
    local ok, err = task.sleep(AWAY_MS)
    if not ok then
      go_blind(self, err)
    end
  end
  return self.lost
end

--- Looks at what is done to a container.
---@param member engine.backend.container.Member
function Intruders:add(member)
  self.members[member.thing.id], self.own[member.thing.id] = member, {}
end

--- Does that no more.
---@param member engine.backend.container.Member
function Intruders:del(member)
  self.members[member.thing.id], self.own[member.thing.id] = nil, nil
end

--- Says that this run is about to do something.
---@param member engine.backend.container.Member
---@param what "pause"|"unpause"|"kill"|"start"|"update"|"disconnect"
---@param network? string what the engine calls it
function Intruders:announce(member, what, network)
  local own, key = self.own[member.thing.id], key_of(self, what, network)
  if own then
    own[key] = (own[key] or 0) + 1
  end
end

--- Takes that back: the engine has refused to do it.
---@param member engine.backend.container.Member
---@param what "pause"|"unpause"|"kill"|"start"|"update"|"disconnect"
---@param network? string
function Intruders:retract(member, what, network)
  local own = self.own[member.thing.id]
  if own then
    take(own, key_of(self, what, network))
  end
end

--- Reads no more.
function Intruders:close()
  if self.reader then
    self.reader:cancel()
  end
end

--- Finds what was done to a container of a room.
---@param main? engine.backend.container.Member
---@param members engine.backend.container.Member[]
---@return core.Error?
---@nodiscard
function M.first(main, members)
  if main and main.intruded then
    return main.intruded
  end
  for _, member in ipairs(members) do
    if member.intruded then
      return member.intruded
    end
  end
end

return M
