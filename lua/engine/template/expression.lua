--- Parses the expressions of Tera's language, choice by choice as its grammar tries them.
local lexer = require("engine.template.lexer")
local operands = require("engine.template.operands")
local plain = require("engine.template.plain")

local M = {}

local match, sub = string.match, string.sub
local skip = lexer.skip
local want, deeper, number, filters = operands.want, operands.deeper, operands.number,
  operands.filters
local basic_val, call_of, PARTS_MAX = operands.basic_val, operands.call_of, operands.PARTS_MAX

local logic_expr, array_filter

local MATH = { ["+"] = 1, ["-"] = 1, ["*"] = 2, ["/"] = 2, ["%"] = 2 }

--- Puts a row of operands and operators together by their precedence, left first.
local function climb(items, ops, ranks, make)
  if #items > PARTS_MAX then
    operands.raise(items[1].at, ("more than %d operands in a row"):format(PARTS_MAX))
  end
  local values, pending = { items[1] }, {}
  local function reduce()
    local op = table.remove(pending)
    local right = table.remove(values)
    local left = table.remove(values)
    values[#values + 1] = make(left, op, right)
  end
  for i, op in ipairs(ops) do
    while #pending > 0 and ranks[pending[#pending]] >= ranks[op] do
      reduce()
    end
    pending[#pending + 1], values[#values + 1] = op, items[i + 1]
  end
  while #pending > 0 do
    reduce()
  end
  return values[1]
end

local function make_math(left, op, right)
  return { k = "math", op = op, l = left, r = right, at = left.at }
end

local function make_logic(left, op, right)
  return { k = "logic", op = op, l = left, r = right, at = left.at }
end

--- `item (op item)*` with the operators of arithmetic.
local function arithmetic(r, at, item)
  local s = r.s
  local first, stop = item(r, at)
  if not first then
    return nil
  end
  local items, ops
  while true do
    local place = skip(s, stop)
    local op = sub(s, place, place)
    if not MATH[op] then
      want(r, place, nil)
      break
    end
    local node, after = item(r, skip(s, place + 1))
    if not node then
      break
    end
    items, ops = items or { first }, ops or {}
    items[#items + 1], ops[#ops + 1], stop = node, op, after
  end
  return items and climb(items, ops, MATH, make_math) or first, stop
end

local basic_expr

local function basic_item(r, at)
  local s = r.s
  if sub(s, at, at) ~= "(" then
    return basic_val(r, at)
  end
  deeper(r, at)
  local node, stop = basic_expr(r, skip(s, at + 1))
  r.depth = r.depth - 1
  local close = node and skip(s, stop)
  if not node or sub(s, close, close) ~= ")" then
    return node and want(r, close, "`)`") or nil
  end
  return node, close + 1
end

function basic_expr(r, at)
  return arithmetic(r, at, basic_item)
end

--- basic_expr_filter.  The node is wrapped when its own place has filters of its own.
local function basic_filtered(r, at)
  local node, stop = basic_expr(r, at)
  if not node then
    return nil
  end
  return filters(r, node, stop)
end

local function concat_part(r, at)
  r.values = r.values + 1
  local node, stop = call_of(r, at)
  if node then
    return node, stop
  end
  node, stop = number(r.s, at)
  if node then
    return node, stop
  end
  local text, after = lexer.text(r.s, at)
  if text then
    return { k = "str", v = text, at = at }, after
  end
  return lexer.path(r.s, at)
end

--- string_expr_filter: texts and what is joined by `~`; nil when it is neither.
local function string_filtered(r, at)
  local s = r.s
  local first, stop = concat_part(r, at)
  if not first then
    return nil
  end
  local parts
  while true do
    local tilde = skip(s, stop)
    if sub(s, tilde, tilde) ~= "~" then
      break
    end
    local part, after = concat_part(r, skip(s, tilde + 1))
    if not part then
      want(r, skip(s, tilde + 1), "a text, a number, a name or a call")
      break
    end
    parts = parts or { first }
    parts[#parts + 1], stop = part, after
    if #parts > 10000 then
      operands.raise(at, "more than 10000 parts are joined")
    end
  end
  if parts then
    return filters(r, { k = "concat", parts = parts, at = at }, stop)
  elseif first.k == "str" then
    return filters(r, first, stop)
  end
end

local function container(r, at)
  local node, stop = string_filtered(r, at)
  if node then
    return node, stop
  end
  node, stop = array_filter(r, at)
  if node then
    return node, stop
  end
  return lexer.path(r.s, at)
end

--- in_cond behind its left side: `[not ]in container`.
local function in_of(r, left, stop)
  local s = r.s
  local at = skip(s, stop)
  local negated = match(s, "^not[ \t\r\n]", at) ~= nil
  if negated then
    at = skip(s, at + 4)
  end
  if sub(s, at, at + 1) ~= "in" then
    return nil
  end
  local first = skip(s, at + 2)
  local right, after = container(r, first)
  if not right then
    return want(r, first, "a text, an array or a name")
  end
  return { k = "in", l = left, r = right, negated = negated, at = left.at }, after
end

--- One side of a comparison; the first part of it has been read already, or is read here.
local function comparison_val(r, at)
  local node, stop = string_filtered(r, at)
  if node then
    return node, stop
  end
  return arithmetic(r, at, basic_filtered)
end

--- Goes on with arithmetic behind an operand with filters.
local function continue_arithmetic(r, first, stop)
  local given = true
  return arithmetic(r, 0, function(reader, at)
    if given then
      given = false
      return first, stop
    end
    return basic_filtered(reader, at)
  end)
end

local COMPARISONS = { ["<="] = true, [">="] = true, ["=="] = true, ["!="] = true }

local function comparison_of(r, left, stop)
  local s = r.s
  local at = skip(s, stop)
  local op = sub(s, at, at + 1)
  if not COMPARISONS[op] then
    op = match(s, "^[<>]", at)
  end
  if not op then
    return left, stop
  end
  local right, after = comparison_val(r, skip(s, at + #op))
  if not right then
    return left, stop
  end
  return make_logic(left, op, right), after
end

--- in_cond or comparison_expr: both begin alike.
local function condition(r, at)
  local left, stop = string_filtered(r, at)
  local is_text = left ~= nil
  if not left then
    left, stop = basic_filtered(r, at)
  end
  if not left then
    return nil
  end
  local node, after = in_of(r, left, stop)
  if node then
    return node, after
  end
  if not is_text then
    left, stop = continue_arithmetic(r, left, stop)
  end
  return comparison_of(r, left, stop)
end

local function logic_val(r, at)
  local s = r.s
  local negated = match(s, "^not[ \t\r\n]", at) ~= nil
  local node, stop = condition(r, negated and skip(s, at + 4) or at)
  if node then
    if negated then
      node.neg = true
    end
    return node, stop
  elseif sub(s, at, at) ~= "(" then
    return nil
  end
  deeper(r, at)
  node, stop = logic_expr(r, skip(s, at + 1))
  r.depth = r.depth - 1
  local close = node and skip(s, stop)
  if not node or sub(s, close, close) ~= ")" then
    return node and want(r, close, "`)`") or nil
  end
  node.neg = nil -- as Tera: what a bracket holds is negated outside of it, or not at all
  return node, close + 1
end

local LOGIC = { ["or"] = 1, ["and"] = 2 }

function logic_expr(r, at)
  local s = r.s
  local first, stop = logic_val(r, at)
  if not first then
    return nil
  end
  local items, ops
  while true do
    local place = skip(s, stop)
    local op = match(s, "^(or)[ \t\r\n]", place) or match(s, "^(and)[ \t\r\n]", place)
    if not op then
      break
    end
    local node, after = logic_val(r, skip(s, place + #op + 1))
    if not node then
      break
    end
    items, ops = items or { first }, ops or {}
    items[#items + 1], ops[#ops + 1], stop = node, op, after
  end
  return items and climb(items, ops, LOGIC, make_logic) or first, stop
end

function array_filter(r, at)
  local s = r.s
  if sub(s, at, at) ~= "[" then
    return nil
  end
  deeper(r, at)
  local list, place = {}, skip(s, at + 1)
  while true do
    local node, stop = logic_val(r, place)
    if not node then
      break
    end
    list[#list + 1], place = node, skip(s, stop)
    if sub(s, place, place) ~= "," then
      break
    end
    place = skip(s, place + 1)
  end
  r.depth = r.depth - 1
  if sub(s, place, place) ~= "]" then
    return want(r, place, "`,` or `]`")
  end
  return filters(r, { k = "array", items = list, at = at }, place + 1)
end

--- Makes a reader.
---@param s string
---@return table
function M.reader(s)
  -- Named though nil: the parser adds them, and a table that grows is made anew.
  return { s = s, far = 0, calls = {}, tests = {}, macros = {}, depth = 0, values = 0, want = nil,
    nested = nil, tags = nil, heads = nil, outputs = nil, is_top = nil, is_in_run = nil, i = nil,
    fixed = nil, places = nil, cuts = nil, texts = nil, periods = nil, counts = nil }
end

--- Parses any expression: logic_expr, or an array with filters.
---@param r table reader
---@param at integer
---@return engine.template.Expr?
---@return integer? stop
function M.any(r, at)
  local node, stop = logic_expr(r, at)
  if node then
    return node, stop
  end
  return array_filter(r, at)
end

--- Parses a condition: logic_expr.
function M.logic(r, at)
  local simple, after = plain.condition(r.s, at)
  if simple then
    return simple, after
  end
  return logic_expr(r, at)
end

--- Parses what a for loop walks: an operand with filters, or an array.
function M.iterable(r, at)
  local simple, after = plain.path(r.s, at)
  if simple then
    return simple, after
  end
  local node, stop = basic_filtered(r, at)
  if node then
    return node, stop
  end
  return array_filter(r, at)
end

--- Parses `name` or `name(kwargs)`: the filter of a block.
function M.filter(r, at)
  local node, stop = call_of(r, at)
  if node then
    return { name = node.name, args = node.args, at = at }, stop
  end
  local name, after = lexer.name(r.s, at)
  if name then
    return { name = name, args = {}, at = at }, after
  end
end

M.want, M.raise = want, operands.raise
operands.logic_expr, operands.array_filter = logic_expr, array_filter

return M
