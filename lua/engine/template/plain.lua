--- Reads the plainest expressions by one pattern each: most of what templates hold.
---
--- Each gives what engine.template.expression would give for the same text, or nil; the tag's end
--- must stand right behind, so that nothing can follow that would change the meaning.
local M = {}

local lexer = require("engine.template.lexer")

local PATH_STEPS_MAX = lexer.PATH_STEPS_MAX

local byte, find, match, gmatch = string.byte, string.find, string.match, string.gmatch

--- Makes the node of a path of names; nil where the grammar reads something else.
local function ident(name, at)
  local has_steps = find(name, ".", 1, true)
  if has_steps and (find(name, "..", 1, true) or find(name, "%.$")) then
    return nil
  end
  if find(name, "^[ntTfF]") and (match(name, "^[%a_]+") == "not" or find(name, "^[tT]rue")
    or find(name, "^[fF]alse")) then
    return nil
  end
  local path, n = has_steps and {} or { name }, 0
  if has_steps then
    for step in gmatch(name, "[%w_]+") do
      n = n + 1
      path[n] = step
    end
    if n > PATH_STEPS_MAX then
      return nil
    end
  end
  return { k = "ident", path = path, name = name, at = at, stop = at + #name }
end

local HEAD = "^{{(%-?)[ \t\r\n]*()([%a_][%w_.]*)[ \t\r\n]*()"
local END = "^(%-?)}}()"
local FILTER = "^|[ \t\r\n]*()([%a_][%w_]*)()"
local BLANK_END = "^[ \t\r\n]*(%-?)}}()"
local ARGUMENT = "^%(()([%a_][%w_]*)=()"
local BRACKET_END = "^%)[ \t\r\n]*(%-?)}}()"
local BAR = byte("|")

--- Reads the one filter behind a path, without arguments or with one that is a text.
local function filtered(s, bar)
  local place, filter, stop = match(s, FILTER, bar)
  if not place then
    return nil
  end
  local right, after = match(s, BLANK_END, stop)
  if right then
    return { name = filter, args = {}, at = place }, right, after
  end
  local arg_at, arg, text_at = match(s, ARGUMENT, stop)
  local text, close
  if arg_at then
    text, close = lexer.text(s, text_at)
  end
  if text then
    right, after = match(s, BRACKET_END, close)
    return { name = filter, at = place, args = {
      { name = arg, at = arg_at, value = { k = "str", v = text, at = text_at } },
    } }, right, after
  end
end

--- Reads `{{ path }}`, `{{ path | filter }}` or `{{ path | filter(name="text") }}`.
---@param s string
---@param first integer
---@return table? node
---@return integer? stop
function M.output(s, first)
  local left, at, name, place = match(s, HEAD, first)
  if not left then
    return nil
  end
  local filter, right, stop
  if byte(s, place) == BAR then
    filter, right, stop = filtered(s, place)
  else
    right, stop = match(s, END, place)
  end
  local e = stop and ident(name, at)
  if not e then
    return nil
  end
  e.filters = filter and { filter }
  return { t = "out", e = e, l = left == "-", r = right == "-", at = first }, stop
end

local NAME = "^()([%a_][%w_.]*)[ \t\r\n]*()%-?%%}"
local EQUAL = "^()([%a_][%w_.]*)[ \t\r\n]*([=!]=)[ \t\r\n]*()\"([^\"]*)\"[ \t\r\n]*()%-?%%}"
local COMPARED = "^()([%a_][%w_.]*)[ \t\r\n]*([<>]=?)[ \t\r\n]*()([1-9]%d?%d?%d?%d?)[ \t\r\n]*()"
  .. "%-?%%}"

--- Reads a path that is all of the rest of a tag.
---@param s string
---@param at integer
---@return table? node
---@return integer? stop
function M.path(s, at)
  local first, name, stop = match(s, NAME, at)
  local node = first and ident(name, first)
  if node then
    return node, stop
  end
end

--- Reads `path`, `path == "text"` or `path > 1`.
---@param s string
---@param at integer
---@return table? node
---@return integer? stop
function M.condition(s, at)
  local node, stop = M.path(s, at)
  if node then
    return node, stop
  end
  local first, name, op, place, text
  first, name, op, place, text, stop = match(s, EQUAL, at)
  local right = first and { k = "str", v = text, at = place }
  if not first then
    first, name, op, place, text, stop = match(s, COMPARED, at)
    right = first and { k = "int", v = math.tointeger(tonumber(text)), at = place }
  end
  local left = first and ident(name, first)
  if left then
    return { k = "logic", op = op, l = left, r = right, at = first }, stop
  end
end

return M
