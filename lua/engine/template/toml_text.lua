--- Writes a value of a template as a value of TOML, on one line.
local builder = require("engine.template.builder")
local grown = require("engine.template.grown")
local value = require("engine.template.value")
local walk = require("engine.template.walk")

---@class engine.template.toml_text
local M = {}

local DEPTH_MAX = 128

local NAMED = {
  ['"'] = '\\"', ["\\"] = "\\\\", ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n", ["\r"] = "\\r",
  ["\t"] = "\\t",
}

local SET = '[%c"\\]'

for byte = 0, 127 do
  local char = string.char(byte)
  if char:find("%c") then
    NAMED[char] = NAMED[char] or ("\\u%04X"):format(byte)
  end
end

local function put(out, part)
  grown.add(out, "toml_encode", part)
end

local function add_quoted(out, s)
  if #s <= grown.CHUNK then
    return put(out, '"' .. s:gsub(SET, NAMED) .. '"')
  end
  put(out, '"')
  grown.add_replaced(out, "toml_encode", s, SET, NAMED)
  put(out, '"')
end

--- Writes a text as a basic string.
---@param s string
---@return string
function M.quote(s)
  if #s <= grown.CHUNK then
    return '"' .. s:gsub(SET, NAMED) .. '"'
  end
  local out = builder.new()
  add_quoted(out, s)
  return out:text()
end

--- Writes a key, bare where it may be.
---@param key string
---@return string
function M.key(key)
  return key:find("^[%w_-]+$") and key or M.quote(key)
end

local add

local function add_array(out, v, level)
  put(out, "[")
  for i, item in ipairs(v) do
    put(out, i > 1 and ", " or "")
    add(out, item, level + 1)
  end
  put(out, "]")
end

local function add_table(out, v, level)
  local keys = value.keys(v)
  walk.step(#keys)
  put(out, "{")
  for i, key in ipairs(keys) do
    put(out, (i > 1 and ", " or " ") .. M.key(key) .. " = ")
    add(out, v[key], level + 1)
  end
  put(out, #keys > 0 and " }" or "}")
end

function add(out, v, level)
  local kind = value.kind(v)
  if level > DEPTH_MAX then
    value.fail("the value is nested too deeply to be written as TOML")
  elseif kind == "string" then
    add_quoted(out, v)
  elseif kind == "array" then
    walk.step(#v)
    add_array(out, v, level)
  elseif kind == "object" then
    add_table(out, v, level)
  elseif kind == "bool" then
    put(out, tostring(v))
  elseif kind == "null" or kind == nil then
    value.fail("TOML has no null")
  elseif kind == "u64" then
    value.fail("TOML has no integer as large as %s", value.text(v))
  else
    put(out, value.number_text(v))
  end
end

--- Writes a value.
---@param v any
---@return string
function M.write(v)
  if type(v) == "string" then
    return M.quote(v)
  end
  local out = builder.new()
  add(out, v, 0)
  return out:text()
end

return M
