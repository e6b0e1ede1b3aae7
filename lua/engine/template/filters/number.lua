--- Filters of numbers, and those that make numbers.
local arguments = require("engine.template.arguments")
local spaces = require("engine.template.spaces")
local value = require("engine.template.value")

---@class engine.template.filters.number
local M = {}

local subject, argument = arguments.subject, arguments.of_filter

--- A float as a value: those that are not finite become null, as in JSON.
local function float(v)
  if v ~= v or v == math.huge or v == -math.huge then
    return value.null
  end
  return v
end

function M.abs(_, v)
  if math.type(v) == "integer" then
    if v == math.mininteger then
      value.fail("`abs` has no result for %d", v)
    end
    return math.abs(v)
  elseif value.kind(v) == "float" then
    return math.abs(v)
  elseif value.kind(v) == "u64" then
    return v
  end
  value.fail("Filter `abs` was used on a value that isn't a number.")
end

function M.pluralize(_, v, args)
  local number = subject("pluralize", v, "f64")
  local plural = argument("pluralize", args, "plural", "String", "s")
  local singular = argument("pluralize", args, "singular", "String", "")
  -- English has the plural for all but one.
  return math.abs(math.abs(number) - 1) > 2.220446049250313e-16 and plural or singular
end

--- Ten to a power, by squaring: as the compiler's powi, whose last digits differ from pow's.
local function power_of_ten(exponent)
  local result, base, rest = 1.0, 10.0, math.abs(exponent)
  while rest > 0 do
    if rest & 1 == 1 then
      result = result * base
    end
    base, rest = base * base, rest >> 1
  end
  return exponent < 0 and 1 / result or result
end

local METHODS = {
  ceil = function(v)
    return -(-v // 1)
  end,
  floor = function(v)
    return v // 1
  end,
  -- Halves go away from zero.
  common = function(v)
    local whole = v < 0 and -(-v // 1) or v // 1
    if math.abs(v - whole) >= 0.5 then
      whole = whole + (v < 0 and -1.0 or 1.0)
    end
    return whole
  end,
}

function M.round(_, v, args)
  local number = subject("round", v, "f64")
  local name = argument("round", args, "method", "String", "common")
  local precision = argument("round", args, "precision", "i32", 0)
  local method = METHODS[name]
  if not method then
    value.fail("Filter `round` received an incorrect value for arg `method`: got `%s`, "
      .. "only common, ceil and floor are allowed", name)
  end
  local factor = power_of_ten(precision)
  return float(method(factor * number) / factor)
end

local UNITS = { "B", "kB", "MB", "GB", "TB", "PB", "EB" }
local BINARY_UNITS = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" }

function M.filesizeformat(_, v, args)
  local is_binary = argument("filesizeformat", args, "binary", "bool", false)
  local size, unit = v, 1
  if value.kind(v) ~= "u64" then
    size = subject("filesizeformat", v, "usize")
  end
  size = value.to_float(size)
  while size >= 1024 do
    size, unit = size / 1024, unit + 1
  end
  return ((size % 1 == 0) and "%.0f %s" or "%.2f %s"):format(size,
    (is_binary and BINARY_UNITS or UNITS)[unit])
end

--- Reads a decimal number as Rust does; nil for what is none.
local function parse_float(s)
  local sign, rest = s:match("^([+-]?)()")
  rest = s:sub(rest)
  local name = rest:sub(1, 9):lower()
  if name == "inf" or name == "infinity" then
    return sign == "-" and -math.huge or math.huge
  elseif name == "nan" then
    return 0 / 0
  end
  local _, last = rest:find("^%d*%.?%d*")
  if not rest:find("^%.?%d") or last < #rest and not rest:find("^[eE][+-]?%d+$", last + 1) then
    return nil
  end
  local read = tonumber(rest .. (last == #rest and "e0" or ""))
  return read and (sign == "-" and -read or read) + 0.0
end

--- A float as an integer: cut, and held between the ends.
local function to_integer(v)
  if v ~= v then
    return 0
  elseif v >= 0x1p63 then
    return math.maxinteger
  elseif v < -0x1p63 then
    return math.mininteger
  end
  return math.tointeger(v < 0 and math.ceil(v) or math.floor(v))
end

--- Reads digits in a base; nil for what is none, or does not fit.
local function parse_integer(s, base)
  local sign, digits = s:match("^([+-]?)(%w+)$")
  if not digits then
    return nil
  end
  local low, n = math.mininteger, 0 -- counted below zero: there is one more of them
  for at = 1, #digits do
    local digit = tonumber(digits:sub(at, at), 36)
    if digit >= base or n < -(math.maxinteger // base) - 1 then
      return nil
    end
    local grown = n * base
    if grown > 0 or grown < low + digit then
      return nil
    end
    n = grown - digit
  end
  if sign == "-" then
    return n
  end
  return n ~= low and -n or nil
end

local PREFIXES = { [2] = "0b", [8] = "0o", [16] = "0x" }

local function int_of_text(s, base, default)
  s = spaces.trim(s)
  local prefix = PREFIXES[base]
  while prefix and s:sub(1, 2) == prefix do
    s = s:sub(3)
  end
  local read = parse_integer(s, base)
  if read == nil and s:find(".", 1, true) then
    local real = parse_float(s)
    read = real and to_integer(real)
  end
  return read == nil and default or read
end

function M.int(_, v, args)
  local default = argument("int", args, "default", "i64", 0)
  local base = argument("int", args, "base", "u32", 10)
  if type(v) == "string" then
    if base < 2 or base > 36 then
      value.fail("Filter `int` received base=%d but a base is between 2 and 36", base)
    end
    return int_of_text(v, base, default)
  elseif not value.is_number(v) then
    value.fail("Filter `int` received an unexpected type")
  end
  return to_integer(value.to_float(v)) -- by way of a float, as in Tera: beyond 2^53 not exact
end

function M.float(_, v, args)
  local default = argument("float", args, "default", "f64", 0.0)
  if type(v) == "string" then
    return float(parse_float(spaces.trim(v)) or default)
  elseif not value.is_number(v) then
    value.fail("Filter `float` received an unexpected type")
  end
  return value.to_float(v)
end

return M
