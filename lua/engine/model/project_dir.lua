--- The project of a test file: found for all files of a folder once, where several are read.
local discover = require("engine.discover")
local fs = require("core.fs")

local M = {}

--- Resolves the links of a path before anything is run that could change them.
local function real(path)
  return fs.realpath(path) or path
end

--- Finds the project of a file.
---@param path string of the file, absolute
---@param given? string the folder, where it is known
---@param known? { folders: table<string, string> } of files that were read before
---@return string dir
---@nodiscard
function M.of(path, given, known)
  if given then
    return real(given)
  end
  local folders, dir = known and known.folders or {}, path:match("^(.*)/[^/]*$") or ""
  folders[dir] = folders[dir] or real(discover.project(path))
  return folders[dir]
end

return M
