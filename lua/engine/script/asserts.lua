--- What a plain `assert` that holds says of a test: whether it is evidence, a guard, or a mistake.
---
--- Evidence is the answer of a question: true, false or nil, of more than literals, and what a
--- search (`find`, `match`) gives.  Any other value only was there: Lua's `assert(io.open(…))` is a
--- guard.  Of an object of the API whose value nobody takes that is a mistake: a result is there
--- also when its command failed.
local lex = require("engine.script.lex")

---@class engine.script.asserts
local M = {}

local WORDS = { ["true"] = true, ["false"] = true, ["nil"] = true, ["and"] = true, ["or"] = true,
  ["not"] = true }
local NO_SIGNS = { ["{"] = true, ["..."] = true, ["["] = true, ["."] = true, [":"] = true }
local OPENS = { ["("] = true, ["["] = true, ["{"] = true }
local CLOSES = { [")"] = true, ["]"] = true, ["}"] = true }
local SEARCHES = { find = true, match = true }

--- Signs and words behind which an expression goes on: a call that follows gives its value to it.
local TAKES = {}
for word in ([[= , ( [ { + - * / // % ^ # & ~ | << >> .. == ~= < <= > >= and or not return in if
  while until elseif]]):gmatch("%S+") do
  TAKES[word] = true
end
local GOES_ON = { ["."] = true, [":"] = true, ["["] = true, ["("] = true, ["{"] = true }

--- What to write instead, by the name of the object.
local INSTEAD = {
  ["clnrm.Result"] = { "a result", "also when its command failed",
    "compare what it holds, assert(r.exit_code == 0) or assert(r.ok), or give the command "
      .. "{ check = true }" },
  ["clnrm.Response"] = { "a response", "whatever its status is",
    "compare what it holds: assert(response.status == 200)" },
  ["clnrm.Process"] = { "a process", "also when it fails at once",
    "take it, local process <close> = assert(…), or ask how it ended: "
      .. "assert(process:wait().ok)" },
  ["clnrm.Room"] = { "a room", "whatever happens in it",
    "compare what is in it: assert(room:exists(path)), or take it: "
      .. "local room <close> = assert(…)" },
  ["clnrm.Service"] = { "a service", "whatever it answers",
    "ask it something, and compare what it says" },
  ["clnrm.Test"] = { "the test itself", "always", "compare something that it did" },
}

local made = setmetatable({}, { __mode = "k" }) ---@type table<table, string> plain tables

--- Says what a table is that has no metatable to tell it.
---@generic T: table
---@param value T
---@param name "clnrm.Result"|"clnrm.Response"
---@return T value
function M.mark(value, name)
  made[value] = name
  return value
end

--- Whether the argument in these tokens is made of literals alone.
local function is_constant(tokens, first, last)
  for i = first, last do
    local token = tokens[i]
    if token.kind == "sign" and NO_SIGNS[token.text] or token.kind == "name"
      or token.kind == "word" and not WORDS[token.text] then
      return false
    end
  end
  return true
end

--- Whether the last call of the argument in these tokens, and its last value, is a search.
local function is_search(tokens, first, last)
  if last > first and tokens[last].kind == "string" then
    return SEARCHES[tokens[last - 1].text] == true
  end
  local depth = 0
  for i = last, first, -1 do
    local token = tokens[i]
    if token.kind == "sign" and CLOSES[token.text] then
      depth = depth + 1
    elseif token.kind == "sign" and OPENS[token.text] then
      depth = depth - 1
      if depth == 0 then
        return tokens[last].text == ")" and i > first and SEARCHES[tokens[i - 1].text] == true
      end
    elseif depth == 0 then
      return false
    end
  end
  return false
end

--- Reads the call of `assert` at token `at`, whose `(` is the next one.
---@return { constant: boolean, search: boolean, statement: boolean }
local function read(tokens, at)
  local depth, last, close = 0, nil, #tokens
  for i = at + 2, #tokens do
    local token = tokens[i]
    local sign = (token.kind == "sign" or token.kind == "word") and token.text
    if depth == 0 and (sign == ")" or sign == ",") then
      last = last or i - 1
      if sign == ")" then
        close = i
        break
      end
    elseif OPENS[sign] or sign == "function" or sign == "do" or sign == "if"
      or sign == "repeat" then
      depth = depth + 1
    elseif CLOSES[sign] or sign == "end" or sign == "until" then
      depth = depth - 1
    end
  end
  local before, behind = tokens[at - 1], tokens[close + 1]
  local goes_on = behind and behind.kind == "sign" and GOES_ON[behind.text]
    or behind and behind.kind == "string"
  local is_taken = before and (before.kind == "sign" or before.kind == "word")
    and TAKES[before.text]
  last = last or #tokens
  return {
    constant = last > at + 1 and is_constant(tokens, at + 2, last),
    search = last > at + 1 and is_search(tokens, at + 2, last),
    statement = not goes_on and not is_taken,
  }
end

--- By the text of a file, as long as nothing else wants the memory: texts change in a loop.
local known = setmetatable({}, { __mode = "v" }) ---@type table<string, table<integer, table>>

--- Reads the calls of `assert` in a text.  Of several on one line it is not known which one was
--- evaluated: what is said of a line is so for all of them.
local function lines_of(text)
  local lines, tokens = {}, lex.tokens(text)
  for i, token in ipairs(tokens) do
    local open = tokens[i + 1]
    if token.kind == "name" and token.text == "assert" and open and open.text == "(" then
      local call, line = read(tokens, i), lines[token.line]
      for name, is_so in pairs(line or {}) do
        call[name] = call[name] and is_so
      end
      lines[token.line] = call
    end
  end
  return lines
end

local function at_line(text, line)
  if not text then
    return {}
  end
  local lines = known[text] or lines_of(text)
  known[text] = lines
  return lines[line] or {}
end

--- Whether an assert that holds says something of what the test looked at.
---@param text? string of the file
---@param line integer
---@param value any that was asserted
---@return boolean
---@nodiscard
function M.is_evidence(text, line, value)
  local call = at_line(text, line)
  return not call.constant and (type(value) == "boolean" or call.search == true)
end

--- Says what is wrong with an assert of an object of the API that stands alone, and what to write.
---@param text? string of the file
---@param line integer
---@param value any that was asserted
---@return string? message
---@nodiscard
function M.mistake(text, line, value)
  local kind = type(value)
  if kind ~= "table" then
    return nil
  end
  local meta = debug.getmetatable(value)
  local name = made[value] or type(meta) == "table" and rawget(meta, "__name")
  local words = INSTEAD[name]
  if not words or not at_line(text, line).statement then
    return nil
  end
  return ("assert of %s says nothing: it is there %s; %s"):format(words[1], words[2], words[3])
end

return M
