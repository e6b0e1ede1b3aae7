--- Makes `local` at the top level of a line a name of the session.
---
---     local a <const>, b = 1, 2      ->     a, b = 1, 2
---     local a                        ->     a=nil;
---     local function f() end         ->     function f() end
---
--- Blanks stand where something was taken out, so that every byte behind it keeps its place.  Only
--- what compiles is given to it.  Pure.
---@class engine.repl.locals
local lex = require("engine.script.lex")
local tail = require("engine.repl.tail")

local M = {}

local OPENS, CLOSES = tail.OPENS, tail.CLOSES

--- Reads the names behind a `local`.
---@return { name: string, attrib?: string, first: integer, last: integer }[] names
---@return integer after the index of the token behind them
local function names_at(tokens, i)
  local names = {}
  while tokens[i] and tokens[i].kind == "name" do
    local name = { name = tokens[i].text, first = tokens[i].first, last = tokens[i].last }
    names[#names + 1] = name
    i = i + 1
    if tokens[i] and tokens[i].text == "<" and tokens[i + 2] and tokens[i + 2].text == ">" then
      name.attrib, name.blank_first, name.blank_last =
        tokens[i + 1].text, tokens[i].first, tokens[i + 2].last
      i = i + 3
    end
    if not tokens[i] or tokens[i].text ~= "," then
      break
    end
    i = i + 1
  end
  return names, i
end

local function blank(text, first, last)
  return text:sub(1, first - 1) .. text:sub(first, last):gsub("[^\n\r]", " ") .. text:sub(last + 1)
end

--- Gives names without values the value nil, in the room that `local` leaves.
local function assign_nil(text, first, last)
  local between = text:sub(first + #"local", last):gsub("<%s*[%w_]+%s*>", "")
  local made = between:gsub("^[ \t]+", "") .. "=nil;" -- never longer than what it is made of
  return text:sub(1, first - 1) .. made .. (" "):rep(last - first + 1 - #made)
    .. text:sub(last + 1)
end

---@class engine.repl.Locals
---@field text string
---@field names string[]   that were declared
---@field closes string[]  those with <close>

--- Rewrites a text that compiles.
---@param text string
---@return engine.repl.Locals
---@nodiscard
function M.rewrite(text)
  local tokens, found, depth = lex.tokens(text), {}, 0
  local out = { text = text, names = {}, closes = {} }
  for i, token in ipairs(tokens) do
    local is_syntax = token.kind == "word" or token.kind == "sign"
    if is_syntax and OPENS[token.text] then
      depth = depth + 1
    elseif is_syntax and CLOSES[token.text] then
      depth = depth - 1
    elseif token.kind == "word" and token.text == "local" and depth == 0 then
      found[#found + 1] = i
    end
  end
  for k = #found, 1, -1 do -- the last first: what stands before keeps its place
    local i = found[k]
    local word = tokens[i]
    if tokens[i + 1].text == "function" then
      out.text = blank(out.text, word.first, word.last)
      table.insert(out.names, 1, tokens[i + 2].text)
    else
      M.declare(out, tokens, i)
    end
  end
  return out
end

--- Rewrites one declaration.
function M.declare(out, tokens, i)
  local word = tokens[i]
  local names, after = names_at(tokens, i + 1)
  for _, name in ipairs(names) do
    if name.name == "_ENV" then
      return -- it is about the line itself
    end
  end
  if tokens[after] and tokens[after].text == "=" then
    for _, name in ipairs(names) do
      if name.blank_first then
        out.text = blank(out.text, name.blank_first, name.blank_last)
      end
    end
    out.text = blank(out.text, word.first, word.last)
  else
    out.text = assign_nil(out.text, word.first, tokens[after - 1].last)
  end
  for n = #names, 1, -1 do
    table.insert(out.names, 1, names[n].name)
    if names[n].attrib == "close" then
      table.insert(out.closes, 1, names[n].name)
    end
  end
end

return M
