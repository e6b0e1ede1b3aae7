--- Which process of this machine one of a kept room is: by its number in the room, and by when it
--- started, so that no later process of that number is taken for it.
---@class engine.kept.process
local proc = require("core.proc")

local M = {}

local function read(path)
  local file = io.open(path)
  local text = file and file:read("a")
  if file then
    file:close()
  end
  return text
end

--- Finds when a process started; services are children of the room's first process.
---@param first integer the room's first process, on this machine
---@param pid integer in the room
---@return integer? start_time nil: there is none, or this kernel does not say
---@nodiscard
function M.start_time(first, pid)
  local children = read(("/proc/%d/task/%d/children"):format(first, first)) or ""
  for child in children:gmatch("%d+") do
    local status = read("/proc/" .. child .. "/status") or ""
    if tonumber(status:match("\nNSpid:[^\n]*%f[%d](%d+)\n")) == pid then
      return (proc.start_time(math.tointeger(tonumber(child))))
    end
  end
  return nil
end

--- Whether the process of a service may be the one that was noted.
---@param note engine.kept.Note of the sandbox
---@param service engine.kept.Service
---@return boolean # true also where nobody noted when it started
---@nodiscard
function M.may_be(note, service)
  return service.pid ~= nil and (service.start_time == nil
    or service.start_time == M.start_time(note.pid, service.pid))
end

return M
