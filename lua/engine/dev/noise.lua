--- Files that no test hangs on, as the last saves of them have shown: logs, mostly.
---
--- How fast they are written says nothing of a person's saves, which do not wait for them; and one
--- that is written again and again is told as such, and then no more. What tests hang on changes
--- with each run, so that all are looked at again then.
local clock = require("core.clock")
local discover = require("engine.discover")
local fs = require("core.fs")

---@class engine.dev.noise
local M = {}

local FILES_MAX = 100 -- that are remembered
local TOLD_MAX = 3 -- saves in a row that are told; the last one as noise
local ROW_NS = 10000 * 1000000 -- between two of them

---@class engine.dev.Noise
---@field private of table<string, { saves: integer, last_ns: integer }> by path
---@field private count integer
local Noise = {}
Noise.__index = Noise

--- Makes one that knows no file.
---@return engine.dev.Noise
---@nodiscard
function M.new()
  return setmetatable({ of = {}, count = 0 }, Noise)
end

--- Takes a save of a file.
---@return integer saves of it in a row
local function add(self, path, now)
  local one, stat = self.of[path], fs.lstat(path)
  if not stat or stat.type ~= "file" or discover.is_test_name(path:match("[^/]*$"))
    or not one and self.count >= FILES_MAX then
    return 0 -- it may make tests, or take them away
  elseif not one then
    one = { saves = 0, last_ns = now }
    self.of[path], self.count = one, self.count + 1
  elseif one.saves < TOLD_MAX and now - one.last_ns > ROW_NS then
    one.saves = 0
  end
  one.saves, one.last_ns = one.saves + 1, now
  return one.saves
end

--- Takes a save that touches no test.
---@param paths string[]
---@return "told"|"noise"|"quiet" how noise: to be told for the last time
function Noise:add(paths)
  local least, now = math.huge, clock.now()
  for _, path in ipairs(paths) do
    least = math.min(least, add(self, path, now))
  end
  return least < TOLD_MAX and "told" or least == TOLD_MAX and "noise" or "quiet"
end

--- Whether no test hung on a file when it was saved last.
---@param path string
---@return boolean
---@nodiscard
function Noise:has(path)
  return self.of[path] ~= nil
end

--- Forgets those that tests hang on by now, and those that are gone.
---@param touches fun(path: string): boolean
function Noise:prune(touches)
  for path in pairs(self.of) do
    if not fs.lstat(path) or touches(path) then
      self.of[path], self.count = nil, self.count - 1
    end
  end
end

return M
