--- Files and folders of this machine that a room or a service is shown or given: whether they are
--- where they were, without links, when the test file was read.
---@class engine.backend.given
local error_new = require("core.error").new
local fs = require("core.fs")

local M = {}

M.FILE_MAX = 16 << 20 -- bytes of a file that is placed
M.PROJECT = "/project" -- where a room shows the project, and nothing else

--- The error of one that is not where it was.
---@param source string
---@param target string in the room
---@param now string what is there
---@return core.Error # EPOLICY
---@nodiscard
function M.moved(source, target, now)
  return error_new({ code = "EPOLICY", op = "room.given",
    message = ("%s was to be shown at %s, and %s"):format(source, target, now),
    detail = { help = "something has replaced it since the test file was read: what else can write "
      .. "there?" } })
end

--- Looks whether some of this machine are where they were; names of an engine's volumes have no
--- place.
---@param shown { source: string, target: string }[]
---@return core.Error? err EPOLICY
---@nodiscard
function M.look_all(shown)
  for _, one in ipairs(shown) do
    local err = one.source:sub(1, 1) == "/" and M.look(one.source, one.target)
    if err then
      return err
    end
  end
end

--- Looks whether one is where it was; the project is a folder.
---@param source string
---@param target string in the room
---@return core.Error? err EPOLICY
---@nodiscard
function M.look(source, target)
  local real, err = fs.realpath(source)
  if not real then
    return M.moved(source, target, "it cannot be found any more: " .. err.message)
  elseif real ~= source then
    return M.moved(source, target, "it leads to " .. real .. " now")
  end
  local stat = target == M.PROJECT and fs.lstat(source)
  if stat and stat.type ~= "directory" then
    return M.moved(source, target, "it is no folder any more")
  end
end

--- Reads what is placed for a service.
---@param file { content?: string, from?: string, path: string }
---@return string? content
---@return core.Error? err EPOLICY: it is not where it was
---@nodiscard
function M.content(file)
  if file.content then
    return file.content
  end
  local content, err = fs.read(file.from, { max = M.FILE_MAX, nolinks = true })
  return content, not content and (M.look(file.from, file.path) or err) or nil
end

return M
