--- Turns bytes of a user's text into what may stand on a screen, character by character.
---
--- Nothing that a terminal would obey passes: what core.text escapes is shown escaped.  Pure.
---@class engine.diag.cells
local text = require("core.text")

local M = {}

---@class engine.diag.Cell
---@field shown string  what to print
---@field width integer columns it takes
---@field at integer    offset of its first byte, from 1

local TAB = 4

--- Makes a text safe for one line of a screen.
---@param s string
---@param use_utf8 boolean the screen shows more than ASCII
---@return string
function M.line(s, use_utf8)
  if not s:find("[^\32-\126]") then
    return s
  end
  return text.escape(s, { line = true, ascii = not use_utf8 })
end

--- Columns that a safe line takes.
---@param shown string as M.line returns it
---@return integer
function M.width(shown)
  if not shown:find("[\128-\255]") then
    return #shown
  end
  return text.width(shown)
end

local function size_at(s, at)
  local byte = s:byte(at)
  if byte < 0xC0 or utf8.len(s, at, at) ~= 1 then
    return 1
  end
  return byte >= 0xF0 and 4 or byte >= 0xE0 and 3 or 2
end

--- Lists the cells of the bytes first..last; tabs become blanks up to the next of the tab stops.
---@param s string
---@param first integer
---@param last integer
---@param use_utf8 boolean
---@return engine.diag.Cell[]
function M.list(s, first, last, use_utf8)
  local cells, column, at = {}, 0, first
  while at <= last do
    local byte, shown, width, size = s:byte(at), s:sub(at, at), 1, 1
    if byte == 9 then
      width = TAB - column % TAB
      shown = (" "):rep(width)
    elseif byte < 0x20 or byte >= 0x7F then
      size = size_at(s, at)
      shown = M.line(s:sub(at, at + size - 1), use_utf8)
      width = M.width(shown)
    end
    cells[#cells + 1] = { shown = shown, width = width, at = at }
    column, at = column + width, at + size
  end
  return cells
end

return M
