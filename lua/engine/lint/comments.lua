--- Finds the comments of a text in TOML or Lua, so that a `#` in a string is not taken for one.
---
--- Pure.  Needed only for files that hold the word of a suppression.
---@class engine.lint.comments
local M = {}

---@class engine.lint.Comment
---@field offset integer of its `#` or `--`, in bytes from 0
---@field stop integer   behind its last byte; line ends do not belong to it
---@field text string    without its mark

--- Finds the end of a string of TOML that begins at byte `at`; returns the byte behind it.
local function string_end(text, at)
  local quote = text:sub(at, at)
  local is_long = text:sub(at, at + 2) == quote:rep(3)
  local i = at + (is_long and 3 or 1)
  local pattern = quote == '"' and '[\\"\n]' or "['\n]"
  while true do
    i = text:find(pattern, i)
    if not i then
      return #text + 1
    end
    local c = text:sub(i, i)
    if c == "\\" then
      i = i + 2
    elseif c == "\n" then
      if not is_long then
        return i
      end
      i = i + 1
    elseif not is_long then
      return i + 1
    elseif text:sub(i, i + 2) == quote:rep(3) then
      local _, last = text:find("^" .. quote .. "+", i) -- up to two quotes more belong to it
      return math.min(last, i + 4) + 1
    else
      i = i + 1
    end
  end
end

--- Lists the comments of a text in TOML.
---@param text string
---@return engine.lint.Comment[]
---@nodiscard
function M.toml(text)
  local list, i = {}, 1
  while true do
    i = text:find("[\"'#]", i)
    if not i then
      return list
    elseif text:byte(i) == 35 then
      local last = (text:find("[\r\n]", i) or #text + 1) - 1
      list[#list + 1] = { offset = i - 1, stop = last, text = text:sub(i + 1, last) }
      i = last + 1
    else
      i = string_end(text, i)
    end
  end
end

--- Lists the comments of one line each of a text in Lua: what stands between its tokens.
---@param text string
---@return engine.lint.Comment[]
---@nodiscard
function M.lua(text)
  local list, at = {}, 1
  local tokens = require("engine.script.lex").tokens(text)
  for i = 1, #tokens + 1 do
    local stop = tokens[i] and tokens[i].first or #text + 1
    while true do
      local first = text:find("--", at, true)
      if not first or first >= stop then
        break
      end
      local last = (text:find("[\r\n]", first) or #text + 1) - 1
      list[#list + 1] = { offset = first - 1, stop = last, text = text:sub(first + 2, last) }
      at = last + 1
    end
    at = tokens[i] and tokens[i].last + 1 or at
  end
  return list
end

return M
