--- Compiles the expressions of a template to expressions of Lua.
---
--- Names in the code: `G` the context, `S` static texts, `z` the file and `Z` the other files of
--- the unit, `E0` an empty table; the rest are functions of engine.template.runtime.
local COMPARED_BYTES = require("engine.template.limits").COMPARED_BYTES
local lookup = require("engine.template.lookup")

local M = {}

local STEPS = { array = 8, concat = 12 } -- of what makes tables and texts; of all else 1
local NUMERIC = { ["+"] = "add", ["-"] = "sub", ["*"] = "mul", ["/"] = "div", ["%"] = "mod" }
local COMPARED = { ["<"] = true, ["<="] = true, [">"] = true, [">="] = true }
local quoted, site, needed, loop_value = lookup.quoted, lookup.site, lookup.needed,
  lookup.loop_value

local expr, bool, num

local function arguments(c, args)
  if #args == 0 then
    return "E0"
  end
  local list, is_constant = {}, true
  for i, arg in ipairs(args) do
    list[i] = ("[%q]=%s"):format(arg.name, expr(c, arg.value))
    is_constant = is_constant and M.is_literal(arg.value)
  end
  local code = "{" .. table.concat(list, ",") .. "}"
  return is_constant and c:constant(code) or code
end

--- Wraps a value in the filters behind it.
function M.filtered(c, value, filters)
  for _, filter in ipairs(filters or {}) do
    if filter.name ~= "safe" and filter.name ~= "default" then
      value = "F(" .. site(c, filter.at) .. ',"' .. filter.name .. '",' .. value .. ","
        .. arguments(c, filter.args) .. ")"
    end
  end
  return value
end

local function default_of(node)
  local first = node.filters and node.filters[1]
  return first and first.name == "default" and first
end

function M.is_literal(node)
  local k = node.k
  return not node.filters and not node.neg and (k == "str" or k == "int" or k == "float"
    or k == "bool")
end

local function ident(c, node)
  local default = default_of(node)
  local value, is_certain = lookup.lookup(c, node)
  if default then
    local given
    for _, arg in ipairs(default.args) do
      given = arg.name == "value" and arg.value or given
    end
    if not given then
      value = ("DF(%s,function()return X0(%s,%q)end)"):format(value, site(c, default.at),
        "the filter `default` needs the argument `value`")
    elseif M.is_literal(given) then
      value = ("DL(%s,%s)"):format(value, expr(c, given))
    else
      value = ("DF(%s,function()return %s end)"):format(value, expr(c, given))
    end
  elseif node.neg then
    if not node.filters then
      return ("(not B(%s))"):format(value)
    end
    return ("NF(%s,function(v)return B(%s)end)"):format(value, M.filtered(c, "v", node.filters))
  elseif not is_certain then
    value = "D(" .. value .. "," .. site(c, node.at) .. ")"
  end
  return M.filtered(c, value, node.filters)
end

local function concat(c, node)
  local parts = {}
  for i, part in ipairs(node.parts) do
    if part.k == "str" then
      parts[i] = quoted(c, part.v)
    elseif part.k == "int" or part.k == "float" then
      parts[i] = ("%q"):format(c.number(part.v))
    elseif part.k == "call" then
      parts[i] = ("XP(%s,%s)"):format(expr(c, part), site(c, part.at))
    else
      parts[i] = ("XP(%s,%s)"):format(needed(c, part), site(c, part.at))
    end
  end
  return ("XC(%s,{%s})"):format(site(c, node.at), table.concat(parts, ","))
end

local function number_literal(v)
  if math.type(v) == "integer" then
    return v == math.mininteger and "(-9223372036854775807-1)" or ("%d"):format(v)
  end
  return ("%a"):format(v)
end

local function reckoned(c, node)
  return ("%s(%s,%s,%s)"):format(NUMERIC[node.op], num(c, node.l), num(c, node.r),
    site(c, node.at))
end

local function test(c, node)
  local args = {}
  for i, arg in ipairs(node.args) do
    args[i] = expr(c, arg)
  end
  return ("%sT(%s,%q,%s,%s)"):format(node.negated and "not " or "", site(c, node.at), node.name,
    lookup.lookup(c, node.ident), #args > 0 and "{" .. table.concat(args, ",") .. "}" or "E0")
end

local plain = {
  ident = ident,
  concat = concat,
  str = function(c, node)
    return quoted(c, node.v)
  end,
  int = function(_, node)
    return number_literal(node.v)
  end,
  float = function(_, node)
    return number_literal(node.v)
  end,
  bool = function(_, node)
    return tostring(node.v)
  end,
  array = function(c, node)
    local items = {}
    for i, item in ipairs(node.items) do
      items[i] = expr(c, item)
    end
    return ("AR({%s})"):format(table.concat(items, ","))
  end,
  ["in"] = function(c, node)
    return ("%sIN(%s,%s,%s)"):format(node.negated and "not " or "", expr(c, node.l),
      expr(c, node.r), site(c, node.at))
  end,
  call = function(c, node)
    return ("L(%s,%q,%s)"):format(site(c, node.at), node.name, arguments(c, node.args))
  end,
  macro = function(c, node)
    local fn, args = c:macro_call(node)
    if not fn then
      return args
    end
    return ("MC(%s,%s%s)"):format(fn, site(c, node.at), args)
  end,
  test = test,
  logic = function(c, node)
    -- Tera negates the value of such an expression twice.
    local was = node.neg
    node.neg = nil
    local code = bool(c, node)
    node.neg = was
    return "(" .. code .. ")"
  end,
  math = function(c, node)
    return ("NV(%s)"):format(reckoned(c, node))
  end,
}

--- Compiles an expression to its value.
---@param c engine.template.Compiler
---@param node engine.template.Expr
---@return string
function expr(c, node)
  c:count(node.at, STEPS[node.k])
  local code = plain[node.k](c, node)
  if node.k == "ident" then
    return node.neg and default_of(node) and "(not B(" .. code .. "))" or code
  end
  if node.filters then
    code = M.filtered(c, code, node.filters)
  end
  if node.neg and node.k ~= "logic" then
    return ("(not B(%s))"):format(code)
  end
  return (node.k == "test" or node.k == "in") and "(" .. code .. ")" or code
end

local function raised(c, node, message)
  return ("X0(%s,%q)"):format(site(c, node.at), message)
end

--- Compiles an operand of arithmetic or of a comparison.
function num(c, node)
  c:count(node.at)
  local k = node.k
  if node.filters then
    local plain_node = setmetatable({ neg = false }, { __index = node })
    return ("N(%s,%s)"):format(expr(c, plain_node), site(c, node.at))
  elseif k == "int" or k == "float" then
    return number_literal(node.v)
  elseif k == "ident" then
    return ("N(%s,%s)"):format(lookup.lookup(c, node), site(c, node.at))
  elseif k == "math" then
    return reckoned(c, node)
  elseif k == "call" then
    return ("N(%s,%s)"):format(plain.call(c, node), site(c, node.at))
  end
  return raised(c, node, "a number is needed here")
end

local function compared(c, node)
  local function side(operand)
    if (operand.k == "int" or operand.k == "float") and not operand.filters then
      return ("%a"):format(operand.v)
    end
    if operand.k == "ident" and not operand.filters then
      return ("NI(%s,%s)"):format(lookup.lookup(c, operand), site(c, operand.at))
    end
    return ("NC(%s,%s)"):format(num(c, operand), site(c, operand.at))
  end
  return ("%s%s%s"):format(side(node.l), node.op, side(node.r))
end

local function equated(c, node)
  local left, right = node.l, node.r
  if node.op == "==" and not node.neg then
    local is_text = right.k == "str" and not right.filters and #right.v <= COMPARED_BYTES
    return (is_text and "%s==%s" or "Q(%s,%s)"):format(expr(c, left), expr(c, right))
  end
  return ("QN(%s,%s,%s,%s)"):format(expr(c, left), expr(c, right), tostring(node.op == "!="),
    tostring(node.neg or false))
end

local truths = {
  logic = function(c, node)
    if COMPARED[node.op] then
      return compared(c, node)
    elseif node.op == "==" or node.op == "!=" then
      return equated(c, node), true
    end
    return ("%s %s %s"):format(bool(c, node.l), node.op, bool(c, node.r))
  end,
  math = function(c, node)
    return ("NB(%s)"):format(num(c, setmetatable({ filters = false }, { __index = node })))
  end,
  ["in"] = function(c, node)
    return plain["in"](c, node)
  end,
  test = test,
  bool = function(_, node)
    return tostring(node.v)
  end,
  str = function(_, node)
    return tostring(node.v ~= "")
  end,
  call = function(c, node)
    return ("LB(%s,%s)"):format(plain.call(c, node), site(c, node.at))
  end,
  concat = function(c, node)
    local unnegated = setmetatable({ neg = false }, { __index = node })
    return ("CB(%s,%s)"):format(expr(c, unnegated), site(c, node.at))
  end,
  macro = function(c, node)
    return ("(%s~='')"):format(plain.macro(c, node))
  end,
}
truths.int, truths.float = truths.math, truths.math

local function ident_truth(c, node)
  local default = default_of(node)
  local plain_default = default and #node.filters == 1 and #default.args == 1
    and default.args[1].name == "value" and M.is_literal(default.args[1].value)
  if not node.filters then
    local step = loop_value(c, node.path) and node.path[2]
    local is_bool = step == "first" or step == "last"
    return (is_bool and "%s%s" or "%sB(%s)"):format(node.neg and "not " or "",
      lookup.lookup(c, node))
  elseif plain_default and not node.neg then
    return ("B(%s)"):format(expr(c, node))
  end
  -- What goes wrong in such a condition is false, as in Tera.
  return ("SW(function()return B(%s)end)"):format(expr(c, node))
end

--- Compiles a condition to a boolean of Lua.
---@return string
function bool(c, node)
  c:count(node.at)
  if node.k == "ident" then
    return "(" .. ident_truth(c, node) .. ")"
  end
  local compile = truths[node.k]
  if not compile then
    return raised(c, node, "this is no condition")
  end
  local code, has_negated = compile(c, node)
  if node.neg and not has_negated then
    return "(not (" .. code .. "))"
  end
  return "(" .. code .. ")"
end

--- Compiles an expression.
---@param c engine.template.Compiler
---@param node engine.template.Expr
---@return string
function M.expr(c, node)
  return expr(c, node)
end

--- Compiles a condition.
---@param c engine.template.Compiler
---@param node engine.template.Expr
---@return string
function M.bool(c, node)
  return bool(c, node)
end

M.site, M.default_of, M.lookup = site, default_of, lookup.lookup
M.loop_number = lookup.loop_number
M.arguments = arguments

return M
