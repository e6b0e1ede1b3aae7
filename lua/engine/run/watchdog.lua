--- A last deadline around calls that have their own: when a backend does not answer.
---
--- Counts only time in which this program ran: a clnrm that was stopped for a minute must not take
--- the answers that lie in its sockets for missing.
---@class engine.run.watchdog
local core = require("core.task")
local error_new = require("core.error").new

local M = {}

local SLICE_MS = 1000 -- what one stop can count for, at most

local function watch(guard, ms)
  while ms > 0 do
    local slice = math.min(ms, SLICE_MS)
    if not core.sleep(slice) then
      return
    end
    ms = ms - slice
  end
  guard.is_late = true
  guard.scope:cancel()
end

local guard_meta = {
  __close = function(guard)
    guard.scope:close()
    guard.dog:cancel()
  end,
}

local function result(guard, ok, err, ...)
  if guard.is_late and not ok then
    return nil, error_new({
      code = "EAGENT",
      op = "run.watchdog",
      message = "the room did not answer in time",
      cause = err,
    })
  end
  return ok, err, ...
end

--- Calls `fn(...)`; when it has not returned in `ms`, its waits are cancelled and the call is an
--- error.
---@async
---@param ms number
---@param fn async fun(...): any, core.Error?
---@return any result
---@return core.Error? err
function M.call(ms, fn, ...)
  local guard = setmetatable({ scope = core.scope(), is_late = false }, guard_meta)
  local closer <close> = guard
  guard.dog = core.spawn(watch, guard, ms)
  return result(closer, fn(...))
end

return M
