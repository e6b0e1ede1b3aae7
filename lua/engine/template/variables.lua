--- Tells of each name that tags can use its value, and what gave it.
---
--- Pure, but for the environment that it is given.
---@class engine.template.variables
local context = require("engine.template.context")
local value = require("engine.template.value")

local M = {}

---@alias engine.template.Giver
---| "define" | "vars-file" | "matrix" | "vars" | "project" | "environment" | "default"

---@class engine.template.Variable
---@field name string
---@field value any
---@field giver engine.template.Giver
---@field variable? string of the environment
---@field over engine.template.Giver[] what has a value for the name, too, and is not asked
---@field is_used boolean

local ORDER = { "define", "matrix", "vars", "project" }

--- Lists the variables of a rendering, by name.
---@param scope engine.template.Scope
---@param used table<string, true> the names that the templates use
---@return engine.template.Variable[]
---@nodiscard
function M.list(scope, used)
  local getenv = scope.getenv or os.getenv
  local by_name, list = {}, {}
  local function give(name, v, giver, variable)
    local one = by_name[name]
    if one then
      one.over[#one.over + 1] = giver
      return
    end
    one = { name = name, value = value.import(v), giver = giver, variable = variable, over = {} }
    one.is_used = (used[name] or used["vars." .. name] or used["vars.*"] or used["otel." .. name]
      or giver == "matrix" and (used["matrix." .. name] or used["matrix.*"])
      or used.__tera_context) and true or false
    by_name[name], list[#list + 1] = one, one
  end
  for _, giver in ipairs(ORDER) do
    for name, v in pairs(scope[giver] or {}) do
      give(name, v, giver)
    end
  end
  for name, standard in pairs(context.STANDARD) do
    local set = getenv(standard[1])
    if set and set ~= "" then
      give(name, set, "environment", standard[1])
    end
    give(name, standard[2], "default", standard[1])
  end
  table.sort(list, function(a, b)
    return a.name < b.name
  end)
  return list
end

return M
