--- Files of the project, to be read: never outside of it, by no link either.  What a room holds is
--- `Room:put` and `Room:get`.
local fs = require("core.fs")
local host = require("clnrm.host")

---@class clnrm.fs
local M = {}

local READ_MAX = 64 << 20

--- Calls a method of the project's folder.
local function below(method, path, ...)
  if type(path) ~= "string" then
    host.current().misuse(("clnrm.fs: a path is a text, not a %s"):format(type(path)))
  end
  local root, err = fs.open_root(host.current().project_dir())
  if not root then
    return nil, err
  end
  local value
  value, err = root[method](root, path, ...)
  root:close()
  return value, err
end

--- Reads a file of the project.
---@param path string relative to the project
---@return string? content
---@return core.Error? err ENOENT, EOUTSIDE, ELIMIT (64 MiB at most)
function M.read(path)
  return below("read", path, { max = READ_MAX })
end

--- Says whether something is at a path of the project.
---@param path string relative to the project
---@return boolean? exists
---@return core.Error? err EOUTSIDE
function M.exists(path)
  return below("exists", path)
end

--- Lists the names in a folder of the project, sorted.
---@param path string relative to the project; "." is the project itself
---@return string[]? names
---@return core.Error? err ENOENT, ENOTDIR, EOUTSIDE
function M.list(path)
  local entries, err = below("scandir", path)
  if not entries then
    return nil, err
  end
  local names = {}
  for i, entry in ipairs(entries) do
    names[i] = entry.name
  end
  table.sort(names)
  return names
end

return M
