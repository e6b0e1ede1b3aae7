--- The attempts of a scenario: each in a fresh room, each told, up to the first that is good.
---
--- Says nothing about verdicts: engine.run.judge.attempts does.
local core = require("core.task")
local judge = require("engine.run.judge")
local rooms = require("engine.run.room")
local rule = require("engine.run.judge.attempts")
local scenario = require("engine.run.scenario")

---@class engine.run.attempts
local M = {}

--- How often a scenario is tried at most.
---@param run engine.run.Run
---@param item engine.model.Scenario
---@return integer
function M.count(run, item)
  return 1 + (run.own_retries and item.retries or run.retries)
end

--- Whether what is still to come, the end of its rooms, could make a failure of a pass.
local function may_fail_yet(cx)
  return #cx.services > 0
end

--- Ends an attempt, and begins the next one.
local function try_again(run, entry, cx, of)
  local id, ended = cx.scenario.id, cx.ended
  run.active[cx] = nil
  local earlier = cx.earlier or {}
  earlier[#earlier + 1] = {
    attempt = cx.attempt,
    verdict = ended.verdict,
    duration_ms = cx.course.duration_ms,
    failures = cx.failures,
  }
  run:emit({
    event = "attempt_end",
    id = id,
    attempt = cx.attempt,
    of = of,
    verdict = ended.verdict,
    duration_ms = cx.course.duration_ms,
    failures = cx.failures,
    marks = ended.marks,
  })
  run:emit({ event = "attempt_begin", id = id, attempt = cx.attempt + 1, of = of })
  entry.opened, entry.open_error = core.event(), nil
  scenario.open(run, entry)
  rooms.acquire(run, entry)
  return earlier
end

--- Runs the attempts of a scenario; the last one is left to be finished.
---@async
---@param run engine.run.Run
---@param entry engine.run.Entry
---@return engine.run.Context cx to be given to `scenario.finish`
function M.run(run, entry)
  local of, attempt, earlier = M.count(run, entry.scenario), 1, nil
  scenario.begin(run, entry)
  while true do
    local cx = scenario.run(run, entry)
    cx.attempt, cx.earlier = attempt, earlier
    local early = judge.scenario(entry.scenario, cx.course).verdict
    if attempt == of or not (rule.again(early) or may_fail_yet(cx)) then
      run:note(cx, rule.settle(early, earlier)) -- before the next one begins
      return cx
    end
    scenario.leave(run, cx)
    if not rule.again(cx.ended.verdict) or run.halted then
      run:note(cx, rule.settle(cx.ended.verdict, earlier))
      return cx
    end
    earlier = try_again(run, entry, cx, of)
    attempt = attempt + 1
  end
end

return M
