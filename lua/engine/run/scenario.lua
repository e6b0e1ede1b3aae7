--- Runs one scenario: its room, its body, its judgement, everything told as events.
---
--- The body is one of two: the steps of a file (engine.run.steps), in a room that was opened ahead,
--- or the function of a Lua test (engine.run.script), which opens its rooms itself.  Both get `run`
--- and `cx`, leave what became of it in `cx.course`, and use engine.run.step for each command.
--- Decides nothing about verdicts: engine.run.judge does.
---@class engine.run.scenario
local clock = require("engine.run.clock")
local deadlines = require("engine.run.deadlines")
local identity = require("engine.plan.identity")
local judge = require("engine.run.judge")
local rooms = require("engine.run.room")
local steps = require("engine.run.steps")

local M = {}

---@class engine.run.Context a scenario that is under way
---@field scenario engine.model.Scenario
---@field entry engine.run.Entry
---@field began number what is not its time is added to it
---@field course engine.run.Course what the judge sees
---@field failures engine.run.Failure[]
---@field services engine.run.Services[] one for each room that has services
---@field awaits? table<{ services: engine.run.Services, names: string[] }, true> what it waits for
---@field captured? table<string, string> values that steps left for later ones
---@field step_name? string what runs now, or began last
---@field step_names? string[] what runs now, when steps may overlap
---@field process? core.room.Process of the command that began last
---@field process_of? table whose process that is
---@field faults? engine.run.Faults that its file makes
---@field volumes? engine.run.WatchedVolume[] of the host, that services write to
---@field backends? table<engine.backend, true> of the rooms of a Lua test
---@field attempt? integer
---@field earlier? engine.run.Attempt[] the attempts before this one
---@field ended? engine.run.Judgement of this attempt, when its room is closed
---@field shared? engine.run.FileState what it shares with the others of its file
---@field scenario_deadline? number
---@field file_deadline? number
---@field beside? engine.run.Failure[] of an earlier attempt, to be told with those of the last one

M.close = rooms.close

--- Whether a test of the quarantine is marked: when there is something to excuse or to tell.
local function quarantine_shows(verdict)
  return verdict == "flaky" or verdict == "fail" or verdict == "timeout"
end

--- Prepares a scenario before its turn: opens its room, when it has steps.
---@async
---@param run engine.run.Run
---@param entry engine.run.Entry
function M.open(run, entry)
  local scenario = entry.scenario
  local wanted = scenario.test and scenario.test.requires or scenario.suite.requires
  entry.unmet = wanted and require("engine.requires").unmet(wanted,
    require("engine.backend").of_suite(run.backend, scenario.suite), scenario.suite.services)
  if scenario.fn or scenario.is_shared or entry.unmet or rooms.is_behind_hook(run, scenario) then
    entry.opened:set()
    return
  end
  rooms.open(run, entry)
end

--- Tells that a scenario begins.
---@param run engine.run.Run
---@param entry engine.run.Entry
function M.begin(run, entry)
  local scenario = entry.scenario
  run.secrets:add(scenario.suite.services, scenario)
  run:emit({
    event = "scenario_begin",
    id = scenario.id,
    file = scenario.file,
    name = scenario.name,
    line = scenario.line,
    tags = scenario.tags,
    steps = scenario.steps and #scenario.steps or nil,
    cell = scenario.cell,
    repetition = scenario.repetition,
    worker = entry.worker,
  })
end

--- Gets what a scenario has of its file and its room, when its turn has come. What that takes to
--- make rooms is not the test's time.
local function prepare(run, cx)
  local scenario, suite = cx.scenario, cx.scenario.suite
  if not cx.entry.unmet and not suite.missing_secret and (suite.hooks or scenario.is_shared) then
    local shared = require("engine.run.shared")
    if shared.is_needed(scenario) then
      deadlines.leave_out(run, cx, shared.enter(run, cx))
    end
  end
  local is_over = cx.entry.unmet or run.stopped or cx.course.open_error -- of its file's room, too
  if not (scenario.fn or scenario.is_shared or is_over) then
    local from, to = deadlines.making(run, suite, scenario.repetition, rooms.settle, run, cx.entry)
    deadlines.leave_out(run, cx, to - from)
    cx.course.open_error = cx.entry.open_error
  end
end

--- Runs the steps of a scenario, with the services and hooks around them.
local function run_steps(run, cx)
  local scenario, entry = cx.scenario, cx.entry
  if scenario.is_shared then
    require("engine.run.shared").open_services(run, cx)
  elseif entry.services then
    require("engine.run.services").open(run, cx, entry.room, entry.services)
  end
  if scenario.suite.hooks then
    require("engine.run.hooks").around(run, cx, steps.run)
  else
    steps.run(run, cx)
  end
end

--- Runs the body of a scenario, once.
---@async
---@param run engine.run.Run
---@param entry engine.run.Entry
---@return engine.run.Context cx to be given to `finish`
function M.run(run, entry)
  rooms.enter(run, entry) -- whose time is not the test's
  local scenario, suite = entry.scenario, entry.scenario.suite
  local cx = {
    scenario = scenario,
    entry = entry,
    failures = {},
    services = {},
    captured = entry.generated,
    course = {
      steps = {},
      open_error = entry.open_error,
      missing_secret = not entry.unmet and suite.missing_secret or nil,
      timeout_ms = scenario.timeout_ms,
      strict = run.strict,
      unmet = entry.unmet,
    },
  }
  local limit = scenario.policy and scenario.policy.max_execution_ms
  if limit and limit <= (scenario.timeout_ms or limit) then
    cx.course.timeout_ms, cx.course.is_policy_time = limit, true
  end
  deadlines.begin(run, cx)
  run.active[cx] = true
  prepare(run, cx)
  if entry.room and not scenario.fn then
    rooms.tell(run, cx)
  end
  if scenario.fn then
    require("engine.run.script").run(run, cx)
  elseif entry.room and not (suite.missing_secret or cx.course.open_error) then
    run_steps(run, cx)
  elseif run.stopped then
    cx.course.stopped, cx.course.open_error = run.stopped, nil
  end
  for _, watched in ipairs(cx.services) do
    watched:heal()
    if cx.scenario.is_shared then
      watched:await_dying()
    end
    watched:settle()
  end
  cx.course.duration_ms = clock.since(cx.began)
  if cx.volumes then
    require("engine.run.leaks").over(run, cx)
  end
  if suite.assertions then
    require("engine.assertions").evaluate(run, cx)
  end
  return cx
end

--- Looks whether the engines answer that a scenario has its rooms of, when its time was over: it
--- may only have waited for one.
---@return core.Error? gone
local function look_again(cx)
  local room = cx.entry.room
  local gone = room and room.look and room:look()
  for backend in pairs(not gone and cx.backends or {}) do
    gone = gone or backend.look and backend.look()
  end
  return gone or nil
end

--- Closes the room and judges the attempt.
---@async
---@param run engine.run.Run
---@param cx engine.run.Context as `run` returned it
---@return engine.run.Judgement judgement also in `cx.ended`
function M.leave(run, cx)
  local scenario, course = cx.scenario, cx.course
  local gone = course.over and look_again(cx)
  rooms.leave(run, cx)
  if cx.script_context then
    require("engine.run.script").leave(cx)
  end
  course.close_error = course.close_error or gone
  if cx.volumes then
    require("engine.run.leaks").settle(run, cx)
  end
  local judgement = judge.scenario(scenario, course)
  local made = course.faults and judge.faults_made(course)
  for _, finding in ipairs(judgement.findings) do
    if not finding.is_told then
      local failure = require("engine.run.failure")
      cx.failures[#cx.failures + 1] = failure.make(finding, { scenario = scenario, made = made })
    end
  end
  if (course.whole_ms or course.duration_ms) > run.slow_ms then
    judgement.marks[#judgement.marks + 1] = "slow"
  end
  cx.ended = judgement
  return judgement
end

--- All attempts, when there was more than one.
local function attempts_of(cx)
  local list = cx.earlier
  if not list then
    return nil
  end
  list[#list + 1] = {
    attempt = cx.attempt,
    verdict = cx.ended.verdict,
    duration_ms = cx.course.duration_ms,
    failures = cx.failures,
  }
  return list
end

--- The failures that are told.
local function told_failures(cx, told)
  local list = (told or cx).failures
  if not cx.beside or list == cx.beside then
    return list
  end
  return table.move(cx.beside, 1, #cx.beside, #list + 1, { table.unpack(list) })
end

--- Ends the last attempt, when that was not done, and tells the end of the scenario.
---@async
---@param run engine.run.Run
---@param cx engine.run.Context
---@return engine.Verdict
function M.finish(run, cx)
  local scenario, course = cx.scenario, cx.course
  local ended = cx.ended or M.leave(run, cx)
  local verdict, told = judge.attempts(ended.verdict, cx.earlier)
  local is_skip = verdict == "skip" and (course.unmet or course.script) -- else it made up for none
  local values = course.values
  if run.quarantine and run.quarantine:lists(scenario) and quarantine_shows(verdict) then
    ended.marks[#ended.marks + 1] = "quarantined"
  elseif verdict == "flaky" then
    run.unexcused = run.unexcused + 1
  end
  run:emit({
    event = "scenario_end",
    id = scenario.id,
    test = identity.of(scenario),
    file = scenario.file,
    name = scenario.name,
    line = scenario.line,
    cell = scenario.cell,
    repetition = scenario.repetition,
    verdict = verdict,
    duration_ms = course.whole_ms or course.duration_ms,
    reason = is_skip and (course.unmet or course.script.skipped) or nil,
    failures = told_failures(cx, told),
    marks = ended.marks,
    leaks = course.leaks,
    leaks_more = course.leaks_more,
    unwatched = course.unwatched,
    values = values and { ran = values.ran, of = values.of },
    attempts = attempts_of(cx),
  })
  return verdict
end

return M
