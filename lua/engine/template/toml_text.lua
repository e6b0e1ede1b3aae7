--- Writes a value of a template as a value of TOML, on one line.
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

for byte = 0, 127 do
  local char = string.char(byte)
  if char:find("%c") then
    NAMED[char] = NAMED[char] or ("\\u%04X"):format(byte)
  end
end

--- Writes a text as a basic string.
---@param s string
---@return string
function M.quote(s)
  return '"' .. grown.replaced("toml_encode", s, '[%c"\\]', NAMED) .. '"'
end

--- Writes a key, bare where it may be.
---@param key string
---@return string
function M.key(key)
  return key:find("^[%w_-]+$") and key or M.quote(key)
end

local function write(v, level)
  local kind = value.kind(v)
  if level > DEPTH_MAX then
    value.fail("the value is nested too deeply to be written as TOML")
  elseif kind == "string" then
    return M.quote(v)
  elseif kind == "array" or kind == "object" then
    local parts, size, is_array = {}, 0, kind == "array"
    local items = is_array and v or value.keys(v)
    walk.step(#items)
    for i, key in ipairs(items) do
      if is_array then
        parts[i] = write(key, level + 1)
      else
        parts[i] = M.key(key) .. " = " .. write(v[key], level + 1)
      end
      size = size + #parts[i]
      grown.check("toml_encode", size)
    end
    if is_array then
      return "[" .. table.concat(parts, ", ") .. "]"
    end
    return #parts > 0 and "{ " .. table.concat(parts, ", ") .. " }" or "{}"
  elseif kind == "bool" then
    return tostring(v)
  elseif kind == "null" or kind == nil then
    value.fail("TOML has no null")
  elseif kind == "u64" then
    value.fail("TOML has no integer as large as %s", value.text(v))
  end
  return value.number_text(v)
end

--- Writes a value.
---@param v any
---@return string
function M.write(v)
  return write(v, 0)
end

return M
