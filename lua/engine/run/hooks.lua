--- Hooks of a file: commands around its scenarios.
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

local AS_ERROR = { fail = true, timeout = true, policy = true }

--- Makes the failure of a hook, where it stands in the file.
local function failure_of(finding, cx, item, observed)
  local made = failure.make(finding, { scenario = cx.scenario, step = item, observed = observed })
  made.message = ("hook %s: %s"):format(item.name, finding.message)
  made.step, made.help = nil, nil
  if AS_ERROR[finding.verdict] then
    made.code, made.verdict = "T510", "error"
  end
  return made
end

--- Runs one hook and tells its end.
---@async
---@param run engine.run.Run
---@param cx engine.run.Context its failures get what is to be told
---@param item engine.model.Step of `suite.hooks`
---@param opts engine.run.StepOptions
---@return engine.run.HookSeen
function M.run(run, cx, item, opts)
  cx.step_name = "hook " .. item.name -- for who asks what runs
  local observed, result = step.exec(run, cx, item, opts)
  local judgement = judge.step(item, observed)
  local shown = step.shown(run, cx, observed)
  local seen = { verdict = judgement.verdict }
  for _, finding in ipairs(judgement.findings) do
    local made = failure_of(finding, cx, item, shown)
    cx.failures[#cx.failures + 1] = made
    seen.message = seen.message or made.message
  end
  if AS_ERROR[seen.verdict] then
    seen.verdict = "error"
  end
  run:emit({
    event = "hook",
    id = cx.scenario.id,
    file = cx.scenario.file,
    hook = item.name,
    verdict = seen.verdict,
    exit_code = observed.exit_code,
    signal = observed.signal,
    timed_out = observed.timed_out or false,
    duration_ms = observed.duration_ms or 0,
  })
  if result then
    result:close()
  end
  return seen
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
  cx.course.hooks.after_each = M.run(run, cx, item, { limit_ms = M.teardown_ms(run) })
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
end

return M
