--- Parses the operands of expressions: literals, paths, calls, tests, macros, and filters.
---
--- What is around them, engine.template.expression, gives itself to them: `M.logic_expr` and
--- `M.array_filter`.  A reader is `{ s = text, far = offset, want = text }`: the farthest place
--- that was reached, and what would have fitted there, make the message when nothing fits.
local lexer = require("engine.template.lexer")

local M = {}

local sub = string.sub
local skip = lexer.skip

local DEPTH_MAX = 64 -- of brackets and calls in one expression
local PARTS_MAX = 150 -- of one chain of operators: more is no expression but an attack
local VALUES_MAX = 100000 -- in all expressions of one template

---@class engine.template.Expr
---@field k string ident, str, int, float, bool, array, in, concat, call, macro, test, logic, math
---@field at integer
---@field filters? { name: string, args: table[], at: integer }[]
---@field neg? boolean

local call_of

--- Notes what would have fitted at a place.
local function want(r, at, what)
  if at > r.far then
    r.far, r.want = at, what
  elseif at == r.far and not r.want then
    r.want = what
  end
  return nil
end

--- Ends the parse: what is wrong here is wrong whatever else is tried.
---@param at integer
---@param message string
function M.raise(at, message, help)
  error({ syntax = message, at = at, help = help }, 0)
end

local function deeper(r, at)
  r.depth = (r.depth or 0) + 1
  if r.depth > DEPTH_MAX then
    M.raise(at, ("the expression is nested more than %d levels deep"):format(DEPTH_MAX))
  end
end

local function checked(node, what)
  if node.v == false then
    M.raise(node.at, what .. " is out of bounds")
  end
  return node
end

local function number(s, at)
  local node, stop = lexer.number(s, at)
  if node then
    checked(node, node.k == "int" and "the integer" or "the float")
  end
  return node, stop
end

--- kwargs: `name = expression, …`, perhaps with a comma at the end.
local function kwargs(r, at)
  local s, args = r.s, {}
  while true do
    local name, stop = lexer.name(s, at)
    if not name then
      want(r, at, "an argument `name=value`")
      break
    end
    local eq = skip(s, stop)
    if sub(s, eq, eq) ~= "=" then
      want(r, eq, "`=`: arguments are given by name")
      return args, at, true
    end
    local first = skip(s, eq + 1)
    local value, after = M.logic_expr(r, first)
    if not value then
      value, after = M.array_filter(r, first)
    end
    if not value then
      return args, at, true
    end
    for i = #args, 1, -1 do -- the last one of a name counts
      if args[i].name == name then
        table.remove(args, i)
      end
    end
    args[#args + 1] = { name = name, value = value, at = at }
    at = skip(s, after)
    if sub(s, at, at) ~= "," then
      break
    end
    at = skip(s, at + 1)
  end
  return args, at
end

--- Reads `(kwargs)` behind a name.
local function arguments(r, open)
  local s = r.s
  if sub(s, open, open) ~= "(" then
    return nil
  end
  deeper(r, open)
  local args, at = kwargs(r, skip(s, open + 1))
  r.depth = r.depth - 1
  if sub(s, at, at) ~= ")" then
    return want(r, at, "`,` or `)`")
  end
  return args, at + 1
end

--- Remembers what a reader's function found at a place, so that no choice reads it twice.
local function remembered(kind, read)
  return function(r, at, ...)
    local memo = r[kind]
    local known = memo[at]
    if known == nil then
      local node, stop = read(r, at, ...)
      known = node and { node, stop } or false
      memo[at] = known
    end
    if known then
      return known[1], known[2]
    end
  end
end

--- fn_call: `name(kwargs)`.
call_of = remembered("calls", function(r, at)
  local name, stop = lexer.name(r.s, at)
  local args, after
  if name then
    args, after = arguments(r, skip(r.s, stop))
  end
  return args and { k = "call", name = name, args = args, at = at }, after
end)

--- filter: `| name` or `| name(kwargs)`, as many as there are.
local function filters(r, node, at)
  local s, list = r.s, nil
  while true do
    local bar = skip(s, at)
    if sub(s, bar, bar) ~= "|" then
      want(r, bar, "an operator, a filter or the end")
      break
    end
    local first = skip(s, bar + 1)
    local name, stop = lexer.name(s, first)
    if not name then
      want(r, first, "the name of a filter")
      break
    end
    local args, after = arguments(r, skip(s, stop))
    list = list or {}
    list[#list + 1] = { name = name, args = args or {}, at = first }
    if #list > PARTS_MAX then
      M.raise(first, ("more than %d filters in a row"):format(PARTS_MAX))
    end
    at = after or stop
  end
  node.filters = list
  return node, at
end

local function test_arguments(r, open)
  local s, list = r.s, {}
  if sub(s, open, open) ~= "(" then
    return nil
  end
  deeper(r, open)
  local at = open
  repeat
    local first = skip(s, at + 1)
    local value, stop = M.logic_expr(r, first)
    if not value then
      value, stop = M.array_filter(r, first)
    end
    if not value then
      r.depth = r.depth - 1
      return nil
    end
    list[#list + 1] = value
    at = skip(s, stop)
  until sub(s, at, at) ~= ","
  r.depth = r.depth - 1
  if sub(s, at, at) ~= ")" then
    return want(r, at, "`,` or `)`")
  end
  return list, at + 1
end

--- test, test_not: `path is [not] name[(args)]`.
local test_of = remembered("tests", function(r, _, ident, stop)
  local s = r.s
  local is = skip(s, stop)
  if sub(s, is, is + 1) ~= "is" then
    return nil
  end
  local first = skip(s, is + 2)
  local negated = sub(s, first, first + 2) == "not"
  local at = negated and skip(s, first + 3) or first
  local name, after = lexer.name(s, at)
  if not name and negated then -- a test with the name `not`
    negated, at = false, first
    name, after = lexer.name(s, at)
  end
  if not name then
    return want(r, at, "the name of a test")
  end
  local args, close = test_arguments(r, skip(s, after))
  return { k = "test", ident = ident, name = name, args = args or {}, negated = negated, at = at,
    starts = ident.at }, close or after
end)

--- macro_call: `namespace::name(kwargs)`.
local macro_of = remembered("macros", function(r, at)
  local s = r.s
  local namespace, stop = lexer.name(s, at)
  local colons = namespace and skip(s, stop)
  if not namespace or sub(s, colons, colons + 1) ~= "::" then
    return nil
  end
  local name, after = lexer.name(s, skip(s, colons + 2))
  if not name then
    return want(r, skip(s, colons + 2), "the name of a macro")
  end
  local args, close = arguments(r, skip(s, after))
  if not args then
    return want(r, skip(s, after), "`(`")
  end
  return { k = "macro", ns = namespace, name = name, args = args, at = at }, close
end)

local BOOLEANS = { ["true"] = true, ["True"] = true, ["fals"] = false, ["Fals"] = false }

--- basic_val: boolean, test, macro call, function call, path, number.
local function basic_val(r, at)
  local s = r.s
  r.values = r.values + 1
  if r.values > VALUES_MAX then
    M.raise(at, ("the template has more than %d values"):format(VALUES_MAX))
  end
  local four = sub(s, at, at + 3)
  local bool = BOOLEANS[four]
  if bool then
    return { k = "bool", v = true, at = at }, at + 4
  elseif bool == false and sub(s, at + 4, at + 4) == "e" then
    return { k = "bool", v = false, at = at }, at + 5
  end
  local ident, stop = lexer.path(s, at)
  if ident then
    local node, after = test_of(r, at, ident, stop)
    if node then
      return node, after
    end
    node, after = macro_of(r, at)
    if node then
      return node, after
    end
    node, after = call_of(r, at)
    if node then
      return node, after
    end
    want(r, stop, nil)
    return ident, stop
  end
  local node, after = number(s, at)
  if node then
    return node, after
  end
  return want(r, at, "a value")
end

M.want, M.deeper, M.number, M.filters, M.basic_val = want, deeper, number, filters, basic_val
M.call_of, M.PARTS_MAX = call_of, PARTS_MAX

return M
