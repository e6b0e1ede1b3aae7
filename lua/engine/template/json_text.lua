--- Writes a value of a template as JSON, byte by byte as Tera does: keys sorted, "1.0" for a float.
local builder = require("engine.template.builder")
local grown = require("engine.template.grown")
local value = require("engine.template.value")
local walk = require("engine.template.walk")

---@class engine.template.json_text
local M = {}

local DEPTH_MAX = 128
local SHOWN_MAX = 200 -- bytes in a message

local NAMED = {
  ['"'] = '\\"', ["\\"] = "\\\\", ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n", ["\r"] = "\\r",
  ["\t"] = "\\t",
}

for byte = 0, 31 do
  local char = string.char(byte)
  NAMED[char] = NAMED[char] or ("\\u%04x"):format(byte)
end

local SET = '[\0-\31"\\]'

local CUT = {} -- raised where the rest is not shown

local add

--- Adds a part of the text.
local function put(out, part)
  grown.add(out, "json_encode", part)
  if out.size > (out.most or math.huge) then
    error(CUT, 0)
  end
end

--- Writes a text that is not long with quotes.
local function quoted(s)
  return '"' .. s:gsub(SET, NAMED) .. '"'
end

--- Adds a text with quotes.
local function quote(out, s)
  s = out.most and value.shown(s) or s
  if #s <= grown.CHUNK then
    return put(out, quoted(s))
  end
  put(out, '"')
  grown.add_replaced(out, "json_encode", s, SET, NAMED)
  put(out, '"')
end

--- Begins a line, in a text of several.
local function indent(out, level)
  if out.has_lines then
    put(out, "\n" .. ("  "):rep(level))
  end
end

local function add_all(out, count, open, close, level, add_item)
  put(out, open)
  if count > 0 and level >= DEPTH_MAX then
    value.fail("the value is nested too deeply to be written as JSON")
  end
  walk.step(out.most and 0 or count)
  for i = 1, count do
    if i > 1 then
      put(out, ",")
    end
    indent(out, level + 1)
    add_item(i)
  end
  if count > 0 then
    indent(out, level)
  end
  put(out, close)
end

function add(out, v, level)
  local kind = value.kind(v)
  if kind == "string" then
    quote(out, v)
  elseif kind == "array" then
    add_all(out, #v, "[", "]", level, function(i)
      add(out, v[i], level + 1)
    end)
  elseif kind == "object" then
    local keys = value.keys(v)
    add_all(out, #keys, "{", "}", level, function(i)
      quote(out, keys[i])
      put(out, out.has_lines and ": " or ":")
      add(out, v[keys[i]], level + 1)
    end)
  elseif kind == "null" or kind == nil then
    put(out, "null")
  elseif kind == "bool" then
    put(out, tostring(v))
  else
    put(out, value.number_text(v))
  end
end

--- Writes a value.
---@param v any
---@param pretty? boolean on several lines, two spaces a level
---@return string
function M.write(v, pretty)
  if type(v) == "string" and #v <= grown.CHUNK then
    return quoted(v)
  end
  local out = builder.new()
  out.has_lines = pretty
  add(out, v, 0)
  return out:text()
end

--- Writes a value as messages show it: the begin of a long one.
---@param v any
---@return string
---@nodiscard
function M.shown(v)
  local out = builder.new()
  out.most = SHOWN_MAX
  local ok, err = pcall(add, out, v, 0)
  if not ok and err ~= CUT then
    error(err, 0)
  end
  return out:text() .. (ok and "" or "…")
end

return M
