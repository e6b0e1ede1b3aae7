--- Reckons and compares as Tera does: i64 and u64 checked, everything else as floats.
---
--- NaN stands for "no number", which Tera writes as "NaN" and refuses to compare.
local text = require("core.text")
local value = require("engine.template.value")

local M = {}

local math_type, fmod, mininteger = math.type, math.fmod, math.mininteger
local to_float = value.to_float

local fail = value.fail

local function kind(v)
  local t = math_type(v)
  return t == "integer" and "int" or t == "float" and "float" or "u64"
end

local function overflow(op, a, b)
  return fail("%s %s %s is out of the bounds of 64 bits", value.text(a), op, value.text(b))
end

local function finite(v)
  return v == v and v ~= math.huge and v ~= -math.huge
end

--- Whether both are numbers that a u64 holds, one of them not an i64.
local function unsigned(a, b)
  local ka, kb = kind(a), kind(b)
  return (ka == "u64" or kb == "u64") and (ka == "u64" or ka == "int" and a >= 0)
    and (kb == "u64" or kb == "int" and b >= 0)
end

local function bits(v)
  return math_type(v) and v or value.bits(v)
end

local function has_nan(a, b)
  return a ~= a or b ~= b
end

--- Adds.
function M.add(a, b)
  if math_type(a) == "integer" and math_type(b) == "integer" then
    local sum = a + b
    if (a ~ sum) & (b ~ sum) < 0 then
      overflow("+", a, b)
    end
    return sum
  elseif has_nan(a, b) then
    return 0 / 0
  elseif unsigned(a, b) then
    local sum = bits(a) + bits(b)
    if math.ult(sum, bits(a)) then
      overflow("+", a, b)
    end
    return value.u64(sum)
  end
  local sum = to_float(a) + to_float(b)
  return finite(sum) and sum or fail("the sum is out of the bounds of a float")
end

--- Subtracts.
function M.sub(a, b)
  if math_type(a) == "integer" and math_type(b) == "integer" then
    local difference = a - b
    if (a ~ b) & (a ~ difference) < 0 then
      overflow("-", a, b)
    end
    return difference
  elseif has_nan(a, b) then
    return 0 / 0
  elseif unsigned(a, b) then
    if math.ult(bits(a), bits(b)) then
      overflow("-", a, b)
    end
    return value.u64(bits(a) - bits(b))
  end
  local difference = to_float(a) - to_float(b)
  return finite(difference) and difference or fail("the difference is out of the bounds of a float")
end

--- Multiplies.
function M.mul(a, b)
  if math_type(a) == "integer" and math_type(b) == "integer" then
    local product = a * b
    if a ~= 0 and (product // a ~= b or a == -1 and b == mininteger) then
      overflow("*", a, b)
    end
    return product
  elseif has_nan(a, b) then
    return 0 / 0
  elseif unsigned(a, b) then
    local x, y = bits(a), bits(b)
    if x == 0 or y == 0 then
      return 0
    elseif to_float(a) * to_float(b) >= 0x1p64 then
      overflow("*", a, b)
    end
    return value.u64(x * y)
  end
  local product = to_float(a) * to_float(b)
  return finite(product) and product or 0 / 0
end

--- Divides; a whole result is an integer.
function M.div(a, b)
  local quotient = to_float(a) / to_float(b)
  if quotient ~= quotient or not finite(quotient) then
    return 0 / 0
  elseif quotient == math.floor(quotient) then
    return math.tointeger(quotient) or (quotient > 0 and math.maxinteger or mininteger)
  end
  return quotient
end

--- Takes the remainder, with the sign of the left side.
function M.mod(a, b)
  if math_type(a) == "integer" and math_type(b) == "integer" then
    if b == 0 then
      fail("a remainder of a division by zero")
    elseif b == -1 then
      return a == mininteger and overflow("%", a, b) or 0
    end
    return fmod(a, b)
  elseif has_nan(a, b) then
    return 0 / 0
  elseif unsigned(a, b) then
    local x, y = bits(a), bits(b)
    if y == 0 then
      fail("a remainder of a division by zero")
    elseif math.ult(x, y) then
      return value.u64(x)
    elseif y < 0 then
      return value.u64(x - y)
    end
    local quotient = ((x >> 1) // y) << 1
    local rest = x - quotient * y
    return value.u64(math.ult(rest, y) and rest or rest - y)
  end
  local right = to_float(b)
  return right == 0 and 0 / 0 or fmod(to_float(a), right)
end

--- `in`.
function M.is_in(item, container)
  local kind_of = value.kind(container)
  if kind_of == "array" then
    for i = 1, #container do
      if value.same(container[i], item) then
        return true
      end
    end
    return false
  elseif kind_of == "string" or kind_of == "object" then
    if type(item) ~= "string" then
      fail("only a text can be in %s", kind_of == "string" and "a text" or "an object")
    end
    if kind_of == "string" then
      return text.find(container, item) ~= nil
    end
    return container[item] ~= nil
  end
  return fail("`in` looks into a text, an array or an object, not into %s",
    value.kind_name(container))
end

return M
