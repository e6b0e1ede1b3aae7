--- The body of a scenario that is a list of steps: they run in order, up to the first that fails.
---@class engine.run.steps
local step = require("engine.run.step")

local M = {}

--- Says whether nothing more is to be run behind a step.
local function is_over(run, cx, entry)
  if run.stopped and entry.error then
    cx.course.stopped = run.stopped
    return true
  elseif entry.judgement.verdict ~= "pass" and not entry.step.continue_on_failure then
    return true
  end
  return entry.error ~= nil -- nothing more can be known in this room
end

--- Runs the steps of a scenario whose room was opened.
---@async
---@param run engine.run.Run
---@param cx engine.run.Context
function M.run(run, cx)
  for _, item in ipairs(cx.scenario.steps) do
    local limit, of = step.deadline(run, cx, item)
    if run.stopped then
      cx.course.stopped = run.stopped
      return
    elseif limit <= 0 then
      cx.course.over = of
      return
    end
    local entry = step.run(run, cx, item, { limit_ms = limit, limit_of = of })
    if is_over(run, cx, entry) then
      return
    end
  end
end

return M
