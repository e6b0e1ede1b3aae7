--- What is to be run, in order: the scenarios of a plan, as often as it says.
---
--- Scenarios that need the same locks stand in one lane.  Who asks gets the first scenario of the
--- plan whose locks are free, unless one that waits before it needs them too: nothing overtakes on
--- a lock, so that none is starved, and all locks of a scenario are taken at once, so that no two
--- wait for each other.  Entries are made when they are needed: a plan may be repeated a million
--- times.
---
--- Waits for nothing.
---@class engine.run.queue
local core = require("core.task")
local heap = require("engine.heap")

local M = {}

---@class engine.run.Queue
---@field items engine.model.Scenario[] of one round
---@field rounds number how often each is run; math.huge: until something ends it
---@field locks? engine.run.Locks
---@field begun integer entries that were begun
---@field round integer the last one that was entered
---@field lanes engine.run.Lane[]
---@field ready engine.heap.Heap lanes that may be free
---@field open integer  lanes that are not through
---@field entries table<integer, engine.run.Entry> that were made and not taken, by position
---@field low integer   no position before it waits
local Queue = {}
Queue.__index = Queue

---@class engine.run.Lane scenarios that need the same
---@field needs engine.run.Need[]
---@field places integer[] in the round, ascending
---@field cursor integer
---@field round integer
---@field position? integer of the scenario that waits; nil: it is through
---@field lacks? engine.run.Need what it was found to wait for
---@field ticket? { position: integer, lane: engine.run.Lane } as it waits for that

local NOTHING = {}

--- The scenario of a round: each later one has a number behind its id.
local function of_round(scenario, round, rounds)
  if rounds == 1 then
    return scenario
  end
  local copy = {}
  for key, value in pairs(scenario) do
    copy[key] = value
  end
  copy.repetition = round
  copy.id = round > 1 and ("%s #%d"):format(scenario.id, round) or scenario.id
  return copy
end

local function place_of(self, position)
  local count = #self.items
  return (position - 1) % count + 1, (position - 1) // count + 1
end

--- Makes the entry of a position, once.
local function entry_at(self, position)
  local entry = self.entries[position]
  if not entry then
    local index, round = place_of(self, position)
    entry = {
      scenario = of_round(self.items[index], round, self.rounds),
      opened = core.event(),
      open_ms = 0,
      position = position,
    }
    self.entries[position] = entry
  end
  return entry
end

local function head_of(self, lane)
  if lane.cursor > #lane.places then
    if lane.round >= self.rounds then
      return nil
    end
    lane.round, lane.cursor = lane.round + 1, 1
  end
  return (lane.round - 1) * #self.items + lane.places[lane.cursor]
end

local function is_before(a, b)
  return a.position < b.position
end

--- Lets a lane wait at its next position, unless it is through.
local function enter(self, lane)
  lane.position = head_of(self, lane)
  if lane.position then
    self.locks:wait(lane)
    self.ready:push(lane)
  else
    self.open = self.open - 1
  end
end

--- Takes note that nothing waits at a position any more.
local function pass(self, position)
  self.taken[position] = true
  while self.taken[self.low] do
    self.taken[self.low] = nil
    self.low = self.low + 1
  end
end

local function take_from(self, lane, position)
  lane.cursor = lane.cursor + 1
  local entry = entry_at(self, position)
  self.entries[position] = nil
  local _, round = place_of(self, position)
  self.round = math.max(self.round, round)
  pass(self, position)
  return entry
end

local function teller(self)
  return function(lane)
    self.ready:push(lane)
  end
end

--- Takes the next entry that may run now, with its locks.
---@return engine.run.Entry? entry
---@return boolean? is_blocked there is one, and its locks are not free
function Queue:take()
  if not self.locks then
    local lane = self.lanes[1]
    local position = lane and head_of(self, lane)
    return position and take_from(self, lane, position)
  end
  local outside, tell = {}, teller(self)
  local lane, entry = self.ready:pop(), nil
  while lane and not entry do
    local is_taken, is_outside = self.locks:take(lane, tell)
    if is_taken then
      entry = take_from(self, lane, lane.position)
      entry.needs = lane.needs
      enter(self, lane)
    else
      outside[#outside + 1] = is_outside and lane or nil
      lane = self.ready:pop()
    end
  end
  for _, one in ipairs(outside) do
    self.ready:push(one)
  end
  return entry, not entry and self.open > 0 or nil
end

--- Gives the locks of an entry back.
---@param entry engine.run.Entry
function Queue:give(entry)
  if entry.needs then
    self.locks:give(entry.needs, entry.scenario.repetition or 1, teller(self))
    entry.needs = nil
  end
end

--- Notes that scenarios of a file have a room or hooks in common, which keeps what they have taken.
---@param file string
---@param round? integer
function Queue:hold(file, round)
  if self.locks then
    self.locks:hold(file, round or 1)
  end
end

--- Notes that this is over.
---@param file string
---@param round? integer
function Queue:release(file, round)
  if self.locks then
    self.locks:release(file, round or 1, teller(self))
  end
end

--- Lists the next entries, taken or not made yet, for who prepares them.
---@param count integer
---@return engine.run.Entry[]
function Queue:ahead(count)
  local list, position, last = {}, self.low, self:last()
  while #list < count and position <= last do
    if not self.taken[position] then
      list[#list + 1] = entry_at(self, position)
    end
    position = position + 1
  end
  return list
end

--- Whether something waits to begin.
---@return boolean
function Queue:has_more()
  return self.low <= self:last()
end

--- Whether somebody outside of this program may hold a lock that is needed.
---@return boolean
function Queue:is_outside()
  return self.locks ~= nil and self.locks.machine ~= nil
end

--- The last position there is.
---@return number
function Queue:last()
  return #self.items * self.rounds
end

--- How many scenarios the run has: of a run without end, those of the rounds that have begun.
---@return integer
function Queue:size()
  return #self.items * (self.is_open and self.round or self.rounds)
end

local function make_lanes(items, locks)
  local lanes, by_key = {}, {}
  for i, scenario in ipairs(items) do
    local needs = locks and locks:needs(scenario) or NOTHING
    local key = locks and locks.key(needs) or ""
    local lane = by_key[key]
    if not lane then
      lane = { needs = needs, places = {}, cursor = 1, round = 1 }
      by_key[key], lanes[#lanes + 1] = lane, lane
    end
    lane.places[#lane.places + 1] = i
  end
  return lanes
end

--- Makes the queue of a plan.
---@param items engine.model.Scenario[]
---@param opts? { rounds?: number, is_open?: boolean, locks?: engine.run.Locks } is_open: the rounds
---are a bound, and only those count that have begun
---@return engine.run.Queue
---@nodiscard
function M.new(items, opts)
  opts = opts or {}
  local self = setmetatable({
    items = items,
    rounds = #items > 0 and opts.rounds or 1,
    is_open = opts.is_open,
    locks = opts.locks,
    lanes = make_lanes(items, opts.locks),
    entries = {},
    taken = {},
    begun = 0,
    round = 1,
    low = 1,
    ready = heap.new(is_before),
  }, Queue)
  self.open = #self.lanes
  for _, lane in ipairs(opts.locks and self.lanes or {}) do
    enter(self, lane)
  end
  return self
end

return M
