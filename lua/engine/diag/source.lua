--- Finds lines in a source text: from a byte offset to line and column, and back.
---
--- Offsets count bytes from 0, lines and columns from 1, columns in characters.  Pure.
local text = require("core.text")

---@class engine.diag.source
local M = {}

---@class engine.diag.Lines
---@field text string
---@field starts integer[] offset (from 1) of the first byte of each line
---@field hint integer     the line found last

--- Indexes the lines of a text.
---@param s string
---@return engine.diag.Lines
function M.lines(s)
  local starts, count, at, find = { 1 }, 1, 1, string.find
  while true do
    at = find(s, "\n", at, true)
    if not at then
      return { text = s, starts = starts, hint = 1 }
    end
    at, count = at + 1, count + 1
    starts[count] = at
  end
end

local function line_of(lines, at)
  local starts, low = lines.starts, lines.hint
  if starts[low] > at then
    low = 1
  elseif not starts[low + 1] or starts[low + 1] > at then
    return low
  end
  local high = #starts
  while low < high do
    local mid = (low + high + 1) // 2
    if starts[mid] <= at then
      low = mid
    else
      high = mid - 1
    end
  end
  lines.hint = low
  return low
end

local function characters(s, first, last)
  local count = utf8.len(s, first, last)
  if not count then -- not UTF-8: each bad byte counts as one
    local _, column = text.position(s:sub(first, last), last - first + 2)
    count = column - 1
  end
  return count
end

--- Says where a byte stands.
---@param lines engine.diag.Lines
---@param offset integer from 0; at most the length of the text
---@return integer line
---@return integer column
function M.position(lines, offset)
  local line = line_of(lines, offset + 1)
  local start = lines.starts[line]
  return line, characters(lines.text, start, offset) + 1
end

--- Gives the bytes of a line.
---@param lines engine.diag.Lines
---@param line integer
---@return integer? first nil when there is no such line
---@return integer last without the line's end; first - 1 when the line is empty
function M.bounds(lines, line)
  local first = lines.starts[line]
  if not first then
    return nil, 0
  end
  local after = lines.starts[line + 1]
  local last = after and after - 2 or #lines.text
  if last >= first and lines.text:byte(last) == 13 then
    last = last - 1
  end
  return first, last
end

--- Finds the byte of a line and column.
---@param lines engine.diag.Lines
---@param line integer
---@param column integer
---@return integer? offset from 0
function M.offset(lines, line, column)
  local first, last = M.bounds(lines, line)
  if not first then
    return nil
  end
  local at = first
  for _ = 2, column do
    if at > last then
      break
    end
    at = at + 1
    while at <= last and lines.text:byte(at) & 0xC0 == 0x80 do
      at = at + 1
    end
  end
  return at - 1
end

return M
