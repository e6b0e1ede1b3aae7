--- Runs one scenario: its room, its body, its judgement, everything told as events.
---
--- The body is one of two: the steps of a file (engine.run.steps), in a room that was opened ahead,
--- or the function of a Lua test (engine.run.script), which opens its rooms itself.  Both get `run`
--- and `cx`, leave what became of it in `cx.course`, and use engine.run.step for each command.
--- Decides nothing about verdicts: engine.run.judge does.
---@class engine.run.scenario
local clock = require("engine.run.clock")
local failure = require("engine.run.failure")
local judge = require("engine.run.judge")
local rooms = require("engine.run.room")
local services = require("engine.run.services")
local steps = require("engine.run.steps")

local M = {}

---@class engine.run.Context a scenario that is under way
---@field scenario engine.model.Scenario
---@field entry engine.run.Entry
---@field began number
---@field course engine.run.Course what the judge sees
---@field failures engine.run.Failure[]
---@field services engine.run.Services[] one for each room that has services
---@field awaits? table<{ services: engine.run.Services, names: string[] }, true> what it waits for
---@field captured? table<string, string> values that steps left for later ones
---@field step_name? string what runs now, or began last
---@field step_names? string[] what runs now, when steps may overlap
---@field process? core.room.Process of the command that began last
---@field scenario_deadline? number
---@field file_deadline? number

M.close = rooms.close

--- Prepares a scenario before its turn: opens its room, when it has steps.
---@async
---@param run engine.run.Run
---@param entry engine.run.Entry
function M.open(run, entry)
  if entry.scenario.fn then
    entry.opened:set()
    return
  end
  rooms.open(run, entry)
end

--- Runs the body of a scenario.
---@async
---@param run engine.run.Run
---@param entry engine.run.Entry
---@return engine.run.Context cx to be given to `finish`
function M.run(run, entry)
  local scenario, now = entry.scenario, clock.ms()
  local suite = scenario.suite
  local cx = {
    scenario = scenario,
    entry = entry,
    began = now,
    failures = {},
    services = {},
    course = {
      steps = {},
      open_error = entry.open_error,
      timeout_ms = scenario.timeout_ms,
      strict = run.strict,
    },
  }
  run.active[cx] = true
  run.secrets:add(suite.services, scenario)
  cx.scenario_deadline = scenario.timeout_ms and now + scenario.timeout_ms
  if suite.timeout_ms then
    run.file_deadlines[suite] = run.file_deadlines[suite] or now + suite.timeout_ms
    cx.file_deadline = run.file_deadlines[suite]
  end
  run:emit({
    event = "scenario_begin",
    id = scenario.id,
    file = scenario.file,
    name = scenario.name,
    line = scenario.line,
    tags = scenario.tags,
    steps = scenario.steps and #scenario.steps or nil,
  })
  if scenario.fn then
    require("engine.run.script").run(run, cx)
  elseif entry.room then
    rooms.tell(run, cx)
    if entry.services then
      services.open(run, cx, entry.room, entry.services)
    end
    steps.run(run, cx)
  elseif run.stopped then
    cx.course.stopped, cx.course.open_error = run.stopped, nil
  end
  for _, watched in ipairs(cx.services) do
    watched:settle()
  end
  cx.course.duration_ms = clock.ms() - cx.began
  return cx
end

--- Closes the room, judges the scenario and tells its end.
---@async
---@param run engine.run.Run
---@param cx engine.run.Context as `run` returned it
---@return engine.Verdict
function M.finish(run, cx)
  local scenario, course = cx.scenario, cx.course
  rooms.leave(run, cx)
  if cx.script_context then
    require("engine.run.script").leave(cx)
  end
  local judgement = judge.scenario(scenario, course)
  for _, finding in ipairs(judgement.findings) do
    if not finding.is_told then
      cx.failures[#cx.failures + 1] = failure.make(finding, { scenario = scenario })
    end
  end
  local marks = judgement.marks
  if course.duration_ms > run.slow_ms then
    marks[#marks + 1] = "slow"
  end
  run:emit({
    event = "scenario_end",
    id = scenario.id,
    file = scenario.file,
    name = scenario.name,
    line = scenario.line,
    verdict = judgement.verdict,
    duration_ms = course.duration_ms,
    reason = course.script and course.script.skipped or nil,
    failures = cx.failures,
    marks = marks,
  })
  return judgement.verdict
end

return M
