--- Parses a template: Tera's tags and the texts between them, to a tree.
local expression = require("engine.template.expression")
local lexer = require("engine.template.lexer")
local plain = require("engine.template.plain")
local tags = require("engine.template.tags")
local trim = require("engine.template.trim")

local M = {}

local byte, find, sub = string.byte, string.find, string.sub
local skip, raise, want = lexer.skip, expression.raise, expression.want
local fail, close, need, word_of = tags.fail, tags.close, tags.need, tags.word_of
local must_close, blank_after = tags.must_close, tags.blank_after

local DEPTH_MAX = 64 -- of blocks within blocks
local TAGS_MAX = 40000 -- of one template

---@class engine.template.Node
---@field t string text, out, comment, set, include, raw, if, for, block, macro, filter, super,
---   break, continue, import, extends
---@field at integer offset of its `{`, or of the text
---@field e? engine.template.Expr shared by the tags with the same text
---@field shift? integer what is to be added to the places in `e`; nil: nothing

-- What may stand in each kind of body.
local COMMON = { include = true, set = true, set_global = true, ["if"] = true, ["for"] = true,
  filter = true, raw = true }
local ALLOWED = {}
for kind, more in pairs({
  content = { "block" },
  block = { "block", "super" },
  ["for"] = { "break", "continue" },
  macro = {},
  filter = { "block" },
}) do
  ALLOWED[kind] = setmetatable({}, { __index = COMMON })
  for _, name in ipairs(more) do
    ALLOWED[kind][name] = true
  end
end

local body

local function comment(r, first)
  local s = r.s
  local left, at = lexer.begin(s, first)
  local last = find(s, "#}", at, true)
  if not last then
    raise(first, "this comment is not closed by `#}`")
  end
  local right = last > at and sub(s, last - 1, last - 1) == "-"
  local stop = right and last - 1 or last
  if stop == at then
    raise(at, "a comment must not be empty")
  end
  return { t = "comment", l = left, r = right, at = first }, last + 2
end

local function read_output(r, first, kind)
  local s = r.s
  local simple, after_simple = plain.output(s, first)
  if simple then
    return simple, after_simple
  end
  local left, at = lexer.begin(s, first)
  at = skip(s, at)
  if ALLOWED[kind].super and find(s, "^super%(%)", at) then
    local right, after = close(r, at + 7, "}")
    if after then
      return { t = "super", l = left, r = right, at = first }, after
    end
  end
  local e, stop = expression.any(r, at)
  local right, after
  if e then
    right, after = close(r, stop, "}")
  end
  if not after and not find(s, "}}", first, true) then
    raise(first, "this tag is not closed by `}}`")
  end
  need(r, e and after, at, "an expression")
  return { t = "out", e = e, l = left, r = right, at = first }, after
end

--- Reads `{{ … }}`.  What stood in the template before is not read again: the two share their
--- expression, with the places of the first one.
local function output(r, first, kind)
  local s = r.s
  local last = find(s, "}}", first + 2, true)
  local text = last and sub(s, first, last + 1)
  local known = r.outputs[text]
  if known then
    return { t = "out", e = known.e, l = known.l, r = known.r, at = first,
      shift = first - known.at }, last + 2
  end
  local node, after = read_output(r, first, kind)
  local is_anywhere = not find(text or "", "super(", 1, true) -- what it is hangs on the body
  if node.t == "out" and last and after == last + 2 and is_anywhere then
    r.outputs[text] = node
  end
  return node, after
end

--- Reads `{% … %}`; nil when the body cannot have it, and its head.
local function tag(r, first, kind)
  local head = tags.head_of(r, first)
  local word = head.word
  local read = tags.of[word or ""]
  if not read or not ALLOWED[kind][word] then
    if not (word == "macro" and r.is_top) then
      return nil, head
    end
  end
  r.nested = r.nested + 1
  if r.nested > DEPTH_MAX then
    raise(first, ("blocks are nested more than %d levels deep"):format(DEPTH_MAX))
  end
  local was_top = r.is_top
  r.is_top = false
  -- Named though nil: a table that grows is made anew.
  local node = { t = word, word = word, l = head.left, at = first, head = head, r = nil, body = nil,
    el = nil }
  local read_node, after = read(r, node, head.stop + first - head.at, kind)
  r.is_top, r.nested = was_top, r.nested - 1
  return read_node, after
end

local READ = { [byte("{")] = output, [byte("%")] = tag, [byte("#")] = comment }

--- Finds the next `{{`, `{%` or `{#`.
local function opening(s, at)
  repeat
    local first = find(s, "{", at, true)
    local read = first and READ[byte(s, first + 1)]
    if read then
      return first, read
    end
    at = first and first + 1
  until not at
end

--- Reads a body, up to the end of the text or a tag that the body cannot have: its place, and head.
function body(r, at, kind)
  local s, nodes, n = r.s, {}, 0
  while true do
    local first, read = opening(s, at)
    if (first or #s + 1) > at then
      n = n + 1
      nodes[n] = { t = "text", v = sub(s, at, (first or #s + 1) - 1), at = at }
    end
    if not first then
      return nodes, #s + 1
    end
    local node, stop = read(r, first, kind)
    if not node then
      return nodes, first, stop
    end
    r.tags = r.tags + 1
    if r.tags > TAGS_MAX then
      raise(first, ("the template has more than %d tags"):format(TAGS_MAX))
    end
    n = n + 1
    nodes[n], at = node, stop
  end
end

tags.of.body = body

--- Reads `{% extends "x" %}` or `{% import "x" as y %}` with the blanks around it.
local function top_tag(r, at)
  local s = r.s
  local first = skip(s, at)
  if not find(s, "^{%%", first) then
    return nil
  end
  local word, stop, left = word_of(s, first)
  if word ~= "extends" and word ~= "import" then
    return nil
  end
  local node = { t = word, l = left, at = first }
  local place = blank_after(r, stop, "the name of a template in quotes")
  local name, after = lexer.text(s, place)
  need(r, name, place, "the name of a template in quotes")
  node.name, node.name_at = name, place
  if word == "import" then
    local as = blank_after(r, after, "`as`")
    if sub(s, as, as + 1) ~= "as" then
      want(r, as, "`as`")
      fail(r)
    end
    local alias = blank_after(r, as + 2, "a name for the macros")
    node.alias, after = lexer.name(s, alias)
    need(r, node.alias, alias, "a name for the macros")
  end
  node.r, after = must_close(r, after)
  return node, skip(s, after)
end

local function top(r, nodes)
  local at, s = 1, r.s
  while find(s, "^{#", at) do
    local _
    _, at = comment(r, at)
  end
  local extends
  while true do
    local node, stop = top_tag(r, at)
    if not node or node.t == "extends" and extends then
      return at
    end
    -- Tera: `extends` stands first or last.
    if extends and nodes[1].t ~= "extends" then
      return at
    end
    extends = extends or node.t == "extends"
    nodes[#nodes + 1], at = node, stop
  end
end

local function stray(r, at)
  local word = word_of(r.s, at)
  local known = word and (tags.of[word] or word == "import" or word == "extends")
  if word == "import" or word == "extends" then
    raise(at, ("`{%% %s %%}` must stand before everything else"):format(word))
  elseif word and (known or find(word, "^end") or word == "else" or word == "elif") then
    raise(at, ("`{%% %s %%}` cannot stand here"):format(word))
  end
  raise(at, word and ("`%s` is no tag"):format(word) or "this is no tag")
end

local function parse(s)
  local r = expression.reader(s)
  r.nested, r.tags, r.heads, r.outputs = 0, 0, {}, {}
  local nodes = {}
  local at = top(r, nodes)
  r.is_top = true
  local rest, stop = body(r, at, "content")
  if stop <= #s then
    stray(r, stop)
  end
  table.move(rest, 1, #rest, #nodes + 1, nodes)
  return trim.is_needed(s) and trim.nodes(nodes) or nodes
end

--- Parses a template.
---@param s string
---@return engine.template.Node[]? nodes
---@return { message: string, at: integer, help?: string }? problem at: offset from 1
function M.parse(s)
  local ok, result = pcall(parse, s)
  if ok then
    return result
  elseif type(result) == "table" and result.syntax then
    return nil, { message = result.syntax, at = result.at, help = result.help }
  end
  error(result, 0)
end

return M
