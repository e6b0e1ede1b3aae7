--- Values of OTLP's JSON: AnyValue, whole numbers as texts, enums, ids; each with where it stands.
---
--- A value that is none raises a `Problem`; engine.trace.read catches it.  A path is nil where
--- nobody asks for places: writing them down costs as much as reading.  Pure.
---@class engine.trace.value
local hash = require("core.hash")
local json = require("core.json")

local M = {}

M.DEPTH_MAX = 64       -- arrays and key-value lists in each other
M.ATTRIBUTES_MAX = 4096 -- of one span, event, link, scope or resource

---@class engine.trace.Problem
---@field path? string     `resourceSpans[0].scopeSpans[0].spans[2].traceId`
---@field message string
---@field help? string
---@field line? integer
---@field column? integer

---@alias engine.trace.Value string|boolean|number|engine.trace.Composite

--- What no value of Lua is by itself.
---@class engine.trace.Composite
---@field type "array"|"kvlist"|"bytes"|"empty"
---@field values? engine.trace.Value[]   of an array
---@field entries? engine.trace.Attribute[] of a kvlist
---@field bytes? string

---@class engine.trace.Attribute
---@field key string
---@field value engine.trace.Value

--- Says where a field of something is.
---@param path string?
---@param name string
---@return string?
---@nodiscard
function M.sub(path, name)
  return path and path .. "." .. name
end

--- Says where an entry of a list is.
---@param path string?
---@param i integer from 1
---@return string?
---@nodiscard
function M.at(path, i)
  return path and ("%s[%d]"):format(path, i - 1)
end

--- Raises a problem.
---@param path string?
---@param message string
---@param help? string
function M.fail(path, message, help)
  error({ path = path, message = message, help = help }, 0)
end

--- Names what a value of JSON is.
local function kind_of(value)
  if value == json.null then
    return "null"
  elseif type(value) == "table" then
    return json.is_array(value) and "an array" or "an object"
  end
  return ({ string = "a text", number = "a number", boolean = "true or false" })[type(value)]
end

--- Gives a field by its name in camelCase, or in snake_case; null is as if it were not there.
---@param object table
---@param name string
---@param snake string
---@return any? value
---@return string name as it is written there
---@nodiscard
function M.get(object, name, snake)
  local value = object[name]
  if value == nil or value == json.null then
    value, name = object[snake], object[snake] ~= nil and snake or name
  end
  if value == json.null then
    value = nil
  end
  return value, name
end

--- Wants a list; nothing is an empty one.
---@param value any
---@param path string?
---@param max? integer
---@return any[]
function M.list(value, path, max)
  if value == nil then
    return {}
  elseif type(value) ~= "table" or not json.is_array(value) then
    M.fail(path, "an array is wanted, not " .. kind_of(value))
  elseif max and #value > max then
    M.fail(path, ("%d entries, and %d at most are read"):format(#value, max))
  end
  return value
end

--- Wants an object.
---@param value any
---@param path string?
---@return table
function M.object(value, path)
  if type(value) ~= "table" or json.is_array(value) then
    M.fail(path, "an object is wanted, not " .. kind_of(value))
  end
  return value
end

--- Wants a text; nothing is an empty one.
---@param value any
---@param path string?
---@return string
function M.text(value, path)
  if value ~= nil and type(value) ~= "string" then
    M.fail(path, "a text is wanted, not " .. kind_of(value))
  end
  return value or ""
end

--- Reads a whole number, of 64 bits: as a number or, as OTLP has it, as a text of digits.
---@param value any
---@param path string?
---@return integer
function M.integer(value, path)
  local n = math.type(value) == "integer" and value
  if type(value) == "string" and value:find("^-?%d+$") then
    local read = tonumber(value) -- a float beyond 64 bits
    n = math.type(read) == "integer" and read
  elseif math.type(value) == "float" then
    n = math.tointeger(value)
  end
  if not n then
    M.fail(path, "a whole number of 64 bits is wanted, as digits", type(value) == "string"
      and ("there stands '%s'"):format(value:sub(1, 40)) or nil)
  end
  return n --[[@as integer]]
end

--- Reads a time: nanoseconds since 1970; nothing is 0.
---@param value any
---@param path string?
---@return integer
function M.time(value, path)
  if value == nil then
    return 0
  end
  local n = M.integer(value, path)
  if n < 0 then
    M.fail(path, "a time in nanoseconds since 1970 is wanted, from 0 to 2^63 - 1")
  end
  return n
end

local function is_base64_id(value, digits)
  return #value == (digits == 32 and 24 or 12) and value:find("^[%w+/]+=*$") ~= nil
end

--- Reads an id of so many hexadecimal digits, in lower case.
---@param value any
---@param path string?
---@param digits 16|32
---@param is_optional? boolean nothing, the empty text and zeros are no id
---@return string? id
function M.id(value, path, digits, is_optional)
  if is_optional and (value == nil or value == "" or value == ("0"):rep(digits)) then
    return nil
  elseif type(value) ~= "string" or #value ~= digits or value:find("%X") then
    M.fail(path, ("an id of %d hexadecimal digits is wanted"):format(digits),
      type(value) == "string" and is_base64_id(value, digits)
        and "this is base64: OTLP writes ids in JSON as hexadecimal digits" or nil)
  elseif value == ("0"):rep(digits) then
    M.fail(path, "an id of zeros is none")
  end
  return value:lower()
end

local SPECIAL = { NaN = 0 / 0, Infinity = math.huge, ["-Infinity"] = -math.huge }

local function double(value, path)
  local n = type(value) == "number" and value + 0.0 or SPECIAL[value]
  if not n and type(value) == "string" and value:find("^[-+%d.eE]+$") then
    n = tonumber(value)
  end
  if not n then
    M.fail(path, "a number is wanted")
  end
  return n + 0.0
end

local readers = {}

function readers.stringValue(value, path)
  if type(value) ~= "string" then
    M.fail(path, "a text is wanted, not " .. kind_of(value))
  end
  return value
end

function readers.boolValue(value, path)
  if type(value) ~= "boolean" then
    M.fail(path, "true or false is wanted, not " .. kind_of(value))
  end
  return value
end

readers.intValue = M.integer
readers.doubleValue = double

function readers.bytesValue(value, path)
  local text = type(value) == "string" and value:gsub("-", "+"):gsub("_", "/")
  local bytes = text and hash.unbase64(text .. ("="):rep(-#text % 4))
  if not bytes then
    M.fail(path, "bytes in base64 are wanted")
  end
  return { type = "bytes", bytes = bytes }
end

function readers.arrayValue(value, path, depth)
  local out = { type = "array", values = {} }
  local values_path = M.sub(path, "values")
  local list = M.list((M.get(M.object(value, path), "values", "values")), values_path)
  for i, entry in ipairs(list) do
    out.values[i] = M.any(entry, M.at(values_path, i), depth + 1)
  end
  return out
end

function readers.kvlistValue(value, path, depth)
  local list = M.get(M.object(value, path), "values", "values")
  return { type = "kvlist", entries = M.attributes(list, M.sub(path, "values"), depth + 1) }
end

local NAMES = {
  { "stringValue", "string_value" }, { "boolValue", "bool_value" }, { "intValue", "int_value" },
  { "doubleValue", "double_value" }, { "arrayValue", "array_value" },
  { "kvlistValue", "kvlist_value" }, { "bytesValue", "bytes_value" },
}

--- Reads an AnyValue.
---@param value any
---@param path string?
---@param depth? integer
---@return engine.trace.Value
function M.any(value, path, depth)
  depth = depth or 1
  if depth > M.DEPTH_MAX then
    M.fail(path, ("values are nested deeper than %d"):format(M.DEPTH_MAX))
  elseif value == nil or value == json.null then
    return { type = "empty" }
  end
  local object = M.object(value, path)
  for _, names in ipairs(NAMES) do
    local found, name = M.get(object, names[1], names[2])
    if found ~= nil then
      return readers[names[1]](found, M.sub(path, name), depth)
    end
  end
  return { type = "empty" }
end

--- Reads a list of keys with values.  Of a key that is there twice the first value stands, as no
--- sender may write it twice.
---@param value any
---@param path string?
---@param depth? integer
---@return engine.trace.Attribute[] in their order
function M.attributes(value, path, depth)
  local out, seen = {}, {}
  for i, entry in ipairs(M.list(value, path, M.ATTRIBUTES_MAX)) do
    local place = M.at(path, i)
    local object = M.object(entry, place)
    local key = M.text(object.key, M.sub(place, "key"))
    if not seen[key] then
      seen[key] = true
      out[#out + 1] = {
        key = key,
        value = M.any(object.value, M.sub(place, "value"), depth),
      }
    end
  end
  return out
end

local function shown_number(n)
  if math.type(n) == "integer" then
    return ("%d"):format(n)
  elseif n ~= n then
    return "NaN"
  elseif n == math.huge or n == -math.huge then
    return n > 0 and "Infinity" or "-Infinity"
  end
  return json.encode(n)
end

--- Shows a value on one line; values that differ are shown differently.
---@param value engine.trace.Value
---@return string
---@nodiscard
function M.show(value)
  local parts = {}
  if type(value) == "string" then
    return assert(json.encode(value, { invalid = "replace" }))
  elseif type(value) == "number" then
    return shown_number(value)
  elseif type(value) == "boolean" then
    return tostring(value)
  elseif value.type == "array" then
    for i, entry in ipairs(value.values) do
      parts[i] = M.show(entry)
    end
    return "[" .. table.concat(parts, ", ") .. "]"
  elseif value.type == "kvlist" then
    for i, entry in ipairs(value.entries) do
      parts[i] = M.show(entry.key) .. ": " .. M.show(entry.value)
    end
    table.sort(parts) -- keys of a list have no order
    return "{" .. table.concat(parts, ", ") .. "}"
  elseif value.type == "bytes" then
    return "base64:" .. hash.base64(value.bytes)
  end
  return "empty"
end

return M
