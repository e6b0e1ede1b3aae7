--- Rooms made ahead of demand.
---
--- Who will need a room says so (`expect`) and comes for it later (`take`): rooms that are alike
--- (engine.pool.key) stand on one shelf, and whoever comes first gets the first that is there. No
--- room is made that nobody is expected for. One that waited is asked whether it lives before it is
--- given away. A room is used once, unless its file says `reuse = "verified"`: then it can be given
--- back, and stands there again when nothing of its use is left (engine.pool.dirty).
---
--- A pool lives as long as its run: what it made is in the run's journal like any other room.
---@class engine.pool
local claim = require("engine.pool.claim")
local clock = require("engine.run.clock")
local idle = require("engine.pool.idle")
local key_of = require("engine.pool.key")
local size = require("engine.pool.size")
local stats_of = require("engine.pool.stats")
local task = require("clnrm.task")

local M = {}

M.IDLE_MS = 600000 -- a room that nobody took for so long is closed

---@class engine.pool.Ticket a claim to a room
---@field shelf engine.pool.Shelf
---@field spec engine.backend.OpenSpec
---@field served? core.task.Event it was answered: by a room, or with why there is none
---@field room? table
---@field used? integer how often that was used before
---@field err? core.Error

---@class engine.pool.Shelf rooms that are alike
---@field backend engine.backend
---@field spec engine.backend.OpenSpec
---@field may_return boolean they can be used again
---@field returns number     and so large a part of those that were given back lately was
---@field idle { room: table, since: number, used: integer }[]
---@field waiters table[]    tickets that are waited with
---@field making integer
---@field out integer        rooms that are used, or looked through
---@field taken integer      that were given away since the pool was taken over
---@field has_failed boolean the last could not be made: only who waits is made one

---@class engine.pool.Options
---@field make async fun(spec: engine.backend.OpenSpec, backend: engine.backend): table?,
---core.Error?
---@field spawn fun(fn: async fun(...), ...) starts a task that is waited for before `close`
---@field jobs fun(): integer how many scenarios run at once
---@field cores integer
---@field may_prepare fun(): boolean whether rooms may be made that nobody waits for yet
---@field keeps? boolean   it outlives its run, and so do rooms that may (engine.pool.kept)
---@field idle_ms? number

---@class engine.pool.Pool
---@field private opts engine.pool.Options
---@field private shelves table<string, engine.pool.Shelf>
---@field private order engine.pool.Ticket[] expected, the next first
---@field private seen engine.pool.Measured
---@field stats engine.pool.Stats
---@field private errors core.Error[]
---@field private uses table<table, integer> how often a room that is out was used before
local Pool = {}
Pool.__index = Pool

local function make(self, shelf, spec)
  local began = clock.ms()
  local room, err = self.opts.make(spec, shelf.backend)
  if room and shelf.may_return then
    local dirty = require("engine.pool.dirty")
    room.clean, room.unknown = dirty.look(room, dirty.own_of(spec))
  end
  shelf.making = shelf.making - 1
  shelf.has_failed = not room
  if room then
    local ms = clock.since(began)
    room.made_ms = ms
    self.stats:made_one(ms)
    self.seen.made_ms = size.mean(self.seen.made_ms, ms)
    claim.offer(self, shelf, room, 0)
  else
    local ticket = table.remove(shelf.waiters, 1)
    if ticket then
      ticket.err = err
      ticket.served:set()
    end
  end
  self:fill()
end

--- Begins to make a room.
---@param shelf engine.pool.Shelf
---@param spec engine.backend.OpenSpec
function Pool:make_one(shelf, spec)
  shelf.making = shelf.making + 1
  self.opts.spawn(make, self, shelf, spec)
end

--- Closes a room that waited.
---@async
---@param one { room: table, used: integer }
function Pool:discard(one)
  self.stats:add("wasted", one.used == 0 and 1 or 0)
  claim.close(self, one.room)
end

--- Says for how many of the next scenarios rooms are made now.
---@return integer
function Pool:ahead()
  return size.ahead(self.opts.jobs(), self.opts.cores, self.seen)
end

--- Makes what is wanted and not there.
function Pool:fill()
  local jobs, coming = self.opts.jobs(), {}
  local may_prepare = not self.is_closed and self.opts.may_prepare()
  local ahead = may_prepare and self:ahead() or 0
  for i = 1, math.min(ahead, #self.order) do
    local shelf = self.order[i].shelf
    coming[shelf] = (coming[shelf] or 0) + 1
  end
  for _, shelf in pairs(self.shelves) do
    local more = shelf.has_failed and 0 or coming[shelf] or 0
    local count_wanted = size.wanted(shelf, #shelf.waiters, more, jobs)
    for i = shelf.making + #shelf.idle + 1, count_wanted do
      self:make_one(shelf, (shelf.waiters[i] or shelf).spec)
    end
  end
end

--- Finds where rooms that are alike stand.
---@param backend engine.backend
---@param spec engine.backend.OpenSpec
---@return engine.pool.Shelf? shelf nil: such a room is made by who needs it
function Pool:shelf_of(backend, spec)
  local is_wanted = backend.pools == "all" or spec.room ~= nil and spec.room.reuse == "verified"
    or self.opts.keeps and backend.outlives ~= nil and backend.outlives(spec)
  local key = is_wanted and key_of.of(backend, spec)
  if not key then
    return nil
  end
  local shelf = self.shelves[key]
  if not shelf then
    local may_return = spec.room ~= nil and spec.room.reuse == "verified"
    shelf = { backend = backend, spec = spec, may_return = may_return, returns = 1,
      idle = {}, waiters = {}, making = 0, out = 0, taken = 0, has_failed = false }
    self.shelves[key] = shelf
  end
  return shelf
end

--- Says that somebody will come for a room of a shelf.
---@param shelf engine.pool.Shelf
---@param spec engine.backend.OpenSpec
---@param is_next? boolean who comes is there already: nothing is made ahead for this claim
---@return engine.pool.Ticket
function Pool:expect_on(shelf, spec, is_next)
  local ticket = { shelf = shelf, spec = spec }
  if not is_next then
    self.order[#self.order + 1] = ticket
    self:fill()
  end
  return ticket
end

--- Says that somebody will come for a room.
---@param backend engine.backend
---@param spec engine.backend.OpenSpec
---@return engine.pool.Ticket? ticket nil: such a room is made by who needs it
function Pool:expect(backend, spec)
  local shelf = self:shelf_of(backend, spec)
  return shelf and self:expect_on(shelf, spec)
end

--- Takes a claim back, of which nothing will come.
---@param ticket engine.pool.Ticket
function Pool:forget(ticket)
  claim.drop(self.order, ticket)
end

---@class engine.pool.Taken how a room was come by
---@field from "made"|"ready"|"reused"
---@field made_ms number what making it took
---@field wait_ms number what its taker waited

--- Takes the room of a claim.
---@async
---@param ticket engine.pool.Ticket
---@return table? room
---@return core.Error? err
---@return engine.pool.Taken? taken
function Pool:take(ticket)
  local began = clock.ms()
  self:forget(ticket)
  local room, used, was_there = claim.get(self, ticket)
  local wait_ms = clock.since(began)
  self.stats:add("wait_ms", wait_ms)
  if not room then
    return nil, used
  end
  idle.refresh(room, ticket.spec)
  self:fill()
  self.stats:add("taken")
  ticket.shelf.taken = ticket.shelf.taken + 1
  self.stats:add("ready", was_there and 1 or 0)
  self.stats:add("again", used > 0 and 1 or 0)
  self.uses[room] = used
  return room, nil, {
    from = used > 0 and "reused" or was_there and "ready" or "made",
    made_ms = room.made_ms,
    wait_ms = wait_ms,
  }
end

--- Gives a room back after its use, if it can be used again.
---@async
---@param ticket engine.pool.Ticket with which it was taken
---@param room table
---@param spoilt? string why it is not to be used again in any case
---@return boolean is_back else it is still the caller's, to be closed and then told (`ended`)
---@return string? why not; nil: nobody asked for it
function Pool:give_back(ticket, room, spoilt)
  local shelf = ticket.shelf
  if not shelf.may_return or self.is_closed then
    return false
  end
  local left = idle.left(room, spoilt)
  if #left > 0 then
    shelf.returns = size.mean(shelf.returns, 0)
    self.stats:add("dirty")
    return false, table.concat(left, "; ")
  end
  local used = self.uses[room] + 1
  self.uses[room] = nil
  shelf.returns = size.mean(shelf.returns, 1)
  shelf.out = shelf.out - 1
  claim.offer(self, shelf, room, used)
  self:fill()
  return true
end

--- Takes note that a room that was taken is no more.
---@param ticket engine.pool.Ticket
---@param room table
---@param used_ms? number how long a scenario ran in it
function Pool:ended(ticket, room, used_ms)
  self.uses[room] = nil
  ticket.shelf.out = ticket.shelf.out - 1
  self:used(used_ms)
  self:fill()
end

--- Takes note of how long a scenario ran in a room.
---@param ms? number
function Pool:used(ms)
  self.seen.used_ms = ms and size.mean(self.seen.used_ms, ms) or self.seen.used_ms
end

--- Closes rooms that nobody has taken for long.
---@async
---@param now number
---@return number? next_ms when to look again; nil: nothing waits
function Pool:sweep(now)
  local idle_ms, first = self.opts.idle_ms or M.IDLE_MS, nil
  for _, shelf in pairs(self.shelves) do
    while shelf.idle[1] and shelf.idle[1].since + idle_ms <= now do
      local one = table.remove(shelf.idle, 1)
      self:discard(one)
    end
    local since = shelf.idle[1] and shelf.idle[1].since
    first = since and math.min(first or since, since) or first
  end
  return first and first + idle_ms - now
end

--- Closes what waits, all at once. What is made meanwhile is closed as soon as it is there.
---@async
---@return core.Error[] errors of rooms that could not be closed
function Pool:close()
  self.is_closed = true
  local group <close> = task.group()
  for _, shelf in pairs(self.shelves) do
    for _, one in ipairs(shelf.idle) do
      group:spawn(self.discard, self, one)
    end
    shelf.idle = {}
  end
  group:wait()
  return self.errors
end

--- Makes a pool.
---@param opts engine.pool.Options
---@return engine.pool.Pool
---@nodiscard
function M.new(opts)
  return setmetatable({ opts = opts, shelves = {}, order = {}, seen = {}, stats = stats_of.new(),
    errors = {}, uses = setmetatable({}, { __mode = "k" }) }, Pool)
end

--- Tells what all pools of this process have counted.
---@return table<string, number> # as engine.pool.Stats
---@nodiscard
function M.stats()
  return stats_of.total:copy()
end

return M
