--- A frame of the full screen: its parts, where they stand, and what lies over them.
local bars = require("engine.dev.screen.bars")
local clock = require("core.clock")
local layouts = require("engine.dev.screen.layout")

---@class engine.dev.screen.draw
local M = {}

local function draw_small(self)
  local canvas = self.canvas
  canvas:fit(0, 0, canvas.columns, ("too small: %dx%d"):format(canvas.columns, canvas.rows), "bold")
  canvas:fit(1, 0, canvas.columns, ("clnrm dev needs %dx%d"):format(layouts.COLUMNS_MIN,
    layouts.ROWS_MIN))
  local parts = {}
  for i, part in ipairs(bars.sums(self)) do
    parts[i] = part[1]
  end
  canvas:fit(2, 0, canvas.columns, table.concat(parts, ", "))
end

local function draw_tests(self, r)
  local canvas = self.canvas
  local inner = { y = r.y + 1, x = r.x + 1, height = r.height - 2, width = r.width - 2 }
  canvas:box(r, { title = "Tests", note = self.actions:narrowed_words(),
    is_focused = self.pane == "tests" })
  local at, total = self.tree:draw(canvas, inner, self.tick)
  if total > 0 then
    canvas:right(r.y + r.height - 1, r.x + 1, r.width - 3, (" %d/%d "):format(at, total), "dim")
  end
end

local function draw_overlay(self, layout)
  local canvas, overlay = self.canvas, self.overlay
  local width = math.min(canvas.columns - 2, 96)
  local height = math.min(#overlay.rows + 2, layout.foot - layout.head)
  local r = { x = (canvas.columns - width) // 2, width = width, height = height }
  r.y = layout.head + (layout.foot - layout.head - height) // 2
  overlay.page = height - 2
  overlay.top = math.max(1, math.min(overlay.top, #overlay.rows - overlay.page + 1))
  for y = r.y, r.y + height - 1 do
    canvas:fill(y, r.x, width)
  end
  local is_cut = #overlay.rows > overlay.page
  canvas:box(r, { title = overlay.title, is_focused = true,
    foot = is_cut and ("%d/%d"):format(overlay.top, #overlay.rows) or nil })
  for i = overlay.top, math.min(#overlay.rows, overlay.top + overlay.page - 1) do
    canvas:row(r.y + 1 + i - overlay.top, r.x + 2, width - 4, overlay.rows[i])
  end
end

--- Draws a frame.
---@param self engine.dev.screen.View
---@return boolean? is_drawn false: the terminal has not taken the last one
function M.frame(self)
  local canvas = self.canvas
  canvas:begin()
  self.tick = self.tick + 1
  if self.note and clock.wall() // 1000000000 >= self.note.until_s then
    self.note = nil
  end
  local layout = layouts.of(canvas.rows, canvas.columns, self.pane)
  if layout.is_small then
    draw_small(self)
  else
    bars.head(self, layout.head)
    if layout.tests then
      draw_tests(self, layout.tests)
    end
    if layout.detail then
      self.detail:draw(self, canvas, layout.detail, self.pane == "detail")
    end
    if self.overlay then
      draw_overlay(self, layout)
    end
    bars.foot(self, layout.foot)
  end
  return self.screen:frame()
end

return M
