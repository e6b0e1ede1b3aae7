--- What stands at a place of a text: a key, a value or a header, and where in the structure.  Pure.
local outline_of = require("engine.lsp.outline")
local trim = require("engine.trim")

---@class engine.lsp.cursor
local M = {}

---@class engine.lsp.Cursor
---@field where "key"|"value"|"header"
---@field path string[]           of the table (key, header) or of the value
---@field part? engine.lsp.Part   that the place touches
---@field parts? engine.lsp.Part[] of which it is one
---@field index? integer          which of them
---@field entry? engine.lsp.Entry
---@field node? engine.lsp.Node   the value that the place is in
---@field header? engine.lsp.Entry of the table that the place is in
---@field siblings engine.lsp.Entry[] pairs of the same inline table; nil: those below the header

local function joined(path, parts, count)
  local all = table.move(path, 1, #path, 1, {})
  for i = 1, count or #parts do
    all[#all + 1] = parts[i].name
  end
  return all
end

local function part_at(parts, offset)
  for i, part in ipairs(parts) do
    if offset >= part.first and offset <= part.stop then
      return part, i
    end
  end
end

--- Names of the parts before a place.
local function before(parts, offset)
  local count = 0
  for i, part in ipairs(parts) do
    if part.stop < offset then
      count = i
    end
  end
  return count
end

local in_pair

--- Looks into a value.
local function in_value(base, path, node, offset)
  if node.kind == "array" then
    for _, item in ipairs(node.items) do
      if offset >= item.first and offset <= item.stop then
        return in_value(base, path, item, offset)
      end
    end
  elseif node.kind == "table" and offset > node.first
    and not (node.is_closed and offset >= node.stop) then
    for _, pair in ipairs(node.pairs) do
      if offset >= pair.first and offset <= pair.stop
        or pair.equals and not pair.value and offset >= pair.equals
          and not base.text:sub(pair.stop + 1, offset):find("%S") then
        return in_pair(base, path, pair, offset, node.pairs)
      end
    end
    return { where = "key", path = path, header = base.header, siblings = node.pairs, parts = {} }
  end
  return { where = "value", path = path, node = node, entry = base.entry, header = base.header }
end

function in_pair(base, path, pair, offset, siblings)
  if pair.equals and offset > pair.equals then
    local whole = joined(path, pair.parts)
    if pair.value and offset >= pair.value.first and offset <= pair.value.stop then
      return in_value({ text = base.text, entry = pair, header = base.header }, whole, pair.value,
        offset)
    end
    return { where = "value", path = whole, entry = pair, header = base.header }
  end
  local part, index = part_at(pair.parts, offset)
  return {
    where = "key", part = part, parts = pair.parts, index = index, entry = pair,
    path = joined(path, pair.parts, index and index - 1 or before(pair.parts, offset)),
    header = base.header, siblings = siblings,
  }
end

local function in_header(entry, offset)
  local part, index = part_at(entry.parts, offset)
  return {
    where = "header", part = part, parts = entry.parts, index = index, entry = entry,
    path = outline_of.names(entry.parts, index and index - 1 or before(entry.parts, offset)),
  }
end

--- Finds the last entry that begins before a place.
local function entry_at(entries, offset)
  local low, high = 0, #entries
  while low < high do
    local mid = (low + high + 1) // 2
    if entries[mid].first <= offset then
      low = mid
    else
      high = mid - 1
    end
  end
  return entries[low], low
end

local function header_of(entries, index)
  for i = index, 1, -1 do
    if entries[i].kind ~= "pair" then
      return entries[i]
    end
  end
end

--- Says what stands at a place.
---@param outline engine.lsp.Outline
---@param offset integer
---@return engine.lsp.Cursor?
---@nodiscard
function M.at(outline, offset)
  local entry, index = entry_at(outline.entries, offset)
  local is_before = entry and entry.kind ~= "pair" and entry.first == offset
  local header = header_of(outline.entries, is_before and index - 1 or index)
  local path = header and outline_of.names(header.parts) or {}
  local gap = entry and outline.text:sub(entry.stop + 1, offset) or ""
  local is_inside = entry and offset <= entry.stop
  if entry and (is_inside or entry.kind == "pair" and entry.equals and not entry.value
    and not gap:find("[^ \t]")) then
    if entry.kind == "pair" then
      return in_pair({ text = outline.text, header = header }, path, entry, offset)
    elseif offset > entry.first then
      return in_header(entry, offset)
    end
  end
  local head = outline.text:sub(1, offset)
  local line = head:sub(trim.last_line(head))
  if not line:find("[^ \t\r]") then
    return { where = "key", path = path, header = header, parts = {} }
  end
end

return M
