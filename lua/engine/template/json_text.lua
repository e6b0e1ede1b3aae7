--- Writes a value of a template as JSON, byte by byte as Tera does: keys sorted, "1.0" for a float.
local grown = require("engine.template.grown")
local value = require("engine.template.value")
local walk = require("engine.template.walk")

---@class engine.template.json_text
local M = {}

local DEPTH_MAX = 128

local NAMED = {
  ['"'] = '\\"', ["\\"] = "\\\\", ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n", ["\r"] = "\\r",
  ["\t"] = "\\t",
}

for byte = 0, 31 do
  local char = string.char(byte)
  NAMED[char] = NAMED[char] or ("\\u%04x"):format(byte)
end

--- Writes a text with quotes.
---@param s string
---@param before? integer bytes of the text that it is to be a part of; default 0
---@return string
function M.quote(s, before)
  return '"' .. grown.replaced("json_encode", s, '[\0-\31"\\]', NAMED, before) .. '"'
end

local add

--- Adds a part of the text.
local function put(out, part)
  out[#out + 1], out.size = part, out.size + #part
  grown.check("json_encode", out.size)
end

--- Begins a line, in a text of several.  Lines of a level share one text for that, so that it
--- takes no room before they are joined.
local function indent(out, level)
  local lines = out.lines
  if lines then
    lines[level] = lines[level] or "\n" .. ("  "):rep(level)
    out[#out + 1], out.blanks = lines[level], out.blanks + #lines[level]
  end
end

local function add_all(out, count, open, close, level, add_item)
  put(out, open)
  if count > 0 and level >= DEPTH_MAX then
    value.fail("the value is nested too deeply to be written as JSON")
  end
  walk.step(count)
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
    put(out, M.quote(v, out.size))
  elseif kind == "array" then
    add_all(out, #v, "[", "]", level, function(i)
      add(out, v[i], level + 1)
    end)
  elseif kind == "object" then
    local keys = value.keys(v)
    add_all(out, #keys, "{", "}", level, function(i)
      put(out, M.quote(keys[i], out.size) .. (out.lines and ": " or ":"))
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
  local out = { size = 0, blanks = 0, lines = pretty and {} or nil }
  add(out, v, 0)
  grown.check("json_encode", out.size + out.blanks)
  return table.concat(out)
end

return M
