--- Reads the words of Tera's language at a place of a text: literals, names, paths, blanks.
---
--- Tera's grammar knows no tokens apart from their place (`endblockfoo` ends the block foo), so
--- each function takes the text and an offset from 1, and returns what it read and the offset
--- behind it, or nil.
local M = {}

local find, match, sub = string.find, string.match, string.sub

M.PATH_STEPS_MAX = 100 -- compiled, each is an index of what the one before gives

--- Skips blanks: space, tab, carriage return, newline, and nothing else.
---@param s string
---@param at integer
---@return integer
function M.skip(s, at)
  return match(s, "^[ \t\r\n]*()", at)
end

--- Reads a name.
---@param s string
---@param at integer
---@return string? name
---@return integer? stop
function M.name(s, at)
  return match(s, "^([%a_][%w_]*)()", at)
end

--- Reads a number; what follows its digits is not looked at.
---@param s string
---@param at integer
---@return { k: "int"|"float", v: number|false }? literal v is false when it is out of bounds
---@return integer? stop
function M.number(s, at)
  local digits, stop = match(s, "^(%-?%d%d*%.%d+)()", at)
  if digits and (find(digits, "^%-?0%.") or find(digits, "^%-?[1-9]")) then
    local v = tonumber(digits)
    return { k = "float", v = v and v ~= math.huge and v ~= -math.huge and v, at = at }, stop
  end
  digits, stop = match(s, "^(%-?[1-9]%d*)()", at)
  if not digits then
    digits, stop = match(s, "^(%-?0)()", at)
  end
  if digits then
    return { k = "int", v = math.tointeger(tonumber(digits)) or false, at = at }, stop
  end
end

--- Reads a number that must be whole.
---@param s string
---@param at integer
---@return string? digits
---@return integer? stop
function M.integer(s, at)
  local digits, stop = match(s, "^(%-?[1-9]%d*)()", at)
  if digits then
    return digits, stop
  end
  return match(s, "^(%-?0)()", at)
end

--- Reads a text in one of the three kinds of quotes; Tera has no escapes in them.
---@param s string
---@param at integer
---@return string? content
---@return integer? stop
function M.text(s, at)
  local quote = sub(s, at, at)
  if quote == '"' or quote == "'" or quote == "`" then
    local last = find(s, quote, at + 1, true)
    if last then
      return sub(s, at + 1, last - 1), last + 1
    end
  end
end

--- Reads a path: a name, then `.name`, `.0`, `[0]`, `["name"]` or `[path]`, without blanks.
--- Raises a problem of syntax when it has too many steps.
---@param s string
---@param at integer
---@param depth? integer
---@param places? integer[] gets where each step begins
---@return table? ident { k = "ident", path, name, at, stop }; a step is a text or again an ident
---@return integer? stop
function M.path(s, at, depth, places)
  local name, stop = match(s, "^([%a_][%w_]*)()", at)
  if not name then
    return nil
  end
  local path, begin = { name }, at
  if places then
    places[1] = at
  end
  while true do
    local step, after = match(s, "^%.([%w_]+)()", stop)
    local place = stop + 1
    if not step and sub(s, stop, stop) == "[" then
      local inner = stop + 1
      step, after = M.integer(s, inner)
      if not step then
        step, after = M.text(s, inner)
      end
      if not step and (depth or 0) < 32 then
        step, after = M.path(s, inner, (depth or 0) + 1)
      end
      if not step or sub(s, after, after) ~= "]" then
        break
      end
      after = after + 1
    elseif not step then
      break
    end
    if #path == M.PATH_STEPS_MAX then
      local message = ("the path has more than %d steps"):format(M.PATH_STEPS_MAX)
      error({ syntax = message, at = begin }, 0)
    end
    path[#path + 1], stop = step, after
    if places then
      places[#path] = place
    end
  end
  return { k = "ident", path = path, name = sub(s, begin, stop - 1), at = begin, stop = stop }, stop
end

--- Reads the end of a tag, `%}` or `-%}` (`}}`, `-}}`).
---@param s string
---@param at integer
---@param close string "%" or "}"
---@return boolean? trims whether it takes the blanks behind it
---@return integer? stop
function M.closing(s, at, close)
  local trims = sub(s, at, at) == "-"
  local first = trims and at + 1 or at
  if sub(s, first, first + 1) == close .. "}" then
    return trims, first + 2
  end
end

--- Reads the begin of a tag.
---@param s string
---@param at integer of the `{`
---@return boolean trims whether it takes the blanks before it
---@return integer stop
function M.begin(s, at)
  if sub(s, at + 2, at + 2) == "-" then
    return true, at + 3
  end
  return false, at + 2
end

return M
