--- Takes lines of a session apart for a test: statements, and expressions with what they gave.
---
--- The names are those of a test: `clnrm.open` is `t:open`, `_` the value that came before.  Pure.
---@class engine.repl.pieces
local free = require("engine.repl.free")
local lex = require("engine.script.lex")
local locals = require("engine.repl.locals")
local tail = require("engine.repl.tail")

local M = {}

---@class engine.repl.Piece
---@field n integer        of its line
---@field text string
---@field is_expression? boolean
---@field values? table    packed, that it gave
---@field is_left_out? boolean it failed
---@field reads table<string, boolean> names that it speaks of, without those that are its own
---@field gives string[]   those of them that it assigns

--- Finds how statements return: at their end, or from within a block, which ends a line, but not a
--- test.
---@return "end"|"within"|nil how
---@return engine.script.Token? token
local function returning(text)
  local open, how, found = {}, nil, nil
  for _, token in ipairs(lex.tokens(text, true)) do
    local depth = tail.depth_of(token)
    if depth > 0 then
      open[#open + 1] = token.text
    elseif depth < 0 then
      open[#open] = nil
    elseif token.kind == "word" and token.text == "return"
      and not (" " .. table.concat(open, " ") .. " "):find(" function ", 1, true) then
      if #open > 0 then
        return "within", token
      end
      how, found = "end", token
    end
  end
  return how, found
end

local function has_tokens(text)
  return lex.tokens(text, true)[1] ~= nil
end

--- Makes a function of statements, and its call: what they declare is the session's all the same.
local function called(text)
  return ("(function()\n%s\nend)()"):format(locals.rewrite(text).text)
end

--- Makes one or two pieces of a line.
local function add(pieces, outcome)
  local text, values, n = outcome.text, outcome.values, outcome.n
  local first = outcome.is_expression and (outcome.first or 1) or #text + 1
  local before, expression = text:sub(1, first - 1), tail.bare(text:sub(first))
  local how, token = returning(before)
  if how == "within" then
    local is_expression = values ~= nil and values.n > 0
    before = called(before .. (outcome.is_expression and " return " .. expression or ""))
    pieces[#pieces + 1] = { n = n, text = before, is_expression = is_expression, values = values }
    return
  elseif how == "end" then
    expression = tail.bare(before:sub(token.last + 1))
    expression = has_tokens(expression) and expression:match("^[%s;]*(.*)$") or ""
    before = before:sub(1, token.first - 1)
  end
  if has_tokens(before) or expression == "" then
    before = before:gsub("%s+$", "")
    pieces[#pieces + 1] = { n = n, text = before }
  end
  if expression ~= "" then
    pieces[#pieces + 1] = { n = n, text = expression, is_expression = true, values = values }
  end
end

local function is_call(token)
  return token and (token.kind == "string" or token.text == "(" or token.text == "{")
end

--- Writes the names of a session as a test has them.
---@param room_maker string the name of what has `open`
---@param last? integer the line that `_` is of
local function translated(text, room_maker, last)
  local tokens = lex.tokens(text, true)
  for i = #tokens, 1, -1 do
    local token, sign, field = tokens[i], tokens[i + 1], tokens[i + 2]
    local is_field = tokens[i - 1] and tokens[i - 1].text:find("^[.:]$")
    local is_name = token.kind == "name" and not is_field
    local with
    if is_name and token.text == "clnrm" and sign and sign.text == "." and field
      and field.text == "open" then
      with = is_call(tokens[i + 3]) and room_maker .. ":open"
        or ("function(...) return %s:open(...) end"):format(room_maker)
      text = text:sub(1, token.first - 1) .. with .. text:sub(field.last + 1)
    elseif is_name and token.text == "_" and last then
      text = text:sub(1, token.first - 1) .. "_" .. last .. text:sub(token.last + 1)
    end
  end
  return text
end

--- Names the parameter of the test: none that a line has for something else.
---@param list engine.repl.Outcome[]
---@return string
---@nodiscard
function M.parameter(list)
  local seen, name, i = {}, "t", 1
  for _, outcome in ipairs(list) do
    for _, token in ipairs(lex.tokens(outcome.text, true)) do
      seen[token.text] = true
    end
  end
  while seen[name] do
    name, i = i == 1 and "test" or "test" .. i, i + 1
  end
  return name
end

--- Notes the names of a piece.
local function survey(piece)
  local code = piece.is_expression and "return " .. piece.text or locals.rewrite(piece.text).text
  piece.reads, piece.gives = {}, {}
  for _, name in ipairs(free.names(code)) do
    piece.reads[name] = true
    piece.gives[#piece.gives + 1] = free.is_given(code, name) and name or nil
  end
end

--- Lists the names that a line gives values to.
---@param outcome engine.repl.Outcome
---@return string[]
---@nodiscard
function M.given(outcome)
  local pieces, names = {}, {}
  if not outcome.is_syntax then
    add(pieces, outcome)
  end
  for _, piece in ipairs(pieces) do
    survey(piece)
    table.move(piece.gives, 1, #piece.gives, #names + 1, names)
  end
  return names
end

--- Takes lines apart.
---@param list engine.repl.Outcome[] in order
---@param parameter string of the test
---@return engine.repl.Piece[]
---@nodiscard
function M.list(list, parameter)
  local pieces, last = {}, nil
  for _, outcome in ipairs(list) do
    if outcome.failure or outcome.interrupted then
      pieces[#pieces + 1] = { n = outcome.n, text = "", is_left_out = true, reads = {}, gives = {} }
    else
      local from = #pieces + 1
      add(pieces, outcome)
      for i = from, #pieces do
        pieces[i].text = translated(pieces[i].text, parameter, last)
        survey(pieces[i])
      end
    end
    last = outcome.values and outcome.values[1] ~= nil and outcome.n or last
  end
  return pieces
end

return M
