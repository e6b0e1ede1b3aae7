--- Paths of the host that a test file names: only what lies in the project can be shown in a room.
local fs = require("core.fs")

---@class engine.model.host_path
local M = {}

--- Sockets through which one could do anything on this machine.
M.ENGINE_SOCKETS = {
  ["docker.sock"] = true,
  ["podman.sock"] = true,
  ["containerd.sock"] = true,
  ["crio.sock"] = true,
  ["buildkitd.sock"] = true,
}
local ENTRIES_MAX = 10000 -- of a folder that is looked through for such a socket

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

local function engine_socket_in(real, stat)
  local name = real:match("[^/]*$")
  if M.ENGINE_SOCKETS[name] then
    return name
  end
  local entries = stat.type == "directory" and fs.scandir(real, { max = ENTRIES_MAX })
  for _, entry in ipairs(entries or {}) do
    if entry.type == "socket" and M.ENGINE_SOCKETS[entry.name] then
      return entry.name
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

local function problem(code, message, help)
  return nil, { code = code, message = message, help = help }
end

--- Finds a file or folder of the project.
---@param path string as the file has it
---@param dir string absolute: the test file's folder
---@param project_dir string absolute
---@return string? real absolute, links resolved
---@return core.fs.Stat|engine.model.host_path.Problem stat
---@nodiscard
function M.find(path, dir, project_dir)
  local wanted = M.join(dir, path)
  local top = fs.realpath(project_dir) or M.normal(project_dir)
  local inside = M.is_below(wanted, M.normal(project_dir)) or M.is_below(wanted, top)
  if M.ENGINE_SOCKETS[wanted:match("[^/]*$")] then
    return problem("P122", "is the socket of a container engine",
      "through it a test could do anything on this machine")
  elseif not inside then
    return problem("P122", "leads out of the project: " .. wanted,
      "the project is " .. top .. "; copy what is needed into it")
  end
  local real, err = fs.realpath(wanted)
  local stat = real and fs.stat(real)
  if not real or not stat then
    local what = err and err.code == "ELOOP" and "is a link that leads to itself: "
      or err and err.code ~= "ENOENT" and err.code ~= "ENOTDIR" and "cannot be looked at: "
      or "is not there: "
    return problem("P126", what .. wanted, "relative paths start at the test file's folder")
  elseif not M.is_below(real, top) then
    return problem("P122", ("leads out of the project, through a link: %s"):format(real),
      "the project is " .. top .. "; copy what is needed into it")
  elseif stat.type ~= "file" and stat.type ~= "directory" then
    return problem("P122", ("is neither a file nor a folder: a %s"):format(stat.type),
      "a room shows files and folders only")
  end
  local whose = no_project(top)
  if whose then
    return problem("P122", "is of no project: around the test file is " .. whose,
      "put the test file and what it needs into a folder of their own")
  end
  local socket = engine_socket_in(real, stat)
  if socket then
    return problem("P122", "holds the socket of a container engine: " .. socket,
      "through it a test could do anything on this machine")
  end
  return real, stat
end

return M
