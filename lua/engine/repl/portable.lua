--- Whether lines of a session can run as a test, as far as their text says.  Pure.
---@class engine.repl.portable
local lex = require("engine.script.lex")

local M = {}

local LOADS = "require"

--- Whether a token is a name of its own, and no field.
local function is_variable(tokens, i)
  local before = tokens[i - 1]
  return tokens[i].kind == "name" and not (before and (before.text == "." or before.text == ":"))
end

--- Says of a use of a library what a test has not.
local function absent_field(tokens, i, names)
  local name, dot, field = tokens[i].text, tokens[i + 1], tokens[i + 2]
  local of_test, of_session = (names.test or {})[name], (names.session or {})[name]
  if type(of_test) == "table" and type(of_session) == "table" and dot and dot.text == "." and field
    and of_session[field.text] ~= nil and of_test[field.text] == nil then
    return ("'%s.%s', which tests do not have"):format(name, field.text)
  end
end

--- Says of a `require` that it is of clnrm itself.
local function own_module(tokens, i)
  local wanted = tokens[i + 1] and tokens[i + 1].text == "(" and tokens[i + 2] or tokens[i + 1]
  local name = wanted and wanted.kind == "string" and wanted.text:match("^['\"]([%w_.]+)['\"]$")
  if tokens[i].text == LOADS and name and (name:find("^core%.") or name:find("^engine%.")) then
    return ('%s("%s"), which tests do not have'):format(LOADS, name)
  end
end

--- Says of `clnrm` that it is used as a value: its rooms would be nobody's.
local function bare_clnrm(tokens, i)
  local dot = tokens[i + 1]
  if tokens[i].text == "clnrm" and not (dot and dot.text == ".") then
    return "'clnrm' as a value; a test opens rooms by `clnrm.open`, which becomes its own"
  end
end

--- Says what the lines have that a test has not.
---@param list { n: integer, text: string, reads: table<string, any>, gives: string[] }[]
---@param names engine.repl.Saving
---@return string? why
---@nodiscard
function M.problem(list, names)
  local own = {}
  for _, piece in ipairs(list) do
    for _, name in ipairs(piece.gives) do
      own[name] = true
    end
  end
  for _, piece in ipairs(list) do
    local tokens = lex.tokens(piece.text, true)
    for i, token in ipairs(tokens) do
      local what = is_variable(tokens, i) and piece.reads[token.text] and not own[token.text]
        and (absent_field(tokens, i, names) or own_module(tokens, i) or bare_clnrm(tokens, i))
      if what then
        return ("line %d has %s"):format(piece.n, what)
      end
    end
  end
end

return M
