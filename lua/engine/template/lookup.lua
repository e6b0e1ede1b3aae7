--- What stands in a tag of this build: the name of a value, with dots and [index], no more.
---
--- The full language takes the place of this module one day; what it accepts means the same there.
local suggest = require("engine.suggest")
local toml = require("core.toml")

local M = {}

---@class engine.template.Scope
---@field matrix? table<string, any> the cell
---@field vars? table<string, any>

---@class engine.template.Problem
---@field code string
---@field message string
---@field help? string
---@field at integer of the byte in the tag, from 1
---@field length integer

--- Says that nobody will read what might help.
M.BRIEF = {}

local NAMES_MAX = 1000 -- of more, none is suggested

local STANDARD = {
  svc = true, env = true, endpoint = true, exporter = true, image = true, freeze_clock = true,
  token = true,
}

local function problem(code, at, length, message, help)
  return nil, { code = code, at = at, length = math.max(length, 1), message = message, help = help }
end

--- Reads one step behind a name: ".name", ".0", "[0]", '["name"]'.
local function step_of(inner, at)
  for _, form in ipairs({
    { "^%.([%a_][%w_]*)()" }, { "^%.(%d+)()", true }, { "^%[%s*(%d+)%s*%]()", true },
    { '^%[%s*"([^"]*)"%s*%]()' }, { "^%[%s*'([^']*)'%s*%]()" }, { "^%[%s*`([^`]*)`%s*%]()" },
  }) do
    local key, stop = inner:match(form[1], at)
    if key then
      return { key = form[2] and math.tointeger(tonumber(key)) or key, at = at, stop = stop }
    end
  end
end

--- Reads what stands between the braces.
---@param inner string
---@return { key: string|integer, at: integer, stop: integer }[]? path
---@return engine.template.Problem? problem
function M.parse(inner)
  local at, name, stop = inner:match("^%s*()([%a_][%w_]*)()")
  local path = { name and { key = name, at = at, stop = stop } }
  while name do
    local step = step_of(inner, stop)
    if not step then
      break
    end
    path[#path + 1], stop = step, step.stop
  end
  local first = inner:match("^%s*()")
  local rest = name and inner:match("^%s*()", stop) or first
  if not name or rest <= #inner then
    local what = inner:sub(rest, rest)
    local message = "this build looks up plain names only: `{{ matrix.db }}`, `{{ vars.list[0] }}`"
    local help = name and ("`%s` is more than that"):format(what)
    return problem("R001", math.min(rest, #inner), 1, message, help)
  end
  return path
end

local function keys_of(t)
  local names = {}
  for name in pairs(t or {}) do
    names[#names + 1] = tostring(name)
    if #names > NAMES_MAX then
      return {}
    end
  end
  table.sort(names)
  return names
end

local function listed(names)
  return #names > 0 and "known here: " .. table.concat(names, ", ", 1, math.min(#names, 12))
end

local function undefined(scope, path, depth, parent, missing)
  local step = path[depth]
  local shown = tostring(path[1].key)
  for i = 2, depth do
    local key = path[i].key
    shown = shown .. (type(key) == "number" and ("[%d]"):format(key) or "." .. key)
  end
  if missing == M.BRIEF then
    return problem("R002", step.at, step.stop - step.at, ("`%s` is not defined"):format(shown))
  end
  local names = keys_of(parent)
  local near = type(step.key) == "string" and suggest.nearest(step.key, names)
  local help = near and ("did you mean `%s`?"):format(
    (shown:sub(1, #shown - #tostring(step.key)) .. near)) or listed(names)
  if depth == 1 and STANDARD[step.key] then
    help = ("the standard names are not in this build: give %s in [vars]"):format(step.key)
  elseif missing and missing[step.key] then
    help = ("other cells have it: give each cell a value for `%s`"):format(step.key)
  elseif depth == 1 and not near then
    local all = keys_of(scope.matrix)
    table.move(names, 1, #names, #all + 1, all)
    help = listed(all) or "a value of its own goes into [vars] or [matrix]"
  end
  return problem("R002", step.at, step.stop - step.at, ("`%s` is not defined"):format(shown), help)
end

--- Goes one step into a value.
local function child(value, key)
  if type(value) ~= "table" then
    return nil
  elseif type(key) == "number" then
    return value[key + 1]
  end
  return value[key]
end

--- Everything that a first name may mean: the namespaces, then the cell's values, then [vars].
local function first_value(scope, name)
  if name == "matrix" or name == "vars" then
    return scope[name] or {}
  end
  local value = scope.matrix and scope.matrix[name]
  if value == nil and scope.vars then
    value = scope.vars[name]
  end
  return value
end

local function top_names(scope)
  local all = { matrix = scope.matrix and true, vars = scope.vars and true }
  for _, space in ipairs({ scope.vars or {}, scope.matrix or {} }) do
    for _, name in ipairs(keys_of(space)) do
      all[name] = true
    end
  end
  return all
end

--- Finds the value that a path leads to.
---@param path { key: string|integer, at: integer, stop: integer }[]
---@param scope engine.template.Scope
---@param missing? table<string, boolean> names that other cells have; BRIEF: no help is wanted
---@return any value
---@return engine.template.Problem? problem
function M.find(path, scope, missing)
  local value = first_value(scope, path[1].key)
  if value == nil then
    return undefined(scope, path, 1, missing ~= M.BRIEF and top_names(scope) or nil, missing)
  end
  for depth = 2, #path do
    local parent = value
    value = child(parent, path[depth].key)
    if value == nil then
      local of_cell = missing == M.BRIEF or depth == 2 and path[1].key == "matrix"
      return undefined(scope, path, depth, type(parent) == "table" and parent or nil,
        of_cell and missing)
    end
  end
  return value
end

--- Writes a number with a point as Tera does: the shortest form that reads back the same.
local function float(value)
  for digits = 15, 17 do
    local shown = ("%%.%dg"):format(digits):format(value)
    if tonumber(shown) == value or value ~= value then
      return shown:find("[%.eni]") and shown or shown .. ".0"
    end
  end
  return ("%.17g"):format(value)
end

--- Writes a value as text, as Tera does: texts without quotes, lists in brackets.
---@param value any
---@return string? text
---@return string? why there is none
function M.text(value)
  local kind = toml.type(value)
  if kind == "string" then
    return value
  elseif kind == "float" then
    return float(value)
  elseif kind == "array" then
    local parts = {}
    for i, item in ipairs(value) do
      local text, why = M.text(item)
      if not text then
        return nil, why
      end
      parts[i] = text
    end
    return "[" .. table.concat(parts, ", ") .. "]"
  elseif kind == "table" then
    return nil, "a table has no text"
  end
  return tostring(value)
end

return M
