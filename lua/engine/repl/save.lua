--- Makes a test of lines that were tried: `:save`.
---
--- A line that gave a plain value becomes an expectation of it, assignments become locals, rooms
--- are opened by `t`.  What failed is left out.  Pure.
---@class engine.repl.save
local lex = require("engine.script.lex")

local M = {}

local function is_plain(value)
  local kind = type(value)
  return kind == "string" or kind == "boolean" or math.type(value) == "integer"
end

--- Replaces tokens of a text.
local function replace(text, tokens, with)
  for i = #tokens, 1, -1 do
    local new = with(i, tokens[i])
    if new then
      text = text:sub(1, tokens[i].first - 1) .. new.text
        .. text:sub((new.last or tokens[i].last) + 1)
    end
  end
  return text
end

--- Writes the names of a session as a test has them: `clnrm.open` is `t:open`, `_` the value of the
--- line before.
local function translated(text, before)
  local tokens = lex.tokens(text)
  return replace(text, tokens, function(i, token)
    local sign, field = tokens[i + 1], tokens[i + 2]
    local is_field = tokens[i - 1] and tokens[i - 1].text:find("^[.:]$")
    local is_name = token.kind == "name" and not is_field
    if is_name and token.text == "clnrm" and sign and sign.text == "." and field
      and field.text == "open" then
      return { text = "t:open", last = field.last }
    elseif is_name and token.text == "_" and before then
      return { text = "_" .. before }
    end
  end)
end

--- Lists the names _N that a text speaks of.
local function results_in(text)
  local set = {}
  for _, token in ipairs(lex.tokens(text)) do
    local n = token.kind == "name" and token.text:match("^_(%d+)$")
    if n then
      set[tonumber(n)] = true
    end
  end
  return set
end

--- Puts `local` before the first assignment of a name.
local function declared(text, known)
  local name = text:match("^%s*([%a_][%w_]*)%s*=[^=]")
  if not name then
    local fn = text:match("^%s*function%s+([%a_][%w_]*)%s*%(")
    if fn and not known[fn] then
      known[fn] = true
      return "local " .. text
    end
    for declared_name in (text:match("^%s*local%s+([%w_, ]+)") or ""):gmatch("[%w_]+") do
      known[declared_name] = true
    end
    return text
  end
  if known[name] then
    return text
  end
  known[name] = true
  return "local " .. text
end

local function indented(text)
  return "  " .. text:gsub("%s+$", ""):gsub("\n", "\n  ")
end

--- Makes two of what is statements and an expression.
---@param list engine.repl.Outcome[]
---@return engine.repl.Outcome[]
local function split(list)
  local parts = {}
  for _, outcome in ipairs(list) do
    local first = outcome.first or 1
    local is_kept = not outcome.failure and not outcome.interrupted
    if outcome.is_expression and first > 1 and is_kept then
      parts[#parts + 1] = { n = outcome.n, text = outcome.text:sub(1, first - 1) }
      parts[#parts + 1] = { n = outcome.n, text = outcome.text:sub(first), is_expression = true,
        values = outcome.values }
    else
      parts[#parts + 1] = outcome
    end
  end
  return parts
end

---@class engine.repl.Saved
---@field text string
---@field expectations integer
---@field left_out integer lines that failed, or that do nothing

--- Writes the file of a test.
---@param list engine.repl.Outcome[] in order
---@param name string of the test
---@return engine.repl.Saved
---@nodiscard
function M.file(list, name)
  list = split(list)
  local body, known = {}, {}
  local saved = { expectations = 0, left_out = 0 }
  local before
  local texts, used = {}, {}
  for i, outcome in ipairs(list) do
    texts[i] = translated(outcome.text, before)
    local is_kept = not outcome.failure and not outcome.interrupted
    for n in pairs(is_kept and results_in(texts[i]) or {}) do
      used[n] = true
    end
    before = outcome.values and outcome.values.n > 0 and outcome.n or before
  end
  for i, outcome in ipairs(list) do
    local text = texts[i]:gsub("[%s;]+$", "")
    local value = outcome.values and outcome.values[1]
    local is_check = text:find(":equals") or text:find("^%s*assert%s*%(")
      or text:find("^%s*expect%s*%(") or text:find("^%s*clnrm%.expect%s*%(")
    if outcome.failure or outcome.interrupted then
      saved.left_out = saved.left_out + 1
    elseif not outcome.is_expression then
      body[#body + 1] = indented(declared(text, known))
    elseif used[outcome.n] then
      body[#body + 1] = indented(("local _%d = %s"):format(outcome.n, text))
    elseif is_check then
      body[#body + 1] = indented(text)
      saved.expectations = saved.expectations + 1
    elseif is_plain(value) and outcome.values.n == 1 then
      body[#body + 1] = indented(("expect(%s):equals(%s)"):format(text,
        type(value) == "string" and ("%q"):format(value):gsub("\\\n", "\\n") or tostring(value)))
      saved.expectations = saved.expectations + 1
    elseif text:find("[)}\"']$") and text:find("[%w_.:]+%s*[({\"']") then
      body[#body + 1] = indented(text)
    else
      saved.left_out = saved.left_out + 1
    end
  end
  saved.text = ('local clnrm = require("clnrm")\nlocal expect = clnrm.expect\n\n'
    .. "clnrm.test(%q, function(t)\n%s\nend)\n"):format(name, table.concat(body, "\n"))
  if not saved.text:find("expect(", 1, true) then
    saved.text = saved.text:gsub("local expect = clnrm.expect\n", "")
  end
  return saved
end

return M
