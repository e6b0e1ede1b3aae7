--- The files that `clnrm fmt` formats, and how they are read and written.
---
--- Those of a folder are its test files in TOML and project files.  A file is replaced as a whole
--- or stays as it was; a link is followed, and stays a link.
local discover = require("engine.discover")
local finder = require("engine.fmt.finder")
local fs = require("core.fs")
local project = require("engine.project")
local unreadable = require("engine.model.unreadable")

local M = {}

local SIZE_MAX = 16 << 20
local WANTED = ("*.clnrm.toml, *.toml.tera, %s and %s"):format(project.FILE, project.ALIAS)
local LUA_HELP = "Lua is not formatted: see docs/fmt.md"

--- Tells whether a folder is searched for this name.
---@param name string without its folder
---@return boolean
---@nodiscard
function M.is_wanted(name)
  return name == project.FILE or name == project.ALIAS
    or discover.is_test_name(name) and not name:find("%.lua$")
end

--- Tells whether a text is one for other templates: what they include it in, a string, say, tells
--- what its bytes mean, and that cannot be seen here.
---@param file string
---@param text string
---@return boolean
---@nodiscard
function M.is_part(file, text)
  local name = file:match("[^/]*$"):gsub("^%.+", "")
  return not M.is_wanted(name) and (name:find("%.tera$") ~= nil or finder.has_tags(text))
end

--- Finds the files of some paths, as engine.discover does.
---@param paths string[]
---@return engine.discover.File[]? files
---@return engine.diag.Diagnostic[]? problems
function M.find(paths)
  local found, problems = discover.find(paths, { is_wanted = M.is_wanted, wanted = WANTED })
  for _, entry in ipairs(found or {}) do
    if entry.path:find("%.lua$") then
      problems = problems or {}
      problems[#problems + 1] = {
        severity = "error", code = "E007", file = entry.file,
        message = "not a file that is formatted", help = LUA_HELP,
      }
    end
  end
  return not problems and found or nil, problems
end

--- Reads a file.
---@param entry engine.discover.File
---@return string? text
---@return engine.diag.Diagnostic? problem
function M.read(entry)
  local text, err = fs.read(entry.path, { max = SIZE_MAX })
  if text then
    return text
  end
  return nil, unreadable.diagnostic(entry.file, entry.path, err)
end

--- Tells whether a path lies in a folder.
local function is_inside(path, folder)
  return path:sub(1, #folder + 1) == (folder == "/" and "/" or folder .. "/")
end

--- Says why a file may not be written: a link that leads out of its project.
---@param entry engine.discover.File
---@return engine.diag.Diagnostic?
function M.refused(entry)
  local stat = fs.lstat(entry.path)
  local real = stat and stat.type == "link" and fs.realpath(entry.path)
  if real and not is_inside(real, (discover.project(entry.path))) then
    return {
      severity = "error", code = "E004", file = entry.file,
      message = "not written: a link that leads out of the project, to " .. real,
      help = "name the file itself",
    }
  end
end

--- Writes a file: as a whole, with the mode and, where that is allowed, the owner that it had.
---@param entry engine.discover.File
---@param old string what it held; it must still do so
---@param text string
---@return engine.diag.Diagnostic? problem
function M.write(entry, old, text)
  local refused = M.refused(entry)
  if refused then
    return refused
  elseif fs.read(entry.path, { max = SIZE_MAX }) ~= old then
    return {
      severity = "error", code = "E004", file = entry.file,
      message = "not written: it was changed meanwhile",
      help = "run the command again, on what is there now",
    }
  end
  local ok, err = fs.write_atomic(entry.path, text)
  return not ok and {
    severity = "error", code = "E004", file = entry.file,
    message = "cannot be written: " .. discover.reason(err),
  } or nil
end

return M
