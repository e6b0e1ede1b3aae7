--- What files held when they were read last: a save of the same bytes is no change. Whether a file
--- can be executed counts as a part of it, as git has it.
local fs = require("core.fs")
local hash = require("core.hash")

---@class engine.watch.Contents
---@field private known table<string, string> path → digest, with an x; "" where there was no file
local Contents = {}
Contents.__index = Contents

local M = {}

--- Makes an empty one.
---@return engine.watch.Contents
---@nodiscard
function M.new()
  return setmetatable({ known = {} }, Contents)
end

local EXECUTE = 73 -- 0111

local function digest(path)
  local bytes = hash.file("xxh128", path)
  local stat = bytes and fs.stat(path)
  return bytes and bytes .. (stat and stat.mode & EXECUTE ~= 0 and "x" or "") or ""
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
