--- Who may run beside whom: locks that one scenario holds, or several share, and groups of which so
--- many may run at once.
---
--- A need is a place in a resource: of a lock all there is, of a shared one or of a group one
--- place.  Pure bookkeeping; locks that hold between programs are taken by `machine`.
---@class engine.run.locks
local heap = require("engine.heap")

local M = {}

---@class engine.run.Need
---@field name string of the resource: "lock db", "group net"
---@field all? boolean nobody else may have a place meanwhile
---@field lock? string of a lock that holds between the programs of one user: its name

---@class engine.run.Resource
---@field used integer  places that are taken
---@field is_held? boolean by one who has all of them
---@field max? integer  places; nil: without end
---@field waiting engine.run.Lane[] all that wait and need it, the first one last
---@field alone engine.run.Lane[]   those of them that need all of it
---@field parked engine.heap.Heap   those that were found to wait for it, and for nothing before it

---@class engine.run.Locks
---@field resources table<string, engine.run.Resource> by name, as they are needed
---@field max table<string, integer> places that a resource has; none: without end
---@field machine? engine.run.MachineLocks
---@field outside table<string, boolean> locks that hold between programs
local Locks = {}
Locks.__index = Locks

local function is_before(a, b)
  return a.position < b.position
end

local function resource(self, name)
  local one = self.resources[name]
  if not one then
    one = { used = 0, max = self.max[name], waiting = {}, alone = {},
      parked = heap.new(is_before) }
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

--- Whether a lane may have its place in a resource: nobody has it, nor waits for it before.
local function is_free(one, need, lane)
  if need.all then
    return one.used == 0 and one.waiting[#one.waiting] == lane
  end
  local first = one.alone[#one.alone]
  if one.is_held or first and first.position < lane.position then
    return false
  end
  local before = #one.waiting - place(one.waiting, lane.position)
  return one.used + before < (one.max or math.huge)
end

--- Takes all needs of a lane that waits, or none.  Only one who gives something back makes a lane
--- free that was not: who takes has had a claim to it before.  So a lane that is not free is parked
--- at the first resource that it lacks, and looked at again when that is given back.
---@param lane engine.run.Lane
---@return boolean is_taken
---@return boolean? is_outside another program has what it needs: `give` will not tell of it
function Locks:take(lane)
  for _, need in ipairs(lane.needs) do
    local one = self.resources[need.name]
    if not is_free(one, need, lane) then
      lane.lacks = need
      one.parked:push(lane)
      return false
    end
  end
  if self.machine and not self.machine:take(lane.needs) then
    return false, true
  end
  leave(self, lane)
  for _, need in ipairs(lane.needs) do
    local one = self.resources[need.name]
    one.used, one.is_held = one.used + 1, need.all
  end
  return true
end

--- Gives needs back.
---@param needs engine.run.Need[]
---@param tell fun(lane: engine.run.Lane) is told of lanes that may be free now
function Locks:give(needs, tell)
  for _, need in ipairs(needs) do
    local one = self.resources[need.name]
    one.used, one.is_held = one.used - 1, nil
    local lane = one.parked[1]
    while lane and is_free(one, lane.lacks, lane) do
      tell(one.parked:pop())
      lane = one.parked[1]
    end
  end
  if self.machine then
    self.machine:give(needs)
  end
end

--- Names needs so that equal ones have one name.
---@param needs engine.run.Need[] sorted
---@return string
function Locks.key(needs)
  local parts = {}
  for i, need in ipairs(needs) do
    parts[i] = (need.all and "!" or "") .. need.name
  end
  return table.concat(parts, "\n")
end

--- Lists what a scenario needs, sorted by name, each resource once.
---@param scenario engine.model.Scenario
---@return engine.run.Need[]
function Locks:needs(scenario)
  local by_name, list = {}, {}
  local function add(need)
    local known = by_name[need.name]
    if known then
      known.all = known.all or need.all
    else
      by_name[need.name], list[#list + 1] = need, need
    end
  end
  for _, lock in ipairs(scenario.locks or {}) do
    add({
      name = "lock " .. lock.name,
      lock = self.outside[lock.name] and lock.name or nil,
      all = not lock.shared or nil,
    })
  end
  if scenario.group then
    add({ name = "group " .. scenario.group })
  end
  table.sort(list, function(a, b)
    return a.name < b.name
  end)
  return list
end

--- Whether a scenario needs anything.
---@param scenario engine.model.Scenario
---@return boolean
---@nodiscard
function M.is_needed(scenario)
  return scenario.group ~= nil or scenario.locks ~= nil and scenario.locks[1] ~= nil
end

--- Makes the locks of a run; nil when nothing in it needs any.
---@param items engine.model.Scenario[]
---@param opts? { groups?: table<string, integer>, outside?: table<string, boolean>,
---machine?: engine.run.MachineLocks } groups: how many may run at once; outside: names of locks
---that `machine` takes
---@return engine.run.Locks?
---@nodiscard
function M.new(items, opts)
  local is_needed = false
  for _, scenario in ipairs(items) do
    is_needed = is_needed or M.is_needed(scenario)
  end
  if not is_needed then
    return nil
  end
  opts = opts or {}
  local max = {}
  for name, count in pairs(opts.groups or {}) do
    max["group " .. name] = count
  end
  return setmetatable({
    resources = {},
    max = max,
    machine = opts.machine,
    outside = opts.machine and opts.outside or {},
  }, Locks)
end

return M
