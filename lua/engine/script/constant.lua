--- Finds asserts of what cannot be otherwise: `assert(true)` says nothing of what a test looked at.
local lex = require("engine.script.lex")

---@class engine.script.constant
local M = {}

local WORDS = { ["true"] = true, ["false"] = true, ["nil"] = true, ["and"] = true, ["or"] = true,
  ["not"] = true }
local NO_SIGNS = { ["{"] = true, ["..."] = true, ["["] = true, ["."] = true, [":"] = true }

--- Whether the first argument of the call whose `(` is token `open` is made of literals alone.
local function is_constant(tokens, open)
  local depth = 0
  for i = open + 1, #tokens do
    local token = tokens[i]
    local is_sign = token.kind == "sign"
    if depth == 0 and is_sign and (token.text == ")" or token.text == ",") then
      return i > open + 1
    elseif is_sign and NO_SIGNS[token.text] or token.kind == "name"
      or token.kind == "word" and not WORDS[token.text] then
      return false
    elseif is_sign and token.text == "(" then
      depth = depth + 1
    elseif is_sign and token.text == ")" then
      depth = depth - 1
    end
  end
  return false
end

local known = {} ---@type table<string, table<integer, boolean>> by the text of a file

--- Lists the lines whose asserts are all of literals.
local function lines_of(text)
  local lines, tokens = {}, lex.tokens(text)
  for i, token in ipairs(tokens) do
    local open = tokens[i + 1]
    if token.kind == "name" and token.text == "assert" and open and open.text == "(" then
      lines[token.line] = lines[token.line] ~= false and is_constant(tokens, i + 1)
    end
  end
  return lines
end

--- Whether an assert on this line can only hold.  Of several on one line it is not known which one
--- was evaluated: all must be so.
---@param text string of the file
---@param line integer
---@return boolean
---@nodiscard
function M.at(text, line)
  local lines = known[text]
  if not lines then
    lines = lines_of(text)
    known[text] = lines
  end
  return lines[line] == true
end

return M
