--- The cells of a frame, as the parts of the full screen draw on them.
---
--- Texts come safe (engine.ui.show) or with the colours of engine.ui.style; without colour only
--- what is none is left: reverse, bold, underline.  What terminals join is taken apart: one that
--- counts the columns of a text in another way than ncurses would keep rests of other frames.
local show = require("engine.ui.show")
local text = require("core.text")

---@class engine.dev.screen.canvas
local M = {}

---@class engine.dev.screen.Canvas
---@field screen core.screen.Screen
---@field look engine.ui.Look of texts: its width is that of the screen
---@field rows integer
---@field columns integer
local Canvas = {}
Canvas.__index = Canvas

local NO_COLOR = { reverse = "reverse", bold = "bold", underline = "underline" }

local function plain(style)
  local list = {}
  for word in style:gmatch("%S+") do
    list[#list + 1] = NO_COLOR[word]
  end
  return table.concat(list, " ")
end

--- Puts a safe text; what is wider is cut off.
---@param y integer from 0
---@param x integer from 0
---@param width integer
---@param s string
---@param style? string as core.screen has it
---@return integer columns that it took
function Canvas:put(y, x, width, s, style)
  if width <= 0 or s == "" then
    return 0
  end
  if style and not self.look.color then
    style = plain(style)
  end
  return self.screen:put(y, x, width, show.unjoined(s), style)
end

--- Puts a safe text, cut in its middle where it is wider.
---@return integer columns
function Canvas:fit(y, x, width, s, style)
  return self:put(y, x, width, show.fit(self.look, show.unjoined(s), width), style)
end

--- Puts a text at the right end of a room.
---@return integer columns
function Canvas:right(y, x, width, s, style)
  local own = math.min(show.width(show.unjoined(s)), width)
  return self:put(y, x + width - own, own, s, style)
end

--- Fills a row.
function Canvas:fill(y, x, width, style)
  self:put(y, x, width, (" "):rep(math.max(width, 0)), style)
end

--- Begins a frame.
function Canvas:begin()
  self.rows, self.columns = self.screen:size()
  self.look.width = self.columns
  self.screen:erase()
end

local BOX = {
  utf8 = { "┌", "─", "┐", "│", "└", "┘" },
  ascii = { "+", "-", "+", "|", "+", "+" },
}

--- Draws the frame of a pane, with a title and what stands in its right corners.
---@param r engine.dev.screen.Rect
---@param o { title: string, note?: string, foot?: string, is_focused?: boolean }
function Canvas:box(r, o)
  local b = self.look.utf8 and BOX.utf8 or BOX.ascii
  local style = o.is_focused and "cyan bold" or "dim"
  local inner = r.width - 2
  self:put(r.y, r.x, r.width, b[1] .. b[2]:rep(inner) .. b[3], style)
  for y = r.y + 1, r.y + r.height - 2 do
    self:put(y, r.x, 1, b[4], style)
    self:put(y, r.x + r.width - 1, 1, b[4], style)
  end
  self:put(r.y + r.height - 1, r.x, r.width, b[5] .. b[2]:rep(inner) .. b[6], style)
  local room = inner - 2
  if o.note and show.width(o.note) + 3 < room then
    self:right(r.y, r.x + 1, inner - 1, " " .. o.note .. " ", "dim")
    room = room - show.width(o.note) - 3
  end
  self:fit(r.y, r.x + 2, room, " " .. o.title .. " ", o.is_focused and "bold" or nil)
  if o.foot then
    self:right(r.y + r.height - 1, r.x + 1, inner - 1, " " .. o.foot .. " ", "dim")
  end
end

local STYLES = {
  ["1"] = "bold", ["2"] = "dim", ["4"] = "underline", ["7"] = "reverse", ["31"] = "red",
  ["32"] = "green", ["33"] = "yellow", ["34"] = "blue", ["35"] = "magenta", ["36"] = "cyan",
}

--- Splits a line into texts of one style each, by the colours in it.
---@param line string
---@return { text: string, style: string }[]
---@nodiscard
function M.segments(line)
  local list, style, at = {}, "", 1
  while true do
    local from, to, codes = line:find("\27%[([%d;]*)m", at)
    local piece = line:sub(at, (from or #line + 1) - 1)
    if piece ~= "" then
      list[#list + 1] = { text = piece, style = style }
    end
    if not from then
      return list
    end
    at = to + 1
    for code in (codes == "" and "0" or codes):gmatch("%d+") do
      if code == "0" then
        style = ""
      elseif STYLES[code] then
        style = style .. " " .. STYLES[code]
      end
    end
  end
end

local UNCUT = { mark = "" }
local CLUSTER_MAX = 64 -- bytes that a letter with its marks may have; what has more is taken apart

--- Cuts off what fits. Looks no further than it must: a line may be a megabyte, and has many rows.
local function fitting(s, at, room)
  local size = 4 * room + CLUSTER_MAX
  while true do
    local window = s:sub(at, at + size - 1)
    local part = text.cut(window, room, UNCUT)
    if at + #window > #s or #part + CLUSTER_MAX <= #window then
      return part
    end
    size = 2 * size
  end
end

--- Cuts off what fits: up to a blank, where there is one not too far back.
local function broken(s, at, room, width)
  local part = fitting(s, at, room)
  if at + #part > #s then
    return part
  end
  local blank = part:match("^.*() %S*$")
  if s:sub(at + #part, at + #part):find("^%s?$") or not blank then
    return (not blank and room < width) and "" or part
  elseif room - show.width(part:sub(1, blank)) <= math.max(width // 3, 8) then
    return part:sub(1, blank)
  end
  return part
end

--- Breaks a text with colours into rows of at most `width` columns.
---@param s string
---@param width integer
---@return { text: string, style: string }[][]
---@nodiscard
function M.rows(s, width)
  local rows = {}
  width = math.max(width, 2) -- a wide character takes as much
  for line in (show.unjoined(s):gsub("\n$", "") .. "\n"):gmatch("(.-)\n") do
    local row, room = {}, width
    rows[#rows + 1] = row
    for _, segment in ipairs(M.segments(line)) do
      local at = 1
      while at <= #segment.text do
        local part = broken(segment.text, at, room, width)
        if part == "" then
          row, room = {}, width
          rows[#rows + 1] = row
        else
          row[#row + 1] = { text = part, style = segment.style }
          room, at = room - show.width(part), at + #part
        end
      end
    end
  end
  return rows
end

--- Puts a row of `rows`.
function Canvas:row(y, x, width, row)
  local at = 0
  for _, segment in ipairs(row) do
    at = at + self:put(y, x + at, width - at, segment.text, segment.style)
  end
end

--- Makes the canvas of a screen.
---@param screen core.screen.Screen
---@param look { color: boolean, utf8: boolean }
---@return engine.dev.screen.Canvas
---@nodiscard
function M.new(screen, look)
  local self = setmetatable({ screen = screen }, Canvas)
  self.look = { color = look.color, utf8 = look.utf8, fits = true, width = 80 }
  self.rows, self.columns = screen:size()
  return self
end

return M
