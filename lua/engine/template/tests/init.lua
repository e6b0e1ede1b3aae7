--- The tests of templates (`value is odd`): name → function(ctx, value, positional) → boolean.
---
--- A plain table: an override adds to it, or replaces one of them.  A value that is not defined is
--- nil.
local core_text = require("core.text")
local pattern = require("engine.template.pattern")
local value = require("engine.template.value")

---@class engine.template.tests
---@field [string] fun(ctx: engine.template.Context, value: any, positional: any[]): boolean
local M = {}

local function check(name, v, positional, most)
  if #positional > most and most == 0 then
    value.fail("Tester `%s` was called with some args but this test doesn't take args", name)
  elseif #positional > most then
    value.fail("Tester `%s` was called with %d args, the max number is %d", name, #positional, most)
  elseif v == nil then
    value.fail("Tester `%s` was called on an undefined variable", name)
  end
end

function M.defined(_, v, positional)
  check("defined", true, positional, 0)
  return v ~= nil
end

function M.undefined(_, v, positional)
  check("undefined", true, positional, 0)
  return v == nil
end

function M.string(_, v, positional)
  check("string", v, positional, 0)
  return type(v) == "string"
end

function M.number(_, v, positional)
  check("number", v, positional, 0)
  return value.is_number(v)
end

local function number(name, v)
  return value.to_float(v) or value.fail("Tester `%s` was called on a variable that isn't a number",
    name)
end

function M.odd(_, v, positional)
  check("odd", v, positional, 0)
  return math.fmod(number("odd", v), 2.0) ~= 0.0
end

function M.even(_, v, positional)
  check("even", v, positional, 0)
  return math.fmod(number("even", v), 2.0) == 0.0
end

function M.divisibleby(_, v, positional)
  check("divisibleby", v, positional, 1)
  local dividend = number("divisibleby", v)
  local divisor = positional[1] ~= nil and value.to_float(positional[1])
  if not divisor then
    value.fail("Tester `divisibleby` was called with a parameter that isn't a number")
  end
  return math.fmod(dividend, divisor) == 0.0
end

function M.iterable(_, v, positional)
  check("iterable", v, positional, 0)
  local kind = value.kind(v)
  return kind == "array" or kind == "object"
end

function M.object(_, v, positional)
  check("object", v, positional, 0)
  return value.kind(v) == "object"
end

local function text(name, part, v)
  if type(v) ~= "string" then
    value.fail("Tester `%s` was called %s that isn't a string", name, part)
  end
  return v
end

function M.starting_with(_, v, positional)
  check("starting_with", v, positional, 1)
  local s = text("starting_with", "on a variable", v)
  local needle = text("starting_with", "with a parameter", positional[1])
  return s:sub(1, #needle) == needle
end

function M.ending_with(_, v, positional)
  check("ending_with", v, positional, 1)
  local s = text("ending_with", "on a variable", v)
  local needle = text("ending_with", "with a parameter", positional[1])
  return #needle <= #s and s:sub(#s - #needle + 1) == needle
end

function M.containing(_, v, positional)
  check("containing", v, positional, 1)
  local kind, needle = value.kind(v), positional[1]
  if kind == "array" then
    if needle == nil then
      value.fail("Tester `containing` was called without a parameter")
    end
    for _, item in ipairs(v) do
      if value.same(item, needle) then
        return true
      end
    end
    return false
  elseif kind == "string" then
    return core_text.find(v, text("containing", "with a parameter", needle)) ~= nil
  elseif kind == "object" then
    return v[text("containing", "with a parameter", needle)] ~= nil
  end
  value.fail("Tester `containing` can only be used on string, array or map")
end

function M.matching(_, v, positional)
  check("matching", v, positional, 1)
  local s = text("matching", "on a variable", v)
  local wanted = text("matching", "with a parameter", positional[1])
  local regex, err = pattern.compile(wanted)
  if not regex then
    value.fail("Tester `matching`: Invalid regular expression: %s", err.message)
  end
  local found
  found, err = regex:test(s)
  if found == nil then
    value.fail("Tester `matching`: %s", err.message)
  end
  return found
end

return M
