--- Runs one scenario in its room: its steps in order, each judged, everything told as events.
---
--- Decides nothing about verdicts: engine.run.judge does.
---@class engine.run.scenario
local clock = require("engine.run.clock")
local failure = require("engine.run.failure")
local judge = require("engine.run.judge")
local kept = require("engine.kept")
local observe = require("engine.run.observe")
local task = require("clnrm.task")
local verdict = require("engine.verdict")
local watchdog = require("engine.run.watchdog")

local M = {}

local EVENT_TEXT_MAX = 64 << 10 -- bytes of an output in its event
local OPEN_MS = 60000 -- for a backend to make a room
local ANSWER_MS = 60000 -- past its deadline, for a backend to say how a step ended
local CLOSE_MS = 8000 -- for a room to close

---@class engine.run.Entry one scenario of a run
---@field scenario engine.model.Scenario
---@field opened core.task.Event the room is there, or is known not to be
---@field room? engine.backend.Room
---@field open_ms number
---@field open_error? core.Error

--- Opens the room of a scenario; sets `entry.opened` in any case.
---@async
---@param run engine.run.Run
---@param entry engine.run.Entry
function M.open(run, entry)
  local scenario, began = entry.scenario, clock.ms()
  local suite = scenario.suite
  local room, err = watchdog.call(OPEN_MS, run.backend.open, {
    name = scenario.id,
    project_dir = suite.project_dir,
    room = suite.room,
    run_id = run.id,
  })
  entry.room, entry.open_error = room, not room and err or nil
  entry.open_ms = clock.ms() - began
  entry.opened:set()
end

--- Closes the room of an entry.  Waits for it even in a cancelled task, but not for ever.
---@async
---@param entry engine.run.Entry
---@return number close_ms
---@return table? info what the room told at its end
---@return core.Error? err it was not there to the end
function M.close(entry)
  local began, room = clock.ms(), entry.room
  entry.room = nil
  if not room then
    return 0
  end
  local info, err = task.shield(task.timeout, CLOSE_MS, room.close, room)
  return clock.ms() - began, type(info) == "table" and info or nil, not info and err or nil
end

--- Whether the room of a finished course is to outlive the run.
local function wants_keep(run, scenario, course)
  if run.keep == "never" or course.stopped or not run.keep then
    return false
  end
  return run.keep == "always" or not verdict.is_good(judge.scenario(scenario, course).verdict)
end

--- Gives the room of an entry up without ending it; noted first, so that `clnrm reap` finds it.
---@async
---@return engine.kept.Note? note
---@return core.Error? err then the room is still ours
local function keep_room(run, entry)
  local room = entry.room
  local note, err = kept.note(room:pid(), run.id, entry.scenario.id)
  if not note then
    return nil, err
  end
  local ok
  ok, err = task.shield(task.timeout, CLOSE_MS, room.keep, room, kept.SECONDS)
  if not ok then
    kept.forget(note)
    return nil, err
  end
  entry.room = nil
  return note
end

--- Ends or keeps the room; tells it.
local function leave_room(run, cx)
  local entry, note, keep_error = cx.entry, nil, nil
  if wants_keep(run, cx.scenario, cx.course) then
    note, keep_error = keep_room(run, entry)
  end
  local close_ms, info, err = M.close(entry)
  cx.course.close_error = err
  run:emit({
    event = "room_end",
    id = cx.scenario.id,
    close_ms = close_ms,
    killed = info and info.killed or 0,
    kept = note and {
      pid = note.pid,
      until_s = note.until_s,
      enter = kept.enter_command(note),
    },
    not_kept = keep_error and tostring(keep_error),
  })
end

--- Finds the deadline of a step: its own, the scenario's, or the file's, whichever is first.
local function deadline_of(run, cx, step)
  local limit, of = step.timeout_ms or run.timeout_ms, "step"
  local now = clock.ms()
  if cx.scenario_deadline and cx.scenario_deadline - now < limit then
    limit, of = cx.scenario_deadline - now, "scenario"
  end
  if cx.file_deadline and cx.file_deadline - now < limit then
    limit, of = cx.file_deadline - now, "file"
  end
  return math.floor(limit), of
end

local function event_text(output)
  if #output.text <= EVENT_TEXT_MAX then
    return output.text, output.cut
  end
  local half = EVENT_TEXT_MAX // 2
  return output.text:sub(1, half) .. output.text:sub(-half), output.bytes - EVENT_TEXT_MAX
end

local function emit_outputs(run, scenario, step, observed)
  for _, name in ipairs({ "stdout", "stderr" }) do
    local output = observed[name]
    if output and output.bytes and output.bytes > 0 then
      local text, cut = event_text(output)
      run:emit({
        event = "output",
        id = scenario.id,
        step = step.index,
        stream = name,
        text = text,
        bytes = output.bytes,
        cut = cut,
      })
    end
  end
end

local function limited(value)
  if type(value) == "string" and #value > 4096 then
    return value:sub(1, 4096)
  end
  return value
end

local function check_records(judgement)
  local list = {}
  for i, result in ipairs(judgement.results or {}) do
    local check = result.check
    list[i] = {
      key = check.key,
      subject = check.subject,
      path = check.path,
      matcher = check.matcher,
      ok = result.ok,
      expected = limited(check.expected),
      actual = result.ok ~= true and limited(result.actual) or nil,
      message = result.message,
      implied = check.implied,
      pos = check.pos,
    }
  end
  for _, finding in ipairs(judgement.findings) do
    for _, record in ipairs(list) do
      if finding.check and record.pos == finding.check.pos then
        record.code = finding.code
      end
    end
  end
  return list
end

local function begin_step(run, cx, step)
  cx.step_name = step.name
  run:emit({
    event = "step_begin",
    id = cx.scenario.id,
    step = step.index,
    name = step.name,
    argv = step.argv,
    shell = step.shell,
    line = step.line,
  })
end

--- Judges a step and tells its end.  Waits for nothing, so that the outputs of one step at most are
--- in memory, and keeps nothing of them.
local function end_step(run, cx, step, observed, result)
  local scenario = cx.scenario
  local judgement = judge.step(step, observed)
  for _, finding in ipairs(judgement.findings) do
    local context = { scenario = scenario, step = step, observed = observed }
    cx.failures[#cx.failures + 1] = failure.make(finding, context)
  end
  emit_outputs(run, scenario, step, observed)
  run:emit({
    event = "step_end",
    id = scenario.id,
    step = step.index,
    name = step.name,
    verdict = judgement.verdict,
    exit_code = observed.exit_code,
    signal = observed.signal,
    timed_out = observed.timed_out or false,
    duration_ms = observed.duration_ms or 0,
    rusage = result and result.rusage,
    stdout_bytes = observed.stdout and observed.stdout.bytes or 0,
    stderr_bytes = observed.stderr and observed.stderr.bytes or 0,
    leaked = observed.leaked,
    error = observed.error and { code = observed.error.code, message = observed.error.message },
    checks = check_records(judgement),
  })
  judgement.results = nil
  for _, finding in ipairs(judgement.findings) do
    finding.actual, finding.detail = nil, nil
  end
  return judgement
end

--- Runs one step and judges it.
---@async
---@return table entry for the course
local function run_step(run, cx, step, limit, of)
  local room = cx.entry.room
  begin_step(run, cx, step)
  local result, err = watchdog.call(limit + ANSWER_MS, room.exec, room, {
    argv = step.argv,
    shell = step.shell,
    env = step.env,
    cwd = step.cwd,
    stdin = step.stdin,
    timeout_ms = limit,
  })
  local files = result and watchdog.call(ANSWER_MS, observe.files, room, step)
  local observed = observe.step(step, result, err)
  observed.files, observed.timeout_ms, observed.timeout_of = files or {}, limit, of
  local entry = { step = step, leaked = observed.leaked, error = observed.error }
  entry.judgement = end_step(run, cx, step, observed, result)
  if result and result.close then
    result:close()
  end
  if observe.is_large(observed) then
    observed = nil -- luacheck: ignore 311
    collectgarbage()
  end
  return entry
end

local function run_steps(run, cx)
  local course = cx.course
  for _, step in ipairs(cx.scenario.steps) do
    local limit, of = deadline_of(run, cx, step)
    if run.stopped then
      course.stopped = run.stopped
      return
    elseif limit <= 0 then
      course.over = of
      return
    end
    local entry = run_step(run, cx, step, limit, of)
    course.steps[#course.steps + 1] = entry
    if run.stopped and entry.error then
      course.stopped = run.stopped
      return
    elseif entry.judgement.verdict ~= "pass" and not step.continue_on_failure then
      return
    elseif entry.error then
      return -- nothing more can be known in this room
    end
  end
end

--- Runs the steps of a scenario whose room was opened.
---@async
---@param run engine.run.Run
---@param entry engine.run.Entry
---@return table cx to be given to `finish`
function M.run(run, entry)
  local scenario, now = entry.scenario, clock.ms()
  local suite = scenario.suite
  local cx = {
    scenario = scenario,
    entry = entry,
    began = now,
    failures = {},
    course = { steps = {}, open_error = entry.open_error, timeout_ms = scenario.timeout_ms },
  }
  run.active[cx] = true
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
  })
  if entry.room then
    run:emit({
      event = "room_begin",
      id = scenario.id,
      isolation = entry.room.isolation,
      open_ms = entry.open_ms,
    })
    run_steps(run, cx)
  elseif run.stopped then
    cx.course.stopped, cx.course.open_error = run.stopped, nil
  end
  cx.course.duration_ms = clock.ms() - cx.began
  return cx
end

--- Closes the room, judges the scenario and tells its end.
---@async
---@param run engine.run.Run
---@param cx table as `run` returned it
---@return engine.Verdict
function M.finish(run, cx)
  local scenario, course = cx.scenario, cx.course
  if cx.entry.room then
    leave_room(run, cx)
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
    failures = cx.failures,
    marks = marks,
  })
  return judgement.verdict
end

return M
