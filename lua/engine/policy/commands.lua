--- Programs that must not be run: where they lie in a room, so that another can stand in for each.
local fs = require("core.fs")

---@class engine.policy.commands
local M = {}

local PROJECT = "/project"
local STANDS_MAX = 256

--- Files that are many programs, by the name that each is called: of these only the name is
--- refused, which the agent does (src/agent/exec.c).
local MANY = { busybox = true, toybox = true, coreutils = true }

local function base_of(path)
  return path:match("[^/]*$")
end

--- Whether a file is many programs.
---@param real string
---@return boolean
---@nodiscard
function M.is_many(real)
  return MANY[base_of(real)] == true
end

--- Whether a path is one name of many of the file that it leads to.
---@param path string
---@param real string
---@return boolean
---@nodiscard
function M.is_one_of_many(path, real)
  return base_of(path) ~= base_of(real) and MANY[base_of(real)] == true
end

--- Finds the file of the host that a path of the room shows.
local function on_host(path, project_dir)
  if path:sub(1, #PROJECT + 1) == PROJECT .. "/" then
    return project_dir and project_dir .. path:sub(#PROJECT + 1)
  end
  return path
end

--- Finds the path in the room of a file of the host; nil when it is not shown.
local function in_room(path, shown, project_dir)
  if project_dir and path:sub(1, #project_dir + 1) == project_dir .. "/" then
    return PROJECT .. path:sub(#project_dir + 1)
  end
  for _, dir in ipairs(shown) do
    if path:sub(1, #dir + 1) == dir .. "/" then
      return path
    end
  end
end

--- Lists the programs of the room, links followed, that the names and paths lead to.
---@param names string[] names that are looked up in `path`, or absolute paths
---@param path string the PATH of the room
---@param shown string[] directories of the host that rooms show
---@param project_dir? string real path; nil: the room has no project
---@return string[] paths sorted
---@nodiscard
function M.find(names, path, shown, project_dir)
  local list, seen = {}, {}
  local function add(place)
    local host = on_host(place, project_dir)
    local real = host and fs.realpath(host)
    local stat = real and fs.stat(real)
    local target = stat and stat.type == "file" and stat.mode & 73 ~= 0 -- 0111
      and in_room(real, shown, project_dir)
    local is_covered = target and not M.is_one_of_many(place, real)
    if is_covered and not seen[target] and #list < STANDS_MAX then
      seen[target] = true
      list[#list + 1] = target
    end
  end
  for _, name in ipairs(names) do
    if name:sub(1, 1) == "/" then
      add(name)
    else
      for dir in path:gmatch("/[^:]*") do
        add(dir .. "/" .. name)
      end
    end
  end
  table.sort(list)
  return list
end

return M
