--- Where runs that go on can be asked: a socket for each, in a folder that only its user enters.
---@class engine.live.place
local directory = require("engine.kept.directory")
local error_new = require("core.error").new
local fs = require("core.fs")

local M = {}

M.EXT = ".sock"

M.PATH_MAX = 107 -- bytes of a socket's name

local MODE = tonumber("700", 8)
local OTHERS_WRITE = tonumber("022", 8)

--- Finds the folder: of the session when there is one, else of the user.
---@return string? dir
---@return core.Error? err
function M.directory()
  return directory.find("live")
end

--- Says why a run cannot listen in a folder.
---@param dir string
---@param run string id
---@return core.Error?
local function fault(dir, run)
  local stat, path = fs.lstat(dir), ("%s/%s%s"):format(dir, run, M.EXT)
  local message
  if #path > M.PATH_MAX then
    message = ("%s is longer than the name of a socket can be (%d bytes)"):format(path, M.PATH_MAX)
  elseif stat and (stat.type ~= "directory" or stat.uid ~= assert(fs.stat("/proc/self")).uid
    or stat.mode & OTHERS_WRITE ~= 0) then
    message = dir .. " is not a folder of this user alone"
  end
  return message and error_new({ code = "EACCES", op = "live.place", message = message }) or nil
end

--- Says why a run of this user cannot be asked, as far as the folder says it.
---@param run string id
---@return string? why
---@nodiscard
function M.why_not(run)
  local dir, err = M.directory()
  err = err or fault(dir, run)
  return err and err.message
end

--- Makes the path of a run's socket.
---@param run string id
---@return string? path
---@return core.Error? err nobody can be told
function M.prepare(run)
  local dir, err = M.directory()
  local ok
  if dir then
    ok, err = fs.mkdir_p(dir, { mode = MODE })
  end
  err = ok and fault(dir, run) or err
  if err then
    return nil, err
  end
  return ("%s/%s%s"):format(dir, run, M.EXT)
end

--- Lists the sockets that are there.
---@return { run: string, path: string }[]
---@nodiscard
function M.list()
  local list, dir = {}, M.directory()
  for _, entry in ipairs(dir and fs.scandir(dir) or {}) do
    local run = entry.name:match("^(%w+)%.sock$")
    list[#list + 1] = run and { run = run, path = dir .. "/" .. entry.name } or nil
  end
  table.sort(list, function(a, b)
    return a.run < b.run
  end)
  return list
end

return M
