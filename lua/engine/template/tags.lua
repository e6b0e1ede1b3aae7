--- Reads the tags of Tera's language: what stands between `{%` and `%}`, and the bodies behind.
---
--- `M.of[word]` reads one tag: (reader, node, offset behind the word, kind of body around it) →
--- node, offset behind the whole.  engine.template.parser gives them `of.body`, which reads a body.
local expression = require("engine.template.expression")
local lexer = require("engine.template.lexer")
local unclosed = require("engine.template.unclosed")

local M = {}

local find, match, sub = string.find, string.match, string.sub
local skip, raise, want = lexer.skip, expression.raise, expression.want

local tags = {}

local CLOSE_TAG, CLOSE_OUTPUT = "^[ \t\r\n]*(%-?)%%}()", "^[ \t\r\n]*(%-?)}}()"

--- Raises what was farthest.
---@param r table reader
local function fail(r)
  local at = math.min(r.far, #r.s + 1)
  local begin, stop = unclosed.text(r.s, at)
  if begin then
    local _, before = sub(r.s, 1, stop or 0):gsub("\n", "")
    raise(begin, "the text that begins here is not closed" .. (stop
      and (": the next %s is on line %d"):format(sub(r.s, begin, begin), before + 1) or ""))
  end
  local wanted = r.want or "something else"
  local found = at > #r.s and "the end of the template"
    or "`" .. (match(r.s, "^[%w_]+", at) or match(r.s, "^[%%}{#-][%%}{#-]?", at)
      or match(r.s, "^" .. utf8.charpattern, at) or sub(r.s, at, at)) .. "`"
  raise(at, ("expected %s, found %s"):format(wanted, found))
end

--- Reads the end of a tag, which must be there.
local function close(r, at, kind)
  local minus, last = match(r.s, kind == "}" and CLOSE_OUTPUT or CLOSE_TAG, at)
  if minus then
    return minus == "-", last
  end
  local place = skip(r.s, at)
  local trims, stop = lexer.closing(r.s, place, kind or "%")
  if not stop then
    want(r, place, kind == "}" and "`}}`" or "`%}`")
    return nil
  end
  return trims, stop
end

local function must_close(r, at)
  local trims, stop = close(r, at)
  if not stop then
    fail(r)
  end
  return trims, stop
end

--- The word of a tag and where it begins; `endblock` and `endmacro` may run into their name.
local function word_of(s, first)
  local minus, at, word, stop = match(s, "^..(%-?)[ \t\r\n]*()([%a_]*)()", first)
  if not minus then
    return nil, first + 2, false
  end
  if #word > 8 and (find(word, "^endblock") or find(word, "^endmacro")) then
    word, stop = sub(word, 1, 8), at + 8
  end
  return word ~= "" and word or nil, stop, minus == "-", at
end

---@class engine.template.Head the begin of a tag: what its text tells, wherever it stands
---@field word? string
---@field left boolean  a minus at its begin
---@field at integer    where it first stood; the other places are of there
---@field stop integer  behind the word
---@field size integer  of the text
---@field e? engine.template.Expr of a condition that ends with the text
---@field right? boolean a minus at its end, where that is known

--- Gives the head of a tag; tags with the same text share it.
---@param r table reader
---@param first integer of its `{`
---@param text string
---@return engine.template.Head
local function head_of(r, first, text)
  local head = r.heads[text]
  if not head then
    local word, stop, left = word_of(r.s, first)
    head = { word = word, left = left, at = first, stop = stop, size = #text }
    r.heads[text] = head
  end
  return head
end

--- Reads the end of a tag that has nothing behind its word.
local function closed(r, head, first)
  if head.right ~= nil then
    return head.right, first + head.size
  end
  local right, after = must_close(r, head.stop + first - head.at)
  if after == first + head.size then
    head.right = right
  end
  return right, after
end

--- Reads a keyword's closing tag: `{% endif %}`.
local function ending(r, head, first)
  if head.word == "endblock" or head.word == "endmacro" then
    local stop = head.stop + first - head.at
    local at = skip(r.s, stop)
    stop = select(2, lexer.name(r.s, at)) or stop
    return head.left, must_close(r, stop)
  end
  return head.left, closed(r, head, first)
end

local function blank_after(r, at, what)
  if not find(r.s, "^[ \t\r\n]", at) then
    want(r, at, what)
    fail(r)
  end
  return skip(r.s, at)
end

local function need(r, node, at, what)
  if not node then
    want(r, at, what)
    fail(r)
  end
end

--- Reads the closing tag of a body, which must be there.
---@param head? engine.template.Head of the tag at that place
local function must_end(r, at, word, node, head)
  local left, right, stop
  if head and head.word == word then
    left, right, stop = ending(r, head, at)
  end
  if not stop then
    local line = select(2, sub(r.s, 1, node.at):gsub("\n", "")) + 1
    local inside = r.far > at and find(r.s, "^{", at) and fail(r)
    local found = inside or match(r.s, "^{%%%-?%s*([%a_]+)", at)
    if found then
      raise(at, ("`{%% %s %%}` cannot stand here: `{%% %s %%}` of line %d is open"):format(
        found, node.word, line), ("close it by `{%% %s %%}`"):format(word))
    end
    raise(math.min(at, #r.s + 1), ("`{%% %s %%}` of line %d is not closed by `{%% %s %%}`"):format(
      node.word, line, word))
  end
  node.el, node.er = left, right
  return node, stop
end

--- Reads the condition of a tag and its end.
---@return engine.template.Expr e
---@return boolean right
---@return integer after
---@return integer? shift of the places in `e`
local function condition(r, head, first)
  local shift = first - head.at
  if head.e then
    return head.e, head.right, first + head.size, shift
  end
  local at = blank_after(r, head.stop + shift, "a condition")
  local e, stop = expression.logic(r, at)
  need(r, e, at, "a condition")
  local right, after = must_close(r, stop)
  if shift == 0 and after == first + head.size then
    head.e, head.right = e, right
  end
  return e, right, after, nil
end

tags["if"] = function(r, node, _, kind)
  local conds, head, at = {}, node.head, node.at
  repeat
    local left, e, right, shift, body = head.left
    local is_else = head.word == "else"
    if is_else then
      right, at = closed(r, head, at)
    else
      e, right, at, shift = condition(r, head, at)
    end
    body, at, head = tags.body(r, at, kind)
    local part = { l = left, r = right, e = e, shift = shift, body = body }
    if is_else then
      node.otherwise = part
    else
      conds[#conds + 1] = part
    end
  until is_else or not head or head.word ~= "elif" and head.word ~= "else"
  node.conds = conds
  return must_end(r, at, "endif", node, head)
end

tags["for"] = function(r, node, at)
  local s = r.s
  local first = blank_after(r, at, "the name of the loop's value")
  local name, stop = lexer.name(s, first)
  need(r, name, first, "the name of the loop's value")
  if sub(s, stop, stop) == "," then
    local second = skip(s, stop + 1)
    node.key = name
    name, stop = lexer.name(s, second)
    need(r, name, second, "the name of the loop's value")
  end
  node.value = name
  at = blank_after(r, stop, "`in`")
  if sub(s, at, at + 1) ~= "in" then
    want(r, at, "`in`")
    fail(r)
  end
  at = blank_after(r, at + 2, "what to walk")
  node.e, stop = expression.iterable(r, at)
  need(r, node.e, at, "what to walk")
  node.r, at = must_close(r, stop)
  local head, _
  node.body, at, head = tags.body(r, at, "for")
  while head and head.word == "else" do
    _, at = closed(r, head, at)
    node.empty, at, head = tags.body(r, at, "for")
  end
  return must_end(r, at, "endfor", node, head)
end

tags.block = function(r, node, at)
  local first = blank_after(r, at, "the name of the block")
  local name, stop = lexer.name(r.s, first)
  need(r, name, first, "the name of the block")
  node.name, node.name_at = name, first
  node.r, at = must_close(r, stop)
  local head
  node.body, at, head = tags.body(r, at, "block")
  return must_end(r, at, "endblock", node, head)
end

tags.filter = function(r, node, at)
  local first = blank_after(r, at, "the name of a filter")
  local filter, stop = expression.filter(r, first)
  need(r, filter, first, "the name of a filter")
  node.filter = filter
  node.r, at = must_close(r, stop)
  local head
  node.body, at, head = tags.body(r, at, "filter")
  return must_end(r, at, "endfilter", node, head)
end

tags.set = function(r, node, at)
  local s = r.s
  local first = blank_after(r, at, "the name of a variable")
  local name, stop = lexer.name(s, first)
  need(r, name, first, "the name of a variable")
  local eq = skip(s, stop)
  if sub(s, eq, eq) ~= "=" then
    want(r, eq, "`=`")
    fail(r)
  end
  at = skip(s, eq + 1)
  node.name = name
  node.e, stop = expression.any(r, at)
  need(r, node.e, at, "a value")
  node.r, at = must_close(r, stop)
  return node, at
end

tags.set_global = function(r, node, at)
  node.t, node.global = "set", true
  return tags.set(r, node, at)
end

local function names_of(r, at)
  local s, list = r.s, {}
  local place = skip(s, at + 1)
  while true do
    local name, stop = lexer.text(s, place)
    if not name then
      break
    end
    list[#list + 1], place = name, skip(s, stop)
    if sub(s, place, place) ~= "," then
      break
    end
    place = skip(s, place + 1)
  end
  if sub(s, place, place) ~= "]" then
    want(r, place, "the name of a template in quotes, `,` or `]`")
    fail(r)
  end
  return list, place + 1
end

tags.include = function(r, node, at)
  local s = r.s
  local first = blank_after(r, at, "the name of a template in quotes")
  if sub(s, first, first) == "[" then
    node.files, at = names_of(r, first)
  else
    local name, stop = lexer.text(s, first)
    need(r, name, first, "the name of a template in quotes")
    node.files, at = { name }, stop
  end
  node.name_at = first
  local after = match(s, "^ignore[ \t\r\n]*missing()", skip(s, at))
  node.ignore = after ~= nil
  node.r, at = must_close(r, after or at)
  return node, at
end

tags["break"] = function(r, node, at)
  node.r, at = must_close(r, at)
  return node, at
end
tags["continue"] = tags["break"]

tags.raw = function(r, node, at)
  local s = r.s
  node.r, at = must_close(r, at)
  local first, trims_left, trims_right, stop =
    match(s, "(){%%(%-?)[ \t\r\n]*endraw[ \t\r\n]*(%-?)%%}()", at)
  if not first then
    must_end(r, #s + 1, "endraw", node)
  end
  node.v, node.v_at = sub(s, at, first - 1), at
  node.el, node.er = trims_left == "-", trims_right == "-"
  return node, stop
end

--- Reads a literal: the default of a macro's argument.
local function literal_of(r, at)
  local s = r.s
  local word, after = match(s, "^([tTfF][%a][%a][%a]?[e]?)()", at)
  for _, name in ipairs({ "true", "True", "false", "False" }) do
    if word and sub(s, at, at + #name - 1) == name then
      return { k = "bool", v = name:lower() == "true", at = at }, at + #name
    end
  end
  local text
  text, after = lexer.text(s, at)
  if text then
    return { k = "str", v = text, at = at }, after
  end
  local number
  number, after = lexer.number(s, at)
  need(r, number, at, "true, false, a text or a number")
  if number.v == false then
    raise(at, "the number is out of bounds")
  end
  return number, after
end

--- Reads a macro's head: `name(arg, arg=literal)`.
local function macro_head(r, node, at)
  local s = r.s
  local name, stop = lexer.name(s, at)
  need(r, name, at, "the name of the macro")
  local open = skip(s, stop)
  if sub(s, open, open) ~= "(" then
    want(r, open, "`(`")
    fail(r)
  end
  node.name, node.name_at, node.params = name, at, {}
  at = skip(s, open + 1)
  while sub(s, at, at) ~= ")" do
    local param, after = lexer.name(s, at)
    need(r, param, at, "the name of an argument")
    local literal
    if sub(s, after, after) == "=" then
      literal, after = literal_of(r, after + 1)
    end
    for i = #node.params, 1, -1 do
      if node.params[i].name == param then
        table.remove(node.params, i)
      end
    end
    node.params[#node.params + 1] = { name = param, default = literal }
    at = skip(s, after)
    if sub(s, at, at) == "," then
      at = skip(s, at + 1)
      need(r, lexer.name(s, at), at, "the name of an argument")
    elseif sub(s, at, at) ~= ")" then
      want(r, at, "`,` or `)`")
      fail(r)
    end
  end
  return at + 1
end

tags.macro = function(r, node, at)
  at = macro_head(r, node, blank_after(r, at, "the name of the macro"))
  node.r, at = must_close(r, at)
  local head
  node.body, at, head = tags.body(r, at, "macro")
  return must_end(r, at, "endmacro", node, head)
end

M.of, M.fail, M.close, M.need, M.word_of = tags, fail, close, need, word_of
M.must_close, M.blank_after, M.head_of = must_close, blank_after, head_of

return M
