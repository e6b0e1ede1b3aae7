--- Reads the plainest expressions by one pattern each: most of what templates hold.
---
--- Each gives what engine.template.expression would give for the same text, or nil; the tag's end
--- must stand right behind, so that nothing can follow that would change the meaning.
local M = {}

local PATH_STEPS_MAX = require("engine.template.lexer").PATH_STEPS_MAX

local find, match, gmatch = string.find, string.match, string.gmatch

--- Makes the node of a path of names; nil where the grammar reads something else.
local function ident(name, at)
  local has_steps = find(name, ".", 1, true)
  if has_steps and (find(name, "..", 1, true) or find(name, "%.$")) then
    return nil
  end
  local first = match(name, "^[%a_]+")
  if first == "not" or find(name, "^[tT]rue") or find(name, "^[fF]alse") then
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

local OUTPUT = "^{{(%-?)[ \t\r\n]*()([%a_][%w_.]*)[ \t\r\n]*(%-?)}}()"
local FILTERED = "^{{(%-?)[ \t\r\n]*()([%a_][%w_.]*)[ \t\r\n]*|[ \t\r\n]*()([%a_][%w_]*)"
  .. "[ \t\r\n]*(%-?)}}()"
local WITH_TEXT = "^{{(%-?)[ \t\r\n]*()([%a_][%w_.]*)[ \t\r\n]*|[ \t\r\n]*()([%a_][%w_]*)"
  .. "%(()([%a_][%w_]*)=()([\"'])([^\"']*)[\"']%)[ \t\r\n]*(%-?)}}()"

--- Reads `{{ path }}`, `{{ path | filter }}` or `{{ path | filter(name="text") }}`.
---@param s string
---@param first integer
---@return table? node
---@return integer? stop
function M.output(s, first)
  local l, at, name, tr, stop = match(s, OUTPUT, first)
  if l then
    local e = ident(name, at)
    return e and { t = "out", e = e, l = l == "-", r = tr == "-", at = first }, stop
  end
  local place, filter
  l, at, name, place, filter, tr, stop = match(s, FILTERED, first)
  if l then
    local e = ident(name, at)
    if e then
      e.filters = { { name = filter, args = {}, at = place } }
    end
    return e and { t = "out", e = e, l = l == "-", r = tr == "-", at = first }, stop
  end
  local arg_at, arg, text_at, quote, text
  l, at, name, place, filter, arg_at, arg, text_at, quote, text, tr, stop =
    match(s, WITH_TEXT, first)
  local e = l and s:sub(text_at + 1 + #text, text_at + 1 + #text) == quote and ident(name, at)
  if e then
    e.filters = { { name = filter, at = place, args = {
      { name = arg, at = arg_at, value = { k = "str", v = text, at = text_at } },
    } } }
    return { t = "out", e = e, l = l == "-", r = tr == "-", at = first }, stop
  end
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
