--- The one text that a Lua value is stored as: an entry on each line, keys in order, all of it.
---
--- Reads as Lua does.  1 and 1.0 are different texts; two runs write the same.  What has no such
--- text (functions, tables that hold themselves) is refused.  Pure.
---@class engine.snapshot.value
local float = require("engine.float")
local inspect = require("engine.expect.inspect")

local M = {}

local DEPTH_MAX = 50
local NODES_MAX = 20000

local function refuse(what)
  error({ refused = what }, 0)
end

--- Quotes a text on one line, all of it.
local function quote(s)
  local shown = s:gsub('[\\"]', "\\%0"):gsub("\n", "\\n"):gsub("\t", "\\t"):gsub("\r", "\\r")
  return '"' .. shown .. '"' -- other controls are escaped where the file is written
end

local write

local function key_text(key, cx)
  if type(key) == "string" and key:match("^[%a_][%w_]*$") then
    return key
  elseif type(key) == "string" then
    return "[" .. quote(key) .. "]"
  elseif type(key) == "table" then
    refuse("a key that is a table")
  end
  return "[" .. write(key, cx, "") .. "]"
end

local function write_table(value, cx, indent)
  if cx.open[value] then
    refuse("a table that holds itself")
  elseif #indent >= 2 * DEPTH_MAX then
    refuse(("tables within tables, more than %d deep"):format(DEPTH_MAX))
  elseif next(value) == nil then
    return "{}"
  end
  cx.open[value] = true
  local inner, lines = indent .. "  ", {}
  for i, key in ipairs(inspect.keys(value)) do
    cx.nodes = cx.nodes + 1
    if cx.nodes > NODES_MAX then
      refuse(("more than %d entries"):format(NODES_MAX))
    end
    local head = key == i and "" or key_text(key, cx) .. " = "
    lines[i] = inner .. head .. write(rawget(value, key), cx, inner) .. ","
  end
  cx.open[value] = nil
  return "{\n" .. table.concat(lines, "\n") .. "\n" .. indent .. "}"
end

function write(value, cx, indent)
  local kind = type(value)
  if kind == "string" then
    return quote(value)
  elseif math.type(value) == "float" then
    return float.text(value)
  elseif kind == "table" then
    return write_table(value, cx, indent)
  elseif kind == "number" or kind == "boolean" or kind == "nil" then
    return tostring(value)
  elseif kind == "userdata" and value == require("core.json").null then
    return "null"
  end
  return refuse(inspect.type(value))
end

--- Writes a value.
---@param value any
---@return string? text without a newline at its end
---@return string? refused what of it has no text
---@nodiscard
function M.text(value)
  local ok, result = pcall(write, value, { open = {}, nodes = 0 }, "")
  if ok then
    return result
  elseif type(result) == "table" and result.refused then
    return nil, result.refused
  end
  error(result, 0)
end

return M
