--- Asks again until it holds: the waiting of `:eventually`.
---
--- Ends always: a call that is under way when the time is up has its waits cancelled.  There is at
--- least one call, and one after the last pause, which has `every` (so that a machine that stood
--- still does not make a failure of something that came true meanwhile).
local clock = require("core.clock")
local error_is = require("core.error").is
local task = require("core.task")

---@class engine.expect.poll
local M = {}

---@class engine.expect.poll.Options
---@field within_ms number
---@field every_ms number
---@field attempt fun(fn: function): boolean, ...

---@class engine.expect.poll.Outcome
---@field answer? engine.expect.Answer of the last value; nil: there was none
---@field value any the last value
---@field err any what the last call raised, when there was no value
---@field timed_out boolean the last call did not end
---@field tries integer
---@field elapsed_ms number

--- Makes one call; the outcome is left in `out`.
---@return boolean holds
local function try(fn, limit_ms, opts, ask, out)
  out.tries = out.tries + 1
  local ok, value = task.timeout(limit_ms, opts.attempt, fn)
  if ok == nil and error_is(value, "ETIMEDOUT") then
    out.timed_out = true
    return false
  elseif not ok then
    out.err, out.timed_out = value, false
    return false
  end
  out.value, out.err, out.timed_out = value, nil, false
  out.answer = ask(value)
  return out.answer.ok == true
end

--- Calls `fn` until `ask` says that its value holds, or the time is up.
---@async
---@param fn fun(): any
---@param opts engine.expect.poll.Options
---@param ask fun(value: any): engine.expect.Answer
---@return engine.expect.poll.Outcome
function M.run(fn, opts, ask)
  local begun = clock.now()
  local out = { tries = 0, timed_out = false }
  local function left_ms()
    return opts.within_ms - (clock.now() - begun) / 1e6
  end
  local was_last = false -- the pause before: a timer that comes early makes no further one
  while true do
    local holds = try(fn, math.max(left_ms(), opts.every_ms), opts, ask, out)
    out.elapsed_ms = (clock.now() - begun) / 1e6
    local left = left_ms()
    if holds or was_last or left <= 0 then
      return out
    end
    was_last = left <= opts.every_ms
    local ok, err = task.sleep(math.min(opts.every_ms, left))
    if not ok then
      error(err, 0)
    end
  end
end

return M
