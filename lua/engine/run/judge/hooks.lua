--- The judge of the hooks of a file: each that a scenario needs was run for it, and passed.
---
--- Pure.
---@class engine.run.judge.hooks
local findings = require("engine.run.judge.findings")

local M = {}

local finding = findings.new

--- Whether a hook that had to be run before the steps did not pass.
---@param course engine.run.Course
---@return boolean
---@nodiscard
function M.failed_before(course)
  for _, name in ipairs({ "before_all", "before_each" }) do
    local seen = course.hooks and course.hooks[name]
    if seen and seen.verdict ~= "pass" then
      return true
    end
  end
  return false
end

--- Says whether a hook must have been run, by what else was.
local function is_due(name, course)
  local seen = course.hooks or {}
  if name == "after_each" then
    return seen.before_each ~= nil or #course.steps > 0
  end
  return #course.steps > 0
end

--- The hooks of its file were run for it, and passed.
---@param scenario engine.model.Scenario
---@param course engine.run.Course
---@return engine.run.Finding[]
function M.hooked(scenario, course)
  local hooks, list = scenario.suite and scenario.suite.hooks or {}, {}
  for _, name in ipairs({ "before_all", "before_each", "after_each" }) do
    local seen = course.hooks and course.hooks[name]
    if seen and seen.verdict ~= "pass" then
      local message = ("hook %s did not pass"):format(name)
      list[#list + 1] = finding(seen.verdict, "T510", message, { is_told = true })
    elseif hooks[name] and not seen and is_due(name, course) then
      list[#list + 1] = finding("error", "T503", ("hook %s was not run"):format(name))
    end
  end
  return list
end

--- When the room of a file was there, its after_all was run in it; what it came to is told with it.
---@param suite engine.model.Suite
---@param seen? engine.run.HookSeen
---@return engine.run.Finding[]
function M.torn_down(suite, seen)
  local is_asked = suite.hooks ~= nil and suite.hooks.after_all ~= nil
  if is_asked and not seen then
    return { finding("error", "T503", "hook after_all was not run") }
  elseif is_asked and seen.verdict ~= "pass" then
    return { finding(seen.verdict, "T510", "hook after_all did not pass", { is_told = true }) }
  end
  return {}
end

return M
