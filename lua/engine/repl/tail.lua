--- Finds the expression that a chunk ends in: `local q = 5 q + 1` is statements and a value.
---
--- The compiler takes no expression as a statement, but a call.  With a `return` before the last
--- one such a text compiles.  Pure.
---@class engine.repl.tail
local lex = require("engine.script.lex")

local M = {}

local TOKENS_MAX = 1000 -- that an expression is looked for among
local EOF = "<eof>" -- what the compiler's message ends with when the text ended too early
local RETURN = " return "

M.OPENS = {
  ["("] = true, ["["] = true, ["{"] = true,
  ["function"] = true, ["do"] = true, ["if"] = true, ["repeat"] = true,
}
M.CLOSES = {
  [")"] = true, ["]"] = true, ["}"] = true, ["end"] = true, ["until"] = true,
}

-- What no expression has outside of brackets and functions.
local STATEMENT = {
  ["="] = true, [";"] = true, ["::"] = true, ["local"] = true, ["return"] = true,
  ["break"] = true, ["goto"] = true, ["for"] = true, ["while"] = true,
}

--- Says whether a token opens a block or a bracket, or closes one.
---@param token engine.script.Token
---@return integer 1, -1, or 0
---@nodiscard
function M.depth_of(token)
  if token.kind ~= "word" and token.kind ~= "sign" then
    return 0
  end
  return M.OPENS[token.text] and 1 or M.CLOSES[token.text] and -1 or 0
end

--- Whether a text ends within a block, brackets, or a text in long brackets.
---@param text string
---@param why string the compiler's message
---@return boolean
---@nodiscard
function M.is_open(text, why)
  if why:find("unfinished", 1, true) or why:find("'end' expected", 1, true) then
    return true
  end
  local depth = 0
  for _, token in ipairs(lex.tokens(text, true)) do
    depth = depth + M.depth_of(token)
  end
  return depth > 0
end

--- Takes away what stands behind the last token of an expression, and semicolons.
---@param text string
---@return string
---@nodiscard
function M.bare(text)
  local tokens = lex.tokens(text, true)
  local n = #tokens
  while n > 0 and tokens[n].text == ";" do
    n = n - 1
  end
  return n > 0 and text:sub(1, tokens[n].last) or text
end

--- Whether the last expression can begin at a token.  In a text that compiles it is a call: what
--- stands before a `(` may be what is called, unless a semicolon ends it.
local function can_begin(token, before, is_chunk)
  return not is_chunk or token.kind == "name" or before.text == ";"
end

--- Finds where the last expression of a text begins, which is no expression as a whole.
---@param text string
---@param is_chunk boolean it compiles as statements
---@return integer? first its first byte; nil: it does not end in one
---@return boolean? is_incomplete then: it would with more text
---@nodiscard
function M.find(text, is_chunk)
  local body = M.bare(text)
  local tokens, depth, first, is_incomplete = lex.tokens(body, true), 0, nil, nil
  for i = #tokens, math.max(2, #tokens - TOKENS_MAX + 1), -1 do
    local token = tokens[i]
    depth = depth - M.depth_of(token)
    if depth < 0 or depth == 0 and STATEMENT[token.text] and token.kind ~= "string" then
      break
    elseif depth == 0 and can_begin(token, tokens[i - 1], is_chunk) then
      local before, after = body:sub(1, token.first - 1), RETURN .. body:sub(token.first)
      local fn, why = load(after, "=", "t")
      if fn or why:sub(-#EOF) == EOF then
        fn, why = load(before .. after, "=", "t")
      end
      if fn then
        first = token.first
      elseif why:sub(-#EOF) == EOF then
        is_incomplete = true
      end
    end
  end
  return first, not first and is_incomplete or nil
end

return M
