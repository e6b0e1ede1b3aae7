--- Containers that are not of a run, and come into a network of it.
---
--- Docker tells of each which network it comes into.  Podman does not, so that it has to be asked;
--- one that has gone by then is known by what was asked as it was made.  Of one that nothing is
--- known of, nobody knows whose company it was: all that are in a network are lost.
---@class engine.backend.container.company
local labels = require("engine.docker.labels")
local task = require("core.task")

local M = {}

M.KEPT_MAX = 1024 -- containers of others that run or are about to

---@class engine.backend.container.Stranger
---@field networks? table<string, true> by name, and by id; nil: not known
---@field is_asked core.task.Event

---@class engine.backend.container.Company
---@field private client engine.docker.Client
---@field private run? string value of the label of the run's containers
---@field private members table<string, engine.backend.container.Member> by the ids of containers
---@field private lose fun(member: engine.backend.container.Member, what: string)
---@field private strangers table<string, engine.backend.container.Stranger> of Podman, by id
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
    strangers = {}, count = 0 }, Company)
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

--- Whether containers of this run are in a network; nil: in any.
local function has_members(self, name)
  for _, member in pairs(self.members) do
    if name and M.is_own(member, name) or not name and (member.networks or {})[1] then
      return true
    end
  end
  return false
end

local function table_of(value)
  return type(value) == "table" and value or {}
end

local function is_of_run(self, its)
  return self.run ~= nil and labels.is_ours(its) and its[labels.RUN] == self.run
end

--- Asks which networks a container is in.
---@return table<string, true>? networks nil: it does not tell
---@return boolean? is_ours
---@return core.Error? err
local function ask(self, id)
  local told, err = self.client:call("GET", ("/containers/%s/json"):format(id))
  if type(told) ~= "table" then
    return nil, false, err
  end
  local networks = {}
  for name, one in pairs(table_of(table_of(told.NetworkSettings).Networks)) do
    networks[name] = true
    networks[table_of(one).NetworkID or name] = true
  end
  return networks, is_of_run(self, table_of(told.Config).Labels)
end

local function lose_beside(self, id, networks)
  for _, member in pairs(self.members) do
    for _, joined in ipairs(member.networks or {}) do
      local name = joined.network.name
      if networks[name] or joined.id and networks[joined.id] then
        self.lose(member, ("was given company in the network '%s', container %s,"):format(name,
          id:sub(1, 12)))
        break
      end
    end
  end
end

local function lose_all(self, id)
  for _, member in pairs(self.members) do
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
    lose_beside(self, id, { [network] = true })
  end
end

--- Looks which networks a container is in, and who else is.
---@param stranger? engine.backend.container.Stranger what was asked before, and holds still
local function look_around(self, id, stranger)
  local networks, is_ours, err = ask(self, id)
  if is_ours or err and err.code == "ECANCELED" then
    return
  end
  if not networks and stranger then
    stranger.is_asked:wait()
    networks = stranger.networks
  end
  if networks then
    lose_beside(self, id, networks)
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

--- Takes what Podman tells of a container that is none of the run's, as far as that is known.
---@param action string of the event
---@param id any
---@param attributes table with its labels
function Company:moved(action, id, attributes)
  if type(id) ~= "string" then
    return
  end
  local stranger = self.strangers[id] -- also when it is forgotten while it is asked
  if action == "create" and not is_of_run(self, attributes) and self.count < M.KEPT_MAX then
    forget(self, id)
    local made = { is_asked = task.event() }
    self.strangers[id], self.count = made, self.count + 1
    task.spawn(function()
      made.networks = ask(self, id)
      made.is_asked:set()
    end)
  elseif action == "start" and has_members(self) then
    task.spawn(look_around, self, id, stranger)
  elseif action == "connect" and has_members(self) then
    task.spawn(look_around, self, id, nil) -- what it was in before says nothing of that
  elseif action == "die" or action == "remove" then
    forget(self, id)
  end
end

return M
