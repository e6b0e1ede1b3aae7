--- Limits and a policy from Lua values, as `t:open{ limits = { … } }` has them: the same keys,
--- checks and defaults as in a test file.
local Plain = require("engine.model.plain")
local schema = require("engine.model.schema")

---@class engine.policy.table
local M = {}

--- Reads a table by the schema of `key`.
---@param key "limits"|"policy"
---@param value any
---@return table? values by their names; nil when it says nothing, or something is wrong
---@return engine.model.plain.Problem[]? problems
---@nodiscard
function M.read(key, value)
  local cx = Plain.new({ schema = schema, dir = "/", project_dir = "/" })
  local copy = cx:copy(value, key)
  local type_ = schema.guards[key]
  local checked = type_:check(copy, cx, { [key] = copy }, key)
  if #cx.problems > 0 then
    return nil, cx.problems
  end
  return next(checked.value) and checked.value or nil
end

return M
