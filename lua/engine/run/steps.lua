--- The body of a scenario that is a list of steps.
---
--- They run in order, up to the first that fails; with a graph, as engine.run.graph says.  The
--- services that a step needs are started before it, those of the next ones in the background.
---@class engine.run.steps
local step = require("engine.run.step")

local M = {}

local START_MS = 3600000 -- for services to start; each has a deadline of its own
local AHEAD = 10 -- steps whose services start already: a step takes less than a service

--- Whether nothing more can be known in this room: a step had no end that anybody saw.  A command
--- that could not start is a failure like another.
local function is_lost(run, cx, entry)
  if run.stopped and entry.error then
    cx.course.stopped = run.stopped
  end
  return entry.error ~= nil and entry.judgement.verdict ~= "fail"
end

--- Starts services, and waits until they are ready.
---@return boolean? ready
local function start_services(run, cx, services, needs, limit, of)
  local ok, failure, is_late = services:need(needs, limit)
  if ok then
    return true
  elseif run.stopped then
    cx.course.stopped = run.stopped
  elseif is_late then
    cx.course.over, cx.course.awaited = of, services:pending_text(needs)
  else
    cx.course.service_failure = cx.course.service_failure or failure
  end
end

--- Finds the time that is left before the deadlines of the scenario and of the file.
local function time_left(run, cx)
  return step.deadline(run, cx, { timeout_ms = START_MS })
end

--- Begins to start what a step needs and what the next ones will, side by side.
local function prefetch(services, steps, first)
  local names = {}
  for i = first, math.min(first + AHEAD, #steps) do
    table.move(steps[i].needs or {}, 1, #(steps[i].needs or {}), #names + 1, names)
  end
  services:prefetch(names)
end

--- Makes ready what a command needs: services, and time.
---@async
---@param run engine.run.Run
---@param cx engine.run.Context
---@param needs? string[] services
---@param item? engine.model.Step that is to be run
---@return boolean ready else `cx.course` says why not
---@return integer limit_ms the time that it has
---@return "step"|"scenario"|"file" of
function M.prepare(run, cx, needs, item)
  local services = cx.services[1]
  if services and item and not run.stopped then
    prefetch(services, cx.scenario.steps, item.index)
  end
  if services and needs and needs[1] then
    local left, of = time_left(run, cx)
    if left > 0 and not run.stopped and not start_services(run, cx, services, needs, left, of) then
      return false, 0, of
    end
  end
  local limit, of
  if item then
    limit, of = step.deadline(run, cx, item)
  else
    limit, of = time_left(run, cx)
  end
  if run.stopped then
    cx.course.stopped = run.stopped
    return false, 0, of
  elseif limit <= 0 then
    cx.course.over = of
    return false, 0, of
  end
  return true, limit, of
end

--- Runs one step, with what must be there before it.
---@async
---@param run engine.run.Run
---@param cx engine.run.Context
---@param item engine.model.Step
---@return engine.run.StepEntry? entry nil: it could not be begun, and `cx.course` says why
---@return boolean? is_over nothing more can be known in this room
function M.one(run, cx, item)
  local ready, limit, of = M.prepare(run, cx, item.needs, item)
  if not ready then
    return nil
  end
  if cx.faults then
    if not cx.faults:before(item) then
      return nil
    end
    limit, of = step.deadline(run, cx, item)
  end
  local env, argv
  if item.takes then
    env, argv = require("engine.run.capture").apply(cx, item)
  end
  local entry = step.run(run, cx, item, {
    env = env,
    argv = argv,
    limit_ms = limit,
    limit_of = of,
    services = cx.services[1],
    service = item.service,
    needs = item.needs,
  })
  local is_over = is_lost(run, cx, entry)
  if run.debugger then
    run.debugger:at_step(run, cx, item, entry)
  end
  if cx.faults and not is_over then
    is_over = not cx.faults:after(item)
  end
  return entry, is_over
end

--- Runs the steps of a scenario whose room was opened.
---@async
---@param run engine.run.Run
---@param cx engine.run.Context
function M.run(run, cx)
  if cx.scenario.faults and not cx.faults then
    return require("engine.run.faults").around(run, cx, M.run)
  elseif cx.scenario.graph then
    return require("engine.run.graph").run(run, cx, M.one)
  end
  for _, item in ipairs(cx.scenario.steps) do
    local entry, is_over = M.one(run, cx, item)
    if not entry or is_over then
      return
    elseif entry.judgement.verdict ~= "pass" and not item.continue_on_failure then
      return
    end
  end
end

return M
