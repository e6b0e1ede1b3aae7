--- One command of a scenario: its deadline, its events, its judgement, its place in the course.
---
--- Both bodies of a scenario use it: the steps of a file (engine.run.steps) and the function of a
--- Lua test (engine.run.script).  In short `M.run`; by hand `M.begin`, `M.exec`, `M.finish`, each
--- once and in this order.  Decides nothing about verdicts: engine.run.judge does.
---@class engine.run.step
local clock = require("engine.run.clock")
local judge = require("engine.run.judge")
local observe = require("engine.run.observe")
local watchdog = require("engine.run.watchdog")

local M = {}

local ANSWER_MS = 60000 -- past its deadline, for a backend to say how a step ended
local NONE = {}
local EVENT_TEXT_MAX = 64 << 10 -- bytes of an output in its event
local VALUE_MAX = 4096 -- bytes of a value of a check

---@class engine.run.StepOptions
---@field room? engine.backend.Room default: the scenario's
---@field limit_ms? integer  its deadline; default: `M.deadline`
---@field limit_of? "step"|"scenario"|"file" whose deadline that is
---@field services? engine.run.Services of the room; the command is killed when one of them dies
---@field needs? string[]    those whose death counts; default: all of them
---@field service? string    in whose place it runs
---@field argv? string[]     instead of the step's
---@field env? string[][]    instead of the step's
---@field label? string      what it is called where its room has a policy; default: step "NAME"
---@field attempts? engine.run.Attempts when it may be tried again

---@class engine.run.StepFields what a Lua test knows of a command; the rest is as of a step
---@field name string
---@field line integer
---@field argv? string[]
---@field shell? string
---@field env? string[][]
---@field cwd? string
---@field stdin? string
---@field timeout_ms? integer
---@field checks? engine.model.Check[] with any of them, the exit is judged as a step's

--- Makes the step that a command of a Lua test is.  Without checks nothing is asked of its exit; a
--- lost room or a lost part of its output counts in any case.
---@param cx engine.run.Context
---@param fields engine.run.StepFields taken as the step
---@return engine.model.Step
function M.new(cx, fields)
  cx.script_steps = (cx.script_steps or 0) + 1
  fields.index, fields.by_script = cx.script_steps, true
  fields.env, fields.checks = fields.env or {}, fields.checks or {}
  fields.continue_on_failure = true
  return fields
end

--- Finds the deadline of a step: its own, the scenario's, or the file's, whichever is first.
---@param run engine.run.Run
---@param cx engine.run.Context
---@param step engine.model.Step
---@return integer limit_ms from now; 0 or less: it is over
---@return "step"|"scenario"|"file" of
function M.deadline(run, cx, step)
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

--- Returns what was observed in a scenario as it may be shown: without secrets, nor the parts of
--- them that an output was cut at, which are secret in the scenario from then on.
---@param run engine.run.Run
---@param cx engine.run.Context
---@param observed engine.run.Observed
---@return engine.run.Observed
function M.shown(run, cx, observed)
  local mask = run.secrets:mask(cx.scenario.id)
  if not mask then
    return observed
  end
  local shown = {}
  for key, value in pairs(observed) do
    shown[key] = value
  end
  local was_killed = observed.timed_out or observed.signal ~= nil
  for _, name in ipairs({ "stdout", "stderr" }) do
    local cut
    if observed[name] then
      shown[name], cut = mask:output(observed[name], was_killed)
    end
    for _, part in ipairs(cut or NONE) do -- a mask of the project may not tell them
      run.secrets:add_part(part, cx.scenario)
    end
  end
  return shown
end

--- Returns what handles the snapshots of a step; nil: it has none.
local function snapshots_of(step)
  for _, check in ipairs(step.checks) do
    if check.matcher == "snapshot" then
      return require("engine.run.snapshots")
    end
  end
end

local function emit_outputs(run, scenario, step, observed, attempt)
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
        attempt = attempt,
      })
    end
  end
end

local function limited(value, mask)
  if type(value) == "string" and #value > VALUE_MAX then
    return (mask and mask:text(value) or value):sub(1, VALUE_MAX)
  end
  return value
end

local function check_records(judgement, mask)
  local list = {}
  for i, result in ipairs(judgement.results or {}) do
    local check = result.check
    list[i] = {
      key = check.key,
      subject = check.subject,
      path = check.path,
      matcher = check.matcher,
      ok = result.ok,
      expected = limited(check.expected, mask),
      actual = result.ok ~= true and limited(result.actual, mask) or nil,
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

--- Lets who asks for the status see the command that runs, and notes when it began.
local function track(cx, spec)
  local watched = spec.on_start
  spec.on_start = function(process)
    cx.process, cx.process_of, spec.began = process, spec, clock.ms()
    if watched then
      watched(process)
    end
  end
end

--- Tells that a step begins.
---@param run engine.run.Run
---@param cx engine.run.Context
---@param step engine.model.Step
---@param opts? engine.run.StepOptions
function M.begin(run, cx, step, opts)
  local attempts = opts and opts.attempts
  cx.step_name = step.name
  run:emit({
    event = "step_begin",
    id = cx.scenario.id,
    step = step.index,
    name = step.name,
    argv = opts and opts.argv or step.argv,
    shell = step.shell,
    line = step.line,
    service = step.service,
    attempt = attempts and attempts.number,
    of = attempts and attempts.of,
  })
end

--- Runs the command of a step and gathers what is to be judged.
---@async
---@param run engine.run.Run
---@param cx engine.run.Context
---@param step engine.model.Step
---@param opts? engine.run.StepOptions
---@return engine.run.Observed observed
---@return engine.backend.Result? result to be closed by the caller
function M.exec(run, cx, step, opts)
  opts = opts or NONE
  local room, limit, of = opts.room or cx.entry.room, opts.limit_ms, opts.limit_of or "step"
  local services = opts.services
  if not limit then
    limit, of = M.deadline(run, cx, step)
  end
  local spec = {
    argv = opts.argv or step.argv,
    shell = step.shell,
    env = opts.env or step.env,
    cwd = step.cwd,
    user = step.user,
    stdin = step.stdin,
    timeout_ms = limit,
    label = opts.label or ("step %q"):format(step.name),
  }
  local watch = services and services:watch(spec, opts.service, opts.needs)
  track(cx, spec)
  local result, err = watchdog.call(limit + ANSWER_MS, room.exec, room, spec)
  if cx.process_of == spec then
    cx.process, cx.process_of = nil, nil
  end
  local files = result and watchdog.call(ANSWER_MS, observe.files, room, step, spec.service)
  local observed = observe.step(step, result, err)
  observed.files, observed.timeout_ms, observed.timeout_of = files or NONE, limit, of
  if not result and spec.began then
    observed.duration_ms = clock.since(spec.began) -- until it was lost
  end
  if watch then
    observed.death = services:unwatch(watch)
  end
  local gone = (observed.timed_out or observed.error) and room.look and room:look()
  if gone then -- whatever else it is blamed for
    observed.error, observed.death = gone, nil
  end
  return observed, result
end

--- The verdict of a step as it is told: none where a Lua test is left to judge.
local function told_verdict(step, judgement)
  if step.by_script and #step.checks == 0 and judgement.verdict == "pass" then
    return nil
  end
  return judgement.verdict
end

--- Judges a step, tells its end and puts it into the course, unless another attempt follows.  Waits
--- for nothing, so that the outputs of one step at most are in memory, and keeps nothing of them.
---@param run engine.run.Run
---@param cx engine.run.Context
---@param step engine.model.Step
---@param observed engine.run.Observed
---@param opts? engine.run.StepOptions as for `M.exec`
---@return engine.run.StepEntry entry the last of `cx.course.steps`; with `will_retry`, none of them
function M.finish(run, cx, step, observed, opts)
  local scenario = cx.scenario
  local snapshots = snapshots_of(step)
  if snapshots then
    snapshots.look_for_step(run, scenario, step, observed)
  end
  local judgement = judge.step(step, observed)
  if snapshots then
    snapshots.keep_of_step(run, scenario, observed, judgement)
  end
  local attempts = opts and opts.attempts
  local will_retry = attempts
    and require("engine.run.retry").goes_on(run, cx, step, attempts, judgement, observed)
  local failures = will_retry and {} or cx.failures
  local shown = M.shown(run, cx, observed)
  local mask = run.secrets:mask(scenario.id)
  local context = { scenario = scenario, step = step, observed = shown }
  if judgement.findings[1] and opts and opts.services then
    context.faults = opts.services.faults
      and require("engine.chaos").during(opts.services, observed.duration_ms or 0) or nil
    context.logs = opts.services:last_words(opts.service and { opts.service } or opts.needs or {})
    context.uncertain = opts.service and opts.services:uncertain(opts.needs or { opts.service })
      or nil
  end
  local first = #failures + 1
  for _, finding in ipairs(judgement.findings) do
    failures[#failures + 1] = require("engine.run.failure").make(finding, context)
  end
  emit_outputs(run, scenario, step, shown, attempts and attempts.number)
  run:emit({
    event = "step_end",
    id = scenario.id,
    step = step.index,
    name = step.name,
    verdict = told_verdict(step, judgement),
    exit_code = observed.exit_code,
    signal = observed.signal,
    timed_out = observed.timed_out or false,
    duration_ms = observed.duration_ms or 0,
    rusage = observed.rusage,
    stdout_bytes = observed.stdout and observed.stdout.bytes or 0,
    stderr_bytes = observed.stderr and observed.stderr.bytes or 0,
    leaked = observed.leaked,
    leaks = observed.leaked
      and require("engine.run.leaks").of_step(cx.course, step, observed) or nil,
    error = observed.error and { code = observed.error.code, message = observed.error.message },
    checks = check_records(judgement, mask),
    attempt = attempts and attempts.number,
    of = attempts and attempts.of,
    will_retry = will_retry or nil,
    failures = will_retry and failures or nil,
  })
  if step.capture and judgement.verdict == "pass" then
    require("engine.run.capture").keep(cx, judgement.results.captured)
  end
  judgement.results = nil
  for _, finding in ipairs(judgement.findings) do
    finding.actual, finding.detail = nil, nil
  end
  local entry =
    { step = step, judgement = judgement, leaked = observed.leaked, error = observed.error }
  if run.debugger and not step.by_script then
    entry.observed, entry.failures = observed, table.move(failures, first, #failures, 1, {})
  end
  if scenario.suite.assertions then
    entry.noted = require("engine.assertions.seen").note(observed)
  end
  if will_retry then
    entry.will_retry, entry.duration_ms = true, observed.duration_ms
    attempts.failures = failures
  else
    cx.course.steps[#cx.course.steps + 1] = entry
  end
  return entry
end

--- Runs one step, as often as it may be tried, and judges it.
---@async
---@param run engine.run.Run
---@param cx engine.run.Context
---@param step engine.model.Step
---@param opts? engine.run.StepOptions
---@return engine.run.StepEntry
function M.run(run, cx, step, opts)
  if step.retry then
    return require("engine.run.retry").run(run, cx, step, opts)
  end
  return M.once(run, cx, step, opts)
end

--- Runs one step once and judges it.
---@async
---@param run engine.run.Run
---@param cx engine.run.Context
---@param step engine.model.Step
---@param opts? engine.run.StepOptions
---@return engine.run.StepEntry
function M.once(run, cx, step, opts)
  M.begin(run, cx, step, opts)
  local observed, result = M.exec(run, cx, step, opts)
  local entry = M.finish(run, cx, step, observed, opts)
  if result and result.close then
    result:close()
  end
  if observe.is_large(observed) then
    observed = nil -- luacheck: ignore 311
    collectgarbage()
  end
  return entry
end

return M
