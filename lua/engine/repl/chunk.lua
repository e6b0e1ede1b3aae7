--- From what was typed to a function: an expression, statements, or nothing yet.
---@class engine.repl.chunk
local load_text = require("engine.script.load")
local locals = require("engine.repl.locals")

local M = {}

local EOF = "<eof>" -- what the compiler's message ends with when the text ended too early

-- An expression is an argument of what packs its values, which is no tail call: the line that it is
-- on stays in the stack, and so in what is told of an error.
local RETURN = "return "
local HEAD, TAIL = "return ((...)(", "\n))"

---@class engine.repl.Chunk
---@field name string   as messages call it
---@field text string   as it was typed
---@field fn function
---@field is_expression boolean
---@field names string[] that it declares
---@field closes string[]

--- Says whether more is needed to make a chunk of a text.
---@param text string
---@return boolean
---@nodiscard
function M.is_incomplete(text)
  text = text .. "\n" -- a text in quotes does not go on behind it
  local fn, why = load(RETURN .. text, "=", "t")
  local statements, other_why = load(text, "=", "t")
  return not fn and not statements
    and (why:sub(-#EOF) == EOF or other_why:sub(-#EOF) == EOF)
end

--- Compiles a text; nothing of it runs.
---@param text string
---@param name string
---@param env table
---@return engine.repl.Chunk? chunk
---@return engine.diag.Diagnostic[]? diagnostics
---@nodiscard
function M.compile(text, name, env)
  local chunk = { name = name, text = text, is_expression = false, names = {}, closes = {} }
  if load(RETURN .. text, "=", "t") then
    local bare = text:gsub("[%s;]+$", "")
    chunk.is_expression = true
    chunk.fn = load_text.chunk(HEAD .. bare .. TAIL, { name = name, env = env })
    return chunk
  end
  local fn, problems = load_text.compile(text, name, env)
  if not fn then
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

--- Gives a diagnostic its place in what was typed.
---@param d engine.diag.Diagnostic
---@param chunk engine.repl.Chunk
function M.place(d, chunk)
  if chunk.is_expression and d.file == chunk.name and d.line == 1 then
    d.column = d.column and math.max(1, d.column - #HEAD)
  end
  if chunk.is_expression and d.file == chunk.name and d.offset then
    local last = math.min(d.offset + (d.length or 1) - #HEAD, #chunk.text)
    d.offset = math.max(0, d.offset - #HEAD)
    d.length = math.max(1, last - d.offset)
  end
end

return M
