--- Processes of containers as this machine shows them, which engines number as they see them: one
--- that lives in a space of numbers of its own tells those of the space around the container's.
---@class engine.backend.container.seen
local dying = require("engine.backend.dying")
local fs = require("core.fs")

local M = {}

--- Whether a process is in a container: in its control group.
---@param pid integer
---@param id string of the container
---@return boolean
---@nodiscard
function M.is_in(pid, id)
  local text = dying.read(("/proc/%d/cgroup"):format(pid))
  return text ~= nil and text:find(id, 1, true) ~= nil
end

--- Reads a number of a process as the engine has it.
---@param status string as /proc/PID/status has it
---@param field "NSpid"|"NSsid"
---@return integer?
---@nodiscard
function M.of_engine(status, field)
  local list = {}
  for number in (status:match("\n" .. field .. ":([^\n]*)") or ""):gmatch("%d+") do
    list[#list + 1] = math.tointeger(tonumber(number))
  end
  return list[math.max(1, #list - 1)]
end

--- Lists the processes of a container by such a number.
---@param field "NSpid"|"NSsid"
---@param number integer
---@param id string of the container
---@return { pid: integer, status: string }[]
---@nodiscard
function M.list(field, number, id)
  local list = {}
  for _, entry in ipairs(number > 1 and fs.scandir("/proc") or {}) do
    local pid = math.tointeger(tonumber(entry.name))
    local status = pid and dying.read(("/proc/%d/status"):format(pid)) or ""
    if M.of_engine(status, field) == number and M.is_in(pid, id) then
      list[#list + 1] = { pid = pid, status = status }
    end
  end
  return list
end

--- Finds a process of a container.
---@param number integer the engine's
---@param id string of the container
---@return integer? pid nil: it is gone, or not to be seen here
---@nodiscard
function M.find(number, id)
  if number > 1 and M.is_in(number, id) then
    return number
  end
  local first = M.list("NSpid", number, id)[1]
  return first and first.pid
end

return M
