--- Writes a value of a template as JSON, byte by byte as Tera does: keys sorted, "1.0" for a float.
local value = require("engine.template.value")
local walk = require("engine.template.walk")

---@class engine.template.json_text
local M = {}

local DEPTH_MAX = 128

local NAMED = {
  ['"'] = '\\"', ["\\"] = "\\\\", ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n", ["\r"] = "\\r",
  ["\t"] = "\\t",
}

--- Writes a text with quotes.
---@param s string
---@return string
function M.quote(s)
  return '"' .. s:gsub('[%c"\\]', function(c)
    return NAMED[c] or c ~= "\127" and ("\\u%04x"):format(c:byte()) or c
  end) .. '"'
end

local add

local function add_all(out, count, open, close, pretty, level, add_item)
  if count == 0 then
    out[#out + 1] = open .. close
    return
  elseif level >= DEPTH_MAX then
    value.fail("the value is nested too deeply to be written as JSON")
  end
  walk.step(count)
  local step = pretty and "\n" .. ("  "):rep(level + 1) or ""
  for i = 1, count do
    out[#out + 1] = (i == 1 and open or ",") .. step
    add_item(i)
  end
  out[#out + 1] = (pretty and "\n" .. ("  "):rep(level) or "") .. close
end

function add(out, v, pretty, level)
  local kind = value.kind(v)
  if kind == "string" then
    out[#out + 1] = M.quote(v)
  elseif kind == "array" then
    add_all(out, #v, "[", "]", pretty, level, function(i)
      add(out, v[i], pretty, level + 1)
    end)
  elseif kind == "object" then
    local keys = value.keys(v)
    add_all(out, #keys, "{", "}", pretty, level, function(i)
      out[#out + 1] = M.quote(keys[i]) .. (pretty and ": " or ":")
      add(out, v[keys[i]], pretty, level + 1)
    end)
  elseif kind == "null" or kind == nil then
    out[#out + 1] = "null"
  elseif kind == "bool" then
    out[#out + 1] = tostring(v)
  else
    out[#out + 1] = value.number_text(v)
  end
end

--- Writes a value.
---@param v any
---@param pretty? boolean on several lines, two spaces a level
---@return string
function M.write(v, pretty)
  local out = {}
  add(out, v, pretty, 0)
  return table.concat(out)
end

return M
