--- Limits and a policy from Lua values, as `t:open{ limits = { … } }` has them: the same keys,
--- checks and defaults as in a test file.
local Plain = require("engine.model.plain")
local policies = require("engine.model.policy")
local schema = require("engine.model.schema")

---@class engine.policy.table
local M = {}

local function check(key, value)
  local cx = Plain.new({ schema = schema, dir = "/", project_dir = "/" })
  local copy = cx:copy(value, key)
  local type_ = schema.guards[key]
  return cx, type_:check(copy, cx, { [key] = copy }, key)
end

--- Reads a policy.
---@param value any
---@param around engine.model.policy.Around
---@return engine.model.Policy? policy
---@return engine.model.plain.Problem[]? problems
---@nodiscard
function M.policy(value, around)
  local cx, checked = check("policy", value)
  local policy = #cx.problems == 0 and policies.build(cx, checked, around) or nil
  if #cx.problems > 0 then
    return nil, cx.problems
  end
  return policy
end

--- Reads limits.
---@param value any
---@return table? values by their names; nil when it says nothing, or something is wrong
---@return engine.model.plain.Problem[]? problems
---@nodiscard
function M.limits(value)
  local cx, checked = check("limits", value)
  if #cx.problems > 0 then
    return nil, cx.problems
  end
  return next(checked.value) and checked.value or nil
end

return M
