--- Who may run beside whom: locks that one scenario holds, or several share, and groups of which so
--- many may run at once.
---
--- A need is a place in a resource: of a lock all there is, of a shared one or of a group one
--- place.  Pure bookkeeping; locks that hold between programs are taken by `machine`.
---@class engine.run.locks
local heap = require("engine.heap")
local needs_of = require("engine.run.needs")

local M = {}

---@class engine.run.Need
---@field name string of the resource: "lock db", "group net"
---@field all? boolean nobody else may have a place meanwhile
---@field file? string it is the place of a file, for all its scenarios (engine.run.beside)
---@field lock? string of a lock that holds between the programs of one user: its name

---@class engine.run.Resource
---@field used integer  places that are taken
---@field is_held? boolean by one who has all of them
---@field max? integer  places; nil: without end
---@field waiting engine.run.Lane[] all that wait and need it, the first one last
---@field alone engine.run.Lane[]   those of them that need all of it
---@field parked engine.heap.Heap   tickets of those that were found to wait for it
---@field files table<string, engine.run.FilePlace> that have a place

---@class engine.run.FilePlace
---@field need engine.run.Need
---@field count integer scenarios of the file that use it now

---@class engine.run.Locks
---@field resources table<string, engine.run.Resource> by name, as they are needed
---@field max table<string, integer> places that a resource has; none: without end
---@field machine? engine.run.MachineLocks
---@field found engine.run.Needs
---@field rooms table<string, true> files whose scenarios have a room or hooks in common now
---@field places table<string, engine.run.Resource[]> of files
---@field parked table<string, engine.run.Lane[]> lanes of files that wait for a place
local Locks = {}
Locks.__index = Locks

local function is_before(a, b)
  return a.position < b.position
end

local function resource(self, name)
  local one = self.resources[name]
  if not one then
    one = { used = 0, max = self.max[name], waiting = {}, alone = {},
      parked = heap.new(is_before), files = {} }
    self.resources[name] = one
  end
  return one
end

--- Finds the place of a position in a list whose first one is last.
local function place(list, position)
  local low, high = 1, #list + 1
  while low < high do
    local middle = (low + high) // 2
    if list[middle].position > position then
      low = middle + 1
    else
      high = middle
    end
  end
  return low
end

--- Takes note that a lane waits at its position: it has a claim before all behind it.
---@param lane engine.run.Lane
function Locks:wait(lane)
  for _, need in ipairs(lane.needs) do
    local one = resource(self, need.name)
    table.insert(one.waiting, place(one.waiting, lane.position), lane)
    if need.all then
      table.insert(one.alone, place(one.alone, lane.position), lane)
    end
  end
end

local function leave(self, lane)
  for _, need in ipairs(lane.needs) do
    local one = self.resources[need.name]
    table.remove(one.waiting, place(one.waiting, lane.position))
    if need.all then
      table.remove(one.alone, place(one.alone, lane.position))
    end
  end
end

--- Names the file of a need, in the round of a lane.
local function file_of(need, round)
  return need.file and ("%s#%d"):format(need.file, round)
end

--- Whether a lane may have its place in a resource: nobody has it, nor waits for it before.
local function is_free(one, need, lane)
  if need.file and one.files[file_of(need, lane.round)] then
    return true -- who waits for it waits for the other scenarios of that file
  elseif need.all then
    return one.used == 0 and one.waiting[#one.waiting] == lane
  end
  local first = one.alone[#one.alone]
  if one.is_held or first and first.position < lane.position then
    return false
  end
  local before = #one.waiting - place(one.waiting, lane.position)
  return one.used + before < (one.max or math.huge)
end

--- Parks a lane at the resource that it lacks.
local function park(self, lane, one, need)
  local file = file_of(need, lane.round)
  lane.ticket = { position = lane.position, lane = lane }
  lane.lacks = need
  one.parked:push(lane.ticket)
  if file then
    self.parked[file] = self.parked[file] or {}
    table.insert(self.parked[file], lane)
  end
end

local function unpark(lane, tell)
  lane.ticket = nil
  tell(lane)
end

--- Takes a place for a file.
local function occupy_for(self, file, one, need)
  one.files[file] = { need = need, count = 1 }
  self.places[file] = self.places[file] or {}
  table.insert(self.places[file], one)
end

--- Tells of the lanes that wait for places which their file has now.
local function wake(self, file, tell)
  local lanes = self.parked[file] or {}
  self.parked[file] = nil
  for _, lane in ipairs(lanes) do
    if lane.ticket and file_of(lane.lacks, lane.round) == file then
      unpark(lane, tell)
    end
  end
end

--- The needs of a lane that nobody has for it yet.
local function fresh(self, lane)
  local list = {}
  for _, need in ipairs(lane.needs) do
    local file = file_of(need, lane.round)
    list[#list + 1] = not (file and self.resources[need.name].files[file]) and need or nil
  end
  return list
end

--- Takes all needs of a lane that waits, or none.  Only one who gives something back makes a lane
--- free that was not, or the first of a file, whose others need not wait any more: who takes has
--- had a claim to it before.  So a lane that is not free is parked at the first resource that it
--- lacks, and looked at again then.
---@param lane engine.run.Lane
---@param tell fun(lane: engine.run.Lane) is told of lanes that may be free now
---@return boolean is_taken
---@return boolean? is_outside another program has what it needs: `give` will not tell of it
function Locks:take(lane, tell)
  for _, need in ipairs(lane.needs) do
    local one = self.resources[need.name]
    if not is_free(one, need, lane) then
      park(self, lane, one, need)
      return false
    end
  end
  if self.machine and not self.machine:take(fresh(self, lane)) then
    return false, true
  end
  leave(self, lane)
  local woken
  for _, need in ipairs(lane.needs) do
    local one, file = self.resources[need.name], file_of(need, lane.round)
    local own = file and one.files[file]
    if own then
      own.count = own.count + 1
    else
      one.used, one.is_held = one.used + 1, need.all
      if file then
        occupy_for(self, file, one, need)
        woken = file
      end
    end
  end
  if woken then
    wake(self, woken, tell)
  end
  return true
end

--- Gives a place back.
local function vacate(self, one, need, tell)
  one.used, one.is_held = one.used - 1, nil
  local ticket = one.parked[1]
  while ticket do
    local lane = ticket.lane
    local is_stale = lane.ticket ~= ticket
    if not is_stale and not is_free(one, lane.lacks, lane) then
      break
    end
    one.parked:pop()
    if not is_stale then
      unpark(lane, tell)
    end
    ticket = one.parked[1]
  end
  if self.machine then
    self.machine:give({ need })
  end
end

--- Gives the places of a file back when nothing of it is there that needs them.
local function vacate_for(self, file, tell)
  local list, kept = self.places[file] or {}, {}
  for _, one in ipairs(self.rooms[file] and {} or list) do
    local own = one.files[file]
    if own.count == 0 then
      one.files[file] = nil
      vacate(self, one, own.need, tell)
    else
      kept[#kept + 1] = one
    end
  end
  if not self.rooms[file] then
    self.places[file] = kept[1] and kept or nil
  end
end

--- Gives needs back.
---@param needs engine.run.Need[]
---@param round integer in which they were taken
---@param tell fun(lane: engine.run.Lane) is told of lanes that may be free now
function Locks:give(needs, round, tell)
  local file
  for _, need in ipairs(needs) do
    local one = self.resources[need.name]
    if need.file then
      file = file_of(need, round)
      one.files[file].count = one.files[file].count - 1
    else
      vacate(self, one, need, tell)
    end
  end
  if file then
    vacate_for(self, file, tell)
  end
end

--- Notes that the scenarios of a file have a room or hooks in common: its places are given back
--- when that is over.
---@param file string
---@param round integer
function Locks:hold(file, round)
  self.rooms[("%s#%d"):format(file, round)] = true
end

--- Notes that this is over.
---@param file string
---@param round integer
---@param tell fun(lane: engine.run.Lane) is told of lanes that may be free now
function Locks:release(file, round, tell)
  local own = ("%s#%d"):format(file, round)
  self.rooms[own] = nil
  vacate_for(self, own, tell)
end

--- Names needs so that equal ones have one name.
---@param needs engine.run.Need[] sorted
---@return string
function Locks.key(needs)
  local parts = {}
  for i, need in ipairs(needs) do
    parts[i] = (need.all and "!" or "") .. need.name .. (need.file and "\0" .. need.file or "")
  end
  return table.concat(parts, "\n")
end

--- Lists what a scenario needs, sorted by name, each resource once.
---@param scenario engine.model.Scenario
---@return engine.run.Need[]
function Locks:needs(scenario)
  return self.found:of(scenario)
end

--- Makes the locks of a run; nil when nothing in it needs any.
---@param items engine.model.Scenario[]
---@param opts? { groups?: table<string, integer>, outside?: table<string, boolean>,
---machine?: engine.run.MachineLocks, backend?: string } groups: how many may run at once;
---outside: names of locks that `machine` takes; backend: of a run, so that folders count
---(engine.run.beside)
---@return engine.run.Locks?
---@nodiscard
function M.new(items, opts)
  opts = opts or {}
  local outside = opts.machine and opts.outside or {}
  local found = needs_of.find(items, { outside = outside, backend = opts.backend })
  if not found then
    return nil
  end
  local max = {}
  for name, count in pairs(opts.groups or {}) do
    max["group " .. name] = count
  end
  return setmetatable({ resources = {}, max = max, machine = opts.machine, found = found,
    rooms = {}, places = {}, parked = {} }, Locks)
end

return M
