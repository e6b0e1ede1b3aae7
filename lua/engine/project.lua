--- Finds the project: the nearest directory upwards that holds a project file.
local fs = require("core.fs")

local M = {}

M.FILE = "clnrm.toml"
M.ALIAS = "cleanroom.toml"

local FILE_MAX = 1 << 20

---@class engine.Project
---@field dir string    absolute; the working directory when there is no project file
---@field file? string  absolute
---@field shown? string as the user would name it
---@field text? string
---@field is_alias? boolean the file is cleanroom.toml
---@field has_alias? boolean a cleanroom.toml stands beside it

local function parent(dir)
  local up = dir:match("^(.*)/[^/]+$")
  return up == "" and "/" or up
end

local function join(dir, name)
  return dir == "/" and "/" .. name or dir .. "/" .. name
end

--- Whether there is such a name: also a link to nothing, a folder or a FIFO is found, and refused
--- when it is read, since settings that are passed over in silence would be those of another file.
local function is_there(path)
  return fs.lstat(path) ~= nil
end

--- Names a path as seen from the working directory.
local function shorten(path, cwd)
  local prefix = cwd == "/" and "/" or cwd .. "/"
  return path:sub(1, #prefix) == prefix and path:sub(#prefix + 1) or path
end

--- Searches a folder and those above it, up to the boundary of the file system and to the home.
---@param dir string absolute
---@param home? string
---@return string? folder
---@return string? name of the project file in it
---@nodiscard
function M.search(dir, home)
  local start = fs.stat(dir)
  while dir do
    local stat = fs.stat(dir)
    if not stat or not start or stat.dev ~= start.dev then
      return nil
    end
    for _, name in ipairs({ M.FILE, M.ALIAS }) do
      if is_there(join(dir, name)) then
        return dir, name
      end
    end
    if dir == home or dir == "/" then
      return nil
    end
    dir = parent(dir)
  end
end

local function read(project, help)
  local text, err = fs.read(project.file, { max = FILE_MAX })
  if not text then
    local is_dangling = err.code == "ENOENT" and is_there(project.file)
    return nil, "project file "
      .. (is_dangling and project.file .. ": a link to what is not there" or err.message), help
  end
  project.text = text
  return project
end

--- Finds the project and reads its file.
---@param wanted? string --config: a file, or "none"
---@param home? string
---@return engine.Project? project
---@return string? why
---@return string? help
function M.find(wanted, home)
  local cwd, err = fs.getcwd()
  if not cwd then
    return nil, "the working directory is gone: " .. err.message
  end
  if wanted == "none" then
    return { dir = cwd }
  elseif wanted then
    local file, why = fs.realpath(wanted)
    if not file then
      return nil, "project file " .. why.message
    end
    return read({ dir = parent(file), file = file, shown = wanted })
  end
  local dir, name = M.search(cwd, home)
  if not dir then
    return { dir = cwd }
  end
  local file = join(dir, name)
  return read({
    dir = dir,
    file = file,
    shown = shorten(file, cwd),
    is_alias = name == M.ALIAS,
    has_alias = name == M.FILE and is_there(join(dir, M.ALIAS)) or nil,
  }, "--config none does without one")
end

return M
