--- Places in a text as the protocol counts them: lines, and units of UTF-8, 16 or 32, from 0.
---
--- A line ends with LF, CRLF or CR.  Pure.
---@class engine.lsp.position
local M = {}

---@alias engine.lsp.Encoding "utf-8"|"utf-16"|"utf-32"

---@class engine.lsp.Lines
---@field text string
---@field [integer] integer offset of each line, from 0

---@class engine.lsp.Position
---@field line integer
---@field character integer

--- Finds the lines of a text.
---@param text string
---@return engine.lsp.Lines
function M.lines(text)
  local lines, find, byte, at = { 0, text = text }, string.find, string.byte, 1
  while true do
    at = find(text, "[\r\n]", at)
    if not at then
      return lines
    end
    at = at + (byte(text, at) == 13 and byte(text, at + 1) == 10 and 2 or 1)
    lines[#lines + 1] = at - 1
  end
end

--- Says where the characters of a line begin and end, its line end left out.
local function bounds(lines, number)
  local first, last = lines[number], (lines[number + 1] or #lines.text)
  local text = lines.text
  if last > first and lines[number + 1] then
    last = last - 1
    if last > first and text:byte(last) == 13 and text:byte(last + 1) == 10 then
      last = last - 1
    end
  end
  return first, last
end

local function is_inside_character(text, offset)
  local byte = text:byte(offset + 1)
  return byte and byte & 0xC0 == 0x80
end

--- Goes over characters, up to `units` of them or to `last`.
local function skip(text, offset, last, units, is_utf16)
  while offset < last and units > 0 do
    local byte = text:byte(offset + 1)
    local size = byte < 0x80 and 1 or byte < 0xE0 and 2 or byte < 0xF0 and 3 or 4
    units = units - (is_utf16 and size == 4 and 2 or 1)
    if units < 0 then
      break -- in the middle of a surrogate pair: before it
    end
    offset = offset + size
  end
  return math.min(offset, last)
end

--- Turns a position into an offset; what is past the end of a line is its end.
---@param lines engine.lsp.Lines
---@param position engine.lsp.Position
---@param encoding engine.lsp.Encoding
---@return integer offset from 0
---@nodiscard
function M.offset(lines, position, encoding)
  if position.line >= #lines then
    return #lines.text
  end
  local first, last = bounds(lines, position.line + 1)
  local units, text = position.character, lines.text
  if encoding ~= "utf-8" and text:sub(first + 1, last):find("[\x80-\xff]") then
    return skip(text, first, last, units, encoding == "utf-16")
  end
  local offset = first + math.min(units, last - first)
  while offset > first and is_inside_character(text, offset) do
    offset = offset - 1
  end
  return offset
end

--- Finds the line that an offset is in.
local function line_of(lines, offset)
  local low, high = 1, #lines
  while low < high do
    local mid = (low + high + 1) // 2
    if lines[mid] <= offset then
      low = mid
    else
      high = mid - 1
    end
  end
  return low
end

--- Turns an offset into a position.
---@param lines engine.lsp.Lines
---@param offset integer from 0
---@param encoding engine.lsp.Encoding
---@return engine.lsp.Position
---@nodiscard
function M.position(lines, offset, encoding)
  offset = math.max(0, math.min(offset, #lines.text))
  local number = line_of(lines, offset)
  local first, last = bounds(lines, number)
  offset = math.min(offset, last)
  while offset > first and is_inside_character(lines.text, offset) do
    offset = offset - 1
  end
  local before = lines.text:sub(first + 1, offset)
  local units = #before
  if encoding ~= "utf-8" and before:find("[\x80-\xff]") then
    local _, follow = before:gsub("[\x80-\xbf]", "")
    local _, pairs_of = before:gsub("[\xf0-\xf7]", "")
    units = units - follow + (encoding == "utf-16" and pairs_of or 0)
  end
  return { line = number - 1, character = units }
end

--- Makes the range between two offsets.
---@param lines engine.lsp.Lines
---@param first integer
---@param stop integer behind the last byte
---@param encoding engine.lsp.Encoding
---@return { start: engine.lsp.Position, end: engine.lsp.Position }
---@nodiscard
function M.range(lines, first, stop, encoding)
  return {
    start = M.position(lines, first, encoding),
    ["end"] = M.position(lines, math.max(first, stop), encoding),
  }
end

return M
