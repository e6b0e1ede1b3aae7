--- The judge of a scenario: its steps or its function, and its room.
---
--- Pure.  Each rule is one function of `M.rules`; the specs take each away in turn and show the lie
--- that it stops.
---@class engine.run.judge.scenario
local course_of = require("engine.run.judge.course")
local faults = require("engine.run.judge.faults")
local ending = require("engine.run.judge.lost")
local findings = require("engine.run.judge.findings")
local hooks = require("engine.run.judge.hooks")
local lost = require("engine.lost")
local script = require("engine.run.judge.script")
local show = require("engine.expect.show")

local M = {}

local AHEAD_MS = 50 -- that a step may be killed before its scenario's time is measured to be over

local finding = findings.new

local rules = {}

--- It was given the secrets that it asks for; else nothing of it was run.
function rules.secrets(_, course)
  local missing = course.missing_secret
  if missing then
    local detail = { label = missing.label, help = missing.help }
    local fields = { detail = detail, pos = missing.pos }
    return { finding("error", missing.code, missing.message, fields) }
  end
end

--- What it requires is there; where it is not, nothing is known of it: never a pass.
function rules.required(_, course)
  local why = course.unmet
  if why == nil then
    return nil
  elseif course.strict then
    return { finding("error", "T507", "the test was not run: " .. why) }
  end
  return { finding("skip", "skip", "skipped: " .. why, { is_told = true }) }
end

--- There was a room for it.
function rules.opened(_, course)
  local err = course.open_error
  if err == nil then
    return nil
  end
  local text = tostring(err.message or err)
  local detail = { help = err.detail and err.detail.help, logs = err.detail and err.detail.logs }
  if err.code == "EPOLICY" then -- what a limit or a policy asks is never left out
    local more = { detail = detail, pos = err.detail and err.detail.pos }
    return { finding("error", "H009", text, more) }
  elseif err.code == "EPROJECT" then -- not the machine: where the file lies, or what it asks for
    return { finding("error", "E008", text, { detail = detail }) }
  end
  local of_image = require("engine.image").CODES[err.code]
  if of_image then
    local more = { detail = detail, pos = err.detail and err.detail.pos }
    return { finding(of_image.verdict, of_image.code, text, more) }
  end
  local told = lost.of(err, "V001", "the room could not be made")
  detail.help = told.help
  return { finding(told.verdict, told.code, told.message, { detail = detail }) }
end

--- It was not stopped from outside.
function rules.stopped(_, course)
  if course.stopped then
    local message = ("the run was stopped (%s) before the test was over"):format(course.stopped)
    return { finding("infra", "V003", message) }
  end
end

--- Nobody restarted its services by hand.
function rules.untouched(_, course)
  local list = {}
  for i, name in ipairs(course.by_hand or list) do
    list[i] = finding("infra", "V009", ("service %s was restarted by hand (clnrm services restart)"
      .. ": what the test saw is not what its file says"):format(show.value(name)))
  end
  return list
end

--- It kept to its time.
function rules.in_time(scenario, course)
  local limit = course.timeout_ms
  local is_over = limit and course.duration_ms > limit
  local is_told = course_of.has_step_code(course, "T006") -- which that time killed
  if course.is_policy_time and is_told then -- the agent's clock was a little ahead
    is_over = is_over or course.duration_ms > limit - AHEAD_MS
  end
  if course.over or is_over then
    local message = ("the timeout of the %s was over"):format(course.over or "scenario")
    if course.is_policy_time and course.over ~= "file" then
      message = ("the scenario took longer than policy.max_execution_time, %g s"):format(
        limit / 1000)
      return { finding("policy", "H006", message, { pos = scenario.policy.pos }) }
    end
    if not scenario.fn and is_told then
      return nil -- which of both is seen first is a matter of a millisecond
    end
    if course.awaited then
      message = message .. " while it waited for " .. course.awaited
    end
    return { finding("timeout", "T006", message, { failure = course.over_failure }) }
  end
end

local function service_finding(failure, fields)
  fields = fields or {}
  fields.service = failure
  return finding(failure.verdict, failure.code, failure.message, fields)
end

--- Whether a step tells that a service has died.
local function is_told(course, name)
  for _, entry in ipairs(course.steps) do
    for _, f in ipairs(entry.judgement.findings) do
      if f.service and f.service.service == name then
        return true
      end
    end
  end
  return false
end

--- The services that a step needs came up.
function rules.started(_, course)
  local failure = course.service_failure
  if failure then
    local told = failure.is_told or is_told(course, failure.service)
    return { service_finding(failure, { is_told = told }) }
  end
end

--- Each service that something needed was seen ready before, or `untouched` tells of it.
function rules.ready(scenario, course)
  local seen, list = {}, {}
  for _, name in ipairs(course.by_hand or list) do
    seen[name] = true
  end
  for _, service in ipairs(course.services or {}) do
    local is_ready = service.needed == true and service.ready == true
    if service.needed and not is_ready and not seen[service.name] and not course.service_failure
      and not course.stopped and not course.over then
      list[#list + 1], is_ready = service.name, true -- is told
    end
    seen[service.name] = seen[service.name] or is_ready
  end
  for _, entry in ipairs(course.steps) do
    for _, name in ipairs(not scenario.fn and entry.step.needs or {}) do
      if not seen[name] then
        list[#list + 1], seen[name] = name, true
      end
    end
  end
  for i, name in ipairs(list) do
    list[i] = finding("error", "T609",
      "service " .. show.value(name) .. " was used, and nobody saw it ready")
  end
  return list
end

local function no_reason(name)
  local message = ("service %s was not there to the end"):format(show.value(name))
  return { service = name, code = "T603", verdict = "fail", message = message }
end

--- Each of its services was there until it was stopped, or has completed.
function rules.alive(_, course)
  local list = {}
  for _, service in ipairs(course.services or {}) do
    local is_expected = service.ready or service.died ~= false
    if is_expected and (service.ended_well ~= true or service.died ~= false) then
      local failure = service.failure or no_reason(service.name)
      list[#list + 1] = service_finding(failure,
        { is_told = is_told(course, service.name) or failure == course.service_failure })
    end
  end
  return list
end

--- The faults that were to be made to its services were made, and healed.
rules.disturbed = faults.disturbed

--- Its steps did not fail; findings of theirs are told with the steps.
function rules.steps(_, course)
  local list = {}
  for _, entry in ipairs(course.steps) do
    if entry.judgement.verdict ~= "pass" then
      list[#list + 1] = finding(entry.judgement.verdict, "T504", "a step did not pass",
        { is_told = true })
    end
  end
  return list
end

local function is_retried(attempt)
  return attempt.verdict == "fail" or attempt.verdict == "timeout"
end

--- No step passed only after it had failed; and none was tried again that must not be.
function rules.steady(_, course)
  local list = {}
  for _, entry in ipairs(course.steps) do
    local attempts, of = entry.attempts or {}, entry.step.retry or 0
    local is_lawful = #attempts <= of
    for _, attempt in ipairs(attempts) do
      is_lawful = is_lawful and is_retried(attempt)
    end
    local name = show.value(entry.step.name)
    if not is_lawful then
      local message = ("step %s was tried again, though it must not be"):format(name)
      list[#list + 1] = finding("error", "T503", message)
    elseif #attempts > 0 and entry.judgement.verdict == "pass" then
      local message = ("step %s passed on attempt %d of %d"):format(name, #attempts + 1, of + 1)
      list[#list + 1] = finding("flaky", "T506", message, { is_told = true })
    end
  end
  return list
end

--- The hooks of its file were run for it, and passed.
rules.hooked = hooks.hooked

--- Steps in order: each was run in its place; what comes behind a failure may be left out.
local function complete_list(scenario, course)
  local count, failed = #course.steps, false
  for i, entry in ipairs(course.steps) do
    failed = failed or entry.judgement.verdict ~= "pass"
    if entry.step ~= scenario.steps[i] then
      return ("step %d was not run in its place"):format(i)
    end
  end
  if count < #scenario.steps and not failed and not course_of.early_end(course) then
    return ("%d of %s were run"):format(count, show.count(#scenario.steps, "step"))
  end
end

--- Steps as a graph: each was run once at most, each after what it waits for, and what was left out
--- waits for something that did not pass.
local function complete_graph(scenario, course)
  return require("engine.run.judge.graph").problem(scenario, course, course_of.early_end(course))
end

--- Every step was run in its place.
function rules.complete(scenario, course)
  local message
  if #scenario.steps == 0 then
    message = "the test has no step: there is nothing to judge"
  else
    message = (scenario.graph and complete_graph or complete_list)(scenario, course)
  end
  return message and { finding("error", "T503", message) }
end

--- It was run on as many values as were asked for.
rules.valued = require("engine.run.judge.values").valued

--- Each of the file's assertions was asked, and holds.
function rules.asserted(scenario, course)
  local list = {}
  if course_of.early_end(course) then
    return nil -- they say nothing of what was not run
  end
  for _, assertion in ipairs(scenario.suite and scenario.suite.assertions or list) do
    local answer = (course.assertions or {})[assertion.name] or {}
    local message = answer.message or "nobody asked whether it holds"
    if answer.ok == false then
      list[#list + 1] = finding("fail", "T520", ("%s: %s"):format(assertion.name, message),
        { check = assertion.check })
    elseif answer.ok ~= true then
      list[#list + 1] = finding("error", "T521", ("%s could not be evaluated: %s"):format(
        assertion.name, message), { check = assertion.check })
    end
  end
  return list
end

--- Whether somebody wrote down what a step is to come to, beyond that it ends with 0.
local function expects_something(step)
  for _, check in ipairs(step.checks or {}) do
    if not check.implied then
      return true
    end
  end
  return false
end

--- With --strict it expects something that its file says.
function rules.expects(scenario, course)
  local is_said = scenario.expect_failure or scenario.suite and scenario.suite.assertions
  if not course.strict or is_said or course_of.early_end(course) then
    return nil
  end
  for _, step in ipairs(scenario.steps) do
    if expects_something(step) then
      return nil
    end
  end
  return { finding("error", "T508", "the test expects nothing that its file says", {
    detail = { help = "add expect.stdout, expect.file …; or say it: expected_exit_code = 0" },
  }) }
end

--- Its room was there to the end.
rules.closed = ending.closed

--- Nothing forbidden was tried, and no limit of the room was hit.
function rules.guarded(scenario, course)
  for _, one in ipairs(course.guarded or {}) do
    for _, step in ipairs(one.by and scenario.steps or {}) do
      if one.by == ("step %q"):format(step.name) and step.places then
        one.pos = step.places.command or one.pos
      end
    end
  end
  return course.guarded
end

--- Those of a Lua test.
for _, name in ipairs({ "ended", "held", "skipped", "caught", "counted" }) do
  rules[name] = script[name]
end

M.rules = rules

--- The rules of a scenario of steps, and those of a Lua test.
M.order = {
  "required", "secrets", "opened", "stopped", "untouched", "guarded", "in_time", "started", "ready",
  "disturbed", "hooked", "steps", "steady", "alive", "complete", "valued", "asserted", "expects",
  "closed",
}
M.script_order = {
  "required", "secrets", "opened", "stopped", "untouched", "guarded", "in_time", "started", "ready",
  "disturbed", "steps", "alive", "ended", "skipped", "held", "caught", "counted", "closed",
}

-- Failures of steps that say nothing of what was tested: a snapshot that was never stored, a value
-- for later steps that was not found.
local NOTHING_COMPARED = { T408 = true, T802 = true }

--- Whether a scenario failed the way that `expect_failure` means: a check was evaluated and did not
--- hold.  A command that is not there, a timeout, a lost room are no such failure.
local function failed_as_expected(course, findings_of_scenario)
  local failed = false
  for _, f in ipairs(findings_of_scenario) do
    if f.verdict == "fail" and f.rule == "asserted" then
      failed = true
    elseif not f.is_told or f.service then
      return false
    end
  end
  for _, entry in ipairs(course.steps) do
    for _, f in ipairs(entry.judgement.findings) do
      if f.verdict ~= "fail" or not f.check or NOTHING_COMPARED[f.code] then
        return false
      end
      failed = true
    end
  end
  return failed
end

--- Turns a scenario around that is expected to fail.
---@param scenario engine.model.Scenario
---@param course engine.run.Course
---@param judgement engine.run.Judgement
function M.expect_failure(scenario, course, judgement)
  if not scenario.expect_failure then
    return judgement
  elseif judgement.verdict == "pass" or judgement.verdict == "flaky" then
    local message = "the test passed, though expect_failure says that it fails"
    judgement.findings = { finding("fail", "T505", message) }
    judgement.verdict = "fail"
  elseif judgement.verdict == "fail" and failed_as_expected(course, judgement.findings) then
    judgement.verdict = "pass"
    judgement.marks[#judgement.marks + 1] = "expected-failure"
  end
  return judgement
end

--- Judges a scenario by its steps or its function, and by its room.
---@param scenario engine.model.Scenario
---@param course engine.run.Course
---@return engine.run.Judgement # with `marks`
---@nodiscard
function M.judge(scenario, course)
  local list, marks = {}, {}
  findings.apply(scenario.fn and M.script_order or M.order, rules, list, scenario, course)
  list = ending.settle(list, course)
  if course.leaks then
    marks[1] = "leak"
  end
  return { verdict = findings.worst(list), findings = list, marks = marks }
end

return M
