--- The rules for a Lua test: its function came to its end, and what it checked holds.
---
--- Pure.  Each is one of the rules of engine.run.judge.scenario.
---@class engine.run.judge.script
local course_of = require("engine.run.judge.course")
local findings = require("engine.run.judge.findings")

local M = {}

local finding = findings.new

--- The function of a Lua test came to its end.
function M.ended(_, course)
  local script = course.script
  if script and script.ended == true or course_of.early_end(course) then
    return nil
  end
  return { finding("error", "T503", "the function of the test did not come to its end") }
end

--- What went wrong in a Lua test: checks that did not hold, errors.
function M.held(_, course)
  return course.script and course.script.findings
end

--- A Lua test that skipped itself, or is registered so, is no pass.
function M.skipped(_, course)
  if course.script and course.script.skipped then
    return { finding("skip", "skip", "skipped: " .. course.script.skipped, { is_told = true }) }
  end
end

--- A check of a Lua test that did not hold counts, also when its error was caught.
function M.caught(_, course)
  local script = course.script
  if not script or script.failed == 0 or script.findings[1] then
    return nil
  end
  local message = "a check did not hold, and the test caught the error"
  return { finding("fail", "T703", message) }
end

--- Whether one of its commands lost its room or its service, which is told and no pass.
local function was_cut_short(course)
  local last = course.steps[#course.steps]
  return last ~= nil and last.judgement.verdict ~= "pass"
end

--- A Lua test evaluated a check.
function M.counted(_, course)
  local script = course.script
  if script and math.type(script.checks) == "integer" and script.checks > 0 then
    return nil
  elseif course_of.early_end(course) or script and (script.findings[1] or script.skipped) then
    return nil -- why it came to none is told
  elseif was_cut_short(course) then
    return nil
  end
  local message = "the test checked nothing: no expectation was evaluated"
  if script and (script.guards or 0) > 0 then
    message = message .. "; assert(x) of a value that is neither true nor false, or of literals, "
      .. "is none: compare it"
  end
  return { finding(course.strict and "error" or "fail", "T704", message) }
end

return M
