--- Who may run beside whom: locks that one scenario holds, or several share, and groups of which so
--- many may run at once.
---
--- A need is a place in a resource: of a lock all there is, of a shared one or of a group one
--- place.  Pure bookkeeping; locks that hold between programs are taken by `machine`.
---@class engine.run.locks
local M = {}

---@class engine.run.Need
---@field name string of the resource: "lock db", "group net"
---@field all? boolean nobody else may have a place meanwhile
---@field lock? string of a lock that holds between the programs of one user: its name

---@class engine.run.Locks
---@field used table<string, integer> places that are taken
---@field max table<string, integer> places that a resource has; none: without end
---@field machine? engine.run.MachineLocks
---@field outside table<string, boolean> locks that hold between programs
local Locks = {}
Locks.__index = Locks

---@class engine.run.Reservations places that those who wait before have a claim to
---@field places table<string, integer>
---@field all table<string, boolean>
local Reservations = {}
Reservations.__index = Reservations

--- Adds what somebody waits for.
---@param needs engine.run.Need[]
function Reservations:add(needs)
  for _, need in ipairs(needs) do
    self.places[need.name] = (self.places[need.name] or 0) + 1
    self.all[need.name] = self.all[need.name] or need.all
  end
end

--- Makes the reservations of one search.
---@return engine.run.Reservations
function Locks.reservations()
  return setmetatable({ places = {}, all = {} }, Reservations)
end

local function is_free(self, need, reserved)
  local used, claimed = self.used[need.name] or 0, reserved.places[need.name] or 0
  if need.all then
    return used == 0 and claimed == 0
  elseif self.held[need.name] or reserved.all[need.name] then
    return false
  end
  return used + claimed < (self.max[need.name] or math.huge)
end

--- Takes all needs, or none.
---@param needs engine.run.Need[]
---@param reserved engine.run.Reservations
---@return boolean
function Locks:take(needs, reserved)
  for _, need in ipairs(needs) do
    if not is_free(self, need, reserved) then
      return false
    end
  end
  if self.machine and not self.machine:take(needs) then
    return false
  end
  for _, need in ipairs(needs) do
    self.used[need.name] = (self.used[need.name] or 0) + 1
    self.held[need.name] = need.all or nil
  end
  return true
end

--- Gives needs back.
---@param needs engine.run.Need[]
function Locks:give(needs)
  for _, need in ipairs(needs) do
    self.used[need.name] = self.used[need.name] - 1
    self.held[need.name] = nil
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
    used = {},
    held = {},
    max = max,
    machine = opts.machine,
    outside = opts.machine and opts.outside or {},
  }, Locks)
end

return M
