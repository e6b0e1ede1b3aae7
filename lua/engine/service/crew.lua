--- Tasks that live as long as the services of one room, whoever calls in the meantime.
---
--- A group of clnrm.task belongs to the scope that made it; services are started by one caller,
--- awaited by others and stopped by a third.
---@class engine.service.crew
local core = require("core.task")

local M = {}

---@class engine.service.Crew
---@field private tasks table<core.Task, true>
---@field private raised? any what the first task that raised did
local Crew = {}
Crew.__index = Crew

--- Makes a crew without tasks.
---@return engine.service.Crew
function M.new()
  return setmetatable({ tasks = {} }, Crew)
end

--- Starts a task.
---@param fn async fun(...)
---@return core.Task
function Crew:spawn(fn, ...)
  local started
  started = core.spawn(function(...)
    local ok, err = xpcall(fn, debug.traceback, ...)
    if not ok and not self.raised then
      self.raised = err
    end
    self.tasks[started] = nil
  end, ...)
  self.tasks[started] = true -- it runs on a later turn
  return started
end

--- Waits for the end of every task.
---@async
---@return true? ok
---@return core.Error? err the caller was cancelled
function Crew:join()
  while next(self.tasks) do
    local one = next(self.tasks)
    local _, err = one:join()
    if one:state() ~= "done" then
      return nil, err
    end
    self.tasks[one] = nil
  end
  return true
end

--- Cancels every task.
function Crew:cancel()
  for one in pairs(self.tasks) do
    one:cancel()
  end
end

--- Raises what a task raised: a fault of this program, not of a service.
function Crew:check()
  local raised = self.raised
  self.raised = nil
  if raised then
    error(raised, 0)
  end
end

return M
