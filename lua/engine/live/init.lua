--- What a run that goes on answers to other programs of its user: which services its rooms have,
--- what those print, and their restart.
---
--- It listens at a socket of its own (engine.live.place) from when it has the first services until
--- its end.  Who asks sends one line of JSON, and is answered with several; the last one says that
--- it was all.  Nobody who asks keeps the run from anything: what is said to one who does not
--- listen is bounded, and so is the time.
---@class engine.live
local content = require("engine.kept.content")
local core = require("core.task")
local crew = require("engine.service.crew")
local error_new = require("core.error").new
local json = require("core.json")
local place = require("engine.live.place")
local talk = require("core.talk")

local M = {}

M.VERSION = 1
M.CONNECTIONS_MAX = 8
M.ASK_MS = 5000 -- for one who has come to have asked
M.SEND_MS = 10000 -- for one who has asked to take the answer
M.LEAVE_MS = 200 -- the same, when the run ends
M.UNSENT_MAX = 1 << 20 -- bytes that wait before the next service begins
M.BACK_MS = 1000 -- before it is tried again when the machine has no more descriptors

---@class engine.live.Desk
---@field run engine.run.Run
---@field private door core.talk.Door
---@field private crew engine.service.Crew
---@field private rooms table<integer, engine.live.Room>
---@field private last integer
---@field private count integer who is there
local Desk = {}
Desk.__index = Desk

---@class engine.live.Room
---@field key integer
---@field number integer which of its scenario
---@field services engine.run.Services
---@field followers table<engine.live.Follower, true>

local function say(connection, message)
  local line = assert(json.encode(message, { invalid = "replace" }))
  local ok, err = connection:write(line)
  if not ok and err.code == "ELIMIT" then
    ok = core.timeout(M.SEND_MS, connection.flush, connection) and connection:write(line)
  end
  return ok
end

local function refusal(code, message, help)
  return error_new({ code = code, op = "live", message = message, detail = { help = help } })
end

--- Says what a scenario is called outside, without secrets.
local function name_of(self, services)
  return self.run.secrets:id(services.cx.scenario.id)
end

--- Describes the services of a room as `clnrm services` shows them.
local function describe(self, one)
  local services, rows = one.services, json.array()
  local scenario, room = services.cx.scenario, services.set.room
  for _, seen in ipairs(content.services(room, { services }, self.run.secrets:mask(scenario.id))) do
    rows[#rows + 1] = { service = seen.name, state = seen.state, pid = seen.pid,
      container = seen.container, began_s = seen.began_s, starts = seen.starts,
      ports = seen.ports }
  end
  local engine = room.session and room:identity() or nil
  return { key = one.key, scenario = name_of(self, services), number = one.number,
    room = engine and engine.room, endpoint = engine and engine.endpoint,
    backend = engine and engine.backend or "sandbox", services = rows }
end

local asks = {}

--- Which rooms there are.
function asks.rooms(self, connection)
  local keys = {}
  for key in pairs(self.rooms) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  for _, key in ipairs(keys) do
    local one = self.rooms[key]
    if one and not say(connection, { room = describe(self, one) }) then
      return
    end
  end
end

local function find(self, ask)
  local one = self.rooms[math.tointeger(ask.key) or 0]
  if not one then
    return nil, refusal("ENOENT", "the room is over")
  end
  local set = one.services.set
  if ask.service ~= nil and not set.specs[ask.service] then
    local names = table.move(set.names, 1, #set.names, 1, {})
    table.sort(names)
    return nil, refusal("EINVAL", ("the room has no service '%s'"):format(tostring(ask.service)),
      names[1] and "it has: " .. table.concat(names, ", ") or "it has none")
  end
  return one
end

--- Waits until one who follows is gone, or what he follows is.
local function await_end(self, connection, follower)
  local reader = self.crew:spawn(function()
    while connection:read() do
      core.yield() -- he has nothing to say any more
    end
    follower.over:set()
  end)
  local _ <close> = setmetatable({}, { __close = function()
    reader:cancel()
  end })
  follower.over:wait()
end

--- What services print.
function asks.logs(self, connection, ask)
  local one, err = find(self, ask)
  if not one then
    return err
  end
  local services = one.services
  local mask = self.run.secrets:mask(services.cx.scenario.id)
  local follower = require("engine.live.follow").new(connection, function(line)
    return mask and mask:text(line) or line
  end)
  local _ <close> = setmetatable({}, { __close = function()
    one.followers[follower] = nil
    follower:finish()
  end })
  one.followers[follower] = true
  for _, name in ipairs(services.set.names) do
    if ask.service == nil or ask.service == name then
      if connection:unsent() > M.UNSENT_MAX then
        core.timeout(M.SEND_MS, connection.flush, connection)
      end
      follower:add(services.set:get(name))
    end
  end
  if ask.follows then
    await_end(self, connection, follower)
  end
end

--- Restarts a service.
function asks.restart(self, _, ask)
  local one, err = find(self, ask)
  if not one then
    return err
  end
  local ok
  ok, err = require("engine.live.restart").run(self.run, one.services, ask.service)
  if not ok then
    return err
  end
end

--- Answers one who has come.
local function serve(self, connection)
  local _ <close> = connection
  local line = core.timeout(M.ASK_MS, connection.read, connection)
  local ask = line and json.decode(line)
  local fn = type(ask) == "table" and asks[ask.ask] or nil
  local err
  if not line then
    return
  elseif not fn or ask.version ~= M.VERSION then
    err = refusal("EPROTO", "the run is one of another clnrm")
  else
    err = fn(self, connection, ask)
  end
  local told = err and { code = err.code, message = err.message,
    help = err.detail and err.detail.help }
  say(connection, { done = true, error = told or nil })
  core.timeout(self.is_closing and M.LEAVE_MS or M.SEND_MS, connection.flush, connection)
end

--- Takes those who come.
local function take(self)
  while true do
    local connection, err = self.door:next()
    if connection and self.count >= M.CONNECTIONS_MAX then
      connection:close()
    elseif connection then
      self.count = self.count + 1
      self.crew:spawn(function()
        local _ <close> = setmetatable({}, { __close = function()
          self.count = self.count - 1
        end })
        serve(self, connection)
      end)
    elseif err.code == "ECANCELED" then
      return
    else
      core.sleep(M.BACK_MS)
    end
  end
end

local function open(run)
  local path = place.prepare(run.id)
  local door = path and talk.listen(path)
  if not door then
    return false -- nobody can ask: `clnrm services` says what the record has
  end
  local self = setmetatable({ run = run, door = door, crew = crew.new(), rooms = {}, last = 0,
    count = 0 }, Desk)
  self.crew:spawn(take, self)
  return self
end

--- Answers for the services of a room from now on.
---@param run engine.run.Run
---@param services engine.run.Services
function M.enter(run, services)
  if run.desk == nil then
    run.desk = open(run)
  end
  local self = run.desk
  if not self then
    return
  end
  local number, id = 1, services.cx.scenario.id
  for _, one in pairs(self.rooms) do
    number = number + (one.services.cx.scenario.id == id and 1 or 0)
  end
  self.last = self.last + 1
  self.rooms[self.last] = { key = self.last, number = number, services = services,
    followers = {} }
  services.desk_key = self.last
end

--- Answers for them no more: who follows them is told the last of it.
---@param services engine.run.Services
function M.leave(services)
  local self = services.run.desk
  local one = self and self.rooms[services.desk_key]
  if not one then
    return
  end
  self.rooms[services.desk_key] = nil
  for follower in pairs(one.followers) do
    follower.over:set()
  end
end

local function close(self)
  core.timeout(M.LEAVE_MS, self.crew.join, self.crew)
  self.crew:cancel()
  self.crew:join()
end

--- Ends it, with the run: who has asked has a moment to take his answer.
---@async
function Desk:close()
  self.is_closing = true
  self.door:close()
  for _, one in pairs(self.rooms) do
    for follower in pairs(one.followers) do
      follower.over:set()
    end
  end
  core.shield(close, self)
  self.crew:check()
end

return M
