--- Splits Lua text into tokens: as much as is needed to find one's way in a text that compiles.
---
--- Pure.  In a text that does not compile, what comes after its first error means nothing.
---@class engine.script.lex
local M = {}

---@class engine.script.Token
---@field kind "name"|"word"|"number"|"string"|"sign" word: a reserved one
---@field text string
---@field first integer byte, from 1
---@field last integer
---@field line integer where it ends, as the compiler counts

local WORDS = {}
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat
  return then true until while]]):gmatch("%a+") do
  WORDS[word] = true
end

local SIGNS = {} -- longer ones than a byte, the longest first
for i, list in ipairs({ "...", "<< >> // == ~= <= >= :: .." }) do
  for sign in list:gmatch("%S+") do
    SIGNS[#SIGNS + 1] = { text = sign, first = sign:byte(), order = i }
  end
end

local LF, CR, QUOTE, APOSTROPHE, BACKSLASH = 10, 13, 34, 39, 92
local DASH, OPEN, DOT = 45, 91, 46

--- Counts the ends of lines as the compiler does: \n, \r, \r\n and \n\r are one each.
local function count_lines(text, first, last)
  local n, at = 0, first
  while true do
    at = text:find("[\n\r]", at)
    if not at or at > last then
      return n
    end
    n = n + 1
    local a, b = text:byte(at, at + 1)
    local is_pair = b ~= a and (b == LF or b == CR) and at < last
    at = at + (is_pair and 2 or 1)
  end
end

--- Finds the end of a long bracket that opens at `at`; nil when none opens there.
local function long_end(text, at)
  local level = text:match("^%[(=*)%[", at)
  if not level then
    return nil
  end
  local _, last = text:find("]" .. level .. "]", at + #level + 2, true)
  return last or #text
end

local function string_end(text, at)
  local quote, i = text:byte(at), at + 1
  while i <= #text do
    i = text:find("[\"'\\\n\r]", i)
    if not i then
      return #text
    end
    local byte = text:byte(i)
    if byte == quote then
      return i
    elseif byte == BACKSLASH then
      i = text:match("^z%s*()", i + 1) or text:match("^\r\n()", i + 1)
        or text:match("^\n\r()", i + 1) or i + 2
    elseif byte == LF or byte == CR then
      return i - 1
    else
      i = i + 1
    end
  end
  return #text
end

local function number_end(text, at)
  local is_hex = text:find("^0[xX]", at)
  local i = is_hex and at + 2 or at
  local mark = is_hex and "^[pP][+-]?" or "^[eE][+-]?"
  while true do
    local _, last = text:find(mark, i)
    if not last then
      _, last = text:find("^[%w_.]", i)
    end
    if not last then
      return i - 1
    end
    i = last + 1
  end
end

local function sign_end(text, at)
  local byte = text:byte(at)
  for _, sign in ipairs(SIGNS) do
    if sign.first == byte and text:sub(at, at + #sign.text - 1) == sign.text then
      return at + #sign.text - 1
    end
  end
  return at
end

--- Finds the kind and the end of the token at `at`; kind nil: a comment.
local function scan(text, at)
  local byte = text:byte(at)
  local _, last = text:find("^[%a_][%w_]*", at)
  if last then
    return WORDS[text:sub(at, last)] and "word" or "name", last
  elseif byte == QUOTE or byte == APOSTROPHE then
    return "string", string_end(text, at)
  elseif text:find("^%.?%d", at) then
    return "number", number_end(text, at)
  elseif byte == OPEN and long_end(text, at) then
    return "string", long_end(text, at)
  elseif byte == DASH and text:byte(at + 1) == DASH then
    last = long_end(text, at + 2)
    return nil, last or (text:find("[\n\r]", at) or #text + 1) - 1
  end
  return "sign", byte == DOT and select(2, text:find("^%.%.?%.?", at)) or sign_end(text, at)
end

--- Lists the tokens of a text; a first line that starts with # is passed over.
---@param text string
---@param is_part? boolean it is no file: a # that it starts with is the operator
---@return engine.script.Token[]
---@nodiscard
function M.tokens(text, is_part)
  local list, at, line = {}, 1, 1
  local line_end = 0 -- the first one that is not passed: looked for once, not by each token
  if text:byte() == 35 and not is_part then -- #
    at = text:find("[\n\r]") or #text + 1
  end
  while true do
    local first = text:find("[^ \t\v\f]", at)
    if not first then
      return list
    end
    local byte = text:byte(first)
    if byte == LF or byte == CR then
      local _, last = text:find("^%s+", first)
      line = line + count_lines(text, first, last)
      at = last + 1
    else
      local kind, last = scan(text, first)
      if line_end < first then
        line_end = text:find("[\n\r]", first) or #text + 1
      end
      if line_end <= last then -- a string, or a comment
        line = line + count_lines(text, first, last)
      end
      if kind then
        local token = { kind = kind, text = text:sub(first, last), first = first, last = last }
        token.line = line
        list[#list + 1] = token
      end
      at = last + 1
    end
  end
end

return M
