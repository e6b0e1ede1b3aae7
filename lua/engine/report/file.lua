--- A report that goes to a file: gathered, and written in one piece at the end.
---
--- There is never half a report: the file that was there stays until the new one is whole.
local error_new = require("core.error").new
local fs = require("core.fs")
local discover = require("engine.discover")
local project = require("engine.project")

local M = {}

---@class engine.report.File
---@field path string
---@field write fun(bytes: string)
---@field commit fun(): core.Error? # nil when it is written

--- Whether a file of that name is a test or the settings of a project: a slip of the hand, and a
--- report would take its place.
---@param name string without folders
---@return boolean
function M.is_input(name)
  return name == project.FILE or name == project.ALIAS or discover.is_test_name(name)
end

--- Whether two descriptions are of one file.
---@param a? core.fs.Stat
---@param b? core.fs.Stat
---@return boolean?
function M.is_same(a, b)
  return a and b and a.dev == b.dev and a.ino == b.ino
end

--- Says what is wrong with what is at the path: it could not be replaced, or is written by others.
local function wrong_target(path)
  local stat = fs.stat(path)
  if not stat then
    return fs.lstat(path) and path .. " is a link to what is not there" or nil
  elseif stat.type == "directory" then
    return path .. " is a directory"
  elseif stat.type ~= "file" then
    return path .. " is not a regular file; --format says what goes to standard output"
  elseif M.is_same(stat, fs.stat("/dev/stdout")) then
    return path .. " is where standard output goes"
  elseif M.is_same(stat, fs.stat("/dev/stderr")) then
    return path .. " is where standard error goes"
  end
end

--- Says why a report cannot be written to a path, as far as that is known before the run.
---@param path string
---@return string? why
function M.check(path)
  if M.is_input(path:match("[^/]*$")) then
    return path .. " is the name of a test file, or of the settings"
  end
  local dir = path:match("^(.*)/[^/]*$")
  dir = dir == "" and "/" or dir or "."
  local stat, err = fs.stat(dir)
  if not stat then
    return ("%s: %s"):format(path, err.message)
  elseif stat.type ~= "directory" then
    return ("%s: %s is not a directory"):format(path, dir)
  end
  return wrong_target(path)
end

--- Returns the one name of the file that a path leads to, there yet or not.
---@param path string one that `check` has nothing against
---@return string
function M.identity(path)
  local dir, name = path:match("^(.*/)([^/]*)$")
  dir = fs.realpath(dir or ".") or dir or "."
  return fs.realpath(path) or dir:gsub("/$", "") .. "/" .. (name or path)
end

--- Writes a report, in the folder that was meant as the run began.  Tests may have been able to
--- write there: a link that lies in its place now is not followed.
local function write(root, dir, name, path, text)
  local ok, err = root:write_atomic(name, text)
  if not ok and err.code == "ENOENT" then -- the folder was made anew meanwhile
    local again <close>, why = fs.open_root(dir, { nolinks = true })
    if not again then
      return why
    end
    ok, err = again:write_atomic(name, text)
  end
  return not ok and error_new({ code = err.code, op = err.op, cause = err,
    message = err.message:sub(1, #name + 1) == name .. ":" and path .. err.message:sub(#name + 1)
      or err.message,
  }) or nil
end

--- Makes a sink for the report, before anything runs.
---@param path string
---@return engine.report.File
function M.open(path)
  local parts = {}
  local dir, name = M.identity(path):match("^(.*/)([^/]*)$")
  local root, failure = fs.open_root(dir)
  return {
    path = path,
    write = function(bytes)
      parts[#parts + 1] = bytes
    end,
    commit = function()
      local into <close> = root
      return not into and failure or write(into, dir, name, path, table.concat(parts))
    end,
  }
end

return M
