--- Files of Lua tests for lint: compiled, never executed; their calls as nodes.
local lex = require("engine.script.lex")

---@class engine.lint.lua_nodes
local M = {}

---@class engine.lint.Call: engine.lint.Place
---@field kind "lua_call"
---@field name string        "clnrm.only", "t.room:exec"
---@field arguments string   the text from the bracket or brace on, to its partner
---@field is_statement boolean what it returns is used by nobody

local OPEN = { ["("] = ")", ["{"] = "}" }
local CLOSE = { [")"] = true, ["}"] = true, ["]"] = true }
local OPENERS = { ["("] = true, ["{"] = true, ["["] = true }

--- Compiles a file.
---@param text string
---@param path string
---@param opts { file?: string }
---@return boolean? ok
---@return engine.diag.Diagnostic[] list
function M.check(text, path, opts)
  local chunk, problems = require("engine.script.load").compile(text, opts.file or path)
  return chunk and true or nil, problems or {}
end

--- Finds for each opening bracket the token that closes it; of one without a partner the last one.
---@return table<integer, integer>
local function partners(tokens)
  local found, open = {}, {}
  for k, token in ipairs(tokens) do
    local text = token.kind == "sign" and token.text
    if OPENERS[text] then
      open[#open + 1] = k
    elseif CLOSE[text] and open[1] then
      found[table.remove(open)] = k
    end
  end
  for _, k in ipairs(open) do
    found[k] = #tokens
  end
  return found
end

-- What may stand before a statement; anything else makes the call a part of an expression.
local BEFORE = { ["then"] = true, ["do"] = true, ["else"] = true, ["repeat"] = true }
local AFTER = { ["."] = true, [":"] = true, ["["] = true, ["("] = true, ["{"] = true }

--- Says whether a call from token `first` to token `last` is a statement of its own.
local function is_statement(tokens, first, last)
  local before, after = tokens[first - 1], tokens[last + 1]
  if after and (after.kind == "string" or AFTER[after.text]) then
    return false
  elseif not before or before.text == ";" or BEFORE[before.text] or before.text == "end" then
    return true
  end
  local is_value = before.kind == "name" or before.kind == "number" or before.kind == "string"
    or CLOSE[before.text] or before.text == "true" or before.text == "false" or before.text == "nil"
    or before.text == "..."
  return is_value and before.line < tokens[first].line -- else no two values stand side by side
end

--- Takes the name that ends with token `i`: names joined by points and a colon.
local function name_before(tokens, i)
  local first = i
  while first > 2 and tokens[first - 2].kind == "name"
    and (tokens[first - 1].text == "." or tokens[first - 1].text == ":") do
    first = first - 2
  end
  local parts = {}
  for k = first, i do
    parts[#parts + 1] = tokens[k].text
  end
  return table.concat(parts), first
end

--- Visits the calls of a file.
---@param cx engine.lint.Context
---@param visitors table<string, table[]>
---@param call fun(cx: engine.lint.Context, list: table[], node: table)
function M.walk(cx, visitors, call)
  if not visitors.lua and not visitors.lua_call then
    return
  end
  local tokens = lex.tokens(cx.text)
  local closing = partners(tokens)
  call(cx, visitors.lua, { kind = "lua", offset = 0, stop = #cx.text, text = cx.text })
  for i, token in ipairs(tokens) do
    local after = tokens[i + 1]
    local is_call = token.kind == "name" and after and (OPEN[after.text] or after.kind == "string")
    local before = tokens[i - 1]
    if is_call and not (before and before.text == "function") then
      local name, first = name_before(tokens, i)
      local last = OPEN[after.text] and closing[i + 1] or i + 1
      local declared = tokens[first - 1] and tokens[first - 1].text == "function"
      if not declared then
        call(cx, visitors.lua_call, {
          kind = "lua_call",
          name = name,
          offset = tokens[first].first - 1,
          stop = token.last,
          arguments = cx.text:sub(after.first, tokens[last].last),
          is_statement = is_statement(tokens, first, last),
        })
      end
    end
  end
end

return M
