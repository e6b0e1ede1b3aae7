--- Finds places in a source text: from a byte offset to line and column, and back.
---
--- Offsets count bytes from 0, lines and columns from 1, columns in characters; a byte order mark
--- has no width.  The index has one entry for each kilobyte, whatever the lines are like.  Pure.
local text = require("core.text")

---@class engine.diag.source
local M = {}

local position = text.position

local BLOCK = 1024
local MARK = "\xEF\xBB\xBF"

---@class engine.diag.Lines
---@field text string
---@field at integer[]    byte (from 1) at which each block begins
---@field line integer[]  line of that byte
---@field chars integer[] characters of that line before the byte

--- Indexes the lines of a text.
---@param s string
---@return engine.diag.Lines
function M.lines(s)
  local lines = { text = s, at = { 1 }, line = { 1 }, chars = { 0 } }
  if s:sub(1, 3) == MARK then
    lines.chars[1] = -1
  end
  local byte = string.byte
  local at, line, chars, count = 1, 1, lines.chars[1], 1
  while at + BLOCK <= #s do
    local next_at = at + BLOCK
    while (byte(s, next_at) or 0) & 0xC0 == 0x80 and next_at < at + BLOCK + 3 do
      next_at = next_at + 1 -- blocks begin with a character
    end
    local lines_in, column = position(s, next_at, at)
    if lines_in == 1 then
      chars = chars + column - 1
    else
      line, chars = line + lines_in - 1, column - 1
    end
    at, count = next_at, count + 1
    lines.at[count], lines.line[count], lines.chars[count] = at, line, chars
  end
  return lines
end

--- Finds the last block that begins in a line above `line`, or the first.
local function block_above(lines, line)
  local low, high = 1, #lines.line
  while low < high do
    local mid = (low + high + 1) // 2
    if lines.line[mid] < line then
      low = mid
    else
      high = mid - 1
    end
  end
  return low
end

--- Says where a byte stands.
---@param lines engine.diag.Lines
---@param offset integer from 0; at most the length of the text
---@return integer line
---@return integer column
function M.position(lines, offset)
  local starts, block = lines.at, offset // BLOCK + 1
  local from = starts[block]
  if not from then
    block = #starts
    from = starts[block]
  end
  if from > offset + 1 then
    block = block - 1 -- blocks that begin some bytes late
    from = starts[block]
  end
  local line, column = position(lines.text, offset + 1, from)
  if line == 1 then
    return lines.line[block], math.max(lines.chars[block] + column, 1)
  end
  return lines.line[block] + line - 1, column
end

--- Gives the bytes of a line.
---@param lines engine.diag.Lines
---@param line integer
---@return integer? first nil when there is no such line
---@return integer last without the line's end; first - 1 when the line is empty
function M.bounds(lines, line)
  local s, block = lines.text, block_above(lines, line)
  local first = lines.at[block]
  for _ = lines.line[block] + 1, line do
    local newline = s:find("\n", first, true)
    if not newline then
      return nil, 0
    end
    first = newline + 1
  end
  local last = (s:find("\n", first, true) or #s + 1) - 1
  if last >= first and s:byte(last) == 13 then
    last = last - 1
  end
  return first == 1 and s:sub(1, 3) == MARK and 4 or first, last
end

--- Finds where the line of a byte begins: behind the mark, if the text has one.
---@param s string
---@param offset integer from 0
---@return integer offset
---@nodiscard
function M.line_begin(s, offset)
  local begin = offset
  while begin > 0 and s:byte(begin) ~= 10 do
    begin = begin - 1
  end
  return begin == 0 and s:sub(1, 3) == MARK and 3 or begin
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
