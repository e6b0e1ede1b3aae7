--- The judge: what was observed goes in, a verdict comes out.
---
--- Pure, and the only place where a verdict is made.  Nothing passes because of the absence of an
--- error: a step passes when its exit status was seen, its output was counted, and every one of
--- its checks was evaluated and held; a scenario passes when every one of its steps did, or its
--- function came to its end and checked something, and its room was there to the end.
---@class engine.run.judge
local attempts = require("engine.run.judge.attempts")
local faults = require("engine.run.judge.faults")
local hooks = require("engine.run.judge.hooks")
local scenarios = require("engine.run.judge.scenario")
local steps = require("engine.run.judge.step")

local M = {}

M.step_rules = steps.rules
M.step_evidence = steps.evidence
M.step_checks = steps.checks
M.script_evidence = steps.script_evidence
M.scenario_rules = scenarios.rules
M.scenario_order = scenarios.order
M.script_order = scenarios.script_order

M.attempts = attempts.settle
M.torn_down = hooks.torn_down
M.faults_made = faults.made

M.evaluate = steps.evaluate
M.decide = steps.decide
M.step = steps.judge
M.expect_failure = scenarios.expect_failure

--- Judges a scenario by its steps or its function, and by its room.
---@param scenario engine.model.Scenario
---@param course engine.run.Course
---@return engine.run.Judgement # with `marks`
---@nodiscard
function M.scenario(scenario, course)
  return M.expect_failure(scenario, course, scenarios.judge(scenario, course))
end

return M
