--- From what was typed to a function: an expression, statements, statements that end in an
--- expression, or nothing yet.
---@class engine.repl.chunk
local load_text = require("engine.script.load")
local locals = require("engine.repl.locals")
local tail = require("engine.repl.tail")
local trim = require("engine.trim")

local M = {}

local EOF = "<eof>" -- what the compiler's message ends with when the text ended too early

-- An expression is an argument of what packs its values, which is no tail call: the line that it is
-- on stays in the stack, and so in what is told of an error.
local RETURN = "return "
local HEAD, TAIL = " return ((...)(", "))"

---@class engine.repl.Chunk
---@field name string   as messages call it
---@field text string   as it was typed
---@field fn function
---@field is_expression boolean that its last part is one
---@field first integer the byte of `text` at which the expression begins, if there is one
---@field names string[] that it declares
---@field closes string[]

--- Says what a text is as a whole.
---@return "expression"|"statements"|nil kind
---@return string? why it is none: the compiler's message for statements
---@return boolean? is_begun more text could make it one
local function whole(text)
  text = text .. "\n" -- a text in quotes does not go on behind it
  local fn, why = load(RETURN .. text, "=", "t")
  if fn then
    return "expression"
  end
  local statements, other_why = load(text, "=", "t")
  if statements then
    return "statements"
  end
  return nil, other_why, why:sub(-#EOF) == EOF or other_why:sub(-#EOF) == EOF
end

--- Says whether more is needed to make a chunk of a text.
---@param text string
---@return boolean
---@return boolean? is_open then: it ends within a block, brackets, or a text of several lines
---@nodiscard
function M.is_incomplete(text)
  local kind, why, is_begun = whole(text)
  if kind then
    return false
  end
  local is_open = is_begun and tail.is_open(text, why)
  local first, is_tail_begun
  if not is_open then
    first, is_tail_begun = tail.find(text)
  end
  if first or not is_begun and not is_tail_begun then
    return false
  end
  return true, is_open
end

--- Compiles statements and the expression behind them.
---@param first integer where the expression begins
local function compile_tail(chunk, text, first, env)
  local rewritten = locals.rewrite(text:sub(1, first - 1))
  chunk.names, chunk.closes = rewritten.names, rewritten.closes
  chunk.is_expression, chunk.first = true, first
  local bare = tail.bare(text:sub(first))
  chunk.fn = load_text.chunk(rewritten.text .. HEAD .. bare .. TAIL,
    { name = chunk.name, env = env })
  return chunk
end

--- Compiles a text; nothing of it runs.
---@param text string
---@param name string
---@param env table
---@param is_file? boolean a call at its end is a statement, as anywhere else
---@return engine.repl.Chunk? chunk
---@return engine.diag.Diagnostic[]? diagnostics
---@nodiscard
function M.compile(text, name, env, is_file)
  local chunk = { name = name, text = text, is_expression = false, first = 1, names = {},
    closes = {} }
  if load(RETURN .. text, "=", "t") then
    return compile_tail(chunk, text, 1, env)
  end
  local fn, problems = load_text.compile(text, name, env)
  local first = not is_file and tail.find(text, fn ~= nil)
  if first then
    return compile_tail(chunk, text, first, env)
  elseif not fn then
    return nil, problems
  end
  local rewritten = locals.rewrite(text)
  chunk.names, chunk.closes = rewritten.names, rewritten.closes
  chunk.fn, problems = load_text.chunk(rewritten.text, { name = name, env = env })
  if not chunk.fn then
    return nil, problems
  end
  return chunk
end

--- Gives a diagnostic its place in what was typed: there, nothing stands before the expression.
---@param d engine.diag.Diagnostic
---@param chunk engine.repl.Chunk
function M.place(d, chunk)
  if not chunk.is_expression or d.file ~= chunk.name then
    return
  end
  local before = chunk.text:sub(1, chunk.first - 1)
  local _, newlines = before:gsub("\n", "")
  local column = (utf8.len(before, trim.last_line(before)) or 0) + 1
  if d.line == newlines + 1 and d.column and d.column >= column then
    d.column = math.max(column, d.column - #HEAD)
  end
  if d.offset and d.offset >= #before then
    local last = math.min(d.offset + (d.length or 1) - #HEAD, #chunk.text)
    d.offset = math.max(#before, d.offset - #HEAD)
    d.length = math.max(1, last - d.offset)
  end
end

return M
