--- What a run that goes on answers to other programs of its user: which services its rooms have,
--- what those print, and their restart.
---
--- It listens at a socket of its own (engine.live.place) from when it has the first services until
--- its end.  Who asks sends one line of JSON, and is answered with several; the last one says that
--- it was all.  Nobody who asks keeps the run from anything: what is said to one who does not
--- listen is bounded, and so is the time.
---@class engine.live
local core = require("core.task")
local crew = require("engine.service.crew")
local place = require("engine.live.place")
local talk = require("core.talk")

local M = {}

M.CONNECTIONS_MAX = 8
M.LEAVE_MS = 200 -- for one who has asked to take the answer, when the run ends
M.BACK_MS = 1000 -- before it is tried again when the machine has no more descriptors

---@class engine.live.Desk
---@field run engine.run.Run
---@field private door core.talk.Door
---@field crew engine.service.Crew
---@field rooms table<integer, engine.live.Room>
---@field private last integer
---@field private count integer who is there
local Desk = {}
Desk.__index = Desk

---@class engine.live.Room
---@field key integer
---@field number integer which of its scenario
---@field services engine.run.Services
---@field followers table<engine.live.Follower, true>

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
        -- its faults are told to who asks: none of them is the run's
        pcall(require("engine.live.answer").to, self, connection)
      end)
    elseif err.code == "ECANCELED" then
      return
    else
      core.sleep(M.BACK_MS)
    end
  end
end

local function open(run)
  local path = place.prepare(run.live_id or run.id)
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
---@async
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
  if self.run.live_id and not next(self.rooms) then -- of a program: nobody knows when it is over
    self.run.desk = nil
    self:close()
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
end

return M
