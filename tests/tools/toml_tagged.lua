--- toml-test's tagged JSON: writes decoded TOML in it, reads it, compares the two.
---
--- Shared by toml-decoder.lua and the spec of the corpus.
local toml = require("core.toml")

local M = {}

local IS_ARRAY = {} -- a key that no JSON has

local TAGS = { boolean = "bool" }
local ESCAPES = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t" }

local function text_of(kind, value)
  if kind ~= "float" then
    return tostring(value)
  elseif value ~= value then
    return "nan"
  elseif value == math.huge or value == -math.huge then
    return value > 0 and "inf" or "-inf"
  end
  return ("%.17g"):format(value)
end

local function quote(text)
  return '"' .. text:gsub('[%c"\\\127]', function(c)
    return ("\\u%04x"):format(c:byte())
  end) .. '"'
end

--- Writes a decoded value as tagged JSON.
---@param value any
---@return string json
function M.json(value)
  local kind = toml.type(value)
  local parts = {}
  if kind == "array" then
    for i, child in ipairs(value) do
      parts[i] = M.json(child)
    end
    return "[" .. table.concat(parts, ",") .. "]"
  elseif kind == "table" then
    for key, child in pairs(value) do
      parts[#parts + 1] = quote(key) .. ":" .. M.json(child)
    end
    table.sort(parts)
    return "{" .. table.concat(parts, ",") .. "}"
  end
  return ('{"type":%s,"value":%s}'):format(quote(TAGS[kind] or kind), quote(text_of(kind, value)))
end

local function read_string(text, at)
  local last = at
  repeat
    last = text:find('["\\]', last + 1)
    local escaped = text:sub(last, last) == "\\"
    last = escaped and last + 1 or last
  until not escaped
  local body = text:sub(at + 1, last - 1)
  body = body:gsub("\\u[dD][89abAB]%x%x\\u%x%x%x%x", function(pair)
    local high, low = pair:match("\\u(%x+)\\u(%x+)")
    return utf8.char(0x10000 + ((tonumber(high, 16) - 0xd800) << 10) + tonumber(low, 16) - 0xdc00)
  end)
  body = body:gsub("\\(.)(%x?%x?%x?%x?)", function(c, hex)
    if c == "u" then
      return utf8.char(tonumber(hex, 16))
    end
    return (ESCAPES[c] or c) .. hex
  end)
  return body, last + 1
end

local function read_value(text, at)
  at = text:find("%S", at)
  local c = text:sub(at, at)
  if c == '"' then
    return read_string(text, at)
  end
  local out, key = { [IS_ARRAY] = c == "[" }
  at = text:find("%S", at + 1)
  while not text:find("^[%]}]", at) do
    if out[IS_ARRAY] then
      out[#out + 1], at = read_value(text, at)
    else
      key, at = read_string(text, at)
      local value
      value, at = read_value(text, assert(text:match("^%s*:()", at)))
      out[key] = value
    end
    at = text:match("^%s*,?%s*()", at)
  end
  return out, at + 1
end

--- Reads JSON that holds only objects, arrays and strings, which tagged JSON does.
---@param text string
---@return table
function M.read_json(text)
  return (read_value(text, 1))
end

--- Dates and times in one form, so that equal ones have equal texts.
local function canonical(text)
  text = text:upper():gsub(" ", "T"):gsub("[+-]00:00$", "Z")
  return (text:gsub("%.(%d+)", function(digits)
    digits = digits:sub(1, 9):gsub("0+$", "")
    return digits == "" and "" or "." .. digits
  end))
end

local function same_scalar(expected, kind, value)
  if expected.type ~= kind then
    return false
  elseif kind == "float" then
    local want, got = expected.value, text_of(kind, value)
    return want:gsub("^%+", "") == got or tonumber(want) == value
  elseif kind == "string" or kind == "bool" or kind == "integer" then
    return expected.value == tostring(value)
  end
  return canonical(expected.value) == canonical(tostring(value))
end

--- Compares what read_json() gave with a decoded value.
---@param expected table
---@param value any
---@param path? string
---@return boolean same
---@return string? where the first difference is
function M.same(expected, value, path)
  path = path or "."
  local kind = toml.type(value)
  kind = TAGS[kind] or kind
  if type(expected.type) == "string" and type(expected.value) == "string" then
    return same_scalar(expected, kind, value), path
  elseif kind ~= (expected[IS_ARRAY] and "array" or "table") then
    return false, path
  end
  for key, child in pairs(expected) do
    if key ~= IS_ARRAY then
      if value[key] == nil then
        return false, path .. "/" .. key
      end
      local same, where = M.same(child, value[key], path .. "/" .. key)
      if not same then
        return false, where
      end
    end
  end
  for key in pairs(value) do
    if expected[key] == nil then
      return false, path .. "/" .. key
    end
  end
  return true
end

return M
