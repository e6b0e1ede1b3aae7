--- What the judge finds, and what follows from it.
---
--- Pure.
---@class engine.run.judge.findings
local verdict = require("engine.verdict")

local M = {}

---@class engine.run.Finding why a step or a scenario is not a pass
---@field verdict engine.Verdict
---@field code string
---@field message string
---@field check? engine.model.Check
---@field at? "command"|"timeout" the key of the step that it is about, when no check is
---@field pos? engine.model.Pos where it is, when that is neither of these
---@field detail? engine.expect.Detail
---@field service? engine.service.Failure it is about a service
---@field failure? engine.run.Failure of a Lua test, which makes its own
---@field failure? engine.run.Failure made where it was found
---@field rule? string     the rule that found it
---@field is_told? boolean its failure was made before

---@class engine.run.Judgement
---@field verdict engine.Verdict
---@field findings engine.run.Finding[]
---@field results? engine.run.Result[] of a step
---@field marks? string[] of a scenario

--- Makes a finding.
---@param verdict_name engine.Verdict
---@param code string
---@param message string
---@param fields? table taken as the finding
---@return engine.run.Finding
---@nodiscard
function M.new(verdict_name, code, message, fields)
  local f = fields or {}
  f.verdict, f.code, f.message = verdict_name, code, message
  return f
end

--- Returns the verdict that stands when all of these were found; "pass" when nothing was.
---@param list engine.run.Finding[]
---@return engine.Verdict
---@nodiscard
function M.worst(list)
  local worst = "pass"
  for _, f in ipairs(list) do
    worst = verdict.worst(worst, f.verdict)
  end
  return worst
end

local function apply(names, rules, list, ends_at_first, ...)
  for _, name in ipairs(names) do
    for _, f in ipairs(rules[name](...) or {}) do
      f.rule = name
      list[#list + 1] = f
    end
    if ends_at_first and #list > 0 then
      return
    end
  end
end

--- Applies rules in their order; adds what they find to a list.
---@param names string[]
---@param rules table<string, fun(...): engine.run.Finding[]?>
---@param list engine.run.Finding[]
---@param ... any for the rules
function M.apply(names, rules, list, ...)
  apply(names, rules, list, false, ...)
end

--- Applies rules up to the first that finds something: what follows has no meaning then.
---@param names string[]
---@param rules table<string, fun(...): engine.run.Finding[]?>
---@param list engine.run.Finding[]
---@param ... any for the rules
function M.apply_first(names, rules, list, ...)
  apply(names, rules, list, true, ...)
end

return M
