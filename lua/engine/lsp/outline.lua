--- The structure of a text in TOML, with errors or without: its headers, keys and values in order.
---
--- Made of the tokens of the one parser (core.toml), which go on behind an error.  The tags of
--- templates are masked first, so what stands between them is seen.  Pure.
local scan = require("engine.template.scan")
local toml = require("core.toml")

---@class engine.lsp.outline
local M = {}

local DEPTH_MAX = 64

---@class engine.lsp.Part one name of a key or of a header
---@field name string
---@field first integer offset, from 0
---@field stop integer
---@field has_tag? boolean   a tag makes it, or a part of it: the name is as it is written

---@class engine.lsp.Node a value
---@field kind "string"|"atom"|"junk"|"array"|"table"
---@field first integer
---@field stop integer
---@field items? engine.lsp.Node[]  of an array
---@field pairs? engine.lsp.Entry[] of an inline table

---@class engine.lsp.Entry
---@field kind "header"|"headers"|"pair"
---@field parts engine.lsp.Part[]
---@field first integer
---@field stop integer       of a header: behind its bracket
---@field equals? integer    of a pair
---@field value? engine.lsp.Node
---@field table? engine.lsp.Entry of a pair: the header it stands below

---@class engine.lsp.Outline
---@field text string   without tags
---@field source string as it is written
---@field entries engine.lsp.Entry[]

local Reader = {}
Reader.__index = Reader

--- Puts something harmless in the place of the tags of a template; offsets stay.
---@param text string
---@return string
local function without_tags(text)
  if not text:find("{[{%%#]") then
    return text
  end
  local tags, controls = scan.tags(text)
  return scan.blanked(scan.masked(text, tags), controls)
end

function Reader:kind()
  return self.kinds[self.i] or "end"
end

function Reader:first()
  return self.offsets[self.i] or #self.text
end

--- Where the token that was passed last ends.
function Reader:passed()
  return self.offsets[self.i] or #self.text
end

function Reader:skip(with_lines)
  local kind = self:kind()
  while kind == "space" or with_lines and (kind == "newline" or kind == "comment") do
    self.i = self.i + 1
    kind = self:kind()
  end
end

--- The text of a name, without its quotes.
local function name_of(source)
  if source:find("^[\"']") then
    local root = toml.decode("k = " .. source)
    return root and root.k or source:sub(2, -2)
  end
  return source
end

--- The text of what has a tag in it, as it is written, without its quotes; nil: it has none.
local function written(outline, first, stop)
  local source = outline.source:sub(first + 1, stop)
  if source ~= outline.text:sub(first + 1, stop) then
    return source:match("^([\"'])%1%1(.*)%1%1%1$") and source:sub(4, -4)
      or source:match("^([\"']).*%1$") and source:sub(2, -2) or source
  end
end

--- Reads a key or the names of a header: parts joined by points.
function Reader:parts()
  local parts = {}
  while true do
    self:skip()
    local kind, first = self:kind(), self:first()
    if kind == "key" then
      self.i = self.i + 1
      local stop = self:passed()
      local tagged = written(self, first, stop)
      parts[#parts + 1] = { name = tagged or name_of(self.text:sub(first + 1, stop)), first = first,
        stop = stop, has_tag = tagged ~= nil }
    elseif kind == "dot" then
      self.i = self.i + 1
    else
      return parts
    end
  end
end

function Reader:array(node, depth)
  node.items = {}
  while true do
    self:skip(true)
    local kind, before = self:kind(), self.i
    if kind == "array" and self.text:byte(self:first() + 1) == 93 then -- ]
      self.i = self.i + 1
      node.is_closed = true
      return
    elseif kind == "comma" then
      self.i = self.i + 1
    else
      node.items[#node.items + 1] = self:value(depth)
      if self.i == before then
        return -- no value: the array is not closed
      end
    end
  end
end

function Reader:inline(node, depth)
  node.pairs = {}
  while true do
    self:skip(true)
    local kind = self:kind()
    if kind == "table" and self.text:byte(self:first() + 1) == 125 then -- }
      self.i = self.i + 1
      node.is_closed = true
      return
    elseif kind == "comma" then
      self.i = self.i + 1
    elseif kind == "key" then
      node.pairs[#node.pairs + 1] = self:pair(depth)
    else
      return
    end
  end
end

--- Reads a value; nil: there is none.
---@return engine.lsp.Node?
function Reader:value(depth)
  local kind, first = self:kind(), self:first()
  local char = self.text:byte(first + 1)
  local node = { kind = kind, first = first }
  if kind == "string" or kind == "atom" or kind == "junk" then
    self.i = self.i + 1
  elseif (kind == "array" and char == 91 or kind == "table" and char == 123)
    and depth < DEPTH_MAX then
    self.i = self.i + 1
    self[kind == "array" and "array" or "inline"](self, node, depth + 1)
  else
    return nil
  end
  node.stop = self:passed()
  return node
end

function Reader:pair(depth)
  local pair = { kind = "pair", first = self:first(), parts = self:parts() }
  if self:kind() == "equals" then
    pair.equals = self:first()
    self.i = self.i + 1
    self:skip()
    pair.value = self:value(depth)
  end
  pair.stop = pair.value and pair.value.stop or self:passed()
  return pair
end

function Reader:header()
  local kind = self:kind()
  local entry = { kind = kind, first = self:first() }
  self.i = self.i + 1
  entry.parts = self:parts()
  if self:kind() == kind then
    self.i = self.i + 1
    entry.is_closed = true
  end
  entry.stop = self:passed()
  return entry
end

--- Reads a text.
---@param text string
---@return engine.lsp.Outline
function M.of(text)
  local masked = without_tags(text)
  local kinds, offsets, problems = toml.tokens(masked)
  local self = setmetatable({ text = masked, source = text, kinds = kinds, offsets = offsets,
    i = 1 }, Reader)
  local entries, header = {}, nil
  while self:kind() ~= "end" do
    local kind = self:kind()
    if kind == "header" or kind == "headers" then
      header = self:header()
      entries[#entries + 1] = header
    elseif kind == "key" then
      local pair = self:pair(0)
      pair.table = header
      entries[#entries + 1] = pair
    else
      self.i = self.i + 1
    end
  end
  return { text = masked, source = text, entries = entries, has_problems = problems ~= nil }
end

--- The text of a value that is a string; nil: it is none, or is not closed.
---@param outline engine.lsp.Outline
---@param node? engine.lsp.Node
---@return string?
---@return boolean? has_tag it is as it is written
---@nodiscard
function M.string(outline, node)
  if node and node.kind == "string" then
    local tagged = written(outline, node.first, node.stop)
    local root = not tagged
      and toml.decode("k = " .. outline.text:sub(node.first + 1, node.stop))
    return tagged or root and root.k or nil, tagged ~= nil
  end
end

--- Lists the names of some parts.
---@param parts engine.lsp.Part[]
---@param count? integer default: all
---@return string[]
---@nodiscard
function M.names(parts, count)
  local names = {}
  for i = 1, count or #parts do
    names[i] = parts[i].name
  end
  return names
end

return M
