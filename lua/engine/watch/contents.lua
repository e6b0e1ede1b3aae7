--- What files held when they were read last: a save of the same bytes is no change.
local hash = require("core.hash")

---@class engine.watch.Contents
---@field private known table<string, string> path → digest; "" where there was no file
local Contents = {}
Contents.__index = Contents

local M = {}

--- Makes an empty one.
---@return engine.watch.Contents
---@nodiscard
function M.new()
  return setmetatable({ known = {} }, Contents)
end

local function digest(path)
  return hash.file("xxh128", path) or ""
end

--- Notes what a file holds now.
---@param path string
function Contents:note(path)
  self.known[path] = digest(path)
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
