--- A file of spans as a tree of which only what is looked at is made.
---
--- core.spans reads nearly every file and gives each subtree a digest of what it says: that is the
--- signature of its node, whose fields and children come when somebody asks for them.  Texts that
--- may hold ids, times or ports are replaced first, each once.  What core.spans gives no digest of
--- is read and sealed as by engine.diff.of_spans.  Both ways lead to the same tree: two subtrees
--- have equal signatures in one exactly when they have in the other.  Of two files, though, both
--- must be read in one way.  Pure.
---@class engine.diff.span_tree
local json = require("core.json")
local node = require("engine.diff.node")
local of_spans = require("engine.diff.of_spans")
local otlp = require("engine.trace.otlp")
local spans = require("core.spans")
local values = require("engine.trace.value")

local M = {}

---@class engine.diff.SpanTree : engine.diff.Node
---@field place integer     in `source`
---@field source engine.diff.SpanSource
---@field own? string       equal ones: fields and events are the same
---@field is_plain? boolean all of it was digested by core.spans

---@class engine.diff.SpanSource
---@field found core.spans.Spans
---@field is_exact boolean
---@field replace? fun(text: string): string, string[]
---@field sources table<integer, { resource: engine.trace.Attribute[], scope: engine.trace.Scope }>

local function decode(text)
  return text and assert(json.decode(text))
end

--- Reads a span and makes its own part of the node: fields, and events as the first children.
---@return string[] parts
local function read(self)
  local source, place = self.source, self.place
  local number, resource, scope = source.found:source(place)
  local from = source.sources[number]
  if not from then
    from = {}
    from.resource, from.scope = otlp.source(decode(resource), decode(scope))
    source.sources[number] = from
  end
  local span = otlp.span(decode(source.found:text(place)), nil, from.resource, from.scope)
  local made = of_spans.node(span, self.is_elsewhere)
  self.fields, self.events = made.fields, made.children
  local parts = node.seal_own(self, source.replace)
  for _, event in ipairs(self.events) do
    parts[#parts + 1] = node.seal(event, source.replace).signature
  end
  return parts
end

local make

--- Lists the nodes of the spans below one.
local function below(self)
  local list = {}
  for i, place in ipairs(self.source.found:children(self.place)) do
    list[i] = make(self.source, place)
  end
  return list
end

local Lazy = {}

--- Makes what was asked for: fields and children.
function Lazy:__index(key)
  if key == "fields" then
    read(self)
  elseif key == "children" then
    local under = rawget(self, "under") or below(self)
    if self.has_events and not rawget(self, "events") then
      read(self)
    end
    local events = rawget(self, "events") or {}
    self.children = table.move(under, 1, #under, #events + 1, events)
  end
  return rawget(self, key)
end

--- Makes the node of a span; below one that says nothing that is replaced none is made.
function make(source, place)
  local name, from, to, size, has_events, tree, own, is_elsewhere =
    source.found:get(place, source.is_exact)
  local self = {
    kind = "span",
    name = name,
    from = from,
    to = to,
    duration_ms = to ~= 0 and (to - from) / 1e6 or nil,
    size = size,
    has_events = has_events,
    own = own or nil,
    signature = tree or nil,
    is_plain = tree and true or nil,
    is_elsewhere = is_elsewhere,
    place = place,
    source = source,
  }
  setmetatable(self, Lazy)
  if not tree then
    local parts = own and { own } or read(self)
    self.under = below(self)
    for _, child in ipairs(self.under) do
      parts[#parts + 1] = child.signature
    end
    node.sign(self, parts)
  end
  return self
end

local function options()
  local volatile, port = of_spans.volatile_keys()
  return { depth = node.DEPTH_MAX, own_way = of_spans.FIELDS, volatile = volatile, port = port }
end

--- Reads a file.
---@param text string
---@return core.spans.Spans? found nil: it is to be read by engine.trace
---@nodiscard
function M.read(text)
  return (spans.read(text, options()))
end

--- Settles what the texts that may hold ids, times or ports are compared as: each of them once.
local function settle(found, replace)
  local texts, are_quoted = found:odds()
  local norms, replaced = {}, {}
  for i, text in ipairs(texts) do
    norms[i], replaced[i] = replace(are_quoted[i] and values.show(text) or text)
  end
  return assert(found:settle(norms, replaced, options()))
end

--- Makes what is known of a file before its tree is made.
---@param found core.spans.Spans
---@param text string
---@param shown string the file
---@return engine.diff.Input
---@nodiscard
function M.input(found, text, shown)
  local told = found:tell()
  local known = {
    from_s = told.from_ns and told.from_ns / 1e9,
    to_s = told.to_ns and told.to_ns / 1e9,
  }
  return {
    kind = "spans",
    found = found,
    text = text,
    count = told.count,
    notes = of_spans.notes(told, shown),
    known = setmetatable(known, {
      __index = function(self, key)
        if key == "ids" then
          self.ids = found:ids()
          return self.ids
        end
      end,
    }),
  }
end

--- Makes the sealed tree of a file.
---@param input engine.diff.Input of M.input
---@param replace? fun(text: string): string, string[]
---@return engine.diff.Node
---@nodiscard
function M.root(input, replace)
  if replace and input.found:tell().has_free then
    input.found = settle(input.found, replace)
  end
  local root = node.new("trace", "trace")
  local source = { found = input.found, is_exact = replace == nil, replace = replace, sources = {} }
  root.is_frame, root.size = true, 1
  local parts = node.seal_own(root)
  for i, place in ipairs(input.found:children(0)) do
    local child = make(source, place)
    root.children[i], parts[i + 2], root.size = child, child.signature, root.size + child.size
  end
  local told = input.found:tell()
  if told.from_ns then
    root.duration_ms = (told.to_ns - told.from_ns) / 1e6
  end
  node.sign(root, parts)
  return root
end

return M
