--- Draws a code frame: the lines around a place in a text, and a caret under the place.
---
--- What is drawn never goes beyond the width of the screen: a long line is shown through a window
--- around the caret, and only the bytes of the window are looked at.  Pure.
local cells = require("engine.diag.cells")
local source = require("engine.diag.source")

---@class engine.diag.frame
local M = {}

---@class engine.diag.Style
---@field width integer    columns of the screen
---@field utf8 boolean     it shows more than ASCII
---@field paint fun(kind: string, s: string): string adds colour
---@field corner string    starts a frame: "┌─"
---@field bar string       "│"
---@field dots string      "…"

---@class engine.diag.Mark
---@field line integer
---@field offset integer   from 0; of the first marked byte
---@field length integer   bytes
---@field label? string    stands beside the carets
---@field char? string     what marks, instead of "^"

local ROOM_MIN = 20 -- columns of source text, however narrow the screen

local function align(text, at, last) -- to the first byte of a character
  while at < last and text:byte(at) & 0xC0 == 0x80 do
    at = at + 1
  end
  return at
end

--- Lists the cells of a line, or, when it is long, of the part of it near `mark`.
local function near(style, text, first, last, mark, room)
  local span = room * 4 + 64 -- bytes; a character has at most four
  local from, to = first, last
  if last - first >= 4 * span then
    from = math.max(first, mark - span)
    to = math.min(last, mark + span)
    from = from > first and align(text, from, to) or from
    to = to < last and align(text, to, last) - 1 or to
  end
  return cells.list(text, from, to, style.utf8), from > first, to < last
end

local function total(list)
  local width = 0
  for _, cell in ipairs(list) do
    width = width + cell.width
  end
  return width
end

--- Chooses the cells that fit into `room`: a third of it before the mark, the rest behind it.
local function choose(list, index, room)
  local lo, hi, used = index, index - 1, 0
  local function take_left(limit)
    while lo > 1 and used + list[lo - 1].width <= limit do
      lo = lo - 1
      used = used + list[lo].width
    end
  end
  take_left(room // 3)
  while hi < #list and used + list[hi + 1].width <= room do
    hi = hi + 1
    used = used + list[hi].width
  end
  take_left(room)
  return lo, hi
end

local function index_at(list, at)
  for i, cell in ipairs(list) do
    if cell.at >= at then
      return i
    end
  end
  return #list + 1
end

---@class engine.diag.View
---@field text string
---@field column integer columns before the marked cells
---@field width integer  columns of the marked cells that are seen

--- Renders the bytes first..last of a text into at most `room` columns.
---@return engine.diag.View
local function view(style, text, first, last, mark, mark_end, room)
  local list, cut_left, cut_right = near(style, text, first, last, mark, room)
  local lo, hi, index = 1, #list, index_at(list, mark)
  if cut_left or cut_right or total(list) > room then
    lo, hi = choose(list, index, room - 2 * cells.width(style.dots))
    cut_left, cut_right = cut_left or lo > 1, cut_right or hi < #list
  end
  local out, width = { cut_left and style.dots or "" }, 0
  local column = cells.width(out[1])
  for i = lo, hi do
    local cell = list[i]
    out[#out + 1] = cell.shown
    if i < index then
      column = column + cell.width
    elseif cell.at < mark_end then
      width = width + cell.width
    end
  end
  out[#out + 1] = cut_right and style.dots or ""
  return { text = table.concat(out), column = column, width = math.max(width, 1) }
end

local function numbered(style, gutter, line, text)
  local number = ("%" .. gutter .. "d"):format(line)
  return style.paint("frame", number .. style.bar) .. (text ~= "" and " " .. text or "")
end

--- Draws the start of a line below the gutter.
---@param style engine.diag.Style
---@param gutter integer
---@return string
function M.margin(style, gutter)
  return (" "):rep(gutter) .. style.paint("frame", style.bar)
end

--- Breaks a text at blanks so that each line has at most `width` columns, if its words allow.
---@param text string
---@param width integer
---@return string[]
function M.wrap(text, width)
  local lines, line, used = {}, {}, 0
  for word in text:gmatch("%S+") do
    local columns = cells.width(word)
    if used > 0 and used + 1 + columns > width then
      lines[#lines + 1] = table.concat(line, " ")
      line, used = {}, 0
    end
    line[#line + 1] = word
    used = used + columns + (used > 0 and 1 or 0)
  end
  lines[#lines + 1] = table.concat(line, " ")
  return lines
end

--- Breaks a line of output into parts of at most `width` columns, behind a blank where there is one
--- in the second half of a part.  Nothing is lost or added.
---@param shown string safe for a screen
---@param width integer
---@param style engine.diag.Style
---@return string[]
function M.fold(shown, width, style)
  if cells.width(shown) <= width then
    return { shown }
  end
  local parts, from, blank, used, since = {}, 1, nil, 0, 0 -- since: columns behind the blank
  local function take(stop)
    parts[#parts + 1] = shown:sub(from, stop - 1)
    from, blank = stop, nil
  end
  for _, cell in ipairs(cells.list(shown, 1, #shown, style.utf8)) do
    if used + cell.width > width then
      used = blank and since or 0
      take(blank or cell.at)
    end
    used, since = used + cell.width, since + cell.width
    if cell.shown == " " and used > width // 2 then
      blank, since = cell.at + 1, 0
    end
  end
  take(#shown + 1)
  return parts
end

local function add_carets(out, style, gutter, seen, mark, room)
  local kind = mark.char and "second" or "caret"
  local carets = (mark.char or "^"):rep(seen.width)
  local line = M.margin(style, gutter) .. " " .. (" "):rep(seen.column) .. style.paint(kind, carets)
  local label = mark.label and cells.line(mark.label, style.utf8) or ""
  local label_width = cells.width(label)
  if label == "" or seen.column + seen.width + 1 + label_width <= room then
    out[#out + 1] = line .. (label ~= "" and " " .. style.paint(kind, label) or "")
    return
  end
  out[#out + 1] = line
  local indent = math.min(seen.column, math.max(0, room - label_width))
  for _, part in ipairs(M.wrap(label, room)) do
    out[#out + 1] = M.margin(style, gutter) .. " " .. (" "):rep(indent) .. style.paint(kind, part)
  end
end

--- Draws `before` lines and the marked one.  Adds to `out`.
---@param out string[]
---@param style engine.diag.Style
---@param lines engine.diag.Lines
---@param mark engine.diag.Mark
---@param gutter integer columns of the line numbers
---@param before integer
function M.draw(out, style, lines, mark, gutter, before)
  local room = math.max(ROOM_MIN, style.width - gutter - 2)
  for line = math.max(1, mark.line - before), mark.line - 1 do
    local first, last = source.bounds(lines, line)
    local seen = view(style, lines.text, first, last, first, first, room)
    out[#out + 1] = numbered(style, gutter, line, seen.text)
  end
  local first, last = source.bounds(lines, mark.line)
  if not first then
    return
  end
  local at = math.min(math.max(mark.offset + 1, first), last + 1)
  local seen = view(style, lines.text, first, last, at, at + mark.length, room)
  out[#out + 1] = numbered(style, gutter, mark.line, seen.text)
  add_carets(out, style, gutter, seen, mark, room)
end

return M
