--- Locks that hold between the clnrm programs of one user: a file each, locked by the kernel, which
--- gives it back however its holder ends.
---
--- Who waits holds the lock's gate meanwhile, so that the holder cannot take the lock again before
--- the one that waits.  Waits for nothing itself: `take` is asked again.
local error_new = require("core.error").new
local fs = require("core.fs")
local hash = require("core.hash")
local lock = require("core.lock")

local M = {}

local MODE = tonumber("700", 8)
local GROUP_WRITES = tonumber("022", 8)

---@class engine.run.MachineLocks
---@field dir string
---@field held table<string, core.lock.Lock[]> by name: one for each who shares it
---@field gates table<string, core.lock.Lock> of locks that we wait for
local MachineLocks = {}
MachineLocks.__index = MachineLocks

--- A file name that any lock can have.
local function file_of(self, name, kind)
  local plain = name:gsub("[^%w_.-]", "_"):sub(1, 60)
  return ("%s/%s-%s.%s"):format(self.dir, plain, hash.xxh3(name), kind)
end

--- Tries to take one lock.
local function take_one(self, need)
  local name = need.lock
  local gate, err = self.gates[name], nil
  if not gate then
    gate, err = lock.try(file_of(self, name, "gate"))
    self.gates[name] = gate
  end
  local held
  if gate then
    held, err = lock.try(file_of(self, name, "lock"), not need.all)
  end
  if held then
    gate:close()
    self.gates[name] = nil
    local list = self.held[name] or {}
    self.held[name] = list
    list[#list + 1] = held
    return true
  elseif err and err.code ~= "EAGAIN" then
    error(error_new({
      code = err.code,
      op = "run.machine_locks",
      message = ("the lock '%s' cannot be taken: %s"):format(name, err.message),
    }), 0)
  end
  return false
end

local function give_one(self, name)
  local list = self.held[name]
  table.remove(list):close()
  self.held[name] = list[1] and list or nil
end

--- Takes what of the needs holds between programs: all, or nothing.
---@param needs engine.run.Need[] sorted by name: nobody takes two locks the other way round
---@return boolean
function MachineLocks:take(needs)
  local taken = {}
  for _, need in ipairs(needs) do
    if need.lock then
      if not take_one(self, need) then
        for i = #taken, 1, -1 do
          give_one(self, taken[i])
        end
        return false
      end
      taken[#taken + 1] = need.lock
    end
  end
  return true
end

--- Gives them back.
---@param needs engine.run.Need[]
function MachineLocks:give(needs)
  for _, need in ipairs(needs) do
    if need.lock then
      give_one(self, need.lock)
    end
  end
end

--- Gives up what is waited for.
function MachineLocks:close()
  for _, gate in pairs(self.gates) do
    gate:close()
  end
  self.gates = {}
end

--- Finds a directory that is the same for all programs of this user: a lock holds between those
--- only that look for it in one place.
local function directory()
  local base = os.getenv("XDG_RUNTIME_DIR")
  local own = assert(fs.stat("/proc/self")).uid
  if not base or base:sub(1, 1) ~= "/" or not fs.exists(base) then
    base = ("/run/user/%d"):format(own)
  end
  if fs.exists(base) then
    return base .. "/clnrm/locks", own
  end
  return ("/tmp/clnrm-%d/locks"):format(own), own
end

--- Prepares the locks of a run.
---@return engine.run.MachineLocks? locks
---@return string? why
---@nodiscard
function M.new()
  local dir, own = directory()
  local ok, err = fs.mkdir_p(dir, { mode = MODE })
  local stat = ok and fs.lstat(dir:match("^(.*)/"))
  if not stat then
    return nil, tostring(err)
  elseif stat.type ~= "directory" or stat.uid ~= own or stat.mode & GROUP_WRITES ~= 0 then
    return nil, ("%s belongs to somebody else"):format(dir:match("^(.*)/"))
  end
  return setmetatable({ dir = dir, held = {}, gates = {} }, MachineLocks)
end

return M
