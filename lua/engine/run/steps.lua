--- The body of a scenario that is a list of steps: they run in order, up to the first that fails.
---
--- The services that a step needs are started before it, those of the next one in the background.
---@class engine.run.steps
local step = require("engine.run.step")

local M = {}

local START_MS = 3600000 -- for services to start; each has a deadline of its own

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

--- Starts the services of a step; those of the next may begin meanwhile.
---@return boolean? ready
local function start_services(run, cx, services, item, limit, of)
  local ok, failure, is_late = services:need(item.needs, limit)
  if ok then
    local next_one = cx.scenario.steps[item.index + 1]
    if next_one and next_one.needs then
      services:prefetch(next_one.needs)
    end
    return true
  elseif run.stopped then
    cx.course.stopped = run.stopped
  elseif is_late then
    cx.course.over, cx.course.awaited = of, services:pending_text(item.needs)
  else
    cx.course.service_failure = failure
  end
end

--- Finds the time that is left before the deadlines of the scenario and of the file.
local function time_left(run, cx)
  return step.deadline(run, cx, { timeout_ms = START_MS })
end

--- Runs the steps of a scenario whose room was opened.
---@async
---@param run engine.run.Run
---@param cx engine.run.Context
function M.run(run, cx)
  local services = cx.services[1]
  for _, item in ipairs(cx.scenario.steps) do
    if services and item.needs and item.needs[1] then
      local left, of = time_left(run, cx)
      if left > 0 and not run.stopped and not start_services(run, cx, services, item, left, of) then
        return
      end
    end
    local limit, of = step.deadline(run, cx, item)
    if run.stopped then
      cx.course.stopped = run.stopped
      return
    elseif limit <= 0 then
      cx.course.over = of
      return
    end
    local entry = step.run(run, cx, item, {
      limit_ms = limit,
      limit_of = of,
      services = services,
      service = item.service,
      needs = item.needs,
    })
    if is_over(run, cx, entry) then
      return
    end
  end
end

return M
