--- Whether a process of a room is about to end, before its agent tells that it has: what /proc of
--- the host says of it.
---@class engine.backend.dying
local M = {}

local PF_EXITING = 0x4 -- a flag of the kernel's for what exits
local SIGKILL_BIT = 0x100

--- Reads a file of /proc, which have no sizes to read by.
---@overridable
---@param path string
---@return string?
function M.read(path)
  local file = io.open(path)
  local text = file and file:read("a")
  if file then
    file:close()
  end
  return text
end

--- Whether a process is gone, exits, or has a SIGKILL that it has not seen yet.
---@param stat? string as /proc/PID/stat has it; nil: it is not there
---@return boolean
---@nodiscard
function M.is_dying(stat)
  local fields = {}
  for field in (stat and stat:match("^.*%) (.*)$") or ""):gmatch("%S+") do -- from the third on
    fields[#fields + 1] = field
  end
  local state, flags, pending = fields[1] or "X", fields[7], fields[29]
  return state == "Z" or state == "X" or (tonumber(flags) or 0) & PF_EXITING ~= 0
    or (tonumber(pending) or 0) & SIGKILL_BIT ~= 0
end

--- Finds a process that the agent has started itself.
---@param agent integer number of the room's first process, on the host
---@param pid integer number of the process, in the room
---@return string? number on the host
---@return string? status as /proc has it
---@return boolean is_listed false: the host does not list the agent's children
local function find(agent, pid)
  local children = M.read(("/proc/%d/task/%d/children"):format(agent, agent))
  for child in (children or ""):gmatch("%d+") do
    local status = M.read("/proc/" .. child .. "/status")
    local inner = status and status:match("\nNSpid:[^\n]*%s(%d+)\n")
    if tonumber(inner) == pid then
      return child, status, true
    end
  end
  return nil, nil, children ~= nil
end

--- Looks at a process that the agent has started itself.
---@param agent integer number of the room's first process, on the host
---@param pid integer number of the process, in the room
---@return boolean # false also where the host does not list the agent's children
---@nodiscard
function M.look(agent, pid)
  local number, status, is_listed = find(agent, pid)
  if not number then
    return is_listed
  end
  local stat = M.read("/proc/" .. number .. "/stat")
  local shared = status:match("\nShdPnd:%s*(%x+)")
  return M.is_dying(stat) or (tonumber(shared or "0", 16) & SIGKILL_BIT) ~= 0
end

--- Tells the state of such a process as the kernel names it: "S", "T" (stopped)...
---@param agent integer
---@param pid integer
---@return string? letter nil: it is not there, or not to be seen
---@nodiscard
function M.state(agent, pid)
  local _, status = find(agent, pid)
  return status and status:match("\nState:%s*(%a)")
end

return M
