--- The options of rules of lint: what they may be, and what a project sets.
---@class engine.lint.options
local M = {}

--- Of each type what says which value is wanted instead.
M.types = {
  integer = function(value, option)
    if math.type(value) ~= "integer" then
      return "a whole number"
    elseif option.min and value < option.min then
      return ("at least %d"):format(option.min)
    end
  end,
  text = function(value)
    return type(value) ~= "string" and "text" or nil
  end,
  boolean = function(value)
    return type(value) ~= "boolean" and "true or false" or nil
  end,
  list = function(value)
    if type(value) ~= "table" then
      return "a list of texts"
    end
    for key, item in pairs(value) do
      if math.type(key) ~= "integer" or type(item) ~= "string" then
        return "a list of texts"
      end
    end
  end,
}

--- Reads what the project sets of a rule's options.
---@param rule engine.lint.Rule
---@param given? table<string, any>
---@return table<string, any> options
---@return { option: string, code: string, message: string, help?: string }[] problems
function M.read(rule, given)
  local values, problems, known = {}, {}, {}
  for name, option in pairs(rule.options or {}) do
    values[name] = option.default
    known[#known + 1] = name
  end
  for name, value in pairs(given or {}) do
    local option = (rule.options or {})[name]
    local wanted = option and M.types[option.type](value, option)
    if not option then
      local near = require("engine.suggest").nearest(tostring(name), known)
      problems[#problems + 1] = { option = name, code = "E201",
        message = ("%s %s has no option `%s`"):format(rule.code, rule.name, tostring(name)),
        help = near and ("did you mean `%s`?"):format(near) }
    elseif wanted then
      problems[#problems + 1] = { option = name, code = "E203",
        message = ("option `%s` of %s must be %s"):format(name, rule.code, wanted) }
    else
      values[name] = value
    end
  end
  return values, problems
end

return M
