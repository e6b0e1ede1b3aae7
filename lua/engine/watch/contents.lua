--- What files held when they were read last: a save of the same bytes is no change. Whether a file
--- can be executed counts as a part of it, as git has it.
local fs = require("core.fs")
local hash = require("core.hash")

---@class engine.watch.Contents
---@field private known table<string, string> path → digest, with an x; "" where it cannot be read
local Contents = {}
Contents.__index = Contents

local M = {}

local TICK_NS = 20 * 1000000 -- the times of files are as coarse as the kernel's clock

--- Makes an empty one.
---@return engine.watch.Contents
---@nodiscard
function M.new()
  return setmetatable({ known = {} }, Contents)
end

local EXECUTE = 73 -- 0111
local BYTES_MAX = 8 << 20 -- a larger file is known by its size and times: the loop does not stand

local function by_times(stat)
  return ("%d %d %d %d"):format(stat.size, stat.mtime_ns, stat.dev, stat.ino)
end

--- Says what a file holds, in a short text.
local function digest(path)
  local stat = fs.stat(path)
  if not stat then
    return ""
  elseif stat.type ~= "file" or stat.size > BYTES_MAX then
    return by_times(stat)
  end
  local bytes, err = hash.file("xxh128", path, { max = BYTES_MAX })
  if err and err.code == "ELIMIT" then -- it grows
    return by_times(stat)
  end
  return bytes and bytes .. (M.is_executable(stat) and "x" or "") or ""
end

--- Whether somebody may execute a file.
---@param stat core.fs.Stat
---@return boolean
---@nodiscard
function M.is_executable(stat)
  return stat.mode & EXECUTE ~= 0
end

--- Notes what a file holds now.
---@param path string
function Contents:note(path)
  self.known[path] = digest(path)
end

--- Notes what a file holds that was not noted yet, unless it may have changed since a moment: then
--- it is not known what it held when it was read.
---@param path string
---@param since_ns integer core.clock.wall() before it was read
function Contents:note_unchanged(path, since_ns)
  local before = not self.known[path] and fs.stat(path)
  if not before or before.ctime_ns >= since_ns - TICK_NS then
    return
  end
  local now = digest(path)
  local after = fs.stat(path)
  if after and after.ctime_ns == before.ctime_ns and after.ino == before.ino then
    self.known[path] = now
  end
end

--- Whether a change of a mode is one of what a file holds: as `differs`; of one that was never
--- noted, by whether it could be executed.
---@param path string
---@param was_executable? boolean nil: nobody knows
---@return boolean
function Contents:differs_in_mode(path, was_executable)
  local stat = not self.known[path] and was_executable ~= nil and fs.stat(path)
  if stat and M.is_executable(stat) == was_executable then
    return false
  end
  return self:differs(path)
end

--- Forgets what a file held: the next save of it is one.
---@param path string
function Contents:forget(path)
  self.known[path] = nil
end

--- Forgets what has gone: files, and all that was below folders.
---@param gone table<string, true> paths
function Contents:forget_below(gone)
  for path in pairs(self.known) do
    local above = path
    while above and not gone[above] do
      above = above:match("^(.+)/")
    end
    self.known[path] = not above and self.known[path] or nil
  end
end

--- Forgets all.
function Contents:forget_all()
  self.known = {}
end

--- Whether a file holds something else than when it was noted; it is noted then.  A file that was
--- never noted does.
---@param path string
---@return boolean
function Contents:differs(path)
  local now = digest(path)
  local is_other = self.known[path] ~= now
  self.known[path] = now
  return is_other
end

return M
