--- Hooks and fixtures: what they check can fail a test, and is no evidence for it.
local host = require("clnrm.host")

---@class engine.script.apart
local M = {}

--- Makes a view of a context whose checks are not counted as the test's own.
---@param context engine.script.Context
---@return engine.script.Context
---@nodiscard
function M.of(context)
  return setmetatable({ is_apart = true }, { __index = context, __newindex = context })
end

--- Calls `fn(...)` in the running task; its checks are no evidence.  An error of it goes through,
--- and the task is over then.
---@async
---@param fn function
function M.call(fn, ...)
  local before = host.context()
  host.adopt(before and M.of(before))
  fn(...)
  host.adopt(before)
end

--- Calls `fn(...)` in the running task, as xpcall does; its checks are no evidence.
---@async
---@param fn function
---@param on_error fun(raised: any): any
---@return boolean ok
---@return any ...
function M.xpcall(fn, on_error, ...)
  local before = host.context()
  host.adopt(before and M.of(before))
  local results = table.pack(xpcall(fn, on_error, ...))
  host.adopt(before)
  return table.unpack(results, 1, results.n)
end

return M
