--- What is mounted where, as the kernel tells it of a process: /proc/PID/mountinfo.  Pure.
---@class engine.backend.mounts
local host_path = require("engine.model.host_path")

local M = {}

---@class engine.backend.mounts.Mount
---@field device string numbers of its file system
---@field root string   what of that is shown
---@field at string     and where
---@field is_gone boolean that has been removed, or replaced, since

--- Reads a table of mounts.
---@param text string as /proc/PID/mountinfo has it
---@return engine.backend.mounts.Mount[]
---@nodiscard
function M.read(text)
  local list = {}
  local function plain(word)
    return (word:gsub("\\(%d%d%d)", function(digits)
      return string.char(tonumber(digits, 8))
    end))
  end
  for device, root, at in text:gmatch("%d+ %d+ (%d+:%d+) (%S+) (%S+) [^\n]*") do
    local place, count = plain(root):gsub("//deleted$", "") -- no name has two slashes in it
    list[#list + 1] = { device = device, root = place, at = plain(at), is_gone = count > 0 }
  end
  return list
end

--- Whether something is mounted below a directory: an overlay would show an empty place there.
---@param dir string real path
---@param list engine.backend.mounts.Mount[]
---@return boolean
---@nodiscard
function M.is_around(dir, list)
  for _, mount in ipairs(list) do
    if mount.at ~= dir and host_path.is_below(mount.at, dir) then
      return true
    end
  end
  return false
end

--- Says where a path is in its file system.
---@param path string
---@param list engine.backend.mounts.Mount[] of who names it so
---@return string? device nil: nothing is mounted around it
---@return string? root
---@nodiscard
function M.place(path, list)
  local best
  for _, mount in ipairs(list) do
    if host_path.is_below(path, mount.at) and (not best or #mount.at >= #best.at) then
      best = mount
    end
  end
  if best then
    local rest = best.at == "/" and path or path:sub(#best.at + 1)
    return best.device, host_path.normal(best.root .. "/" .. rest)
  end
end

return M
