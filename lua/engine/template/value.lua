--- The values of templates: those of Tera, as plain values of Lua.
---
--- null is `M.null` (core.json's); nil is "not defined" and stands in no array and no object.
--- Booleans and texts are Lua's own; an i64 is a Lua integer, a float a Lua float; what only a u64
--- can hold is an object of `M.u64` (immutable, rare).  An array is a table 1..n, marked when it is
--- empty (`M.array{}` marks a list); those of core.toml and core.json are accepted as they are.
--- Every other table is an object with text keys; Tera walks objects by the order of their keys'
--- bytes, so `M.keys` sorts.  Values are shared, never copied: a filter must not change what it is
--- given.
---
--- A filter is `function(ctx, value, args)`, a test `function(ctx, value, args)` with positional
--- args (returns a boolean; value is nil when not defined), a function `function(ctx, args)`; what
--- is wrong with what they were given they raise by `M.fail`.
local builder = require("engine.template.builder")
local core_text = require("core.text")
local json = require("core.json")
local toml = require("core.toml")
local walk = require("engine.template.walk")

local M = {}

local TEXT_MAX = require("engine.template.limits").TEXT_BYTES
local SHOWN_MAX = 200 -- bytes of a text in a message

--- The value of null.
M.null = json.null

local ARRAY = getmetatable(json.array({})) -- core.toml marks by it as well
local U64, BITS = { __name = "u64" }, {}

local null, math_type, step = M.null, math.type, walk.step

---@alias engine.template.Kind "null"|"bool"|"int"|"u64"|"float"|"string"|"array"|"object"

--- Makes a number of 64 bits without sign; those that an i64 holds stay integers.
---@param bits integer
---@return integer|table
function M.u64(bits)
  return bits >= 0 and bits or setmetatable({ [BITS] = bits }, U64)
end

--- Gives the 64 bits of a number of M.u64.
---@param v table
---@return integer
function M.bits(v)
  return v[BITS]
end

--- Marks a list as an array, so that it stays one when it is empty.
---@param list? table a table without a metatable
---@return table list
function M.array(list)
  return json.array(list)
end

--- Whether a value is an array.
---@param v any
---@return boolean
function M.is_array(v)
  return type(v) == "table" and (v[1] ~= nil or getmetatable(v) == ARRAY)
end

local is_array = M.is_array

--- Names the kind of a value; nil for what is not defined.
---@param v any
---@return engine.template.Kind?
function M.kind(v)
  local kind = type(v)
  if kind == "number" then
    return math_type(v) == "integer" and "int" or "float"
  elseif kind == "boolean" then
    return "bool"
  elseif kind == "table" then
    if getmetatable(v) == U64 then
      return "u64"
    end
    return is_array(v) and "array" or "object"
  elseif v == null then
    return "null"
  end
  return kind == "string" and kind or nil
end

local kind_of = M.kind

local NAMES = {
  null = "null", bool = "a boolean", int = "an integer", u64 = "an integer", float = "a float",
  string = "a text", array = "an array", object = "an object",
}

--- Names the kind of a value in words.
---@param v any
---@return string
function M.kind_name(v)
  return NAMES[kind_of(v)] or "nothing"
end

--- Whether a value is a number.
---@param v any
---@return boolean
function M.is_number(v)
  return type(v) == "number" or getmetatable(v) == U64
end

--- Gives a number as a float; nil for what is none.
---@param v any
---@return number?
function M.to_float(v)
  if type(v) == "number" then
    return v * 1.0 -- keeps the sign of -0.0, which `+ 0.0` does not
  elseif getmetatable(v) == U64 then
    return v[BITS] + 0x1p64
  end
end

--- Whether a value counts as true: not null, false, 0, NaN, "", an empty array or an empty object.
---@param v any
---@return boolean
function M.truthy(v)
  local kind = type(v)
  if kind == "boolean" then
    return v
  elseif kind == "string" then
    return v ~= ""
  elseif kind == "number" then
    return v ~= 0 and v == v
  end
  return kind == "table" and (getmetatable(v) == U64 or next(v) ~= nil)
end

--- The digits of a finite float (shortest that read back the same) and where the point stands.
local function digits_of(v)
  for digits = 14, 16 do
    local shown = ("%." .. digits .. "e"):format(v)
    if digits == 16 or tonumber(shown) == v then
      local sign, whole, rest, exponent = shown:match("^(-?)(%d)%.(%d+)e([+-]%d+)$")
      local all = (whole .. rest):match("^(.-)0*$")
      return sign, all == "" and "0" or all, math.tointeger(tonumber(exponent)) + 1
    end
  end
end

--- Writes a float as a template shows it: shortest digits, no exponent, no ".0".
---@param v number
---@return string
function M.float_text(v)
  if v ~= v then
    return "NaN"
  elseif v == math.huge or v == -math.huge then
    return v > 0 and "inf" or "-inf"
  end
  local sign, digits, point = digits_of(v)
  if point >= #digits then
    return digits == "0" and sign .. "0" or sign .. digits .. ("0"):rep(point - #digits)
  elseif point > 0 then
    return sign .. digits:sub(1, point) .. "." .. digits:sub(point + 1)
  end
  return sign .. "0." .. ("0"):rep(-point) .. digits
end

--- Writes a number as Tera's `~`, `json_encode` and `as_str` do: a float is told from an integer.
---@param v number|table
---@return string
function M.number_text(v)
  if math_type(v) == "integer" then
    return ("%d"):format(v)
  elseif getmetatable(v) == U64 then
    return M.text(v)
  elseif v ~= v or v == math.huge or v == -math.huge then
    return "null"
  end
  local sign, digits, point = digits_of(v)
  if digits == "0" or point > -5 and point <= 16 then
    local shown = M.float_text(v)
    return shown:find(".", 1, true) and shown or shown .. ".0"
  end
  local rest = digits:sub(2)
  return ("%s%s%s%se%d"):format(sign, digits:sub(1, 1), rest ~= "" and "." or "", rest, point - 1)
end

local text

local function add_array(out, v, write, depth)
  if depth > 128 then
    M.fail("the arrays are nested too deeply to be written")
  end
  step(#v)
  out:add("[")
  for i = 1, #v do
    if i > 1 then
      out:add(", ")
    end
    if is_array(v[i]) then
      add_array(out, v[i], write, depth + 1)
    else
      out:add(write(v[i]))
    end
    if out.size > TEXT_MAX then
      M.fail("the text of the array is larger than %d MiB", TEXT_MAX >> 20)
    end
  end
  out:add("]")
end

--- Writes an array.
---@param v table
---@param write fun(v: any): string writes what is in it and no array
---@return string
---@nodiscard
function M.array_text(v, write)
  local out = builder.new()
  add_array(out, v, write, 0)
  return out:text()
end

--- Writes a value as `{{ value }}` does.
---@param v any
---@return string
function M.text(v)
  local kind = kind_of(v)
  if kind == "string" then
    return v
  elseif kind == "int" then
    return ("%d"):format(v)
  elseif kind == "bool" then
    return v and "true" or "false"
  elseif kind == "float" then
    return M.float_text(v)
  elseif kind == "u64" then
    -- Halved so that it fits, divided, and the last digit put right.
    local tens = ((v[BITS] >> 1) // 5)
    return ("%d%d"):format(tens, v[BITS] - tens * 10)
  elseif kind == "array" then
    return M.array_text(v, text)
  end
  return kind == "object" and "[object]" or ""
end

text = M.text

local function same(a, b, depth)
  step(1 + (type(a) == "string" and #a >> 6 or 0))
  if type(a) ~= "table" or type(b) ~= "table" then
    return a == b and math_type(a) == math_type(b)
  elseif rawequal(a, b) then
    return true
  elseif depth > 128 then
    M.fail("the values are nested too deeply to be compared")
  end
  local kind = kind_of(a)
  if kind ~= kind_of(b) then
    return false
  elseif kind == "u64" then
    return a[BITS] == b[BITS]
  elseif kind == "array" and #a ~= #b then
    return false
  end
  for k, v in pairs(a) do
    if b[k] == nil or not same(v, b[k], depth + 1) then
      return false
    end
  end
  for k in pairs(b) do
    if a[k] == nil then
      return false
    end
  end
  return true
end

--- Whether two values are the same, kinds of numbers included (as `in` and filters compare).
---@param a any
---@param b any
---@return boolean
function M.same(a, b)
  return same(a, b, 0)
end

--- Whether `a == b` holds: numbers of all kinds compare by their value.
---@param a any
---@param b any
---@return boolean
function M.equal(a, b)
  local is_a, is_b = M.is_number(a), M.is_number(b)
  if is_a or is_b then
    return is_a and is_b and M.to_float(a) == M.to_float(b)
  end
  return same(a, b, 0)
end

--- Lists the keys of an object in their order.
---@param v table
---@return string[]
function M.keys(v)
  local keys, n = {}, 0
  for k in pairs(v) do
    n = n + 1
    keys[n] = k
  end
  table.sort(keys)
  return keys
end

--- Splits a text into its characters; a byte that is not UTF-8 is one of its own.
---@param s string
---@return string[]
function M.chars(s)
  local list = {}
  if utf8.len(s) then
    for char in s:gmatch(utf8.charpattern) do
      list[#list + 1] = char
    end
    return list
  end
  for at = 1, #s do
    list[at] = s:sub(at, at)
  end
  return list
end

--- Splits a text into what a reader takes for characters: marks stay with the letter before them.
---@param s string
---@return string[]
function M.graphemes(s)
  local chars = M.chars(s)
  if #chars == #s then
    return chars
  end
  local list, joins, first, at = {}, false, 1, 1
  for _, char in ipairs(chars) do
    local code = #char > 1 and utf8.codepoint(char) or 0
    local is_mark = code >= 0x300 and core_text.width(char) == 0
      or code >= 0x1F3FB and code <= 0x1F3FF
    if at > 1 and not joins and not is_mark then
      list[#list + 1], first = s:sub(first, at - 1), at
    end
    joins, at = code == 0x200D, at + #char
  end
  list[#list + 1] = s:sub(first)
  return list
end

--- Takes a value of core.toml over: dates and times become texts.  Tables without any are shared.
---@param v any
---@return any
function M.import(v)
  if type(v) ~= "table" then
    return v
  end
  local kind = toml.type(v)
  if kind ~= "table" and kind ~= "array" then
    return kind and tostring(v) or v
  end
  local changed
  for k, item in pairs(v) do
    local own = M.import(item)
    if own ~= item then
      changed = changed or {}
      changed[k] = own
    end
  end
  if not changed then
    return v
  end
  for k, item in pairs(v) do
    if changed[k] == nil then
      changed[k] = item
    end
  end
  return changed
end

--- Gives a text as messages show it: the begin of a long one.
---@param s string
---@param most? integer bytes; default 200
---@return string
---@nodiscard
function M.shown(s, most)
  most = most or SHOWN_MAX
  return #s <= most and s or s:sub(1, (utf8.offset(s, 0, most + 1) or most + 1) - 1) .. "…"
end

--- Raises a problem of a template; whoever renders adds where it was.
---@param message string with the places of string.format, when there are values
---@param ... any texts are shortened
function M.fail(message, ...)
  local given = table.pack(...)
  for i = 1, given.n do
    given[i] = type(given[i]) == "string" and M.shown(given[i]) or given[i]
  end
  if given.n > 0 then
    message = message:format(table.unpack(given, 1, given.n))
  end
  error({ template_error = message }, 0)
end

return M
