--- Asks again and again until something is so, or its time is up.
---
--- First at once, then with pauses that grow with the time it has taken so far: what is ready after
--- 8 ms is seen at about 9, and a wait of seconds costs 40 questions a second.
---@class engine.service.poll
local clock = require("core.clock")
local error_new = require("core.error").new
local task = require("clnrm.task")

local M = {}

M.PAUSE_MIN_MS = 1
M.PAUSE_MAX_MS = 25
M.TELLING_MS = 500 -- no answer within less than this says nothing,
M.TELLING_PART = 4 -- or than this part of the wait
M.SLICE_MS = 1000 -- what a time in which this program was stopped counts for, at most
M.PAUSE_PART = 8 -- a pause is this part of the time since the beginning

local stopped_ms = 0 -- in which this program did not run, as after Ctrl-Z

--- Returns milliseconds since some fixed moment, without the time in which this program was
--- stopped: what could not be asked then is no answer of no.
---@return number
---@nodiscard
function M.now()
  return clock.now() / 1e6 - stopped_ms
end

--- Notes that this program was stopped for some time.
---@param ms number
function M.add_stop(ms)
  stopped_ms = stopped_ms + ms
end

--- The pause after an answer of no.
---@param waited_ms number
---@return number
---@nodiscard
function M.pause(waited_ms)
  return math.max(M.PAUSE_MIN_MS, math.min(M.PAUSE_MAX_MS, waited_ms / M.PAUSE_PART))
end

--- Whether no further question can have another answer: the task was cancelled, the room is lost,
--- or the question itself is wrong.
---@param err core.Error
---@return boolean
---@nodiscard
function M.is_final(err)
  local code = err.code
  return code == "ECANCELED" or code == "EAGENT" or code == "EPROTO" or code == "ECLOSED"
    or code == "EURL"
end

---@class engine.service.Polled
---@field ready boolean
---@field probes integer
---@field waited_ms number
---@field last? core.Error what the last question was answered with; nil when ready
---@field final? boolean there was no use in asking on

--- Asks one time, for `limit_ms` at most.
---@async
---@param limit_ms number
---@param ask async fun(limit_ms: number): true?, core.Error?
---@param grace_ms? number what asks with a limit of its own may need to tell that it passed
---@return true? ready
---@return core.Error? err ETIMEDOUT
function M.once(limit_ms, ask, grace_ms)
  local ok, err = task.timeout(limit_ms + (grace_ms or 0), ask, limit_ms)
  if ok then
    return ok
  elseif not grace_ms and err.code == "ETIMEDOUT" then
    local message = ("no answer within %d ms"):format(math.ceil(limit_ms))
    err = error_new({ code = "ETIMEDOUT", op = "service.poll", message = message })
  end
  return nil, err
end

--- Waits for an event, and counts only time in which this program ran: one that was stopped for a
--- minute finds answers where it would see deadlines.  A SIGSTOP is not told, so it is looked for.
---@async
---@param event core.task.Event
---@param ms number
---@return true? ok
---@return core.Error? err ETIMEDOUT, ECANCELED
---@return number waited_ms
function M.wait(event, ms)
  local waited_ms = 0
  local ok, err
  repeat
    local slice, since = math.min(ms - waited_ms, M.SLICE_MS), M.now()
    ok, err = task.timeout(slice, event.wait, event)
    waited_ms = waited_ms + (ok and math.min(M.now() - since, slice) or slice)
  until ok or err.code ~= "ETIMEDOUT" or waited_ms >= ms
  return ok, err, waited_ms
end

--- How long something took, as far as this program ran.
local function spent(since, limit_ms)
  return math.min(M.now() - since, limit_ms + M.SLICE_MS)
end

--- Whether an answer says less than the one before: none, since the deadline cut it short, or since
--- whoever holds the port of another does not answer.
local function says_less(before, err, had_time)
  return before and err.code == "ETIMEDOUT" and (not had_time or before.code == "EOWNER")
end

local function ask_once(opts, ask, result)
  local left = opts.timeout_ms - result.waited_ms
  local limit_ms, since = math.max(1, math.min(left, opts.once_ms)), M.now()
  local ok, err = M.once(limit_ms, ask, opts.grace_ms)
  result.probes = result.probes + 1
  result.waited_ms = result.waited_ms + spent(since, limit_ms + (opts.grace_ms or 0))
  local telling_ms = math.min(M.TELLING_MS, opts.timeout_ms / M.TELLING_PART)
  if ok then
    result.ready, result.last = true, nil
  elseif not says_less(result.last, err, limit_ms >= telling_ms) then
    result.last = err
  end
  result.final = not ok and M.is_final(err) or nil
  return ok or result.final
end

--- Asks until the answer is yes.
---@async
---@param opts { timeout_ms: number, once_ms: number, grace_ms?: number } once_ms: for one answer
---@param ask async fun(limit_ms: number): true?, core.Error?
---@return engine.service.Polled
function M.run(opts, ask)
  local result = { ready = false, probes = 0, waited_ms = 0 }
  while not ask_once(opts, ask, result) and result.waited_ms < opts.timeout_ms do
    local pause = math.min(opts.timeout_ms - result.waited_ms, M.pause(result.waited_ms))
    local since = M.now()
    local slept, err = task.sleep(pause)
    if not slept then
      result.last, result.final = err, true
      return result
    end
    result.waited_ms = result.waited_ms + spent(since, pause)
  end
  return result
end

return M
