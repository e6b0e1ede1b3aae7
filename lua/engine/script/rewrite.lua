--- Makes a failed `assert(A == B)` able to tell what both sides were.
---
--- Only `assert(A op B, ...)` with a comparison at the top of its first argument is touched, and
--- only by calls around the two sides that give back what they are given:
---
---     assert(a == b, text)     ->     assert(L(0,(a))==R(1,(b)), text)
---
--- So the comparison, its metamethods, the call of `assert` (whatever that name is bound to), the
--- order of evaluation, the number of values and every line stay as they were.  The `))` of the
--- left side stands directly before the operator and that of the right side directly behind it,
--- because the compiler gives instructions the line of the last token it has read.
---
--- Left alone are asserts where that would not hold, or where a failure could be told of the wrong
--- comparison (see `choose`).  Pure; core.operands is the other half.
---@class engine.script.rewrite
local lex = require("engine.script.lex")

local M = {}

---@class engine.script.Site: core.operands.Site
---@field op string
---@field source_a string
---@field source_b string
---@field first integer byte of the comparison, from 1
---@field last integer

local DEPTH_MAX = 7
local COMPARISONS = {
  ["=="] = true, ["~="] = true, ["<"] = true, ["<="] = true, [">"] = true, [">="] = true,
}
local OPENS = {
  ["("] = true, ["["] = true, ["{"] = true,
  ["function"] = true, ["do"] = true, ["if"] = true, ["repeat"] = true,
}
local CLOSES = { [")"] = true, ["]"] = true, ["}"] = true, ["end"] = true, ["until"] = true }
local NOT_A_CALL = { ["."] = true, [":"] = true, ["function"] = true, ["goto"] = true }

local function is_syntax(token)
  return token.kind == "sign" or token.kind == "word"
end

--- Notes for each token the function that it stands in, and where names are assigned to.
---@return integer[] home token → number of its function; 0: the main chunk
---@return { first: integer, last: integer }[] functions their tokens
---@return table<string, integer[]> assigned name → tokens
local function survey(tokens)
  local home, functions, assigned = {}, { [0] = { first = 1, last = #tokens } }, {}
  local stack, current = {}, 0
  for i, token in ipairs(tokens) do
    local what = is_syntax(token) and token.text
    if OPENS[what] then
      stack[#stack + 1] = { what = what, outer = current }
      if what == "function" then
        current = #functions + 1
        functions[current] = { first = i, last = #tokens }
      end
    elseif CLOSES[what] then
      local open = table.remove(stack) or {}
      if open.what == "function" then
        functions[current].last = i
        current = open.outer
      end
    elseif token.kind == "name" then
      local top, before = stack[#stack], tokens[i - 1] and tokens[i - 1].text
      local is_inside = top and (top.what == "(" or top.what == "[" or top.what == "{")
      local next_text = tokens[i + 1] and tokens[i + 1].text
      local is_target = not is_inside and (next_text == "=" or next_text == ",")
      if (is_target and before ~= "." and before ~= ":") or before == "function" then
        assigned[token.text] = assigned[token.text] or {}
        table.insert(assigned[token.text], i)
      end
    end
    home[i] = current
  end
  return home, functions, assigned
end

--- Reads the arguments of the call whose `(` is token `open`.
---@return table? call { op, comma?, close } as token numbers; nil: not a plain comparison
local function read_call(tokens, open)
  local depth, call = 0, {}
  for i = open + 1, #tokens do
    local what = is_syntax(tokens[i]) and tokens[i].text
    if OPENS[what] then
      depth = depth + 1
    elseif CLOSES[what] then
      if depth == 0 then
        call.close = i
        return call.op and call
      end
      depth = depth - 1
    elseif depth == 0 and not call.comma then
      if what == "," then
        call.comma = i
      elseif what == "and" or what == "or" then
        return nil
      elseif COMPARISONS[what] then
        call.op = i -- of several the last: they group to the left
      end
    end
  end
end

--- Strips the parentheses around a whole side: the numbers of its first and last token.
local function inner(tokens, first, last)
  while first < last and tokens[first].text == "(" and tokens[last].text == ")" do
    first, last = first + 1, last - 1
  end
  return first, last
end

--- A side that is the name of a local variable is read when the comparison is made, after the other
--- side.  Whether that side may have assigned to it meanwhile: a function inside this one does.
local function may_change(cx, call)
  local first, last = inner(cx.tokens, call.at + 2, call.op - 1)
  local name = cx.tokens[first]
  if first ~= last or name.kind ~= "name" then
    return false
  end
  local b_first, b_last = inner(cx.tokens, call.op + 1, (call.comma or call.close) - 1)
  local b = cx.tokens[b_first]
  if b_first == b_last and b.kind ~= "name" and b.text ~= "..." then
    return false -- a literal
  end
  local own = cx.home[call.at]
  local range = cx.functions[own]
  for _, i in ipairs(cx.assigned[name.text] or {}) do
    if i >= range.first and i <= range.last and cx.home[i] ~= own then
      return true
    end
  end
  return false
end

--- Whether the arguments may call `assert` by another way than its name.
local function names_environment(tokens, call)
  for i = call.at + 2, call.close do
    if tokens[i].kind == "name" and tokens[i].text == "_ENV" then
      return true
    end
  end
  return false
end

--- Lists the calls that are rewritten.  All of a line, or none: `assert` tells one comparison from
--- another by the line it is called on.
local function choose(cx)
  local calls, on_line, chosen_on = {}, {}, {}
  for i, token in ipairs(cx.tokens) do
    if token.kind == "name" and token.text == "assert" then
      on_line[token.line] = (on_line[token.line] or 0) + 1
      local before, open = cx.tokens[i - 1], cx.tokens[i + 1]
      local is_call = open and open.text == "(" and not (before and NOT_A_CALL[before.text])
      local call = is_call and read_call(cx.tokens, i + 1)
      if call then
        call.at = i
        if not names_environment(cx.tokens, call) and not may_change(cx, call) then
          calls[#calls + 1] = call
          chosen_on[token.line] = (chosen_on[token.line] or 0) + 1
        end
      end
    end
  end
  local chosen = {}
  for _, call in ipairs(calls) do
    local line = cx.tokens[call.at].line
    if on_line[line] == chosen_on[line] then
      chosen[#chosen + 1] = call
    end
  end
  return chosen
end

--- Gives each call its depth: in how many others it stands.
local function set_depths(calls)
  local around, kept = {}, {}
  for _, call in ipairs(calls) do
    while #around > 0 and around[#around].close < call.at do
      around[#around] = nil
    end
    call.depth = #around
    if call.depth > DEPTH_MAX then
      return nil
    end
    around[#around + 1] = call
    kept[#kept + 1] = call
  end
  return kept
end

--- The text of a side on one line, comments left out.
local function source_of(cx, first, last)
  local a, b = cx.tokens[first], cx.tokens[last]
  local slice = cx.text:sub(a.first, b.last)
  if not slice:find("[\n\r]") and not slice:find("--", 1, true) then
    return slice
  end
  local parts = {}
  for i = first, last do
    parts[#parts + 1] = cx.tokens[i].text:gsub("%s+", " ")
  end
  return table.concat(parts, " ")
end

local function make_site(cx, call, source)
  local last = (call.comma or call.close) - 1
  return {
    depth = call.depth,
    line = cx.tokens[call.at].line,
    source = source,
    op = cx.tokens[call.op].text,
    source_a = source_of(cx, call.at + 2, call.op - 1),
    source_b = source_of(cx, call.op + 1, last),
    first = cx.tokens[call.at + 2].first,
    last = cx.tokens[last].last,
  }
end

--- A name that the text does not have.
local function free_name(text, name)
  while text:find(name, 1, true) do
    name = name .. "_"
  end
  return name
end

local function insert(text, edits)
  table.sort(edits, function(a, b)
    return a.at < b.at
  end)
  local parts, at = {}, 1
  for _, edit in ipairs(edits) do
    parts[#parts + 1] = text:sub(at, edit.at - 1)
    parts[#parts + 1] = edit.text
    at = edit.at
  end
  parts[#parts + 1] = text:sub(at)
  return table.concat(parts)
end

--- Rewrites a text that compiles.  The new text is that of a chunk which, called with the two
--- functions of core.operands.sides, returns the function that the old text is.
---@param text string without a first line that starts with #
---@param source string what the sites' `source` is: "@" and the name of the chunk
---@return string? rewritten nil: there is nothing to rewrite
---@return engine.script.Site[]? sites
---@nodiscard
function M.rewrite(text, source)
  if not text:find("assert", 1, true) then
    return nil
  end
  local cx = { text = text, tokens = lex.tokens(text) }
  cx.home, cx.functions, cx.assigned = survey(cx.tokens)
  local calls = set_depths(choose(cx))
  if not calls or #calls == 0 then
    return nil
  end
  local left, right = free_name(text, "__left"), free_name(text, "__right")
  local sites, edits = {}, {}
  for n, call in ipairs(calls) do
    local last = cx.tokens[(call.comma or call.close) - 1]
    sites[n] = make_site(cx, call, source)
    local function edit(at, s)
      edits[#edits + 1] = { at = at, text = s }
    end
    edit(cx.tokens[call.at + 2].first, ("%s(%d,("):format(left, call.depth))
    edit(cx.tokens[call.op].first, "))")
    edit(cx.tokens[call.op + 1].first, ("%s(%d,("):format(right, n))
    edit(last.last + 1, "))")
  end
  local head = ("local %s,%s=... return function(...)"):format(left, right)
  return head .. insert(text, edits) .. "\nend", sites
end

return M
