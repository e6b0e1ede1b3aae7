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
---@field file? string it is the place of a file, for all its scenarios that share a room
---@field lock? string of a lock that holds between the programs of one user: its name

---@class engine.run.Resource
---@field used integer  places that are taken
---@field is_held? boolean by one who has all of them
---@field max? integer  places; nil: without end
---@field waiting engine.run.Lane[] all that wait and need it, the first one last
---@field alone engine.run.Lane[]   those of them that need all of it
---@field parked engine.heap.Heap   those that were found to wait for it, and for nothing before it
---@field files table<string, integer> that have a place: how many of their scenarios use it now

---@class engine.run.Locks
---@field resources table<string, engine.run.Resource> by name, as they are needed
---@field max table<string, integer> places that a resource has; none: without end
---@field machine? engine.run.MachineLocks
---@field outside table<string, boolean> locks that hold between programs
---@field beside table<engine.model.Scenario, engine.run.Need[]> of folders (engine.run.beside)
---@field rooms table<string, integer> of files: how many that their scenarios share are there
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

--- Whether a lane may have its place in a resource: nobody has it, nor waits for it before.
local function is_free(one, need, lane)
  if one.files[need.file] then
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

--- Takes a place in a resource.
---@return boolean? is_new a file has it now, whose other scenarios need not wait for it any more
local function occupy(one, need)
  local count = need.file and one.files[need.file]
  if count then
    one.files[need.file] = count + 1
    return
  end
  one.used, one.is_held = one.used + 1, need.all
  if need.file then
    one.files[need.file] = 1
    return true
  end
end

--- Tells of the lanes that wait for a place which their file has now.
local function wake(one, file, tell)
  local lane, others = one.parked:pop(), {}
  while lane do
    if lane.lacks.file == file then
      tell(lane)
    else
      others[#others + 1] = lane
    end
    lane = one.parked:pop()
  end
  for _, other in ipairs(others) do
    one.parked:push(other)
  end
end

--- Takes all needs of a lane that waits, or none.  Only one who gives something back makes a lane
--- free that was not: who takes has had a claim to it before.  So a lane that is not free is parked
--- at the first resource that it lacks, and looked at again when that is given back.
---@param lane engine.run.Lane
---@param tell fun(lane: engine.run.Lane) is told of lanes that may be free now
---@return boolean is_taken
---@return boolean? is_outside another program has what it needs: `give` will not tell of it
function Locks:take(lane, tell)
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
    if occupy(one, need) then
      wake(one, need.file, tell)
    end
  end
  return true
end

--- Gives a place back.
local function vacate(one, tell)
  one.used, one.is_held = one.used - 1, nil
  local lane = one.parked[1]
  while lane and is_free(one, lane.lacks, lane) do
    tell(one.parked:pop())
    lane = one.parked[1]
  end
end

--- Gives the place of a file back when nothing of it is there that needs it.
local function vacate_file(self, one, file, tell)
  if one.files[file] == 0 and not self.rooms[file] then
    one.files[file] = nil
    vacate(one, tell)
  end
end

--- Gives needs back.
---@param needs engine.run.Need[]
---@param tell fun(lane: engine.run.Lane) is told of lanes that may be free now
function Locks:give(needs, tell)
  for _, need in ipairs(needs) do
    local one = self.resources[need.name]
    if need.file then
      one.files[need.file] = one.files[need.file] - 1
      vacate_file(self, one, need.file, tell)
    else
      vacate(one, tell)
    end
  end
  if self.machine then
    self.machine:give(needs)
  end
end

--- Notes that the scenarios of a file have a room in common: its places are given back when that is
--- gone.
---@param file string
function Locks:hold(file)
  self.rooms[file] = (self.rooms[file] or 0) + 1
end

--- Notes that such a room is gone.
---@param file string
---@param tell fun(lane: engine.run.Lane) is told of lanes that may be free now
function Locks:release(file, tell)
  self.rooms[file] = self.rooms[file] > 1 and self.rooms[file] - 1 or nil
  for _, one in pairs(self.resources) do
    vacate_file(self, one, file, tell)
  end
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
  for _, need in ipairs(self.beside[scenario] or {}) do
    add(need)
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

--- Whether services of a scenario's file are shown folders of this machine.
local function shows_folders(scenario)
  for _, spec in ipairs(scenario.suite and scenario.suite.services or {}) do
    for _, volume in ipairs(spec.volumes or {}) do
      if volume.source then
        return true
      end
    end
  end
  return false
end

--- Makes the locks of a run; nil when nothing in it needs any.
---@param items engine.model.Scenario[]
---@param opts? { groups?: table<string, integer>, outside?: table<string, boolean>,
---machine?: engine.run.MachineLocks, backend?: string } groups: how many may run at once; outside:
---names of locks that `machine` takes; backend: of a run, so that folders count (engine.run.beside)
---@return engine.run.Locks?
---@nodiscard
function M.new(items, opts)
  opts = opts or {}
  local is_needed, has_volumes = false, false
  for _, scenario in ipairs(items) do
    is_needed = is_needed or M.is_needed(scenario)
    has_volumes = has_volumes or opts.backend ~= nil and shows_folders(scenario)
  end
  local beside = has_volumes and require("engine.run.beside").needs(items, opts.backend) or nil
  if not is_needed and not beside then
    return nil
  end
  local max = {}
  for name, count in pairs(opts.groups or {}) do
    max["group " .. name] = count
  end
  return setmetatable({
    resources = {},
    max = max,
    machine = opts.machine,
    outside = opts.machine and opts.outside or {},
    beside = beside or {},
    rooms = {},
  }, Locks)
end

return M
