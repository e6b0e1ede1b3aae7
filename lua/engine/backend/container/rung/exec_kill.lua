--- Finds and ends what an exec of the engine has started: the API has no call for that.
---
--- On this machine its processes are found by their session, which the runtime made for them, and
--- only where /proc shows that they are in the container's own control group.  Elsewhere, or
--- without the right to it, the container is killed, and the room with it.
---@class engine.backend.container.rung.exec_kill
local dying = require("engine.backend.dying")
local proc = require("core.proc")
local seen = require("engine.backend.container.seen")

local M = {}

local SIGKILL = 9
local ROUNDS = 20 -- what is forked meanwhile is found by the next one

---@class engine.backend.container.rung.exec_kill.Found
---@field pid integer       as this machine numbers it
---@field name string
---@field is_leader boolean

local function is_over(status)
  local state = status:match("\nState:%s*(%S)")
  return state == nil or state == "Z" or state == "X"
end

--- Lists the processes of a session that are in a container, less what has ended.
---@param leader integer its first process, as the engine numbers it
---@param id string of the container
---@return engine.backend.container.rung.exec_kill.Found[]
local function session(leader, id)
  local list = {}
  for _, one in ipairs(seen.list("NSsid", leader, id)) do
    if not is_over(one.status) then
      list[#list + 1] = { pid = one.pid, name = one.status:match("^Name:%s*([^\n]*)"),
        is_leader = seen.of_engine(one.status, "NSpid") == leader }
    end
  end
  return list
end

--- Sends a signal to all processes of an exec.
---@param list engine.backend.container.rung.exec_kill.Found[]
---@param id string of the container
---@param number integer
---@return boolean # somebody got it
local function send(list, id, number)
  local has_sent = false
  for _, one in ipairs(list) do
    local start = proc.start_time(one.pid)
    if start and seen.is_in(one.pid, id) then -- it is still the same one: its start is asked first
      has_sent = proc.signal_pid(one.pid, start, number) ~= nil or has_sent
    end
  end
  return has_sent
end

--- Sends a signal.
---@param pid integer
---@param id string
---@param number integer
---@return boolean
---@nodiscard
function M.signal(pid, id, number)
  return send(session(pid, id), id, number)
end

--- Kills all of it.
---@param pid integer of its first process; 0: not known
---@param id string of the container
---@return boolean # false: it cannot be, or is not seen
---@nodiscard
function M.kill(pid, id)
  local has_sent = false
  for _ = 1, ROUNDS do
    if not send(session(pid, id), id, SIGKILL) then
      break
    end
    has_sent = true
  end
  return has_sent and #session(pid, id) == 0
end

--- Ends what is left of an exec whose first process has ended.
---@param pid integer of that; 0: not known
---@param id string of the container
---@return string[] names of those that had to be killed
---@nodiscard
function M.end_rest(pid, id)
  local names, has = {}, {}
  for _ = 1, ROUNDS do
    local list = session(pid, id)
    for _, one in ipairs(list) do
      if not has[one.pid] then
        has[one.pid], names[#names + 1] = true, one.name
      end
    end
    if not send(list, id, SIGKILL) then
      break
    end
  end
  return names
end

--- Finds the first process of an exec on this machine.
---@param pid integer as the engine numbers it
---@param id string of the container
---@return integer? pid nil: it has ended, or this machine does not show it
---@nodiscard
function M.find(pid, id)
  for _, one in ipairs(session(pid, id)) do
    if one.is_leader then
      return one.pid
    end
  end
end

--- Whether a process that was found is still there.
---@param pid integer as this machine numbers it
---@param id string of the container
---@return boolean
---@nodiscard
function M.is_there(pid, id)
  return not is_over(dying.read(("/proc/%d/status"):format(pid)) or "") and seen.is_in(pid, id)
end

return M
