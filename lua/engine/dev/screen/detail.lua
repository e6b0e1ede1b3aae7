--- The pane beside the tests: what is known of the chosen one, on tabs.
local canvases = require("engine.dev.screen.canvas")
local show = require("engine.ui.show")
local style = require("engine.ui.style")

---@class engine.dev.screen.detail
local M = {}

--- The tabs, by their numbers; each is made by the module engine.dev.screen.tabs.
M.tabs = { "error", "output", "steps", "diff", "files" }

local LAST = 1 << 30 -- a row behind all that there are

---@class engine.dev.screen.Detail
---@field tab integer
---@field top integer the row that is shown first, from 1
---@field private key? string of what the rows are of
---@field private count integer of rows
---@field private row fun(i: integer): table as canvas:row takes it
---@field private page integer
---@field private is_moved? boolean since it was drawn: keys can be faster than frames
local Detail = {}
Detail.__index = Detail

--- Shows a tab, from its beginning.
---@param tab integer
function Detail:choose(tab)
  self.tab, self.top = (tab - 1) % #M.tabs + 1, 1
end

--- Scrolls.
---@param by integer|"first"|"last"
function Detail:move(by)
  -- how far it goes is known when it is drawn
  local to = by == "first" and 1 or by == "last" and LAST or self.top + by
  self.top, self.is_moved = math.max(1, math.min(to, LAST)), true
end

--- Scrolls by what is seen.
function Detail:move_page(sign)
  self:move(sign * math.max(1, self.page - 1))
end

--- Forgets the rows: what they are of has changed.
function Detail:touch()
  self.key = nil
end

--- Rows that are made when they are seen: a file may have thousands of tests.
---@class engine.dev.screen.Lines
---@field count integer
---@field line fun(i: integer): string a text with colours of one row at most
---@field head? string a text with colours above them

--- Makes the rows anew where they are of something else.
local function refresh(self, view, test, file, width)
  local id = test and test.id or file and file.path or ""
  local key = ("%d %d %s"):format(self.tab, width, id)
  if key == self.key then
    return
  end
  if self.of ~= id then
    self.of, self.top = id, self.is_moved and self.top or 1
  end
  self.key = key
  local text = require("engine.dev.screen.tabs")[M.tabs[self.tab]](view, test, file, width)
  if type(text) == "string" then
    local rows = canvases.rows(text, width)
    self.count, self.row = #rows, function(i)
      return rows[i]
    end
  else
    local head = text.head and canvases.rows(text.head, width) or {}
    self.count, self.row = #head + text.count, function(i)
      return head[i] or canvases.rows(text.line(i - #head), width)[1]
    end
  end
end

local function title(look, test, file)
  if not file then
    return "no test"
  elseif not test then
    return show.safe(look, file.file)
  end
  local place = show.safe(look, file.file) .. (test.line and ":" .. test.line or "")
  return place .. "  " .. show.safe(look, test.name)
end

local TABS_WIDTH = 50 -- that all names take

local function draw_tabs(self, canvas, y, r)
  local at, is_short = r.x + 1, r.width < TABS_WIDTH
  for i, name in ipairs(M.tabs) do
    local is_shown = i == self.tab
    local text = is_short and not is_shown and tostring(i) or ("%d %s"):format(i, name)
    text = (is_shown and "[%s]" or " %s "):format(text)
    at = at + canvas:put(y, at, r.x + r.width - 1 - at, text, is_shown and "bold" or "dim")
  end
end

--- Draws the pane.
---@param view engine.dev.screen.View
---@param canvas engine.dev.screen.Canvas
---@param r engine.dev.screen.Rect with the frame
---@param is_focused boolean
function Detail:draw(view, canvas, r, is_focused)
  local test, file = view.tree:current()
  local width = r.width - 4
  refresh(self, view, test, file, width)
  self.is_moved = false
  self.page = r.height - 3
  self.top = math.max(1, math.min(self.top, self.count - self.page + 1))
  local last = math.min(self.count, self.top + self.page - 1)
  local verdict = test and (test.phase == "running" and "RUNNING"
    or test.verdict and require("engine.ui.line").words[test.verdict][1]) or nil
  canvas:box(r, {
    title = title(canvas.look, test, file), note = verdict, is_focused = is_focused,
    foot = self.count > self.page and ("%d-%d/%d"):format(self.top, last, self.count) or nil,
  })
  draw_tabs(self, canvas, r.y + 1, r)
  for i = self.top, last do
    canvas:row(r.y + 2 + i - self.top, r.x + 2, width, self.row(i))
  end
end

--- Says in a dim line what there is not.
---@param view engine.dev.screen.View
---@param text string
---@return string
---@nodiscard
function M.nothing(view, text)
  return style.paint(view.canvas.look.color, "dim", text)
end

--- Makes the pane.
---@return engine.dev.screen.Detail
---@nodiscard
function M.new()
  return setmetatable({ tab = 1, top = 1, count = 0, page = 10 }, Detail)
end

return M
