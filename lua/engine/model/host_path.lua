--- Paths of the host that a test file names: only what lies in the project can be shown in a room.
local fs = require("core.fs")
local sockets = require("engine.model.engine_sockets")

---@class engine.model.host_path
local M = {}

M.ALLOW_MOUNTS = "mounts" -- of the command line: mounts of what lies outside of the project
M.ALLOW_SOCKET = "engine-socket"

--- Takes `.`, `..` and doubled slashes out of an absolute path, by its text alone.
---@param path string
---@return string
---@nodiscard
function M.normal(path)
  local parts = {}
  for part in path:gmatch("[^/]+") do
    if part == ".." then
      parts[#parts] = nil
    elseif part ~= "." then
      parts[#parts + 1] = part
    end
  end
  return "/" .. table.concat(parts, "/")
end

--- Says whether a path has a `..` in it.
---@param path string
---@return boolean
---@nodiscard
function M.has_parent(path)
  return ("/" .. path .. "/"):find("/../", 1, true) ~= nil
end

--- Says what is wrong with a path in a room that has a `..` in it.  Where that leads hangs on links
--- that only the room has, so no check, no place and nothing that is collected is named that way.
---@param path string
---@return string? why
---@nodiscard
function M.upwards(path)
  return M.has_parent(path) and "leads upwards: it has a .. in it" or nil
end

--- Joins a path to the folder that a relative one starts at.
---@param dir string absolute
---@param path string
---@return string absolute, normal
---@nodiscard
function M.join(dir, path)
  return M.normal(path:sub(1, 1) == "/" and path or dir .. "/" .. path)
end

--- Says whether a path is a folder or lies in it; both absolute and normal.
---@param path string
---@param dir string
---@return boolean
---@nodiscard
function M.is_below(path, dir)
  return path == dir or dir == "/" or path:sub(1, #dir + 1) == dir .. "/"
end

--- Says whether a path is one of some folders or lies in one of them.
---@param path string
---@param dirs string[]
---@return boolean
---@nodiscard
function M.is_below_any(path, dirs)
  for _, dir in ipairs(dirs) do
    if M.is_below(path, dir) then
      return true
    end
  end
  return false
end

local OF_THE_KERNEL = { "/proc", "/dev", "/sys" }

--- Finds the directory of a room, filled by its kernel, that a path is or lies in: no place for
--- what a test brings along.
---@param path string absolute, normal
---@return string? dir
---@nodiscard
function M.kernel_dir(path)
  for _, dir in ipairs(OF_THE_KERNEL) do
    if M.is_below(path, dir) then
      return dir
    end
  end
end

--- Says why a folder cannot be taken for a project of its own: it is everybody's, or the system's.
local function no_project(top)
  if require("engine.backend.sandbox").is_no_project(top) then
    return top == "/" and "the whole file system" or top
  end
end

---@class engine.model.host_path.Problem
---@field code string
---@field message string completes "`volumes` …"
---@field help? string
---@field label? string beside where it stands in the file

local function problem(code, message, help)
  return nil, { code = code, message = message, help = help }
end

local SOCKET_HELP = "through it a test could do anything on this machine"

--- A problem that the command line could permit.
local function forbidden(message, help, name)
  local _, made = problem("P122", message, help)
  made.label = "not without --allow " .. name
  return nil, made
end

--- Finds out what is there; tells when nothing is.
local function look(wanted)
  local real, err = fs.realpath(wanted)
  local stat = real and fs.stat(real)
  if not real or not stat then
    local what = err and err.code == "ELOOP" and "is a link that leads to itself: "
      or err and err.code ~= "ENOENT" and err.code ~= "ENOTDIR" and "cannot be looked at: "
      or "is not there: "
    return problem("P126", what .. wanted, "relative paths start at the test file's folder")
  end
  return real, stat
end

--- Finds a file or folder of the project; or, for a mount, of the machine, when that is permitted.
---@param path string as the file has it
---@param dir string absolute: the test file's folder
---@param project_dir string absolute
---@param allow? table<string, true> of a mount: what the command line permits; nil: no mount
---@return string? real absolute, links resolved
---@return core.fs.Stat|engine.model.host_path.Problem stat
---@nodiscard
function M.find(path, dir, project_dir, allow)
  local wanted = M.join(dir, path)
  local top = fs.realpath(project_dir) or M.normal(project_dir)
  local is_free = allow and allow[M.ALLOW_MOUNTS] or false
  local may_show_sockets = allow and allow[M.ALLOW_SOCKET] or false
  local inside = M.is_below(wanted, M.normal(project_dir)) or M.is_below(wanted, top)
  local help = "the project is " .. top .. "; copy what is needed into it"
  local refuse = allow and forbidden or function(message, text)
    return problem("P122", message, text)
  end
  if sockets.NAMES[wanted:match("[^/]*$")] and not may_show_sockets then
    return refuse("is the socket of a container engine", SOCKET_HELP, M.ALLOW_SOCKET)
  elseif not inside and not is_free and not may_show_sockets then
    return refuse("leads out of the project: " .. wanted, help, M.ALLOW_MOUNTS)
  end
  local real, stat = look(wanted)
  if not real then
    return nil, stat
  end
  local socket = sockets.shown_by(real, stat)
  local is_permitted = is_free or socket ~= nil and may_show_sockets and stat.type == "socket"
  if not M.is_below(real, top) and not is_permitted then
    return refuse(("leads out of the project%s: %s"):format(inside and ", through a link" or "",
      real), help, M.ALLOW_MOUNTS)
  elseif socket and not may_show_sockets then
    return refuse("holds the socket of a container engine: " .. socket, SOCKET_HELP,
      M.ALLOW_SOCKET)
  elseif stat.type ~= "file" and stat.type ~= "directory" and not socket then
    return problem("P122", ("is neither a file nor a folder: a %s"):format(stat.type),
      "a room shows files and folders only")
  end
  local whose = not is_permitted and no_project(top)
  if whose then
    return problem("P122", "is of no project: around the test file is " .. whose,
      "put the test file and what it needs into a folder of their own")
  end
  return real, stat
end

return M
