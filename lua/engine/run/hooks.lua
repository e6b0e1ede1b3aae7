--- Hooks of a file: commands and Lua modules around its scenarios.
---
--- before_each and after_each run in the room of each scenario, before its first step and behind
--- its last; before_all and after_all in the room of the file (engine.run.shared).  What has begun
--- is ended: after_each and after_all run after failures, timeouts and signals, too, with deadlines
--- of their own.  A hook that fails is an error of the test, not a failure of what it tests.
---@class engine.run.hooks
local core = require("core.task")
local failure = require("engine.run.failure")
local judge = require("engine.run.judge")
local step = require("engine.run.step")

local M = {}

M.LIMIT_MS = 60000 -- of one hook
M.STOPPED_MS = 5000 -- of one that runs because the run was stopped

---@class engine.run.HookSeen what became of a hook
---@field verdict engine.Verdict
---@field message? string why it is no pass

---@class engine.run.HookTold what its event has, however it was run
---@field verdict engine.Verdict
---@field exit_code? integer
---@field signal? integer
---@field timed_out? boolean
---@field duration_ms? number

local AS_ERROR = { fail = true, timeout = true, policy = true }

--- Puts the failure of a hook to those of its scenario.
local function add_failure(cx, item, made, seen)
  made.message = ("hook %s: %s"):format(item.name, made.message)
  made.step = nil
  if AS_ERROR[made.verdict] or made.verdict == "error" and item.module then
    made.code, made.verdict = "T510", "error"
  end
  cx.failures[#cx.failures + 1] = made
  seen.message = seen.message or made.message
end

--- Runs a command: in the room, or on the machine itself.
---@return engine.run.HookTold
local function run_command(run, cx, item, opts, seen)
  opts.label = "hook " .. item.name
  local exec = item.on == "host" and require("engine.run.host_command").exec or step.exec
  local observed, result = exec(run, cx, item, opts)
  local judgement = judge.step(item, observed)
  local shown = step.shown(run, cx, observed)
  for _, finding in ipairs(judgement.findings) do
    local made = failure.make(finding, { scenario = cx.scenario, step = item, observed = shown })
    made.message, made.help = finding.message, nil
    add_failure(cx, item, made, seen)
  end
  if result then
    result:close()
  end
  observed.verdict = judgement.verdict
  return observed
end

--- Calls a module.
---@return engine.run.HookTold
local function run_module(run, cx, item, opts, seen)
  local ended = require("engine.run.hook_module").run(run, cx, item, opts)
  ended.verdict = "pass"
  if ended.failure then
    ended.verdict = ended.failure.verdict
    add_failure(cx, item, ended.failure, seen)
  end
  return ended
end

--- Runs one hook and tells its end.
---@async
---@param run engine.run.Run
---@param cx engine.run.Context its failures get what is to be told
---@param item engine.model.Hook of `suite.hooks`
---@param opts engine.run.StepOptions
---@return engine.run.HookSeen
function M.run(run, cx, item, opts)
  cx.step_name = "hook " .. item.name -- for who asks what runs
  local seen = {}
  local told = (item.module and run_module or run_command)(run, cx, item, opts, seen)
  seen.verdict = AS_ERROR[told.verdict] and "error" or told.verdict
  run:emit({
    event = "hook",
    id = cx.scenario.id,
    file = cx.scenario.file,
    hook = item.name,
    on = item.on,
    module = item.module and item.module.file,
    verdict = seen.verdict,
    exit_code = told.exit_code,
    signal = told.signal,
    timed_out = told.timed_out or false,
    duration_ms = told.duration_ms or 0,
  })
  return seen
end

--- Ends what modules have left, when no hook of a scenario or a file runs any more; what is found
--- with that is told as of the last hook.
---@async
---@param cx engine.run.Context its failures get what is to be told
---@param seen? engine.run.HookSeen of that hook
function M.leave(cx, seen)
  local lost = cx.hook_context and require("engine.run.hook_module").leave(cx) or {}
  for _, made in ipairs(lost) do
    cx.failures[#cx.failures + 1] = made
    if seen and seen.verdict == "pass" then
      seen.verdict = made.verdict == "fail" and "error" or made.verdict
    end
  end
end

--- Says how long a hook may take that ends something.
---@param run engine.run.Run
---@return integer
function M.teardown_ms(run)
  return run.stopped and M.STOPPED_MS or M.LIMIT_MS
end

local function before_each(run, cx, item)
  local ready, limit, of = require("engine.run.steps").prepare(run, cx, cx.scenario.services)
  if not ready then
    return false
  end
  local opts = { limit_ms = math.min(limit, M.LIMIT_MS), limit_of = limit < M.LIMIT_MS and of
    or "step", services = cx.services[1], needs = cx.scenario.services }
  local seen = M.run(run, cx, item, opts)
  cx.course.hooks.before_each = seen
  if run.stopped and seen.verdict ~= "pass" then
    cx.course.stopped = run.stopped
  end
  return seen.verdict == "pass"
end

local function after_each(run, cx, item)
  local opts = { limit_ms = M.teardown_ms(run) }
  opts.services = item.module and cx.services[1] or nil -- a dead one is no matter of a command
  cx.course.hooks.after_each = M.run(run, cx, item, opts)
end

--- Runs the steps of a scenario between its hooks.
---@async
---@param run engine.run.Run
---@param cx engine.run.Context
---@param body async fun(run: engine.run.Run, cx: engine.run.Context)
function M.around(run, cx, body)
  local hooks, course = cx.scenario.suite.hooks, cx.course
  course.hooks = course.hooks or {}
  local all = course.hooks.before_all
  if all and all.verdict ~= "pass" then
    return
  end
  if not hooks.before_each or before_each(run, cx, hooks.before_each) then
    body(run, cx)
  end
  local has_begun = course.hooks.before_each or #course.steps > 0
  if hooks.after_each and has_begun then
    core.shield(after_each, run, cx, hooks.after_each)
  end
  M.leave(cx, course.hooks.after_each or course.hooks.before_each)
end

return M
