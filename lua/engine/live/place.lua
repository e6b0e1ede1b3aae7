--- Where runs that go on can be asked: a socket for each, in a folder that only its user enters.
---@class engine.live.place
local directory = require("engine.kept.directory")
local error_new = require("core.error").new
local fs = require("core.fs")

local M = {}

M.EXT = ".sock"

local MODE = tonumber("700", 8)
local OTHERS_WRITE = tonumber("022", 8)

--- Finds the folder: of the session when there is one, else of the user.
---@return string? dir
---@return core.Error? err
function M.directory()
  return directory.find("live")
end

--- Makes the path of a run's socket.
---@param run string id
---@return string? path
---@return core.Error? err nobody can be told
function M.prepare(run)
  local dir, err = M.directory()
  local ok = dir
  if dir then
    ok, err = fs.mkdir_p(dir, { mode = MODE })
  end
  local stat = ok and fs.lstat(dir)
  if not stat then
    return nil, err
  elseif stat.type ~= "directory" or stat.uid ~= assert(fs.stat("/proc/self")).uid
    or stat.mode & OTHERS_WRITE ~= 0 then
    return nil, error_new({ code = "EACCES", op = "live.prepare",
      message = dir .. " is not a folder of this user alone" })
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
