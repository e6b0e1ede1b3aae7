--- The body of a scenario that is a function: a Lua test, with what must run before and after it.
---
--- Leaves what became of it in `cx.course.script`; engine.run.judge makes the verdict.  after_each
--- and the fixtures' teardowns run in any case, each with a deadline of its own, also when the run
--- was stopped.  Rooms are closed by `leave`, what the file shares by `ended` and `finish`.
local apart = require("engine.script.apart")
local contexts = require("engine.script.context")
local core = require("core.task")
local duration = require("engine.model.duration")
local failure = require("engine.script.failure")
local files = require("engine.script.file")
local findings = require("engine.script.findings")
local fixtures = require("engine.script.fixtures")
local guarded = require("engine.script.guarded")
local leftover = require("engine.script.leftover")
local lost = require("engine.lost")

---@class engine.run.script
local M = {}

--- What Lua tests of a run share.
local function state_of(run)
  if run.scripts then
    return run.scripts
  end
  local state = { shared = files.shared(), files = {}, order = {} }
  run.scripts = state
  local counts = {}
  for _, scenario in ipairs(run.queue.items) do
    local suite = scenario.suite
    counts[suite] = (counts[suite] or 0) + run.queue.rounds
  end
  for suite, count in pairs(counts) do
    if suite.registry then
      state.files[suite] = files.new(run, suite, state.shared, count)
    end
  end
  return state
end

local function new_context(run, cx, file)
  local scenario = cx.scenario
  file.to_begin = file.to_begin - 1
  local context = contexts.new({
    kind = "test",
    scope = "test",
    name = scenario.name,
    run = run,
    cx = cx,
    file = file,
    room_spec = scenario.test.room,
    fixtures = {},
  })
  cx.script_context = context
  cx.course.script = context.script
  return context
end

local function add(context, finding)
  local list = context.script.findings
  list[#list + 1] = finding
end

--- Says what the body's end means.
local function conclude(context, ending)
  local course, script = context.cx.course, context.script
  local final = ending.value
  script.ended = ending.how ~= "hung"
  if ending.over == "stopped" then
    course.stopped = context.run.stopped or "cancelled"
    return
  elseif ending.over then
    course.over = ending.over
    course.over_failure = findings.new(context, {
      verdict = "timeout",
      code = "T006",
      message = ("the test's timeout of %s was over"):format(
        duration.format(context.cx.scenario.timeout_ms)),
      place = context.over_at,
      label = context.over_at and "it was here" or nil,
    }).failure
    return
  elseif ending.how == "returned" then
    return
  end
  local is_ours = failure.is(final)
  if context.run.stopped and not (is_ours and final.kind == "check") then
    course.stopped = context.run.stopped -- what else is raised then follows from that
    return
  end
  if is_ours and (final.kind == "skip" or final.kind == "over") then
    return
  elseif is_ours and final.is_told then
    return
  end
  add(context, findings.raised(context, ending))
end

--- Tells of checks that did not hold and that no finding tells.
local function tell_caught(context, told)
  for _, raised in ipairs(context.raised) do
    if not told[raised] then
      told[raised] = true
      local make = context.uncaught[raised] and findings.new or findings.caught
      add(context, make(context, raised))
    end
  end
end

--- What a finding of an ending tells already.
local function mark_told(context, told, value)
  if failure.is(value) then
    told[value] = true
    if value.cause ~= nil then
      mark_told(context, told, value.cause)
    end
  elseif context.asserted and rawequal(context.asserted.value, value) then
    told[context.asserted.failure] = true
  end
end

--- Says what is raised when a hook before the test does.
local function hook_failure(hook, raised, frames)
  if failure.is(raised) and (raised.kind == "over" or raised.kind == "skip"
      or raised.kind == "setup") then
    return raised
  end
  return fixtures.setup_failure("before_each", { value = raised, frames = frames }, hook)
end

--- Calls a hook before the test.  For a debugger nothing unwinds its stack: `told_of_hook` says the
--- same later.
local function before_each(context, hook)
  if context.run.debugger then
    context.hook_running = hook
    apart.call(hook.fn, context.t)
    context.hook_running = nil
    return
  end
  local frames
  local ok, raised = apart.xpcall(hook.fn, function(raised)
    frames = require("engine.script.place").stack(2)
    return raised
  end, context.t)
  if not ok then
    error(hook_failure(hook, raised, frames), 0)
  end
end

--- Gives an ending the words of the hook that it was in.
local function told_of_hook(context, ending)
  local hook = context.hook_running
  if hook and ending.how == "raised" then
    ending.value = hook_failure(hook, ending.value, ending.frames)
  end
end

--- What a test does, in its own task.
local function body(context, test)
  for _, hook in ipairs(context.file.registry.hooks.before_each) do
    before_each(context, hook)
  end
  if test.has_case then
    test.fn(context.t, test.case)
  else
    test.fn(context.t)
  end
end

--- Ends tasks that nobody waited for; what they would have found is not known.
local function settle_tasks(context, is_last)
  for _, fields in ipairs(leftover.settle(context, is_last)) do
    local course = context.cx.course
    if not (course.over or course.stopped or context.script.skipped)
      and #context.script.findings == 0 then
      add(context, findings.new(context, fields))
    end
  end
end

--- Runs what must follow the test, whatever became of it.
local function take_down(context, told)
  local run = context.run
  local function tell(where, what, ending, at)
    mark_told(context, told, ending.value)
    for i = (context.told_count or 0) + 1, #context.raised do
      told[context.raised[i]] = true
    end
    local made = findings.teardown(where, what, ending, at.place)
    add(context, { verdict = "error", code = made.code, message = made.message, failure = made })
  end
  local hooks = context.file.registry.hooks.after_each
  for i = #hooks, 1, -1 do
    context.told_count = #context.raised
    local failed_before = context.script.failed
    local ending = guarded.call(context,
      { limit_ms = fixtures.teardown_ms(run), is_teardown = true }, hooks[i].fn, context.t)
    if ending.how ~= "returned" or context.script.failed > failed_before then
      tell(context, "after_each", ending, hooks[i])
    end
  end
  context.told_count = #context.raised
  fixtures.tear_down(context, run, tell)
end

local function tell_pending(context)
  local is_cut_short = context.cx.course.over or context.cx.course.stopped
    or context.script.skipped
  if next(context.pending) ~= nil and not is_cut_short and #context.script.findings == 0 then
    add(context, findings.new(context, {
      verdict = "error",
      code = "T705",
      message = "a value was expected to be something, and no matcher said what",
      place = context:first_pending(),
      help = "for example expect(value):equals(1)",
    }))
  end
end

--- Tells of a fixture that could not be set up, when the test caught the error.
local function tell_setup(context, told)
  local failed = context.script.setup_failure
  if failed and not told[failed] then
    add(context, findings.new(context, failed))
  end
end

local function tell_lost(context)
  local script = context.script
  if script.refused then
    for _, f in ipairs(script.findings) do
      if f.code == script.refused.code then
        return
      end
    end
    add(context, findings.new(context, script.refused))
  elseif script.lost then
    add(context, findings.new(context, lost.of(script.lost)))
  end
end

--- Runs a Lua test.
---@async
---@param run engine.run.Run
---@param cx engine.run.Context
function M.run(run, cx)
  local scenario, course = cx.scenario, cx.course
  local file = state_of(run).files[scenario.suite]
  local context = new_context(run, cx, file)
  local script = context.script
  course.timeout_ms, cx.scenario_deadline = nil, nil -- a test's time can stand still
  if course.unmet then
    script.ended = true
    return
  elseif scenario.skip then
    script.ended, script.skipped = true, scenario.skip
    return
  elseif run.stopped then
    course.stopped = run.stopped
    return
  end
  require("engine.script.ahead").prepare(run)
  local setup_failure = file:begin()
  if run.stopped then
    course.stopped = run.stopped
    return
  elseif setup_failure then
    script.ended = true
    add(context, findings.new(context, setup_failure))
    return
  end
  local told = {}
  local _ <close> = setmetatable({}, { __close = function()
    require("engine.script.ahead").ended(context)
  end })
  local ending = guarded.call(context, {
    limit_ms = scenario.timeout_ms,
    stop = run.debugger and run.debugger:watcher(context) or nil,
  }, body, context, scenario.test)
  told_of_hook(context, ending)
  conclude(context, ending)
  mark_told(context, told, ending.value)
  core.shield(settle_tasks, context, false)
  tell_pending(context)
  core.shield(take_down, context, told)
  core.shield(settle_tasks, context, true)
  tell_caught(context, told)
  tell_setup(context, told)
  tell_lost(context)
  context.is_closed = true -- rooms are closed beside the next test, and none is opened any more
end

--- Closes the rooms of a test.
---@async
---@param cx engine.run.Context
function M.leave(cx)
  core.shield(cx.script_context.close, cx.script_context)
end

local function fail_file(run, file, list)
  if #list > 0 then
    run:fail_file(file.suite.file, list)
  end
end

--- Takes note that a test has ended; ends what its file shares when it was the last.
---@async
---@param run engine.run.Run
---@param cx engine.run.Context
function M.ended(run, cx)
  local file = run.scripts.files[cx.scenario.suite]
  file.left = file.left - 1
  if file.left == 0 then
    fail_file(run, file, core.shield(file.finish, file))
  end
end

local function finish_shared(run)
  local state, broken = run.scripts, {}
  local function add_broken(context, failed)
    broken[context.file] = broken[context.file] or {}
    table.insert(broken[context.file], failed)
  end
  fixtures.tear_down(state.shared, run, function(context, what, ending, fixture)
    add_broken(context, findings.teardown(context, what, ending, fixture.place))
  end, function(context)
    for _, one in ipairs(findings.losses(context)) do
      add_broken(context, one)
    end
  end)
  for file, list in pairs(broken) do
    fail_file(run, file, list)
  end
end

--- Ends what tests share, when no test runs any more.
---@async
---@param run engine.run.Run
function M.finish(run)
  if not run.scripts then
    return
  end
  for _, file in pairs(run.scripts.files) do
    fail_file(run, file, core.shield(file.finish, file))
  end
  core.shield(finish_shared, run)
end

return M
