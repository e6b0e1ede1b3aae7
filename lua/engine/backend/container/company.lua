--- Containers that are not of a run, and come into a network of it, or into what is one
--- container's own: its network, its processes, its memory (`docker run --network container:ID`).
---
--- Docker tells of each which network it comes into.  Podman does not, and of the rest nobody does,
--- so that it has to be asked; one that has gone by then is known by what was asked as it was made.
--- Of one of Podman that nothing is known of, nobody knows whose network it was in: all that are in
--- one are lost.
---@class engine.backend.container.company
local labels = require("engine.docker.labels")
local task = require("core.task")

local M = {}

M.KEPT_MAX = 1024 -- containers of others that run or are about to

---@class engine.backend.container.Stranger
---@field around? engine.backend.container.Around nil: not known
---@field is_asked core.task.Event

---@class engine.backend.container.Around
---@field networks table<string, true> it is in, by name, and by id
---@field containers string[] whose network, processes or memory it shares: ids, or names

---@class engine.backend.container.Company
---@field private client engine.docker.Client
---@field private run? string value of the label of the run's containers
---@field private members table<string, engine.backend.container.Member> by the ids of containers
---@field private lose fun(member: engine.backend.container.Member, what: string)
---@field private strangers table<string, engine.backend.container.Stranger> by id
---@field private known table<string, true> containers of a clnrm, by id: events of networks have no
--- labels, and may be told when the container has gone
---@field private count integer
local Company = {}
Company.__index = Company

--- Begins.
---@param client engine.docker.Client
---@param run? string
---@param members table<string, engine.backend.container.Member>
---@param lose fun(member: engine.backend.container.Member, what: string)
---@return engine.backend.container.Company
---@nodiscard
function M.new(client, run, members, lose)
  return setmetatable({ client = client, run = run, members = members, lose = lose,
    strangers = {}, known = {}, count = 0 }, Company)
end

--- Whether a network is one of those that a container was put into.
---@param member engine.backend.container.Member
---@param name string or its id
---@return boolean
---@nodiscard
function M.is_own(member, name)
  for _, joined in ipairs(member.networks or {}) do
    if joined.network.name == name or joined.id == name then
      return true
    end
  end
  return false
end

--- Whether containers of this run are in a network.
local function has_members(self, name)
  for _, member in pairs(self.members) do
    if M.is_own(member, name) then
      return true
    end
  end
  return false
end

local function table_of(value)
  return type(value) == "table" and value or {}
end

--- Whether a container is of this run; one of an image that somebody made of such a container has
--- its labels, and another name.
local function is_of_run(self, its, name)
  return self.run ~= nil and labels.is_ours(its) and its[labels.RUN] == self.run
    and not labels.is_inherited(its, name)
end

local function around(told)
  local found, host = { networks = {}, containers = {} }, table_of(told.HostConfig)
  for name, one in pairs(table_of(table_of(told.NetworkSettings).Networks)) do
    found.networks[name] = true
    found.networks[table_of(one).NetworkID or name] = true
  end
  for _, key in ipairs({ "NetworkMode", "PidMode", "IpcMode" }) do
    table.insert(found.containers, tostring(host[key]):match("^container:(.+)"))
  end
  return found
end

--- Asks what a container shares with others.
---@return engine.backend.container.Around? around nil: it does not tell
---@return boolean? is_ours
---@return core.Error? err
local function ask(self, id)
  local told, err = self.client:call("GET", ("/containers/%s/json"):format(id))
  if type(told) ~= "table" then
    return nil, false, err
  end
  return around(told), is_of_run(self, table_of(told.Config).Labels, told.Name)
end

--- Names what a container of the run has in common with a stranger.
local function common(member, its)
  for _, joined in ipairs(member.networks or {}) do
    local name = joined.network.name
    if its.networks[name] or joined.id and its.networks[joined.id] then
      return ("the network '%s'"):format(name)
    end
  end
  for _, whose in ipairs(its.containers) do
    if whose == member.thing.id or whose == member.thing.name then
      return "what is its own"
    end
  end
end

local function lose_beside(self, id, its)
  for _, member in pairs(self.members) do
    local what = common(member, its)
    if what then
      self.lose(member, ("was given company in %s, container %s,"):format(what, id:sub(1, 12)))
    end
  end
end

local function lose_all(self, id)
  for _, member in pairs(self.client.engine == "podman" and self.members or {}) do
    if (member.networks or {})[1] then
      self.lose(member, ("may have been given company, for container %s was started and has gone "
        .. "before its networks were known,"):format(id:sub(1, 12)))
    end
  end
end

--- Looks whose a container is that was put into a network, and who is in that.
local function look(self, id, network)
  local _, is_ours = ask(self, id)
  if not is_ours then
    lose_beside(self, id, { networks = { [network] = true }, containers = {} })
  end
end

--- Looks what a container shares, and with whom.
---@param stranger? engine.backend.container.Stranger what was asked before, and holds still
local function look_around(self, id, stranger)
  local its, is_ours, err = ask(self, id)
  if is_ours or err and err.code == "ECANCELED" then
    return
  end
  if not its and stranger then
    stranger.is_asked:wait()
    its = stranger.around
  end
  if its then
    lose_beside(self, id, its)
  else
    lose_all(self, id)
  end
end

--- Takes that a container of Docker was put into a network.
---@param id any of the container
---@param network string
function Company:came(id, network)
  if type(id) == "string" and has_members(self, network) then
    task.spawn(look, self, id, network)
  end
end

local function forget(self, id)
  if self.strangers[id] then
    self.strangers[id], self.count = nil, self.count - 1
  end
end

--- Takes what is told of a container that is none of the run's members.  Those of another clnrm
--- are not asked: there may be many, and none is put beside what is not of its own run.
---@param action string of the event
---@param id any
---@param attributes table with its labels and its name
function Company:moved(action, id, attributes)
  if type(id) ~= "string" then
    return
  elseif self.known[id] or labels.is_ours(attributes)
    and not labels.is_inherited(attributes, attributes.name) then
    self.known[id] = action ~= "remove" and action ~= "destroy" or nil
    return
  end
  local stranger = self.strangers[id] -- also when it is forgotten while it is asked
  if action == "create" and self.count < M.KEPT_MAX then
    forget(self, id)
    local made = { is_asked = task.event() }
    self.strangers[id], self.count = made, self.count + 1
    task.spawn(function()
      made.around = ask(self, id)
      made.is_asked:set()
    end)
  elseif action == "start" and next(self.members) then
    task.spawn(look_around, self, id, stranger)
  elseif action == "connect" and next(self.members) then
    task.spawn(look_around, self, id, nil) -- what it was in before says nothing of that
  elseif action == "die" or action == "remove" or action == "destroy" then
    forget(self, id)
  end
end

return M
