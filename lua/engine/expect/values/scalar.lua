--- The matchers on numbers, and on what kind of value it is.
---
--- Pure.
local base = require("engine.expect.values.base")
local inspect = require("engine.expect.inspect")
local suggest = require("engine.suggest")

---@type table<string, engine.expect.ValueMatcher>
local M = {}

local line = inspect.line

-- Numbers

local function refuse_order(actual, expected)
  local wanted = expected[1]
  if type(actual) ~= type(wanted) then
    return ("%s, %s"):format(base.with_type(actual), base.with_type(wanted))
  elseif actual ~= actual then
    return "nan is neither less nor greater than anything"
  end
end

local function define_order(name, phrase, holds)
  M[name] = {
    code = "T712",
    pack = base.one(name, "a number or a text", function(value)
      return base.is_number(value) or type(value) == "string"
    end),
    refuse = refuse_order,
    check = function(actual, expected)
      if holds(actual, expected[1]) then
        return true
      end
      return false, ("%s is not %s %s"):format(line(actual, 60), phrase, line(expected[1], 60))
    end,
    whole = true,
    says = base.says("is " .. phrase),
  }
end

define_order("lt", "less than", function(a, b)
  return a < b
end)
define_order("le", "at most", function(a, b)
  return a <= b
end)
define_order("gt", "greater than", function(a, b)
  return a > b
end)
define_order("ge", "at least", function(a, b)
  return a >= b
end)

M.approx = {
  code = "T712",
  pack = function(args)
    local wanted, tolerance = args[1], args[2]
    local are_numbers = base.is_number(wanted) and base.is_number(tolerance)
    if args.n ~= 2 or not are_numbers or tolerance < 0 then
      return nil, "approx() needs a number and a tolerance that is not negative"
    end
    return { wanted, tolerance }
  end,
  refuse = function(actual)
    if not base.is_number(actual) then
      return ("%s is no number that can be near another"):format(line(actual, 60))
    end
  end,
  check = function(actual, expected)
    local wanted, tolerance = expected[1], expected[2]
    local away = actual == wanted and 0 or math.abs(actual - wanted)
    if away <= tolerance then
      return true
    end
    return false, ("%s is not within %s of %s"):format(
      line(actual), line(tolerance), line(wanted)), { label = line(away) .. " away" }
  end,
  says = function(expected)
    return ("is within %s of %s"):format(line(expected[2]), line(expected[1]))
  end,
}

-- Kinds of values

local function define_is(name, word, holds)
  M[name] = {
    code = "T715",
    pack = base.none(name),
    check = function(actual)
      if holds(actual) then
        return true
      end
      return false, ("%s is not %s"):format(line(actual, 60), word), {
        label = "it is " .. inspect.type(actual),
      }
    end,
    says = base.says("is " .. word),
  }
end

define_is("is_true", "true", function(value)
  return value == true
end)
define_is("is_false", "false", function(value)
  return value == false
end)
define_is("is_nil", "nil", function(value)
  return value == nil
end)

local TYPES = {
  "nil", "boolean", "number", "integer", "float", "string", "table", "function", "userdata",
  "thread",
}

local function is_type_name(value)
  for _, name in ipairs(TYPES) do
    if value == name then
      return true
    end
  end
  return false
end

M.is_type = {
  code = "T715",
  pack = function(args)
    local name = args[1]
    if args.n == 1 and is_type_name(name) then
      return { name }
    end
    local near = type(name) == "string" and suggest.nearest(name, TYPES)
    local names = table.concat(TYPES, ", ")
    return nil, ("is_type() needs one of %s%s"):format(names,
      near and ("; did you mean %q?"):format(near) or "")
  end,
  check = function(actual, expected)
    local kind = math.type(actual)
    if type(actual) == expected[1] or kind == expected[1] then
      return true
    end
    return false, ("%s is not of the type %s"):format(line(actual, 60), expected[1]), {
      label = "its type is " .. (kind or type(actual)),
    }
  end,
  says = function(expected)
    return "is of the type " .. expected[1]
  end,
}

return M
