--- The form of a rule of lint: what it must have, its options, and what it visits.
local needs = require("engine.lint.needs")
local options = require("engine.lint.options")
local walk = require("engine.lint.walk")

---@class engine.lint.rule
local M = {}

---@class engine.lint.Rule
---@field code string          "L031"; "X001" and on are the project's own
---@field name string          "unpinned-image"
---@field severity "error"|"warning"
---@field default? boolean     false: only when it is selected
---@field fix? "safe"|"unsafe"|"none"
---@field needs? engine.lint.Needs without it the rule looks at every text
---@field docs { summary: string, why: string, bad?: string, good?: string }
---@field options? table<string, engine.lint.Option>
---@field tests? { ok?: string[], bad?: (string|engine.lint.Test)[] }
---@field lang? "toml"|"lua"   of its examples and tests; default "toml"
---@field visit table<string, fun(cx: engine.lint.Context, node: engine.lint.Node)>

---@class engine.lint.Test
---@field code string
---@field at? integer[]    { line, column } of the first finding
---@field count? integer   of findings; default: one at least
---@field fixed? string    what the fixes make of it, unsafe ones included

---@class engine.lint.Option
---@field type "integer"|"text"|"boolean"|"list"
---@field default any
---@field min? integer
---@field text? string

local FIELDS = {
  code = "string", name = "string", severity = "string", default = "boolean", fix = "string",
  needs = "table", docs = "table", options = "table", tests = "table", lang = "string",
  visit = "table",
}
local SEVERITIES = { error = true, warning = true }
local FIXES = { safe = true, unsafe = true, none = true }

local KINDS = {}
for _, kind in ipairs(walk.KINDS) do
  KINDS[kind], KINDS[kind .. "_exit"] = true, true
end

local function check_options(rule)
  for name, option in pairs(rule.options or {}) do
    local test = type(option) == "table" and options.types[option.type]
    if not test then
      return ("options.%s.type must be integer, text, boolean or list"):format(name)
    end
    local wanted = test(option.default, option)
    if wanted then
      return ("options.%s.default must be %s"):format(name, wanted)
    end
  end
end

local function check_visit(rule)
  local any = false
  for kind, fn in pairs(rule.visit) do
    if not KINDS[kind] then
      local near = require("engine.suggest").nearest(tostring(kind), walk.KINDS)
      return ("visit.%s: there is no such kind of node%s"):format(tostring(kind),
        near and (", did you mean `%s`?"):format(near) or "")
    elseif type(fn) ~= "function" then
      return ("visit.%s must be a function"):format(kind)
    end
    any = true
  end
  return not any and "visit must have a function" or nil
end

--- Says what is wrong with the fields of a rule, all of them.
local function wrong_fields(rule)
  local wrong, known = {}, {}
  for field in pairs(FIELDS) do
    known[#known + 1] = field
  end
  table.sort(known)
  for field, value in pairs(rule) do
    if not FIELDS[field] then
      local near = require("engine.suggest").nearest(tostring(field), known)
      wrong[#wrong + 1] = ("a rule has no field `%s`%s"):format(tostring(field),
        near and (", did you mean `%s`?"):format(near) or "")
    elseif type(value) ~= FIELDS[field] then
      wrong[#wrong + 1] = ("`%s` must be a %s"):format(field, FIELDS[field])
    end
  end
  table.sort(wrong)
  return wrong[1] and table.concat(wrong, "; ") or nil
end

--- Says what is wrong with the definition of a rule.
---@param rule any
---@return string? why
function M.problem(rule)
  if type(rule) ~= "table" then
    return "a rule must be a table"
  end
  local wrong = wrong_fields(rule)
  if wrong then
    return wrong
  end
  for _, field in ipairs({ "code", "name", "severity", "docs", "visit" }) do
    if rule[field] == nil then
      return ("`%s` is missing"):format(field)
    end
  end
  if not rule.code:match("^[LX]%d%d%d$") then
    return "the code of a rule is X001 to X999"
  elseif not rule.name:match("^[a-z][a-z0-9-]*$") then
    return "the name of a rule is small letters, digits and -"
  elseif not SEVERITIES[rule.severity] then
    return "the level of a rule is error or warning"
  elseif rule.fix and not FIXES[rule.fix] then
    return "`fix` is safe, unsafe or none"
  elseif type(rule.docs.summary) ~= "string" then
    return "`docs.summary` must be text"
  end
  local is_own = rule.code:find("^L") ~= nil
  local why = rule.needs and needs.problem(rule.needs, is_own)
  return why or check_options(rule) or check_visit(rule)
end

return M
