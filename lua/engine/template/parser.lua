--- Parses a template: Tera's tags and the texts between them, to a tree.
local core_tags = require("core.tags")
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
---   break, continue, import, extends, run
---@field at integer offset of its `{`, or of the text
---@field e? engine.template.Expr shared by the tags with the same text
---@field shift? integer what is to be added to the places in `e`; nil: nothing

--- Tags that stand there several times in a row, with other texts between them: read once.
---@class engine.template.Run: engine.template.Node
---@field body engine.template.Node[] the first time
---@field first integer number of its first tag in the lists
---@field period integer tags of one time
---@field count integer  times
---@field places integer[]
---@field texts string[] behind each tag

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

-- What means the same each time, whatever stood before it.
local REPEATABLE = { ["if"] = true, ["for"] = true, ["break"] = true, ["continue"] = true,
  include = true, filter = true }

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
local function output(r, first, kind, text)
  local known = r.outputs[text]
  if known then
    return { t = "out", e = known.e, l = known.l, r = known.r, at = first,
      shift = first - known.at }, first + #text
  end
  local node, after = read_output(r, first, kind)
  if node.t == "super" then
    r.fixed = r.i
  elseif after == first + #text and not find(text, "super(", 1, true) then
    r.outputs[text] = node -- `super()` is what its body makes of it
  end
  return node, after
end

--- Reads `{% … %}`; nil when the body cannot have it, and its head.
local function tag(r, first, kind, text)
  local head = tags.head_of(r, first, text)
  local word = head.word
  local read = tags.of[word or ""]
  if not read or not ALLOWED[kind][word] then
    if not (word == "macro" and r.is_top) then
      return nil, head
    end
  end
  if not REPEATABLE[word] then
    r.fixed = r.i
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

--- Cuts what is left of the text into tags.
local function cut(r, at)
  r.i, r.fixed = 0, 0
  r.places, r.cuts, r.texts, r.periods, r.counts = core_tags.cut(r.s, at)
end

--- Notes what is known where the first tag of a run is read; nil when it begins none.
local function begin_run(r, i, n)
  local period = r.periods[i]
  if period > 0 and not r.is_in_run then
    r.is_in_run = true
    return { first = i, period = period, count = r.counts[i], n = n, tags = r.tags,
      places = r.places }
  end
end

--- Makes one node of those that the first time of a run has given, and passes over the others.
--- They stay as they are when it is no row of whole tags, or hangs on what stood before it.
---@return integer n nodes that there are now
---@return integer i the next tag
local function end_run(r, run, i, nodes, n)
  local first, period, count = run.first, run.period, run.count
  local tags_after = r.tags + (r.tags - run.tags) * (count - 1)
  r.is_in_run = false
  if i ~= first + period or r.fixed >= first or run.places ~= r.places or tags_after > TAGS_MAX then
    return n, i
  end
  local list = table.move(nodes, run.n + 1, n, 1, {})
  for k = n, run.n + 2, -1 do
    nodes[k] = nil
  end
  nodes[run.n + 1] = { t = "run", at = run.places[first], body = list, first = first,
    period = period, count = count, places = run.places, texts = r.texts }
  r.tags, r.i = tags_after, first + period * count - 1
  return run.n + 1, r.i + 1
end

--- Adds the text behind the tag that was read last, and finds the next tag.
---@return integer n
---@return integer i
local function between(r, at, nodes, n)
  local i = r.i
  if at ~= r.places[i] + #r.cuts[i] then -- whoever read it does not end it where it was cut
    cut(r, at)
    i = 0
  end
  local text = r.texts[i]
  if text ~= "" then
    n = n + 1
    nodes[n] = { t = "text", v = text, at = at }
  end
  return n, i + 1
end

--- Reads a body, up to the end of the text or a tag that the body cannot have: its place, and head.
function body(r, at, kind)
  local nodes, n, run = {}, 0, nil
  while true do
    local i
    n, i = between(r, at, nodes, n)
    if run and i >= run.first + run.period then
      n, i = end_run(r, run, i, nodes, n)
      run = nil
    end
    if not r.places[i] then -- all that were cut have been read
      at = r.places[i - 1] + #r.cuts[i - 1] + #r.texts[i - 1]
      if at > #r.s then
        return nodes, at
      end
      cut(r, at)
      i = 1
    end
    local first, text = r.places[i], r.cuts[i]
    run = run or begin_run(r, i, n)
    r.i = i
    local node, stop = READ[byte(text, 2)](r, first, kind, text)
    if not node then
      r.is_in_run = not run and r.is_in_run
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
  local nodes, has_minus = {}, trim.is_needed(s)
  r.nested, r.tags, r.heads, r.outputs = 0, 0, {}, {}
  local at = top(r, nodes)
  r.is_top, r.is_in_run = true, has_minus -- with one, each time of a run may lose other blanks
  cut(r, at)
  local rest, stop = body(r, at, "content")
  if stop <= #s then
    stray(r, stop)
  end
  table.move(rest, 1, #rest, #nodes + 1, nodes)
  return has_minus and trim.nodes(nodes) or nodes
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

M.own_parse = M.parse -- whoever replaces it gets all templates: engine.template.direct looks

return M
