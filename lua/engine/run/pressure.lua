--- What the machine has left: processors, memory; for `-j auto`.
---
--- A few small files below /proc, read a few times a second at most.  What cannot be read is not
--- known, and nothing is decided by it.
local M = {}

local function read(path)
  local file = io.open(path, "r")
  local text = file and file:read("a")
  if file then
    file:close()
  end
  return text
end

--- Finds the directory of our cgroup in a hierarchy: of version 2, or of a controller of version 1.
local function cgroup_dir(text, controller)
  for line in (text or ""):gmatch("[^\n]+") do
    local names, path = line:match("^%d+:([^:]*):(.*)$")
    if names == "" and controller == nil then
      return "/sys/fs/cgroup" .. path
    elseif controller and ("," .. names .. ","):find("," .. controller .. ",", 1, true) then
      return "/sys/fs/cgroup/" .. controller .. path
    end
  end
end

local function number_in(dir, name)
  return dir and tonumber((read(dir .. "/" .. name) or ""):match("^%d+"))
end

--- The limit of memory of our cgroup, and how to ask what of it is used.
local function memory_limit(groups)
  local dir = cgroup_dir(groups)
  local limit = number_in(dir, "memory.max")
  if limit then
    return limit, dir .. "/memory.current"
  end
  dir = cgroup_dir(groups, "memory")
  limit = number_in(dir, "memory.limit_in_bytes")
  if limit and limit < 1 << 60 then
    return limit, dir .. "/memory.usage_in_bytes"
  end
end

--- The processors that our cgroup may use at most.
---@return number? cores
local function quota(groups)
  local dir = cgroup_dir(groups)
  local used, of = (dir and read(dir .. "/cpu.max") or ""):match("^(%d+) (%d+)")
  if not used then
    dir = cgroup_dir(groups, "cpu")
    used, of = number_in(dir, "cpu.cfs_quota_us"), number_in(dir, "cpu.cfs_period_us")
  end
  used, of = tonumber(used), tonumber(of)
  return used and of and of > 0 and used > 0 and used / of or nil
end

local Pressure = {}
Pressure.__index = Pressure

--- Sums up the line of all processors: what was idle, and everything.
local function cpu_times()
  local line = (read("/proc/stat") or ""):match("^cpu +([^\n]*)")
  local idle, all, column = 0, 0, 0
  for number in (line or ""):gmatch("%d+") do
    column = column + 1
    if column <= 8 then -- guests are counted as user already
      all = all + tonumber(number)
      if column == 4 or column == 5 then
        idle = idle + tonumber(number)
      end
    end
  end
  return idle, all
end

function Pressure:memory_kb()
  local free = tonumber((read("/proc/meminfo") or ""):match("MemAvailable: +(%d+)"))
  if self.memory_max then
    local used = tonumber((read(self.memory_used) or ""):match("^%d+"))
    local left = used and math.max(0, self.memory_max - used) // 1024
    free = left and math.min(left, free or left) or free
  end
  return free
end

--- Measures; processors since the last call.
---@return engine.run.Measured
function Pressure:measure()
  local idle, all = cpu_times()
  local share = all > self.all and (idle - self.idle) / (all - self.all) or nil
  self.idle, self.all = idle, all
  local stalled = (read("/proc/pressure/memory") or ""):match("some avg10=([%d.]+)")
  return {
    idle = not self.has_quota and share or nil, -- the machine's idleness is not ours then
    memory_kb = self:memory_kb(),
    memory_stalled = tonumber(stalled),
  }
end

--- Begins to measure.
---@param cores integer of the machine that we may use
---@return { measure: fun(self): engine.run.Measured } pressure
---@return integer cores with the quota of our cgroup
---@nodiscard
function M.open(cores)
  local groups = read("/proc/self/cgroup")
  local share = quota(groups)
  local pressure = setmetatable({ has_quota = share ~= nil }, Pressure)
  pressure.memory_max, pressure.memory_used = memory_limit(groups)
  pressure.idle, pressure.all = cpu_times()
  return pressure, share and math.max(1, math.min(cores, math.ceil(share))) or cores
end

--- Tells the memory of this program itself.
---@return { rss_kb: integer?, peak_kb: integer? }
---@nodiscard
function M.own_memory()
  local status = read("/proc/self/status") or ""
  return {
    rss_kb = math.tointeger(tonumber(status:match("VmRSS:%s+(%d+)"))),
    peak_kb = math.tointeger(tonumber(status:match("VmHWM:%s+(%d+)"))),
  }
end

return M
