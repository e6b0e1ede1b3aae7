--- A step that may be tried again: every attempt is told and kept.
---
--- What a check did not hold, or a deadline cut off, is tried again in the same room; an error, a
--- lost room, a broken policy and a dead service are not, since they would be the same or unknown.
--- The deadlines of the scenario and of the file stay: without time for the delay there is no
--- further attempt.
---@class engine.run.retry
local clock = require("engine.run.clock")
local core = require("core.task")
local failure = require("engine.run.failure")
local step = require("engine.run.step")

local M = {}

M.RETRIED = { fail = true, timeout = true }

---@class engine.run.Attempt
---@field verdict engine.Verdict
---@field duration_ms number
---@field failures engine.run.Failure[]

---@class engine.run.Attempts of one step, while they are made
---@field number integer the attempt that runs
---@field of integer     attempts at most
---@field failures engine.run.Failure[] of the attempt that will be followed by another

--- Finds the milliseconds before the deadlines of the scenario and of the file.
local function time_left(cx)
  local now = clock.ms()
  return math.min((cx.scenario_deadline or math.huge) - now, (cx.file_deadline or math.huge) - now)
end

--- Says whether another attempt follows one that ended so.
---@param run engine.run.Run
---@param cx engine.run.Context
---@param item engine.model.Step
---@param attempts engine.run.Attempts
---@param judgement engine.run.Judgement
---@param observed engine.run.Observed
---@return boolean
function M.goes_on(run, cx, item, attempts, judgement, observed)
  return attempts.number < attempts.of
    and M.RETRIED[judgement.verdict] == true
    and observed.death == nil
    and not run.stopped
    and time_left(cx) > item.retry_delay_ms
end

--- Says in one line what an attempt came to.
local function attempt_line(attempt)
  local first = attempt.failures[1]
  return first and first.message or attempt.verdict
end

local function attempt_lines(list)
  local lines = {}
  for i, attempt in ipairs(list) do
    lines[i] = ("%d: %s"):format(i, attempt_line(attempt))
  end
  return lines
end

--- Tells that a step passed, but not at once: a warning with what the earlier attempts came to.
local function tell_flaky(cx, item, list, of)
  local made = failure.make({
    verdict = "flaky",
    code = "T506",
    message = ("passed on attempt %d of %d"):format(#list + 1, of),
    at = "command",
    detail = { label = "it failed before" },
  }, { scenario = cx.scenario, step = item })
  made.severity = "warning"
  table.insert(made.notes, { title = "attempts", lines = attempt_lines(list) })
  cx.failures[#cx.failures + 1] = made
end

--- Adds what the earlier attempts came to, to what is told of the last.
local function tell_attempts(cx, item, list)
  for _, told in ipairs(cx.failures) do
    if told.step == item.name then
      told.notes[#told.notes + 1] = { title = "earlier attempts", lines = attempt_lines(list) }
    end
  end
end

--- Puts an attempt that was to be followed by another into the course: none followed.
local function end_early(run, cx, entry, attempts, of)
  if run.stopped then
    cx.course.stopped = run.stopped
  else
    cx.course.over = of
  end
  table.move(attempts.failures, 1, #attempts.failures, #cx.failures + 1, cx.failures)
  cx.course.steps[#cx.course.steps + 1] = entry
  return entry
end

--- Runs a step until it passes, or its attempts or its time are used up.
---@async
---@param run engine.run.Run
---@param cx engine.run.Context
---@param item engine.model.Step with `retry`
---@param opts? engine.run.StepOptions
---@return engine.run.StepEntry # with `attempts`, those before the last one, when there were any
function M.run(run, cx, item, opts)
  local own = {}
  for key, value in pairs(opts or {}) do
    own[key] = value
  end
  local attempts, list = { number = 1, of = item.retry + 1 }, {}
  own.attempts = attempts
  while true do
    local entry = step.once(run, cx, item, own)
    entry.attempts = list[1] and list or nil
    if not entry.will_retry then
      if entry.attempts and entry.judgement.verdict == "pass" then
        tell_flaky(cx, item, list, attempts.of)
      elseif entry.attempts then
        tell_attempts(cx, item, list)
      end
      return entry
    end
    core.sleep(item.retry_delay_ms)
    own.limit_ms, own.limit_of = step.deadline(run, cx, item)
    if run.stopped or own.limit_ms <= 0 then
      return end_early(run, cx, entry, attempts, own.limit_of)
    end
    list[#list + 1] = {
      verdict = entry.judgement.verdict,
      duration_ms = entry.duration_ms,
      failures = attempts.failures,
    }
    attempts.number = attempts.number + 1
  end
end

return M
