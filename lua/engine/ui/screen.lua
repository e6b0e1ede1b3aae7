--- A terminal with permanent lines above and a live region below, which is redrawn in place.
---
--- A frame is one write: the old region is taken away, new permanent lines are put down, the region
--- is drawn again, all inside of a synchronized update.  At most FPS frames a second are drawn; a
--- terminal that does not take the last one gets none before it does, and the run goes on.
---
--- How high the old region is follows from the width.  A multiplexer changes its screen at once and
--- tells the new width up to 250 ms later (tmux); who erases by a width that is no more true takes
--- lines that are not of the region.  So nothing is drawn before a width is SETTLE_MS old.
local term = require("core.term")

local M = {}

M.FPS = 12
local FRAME_MS = 1000 / M.FPS
local SETTLE_MS = 600 -- on a busy machine those 250 are more
local HEIGHT_MAX = 64 -- lines of a region whose rows were broken
local BEGIN, END = "\27[?2026h", "\27[?2026l"

---@class engine.ui.Screen
---@field stream engine.ui.Stream
---@field paint? fun(now: number): string[] the rows of the region; nil: there is none
---@field now fun(): number
---@field pending string[] permanent bytes of the next frame
---@field widths integer[] of the rows that are on the screen
---@field rows string[]    that are on the screen
---@field last number      when the last frame was drawn
---@field resized_at number when the width changed last
---@field is_stale boolean the region on the screen is that of another width
---@field is_held boolean  the terminal belongs to somebody else
local Screen = {}
Screen.__index = Screen

--- Counts the lines of the screen that the region takes: a terminal that was made narrower has
--- broken its rows, unless it is one of those that cut them off.
local function height_of(self)
  local width, count = self.stream.width, 0
  for _, columns in ipairs(self.widths) do
    local is_broken = self.reflows and columns > width and width > 0
    count = count + (is_broken and (columns + width - 1) // width or 1)
  end
  return count
end

--- What takes the region off the screen; the cursor stands in the line below it.  Line by line:
--- there are terminals that keep in their history what one sequence clears.
local function erasure(self)
  local height = math.min(height_of(self), HEIGHT_MAX)
  return height > 0 and "\r\27[2K" .. ("\27[A\27[2K"):rep(height) or ""
end

local function note_rows(self, rows)
  local show = require("engine.ui.show")
  self.rows, self.widths = rows, {}
  for i, row in ipairs(rows) do
    self.widths[i] = show.width((row:gsub("\27%[[%d;]*m", "")))
  end
  local undo = erasure(self)
  term.undo(self.stream.fd, undo ~= "" and END .. undo or "")
end

local function same_rows(a, b)
  if #a ~= #b then
    return false
  end
  for i, row in ipairs(a) do
    if row ~= b[i] then
      return false
    end
  end
  return true
end

local function take_pending(self)
  local bytes = table.concat(self.pending)
  self.pending = {}
  return bytes
end

--- Draws a frame now, unless nothing changed, the terminal does not keep up, or its width has not
--- settled.
---@param force? boolean the rows are drawn even when they are the same
function Screen:frame(force)
  local stream = self.stream
  stream:drain(false)
  if not force and self.paint and self.now() - self.resized_at < SETTLE_MS then
    return
  end
  force = force or self.is_stale
  local is_busy = stream.queued > 0 or self.is_held
  local now = self.now()
  local rows = not is_busy and self.paint and self.paint(now) or {}
  if is_busy and #self.pending == 0 then
    return
  elseif not force and #self.pending == 0 and same_rows(rows, self.rows) then
    return
  end
  self.last, self.is_stale = now, false
  local bytes = erasure(self) .. take_pending(self)
  if #rows > 0 then
    bytes = BEGIN .. bytes .. table.concat(rows, "\n") .. "\n" .. END
  elseif #self.rows > 0 then
    bytes = BEGIN .. bytes .. END
  end
  note_rows(self, rows)
  stream:put(bytes)
end

--- Writes permanent bytes, whole lines: at once, or with the next frame when there are many.
---@param bytes string
function Screen:write(bytes)
  self.pending[#self.pending + 1] = bytes
  if not self.paint or self.now() - self.last >= FRAME_MS then
    self:frame()
  end
end

--- Takes the region off the screen until `resume`; what was written is there then.
function Screen:hold()
  local paint = self.paint
  self.paint = nil
  self:frame(true)
  self.paint, self.is_held = paint, true
end

--- Draws the region again, below wherever the cursor is.
function Screen:resume()
  self.is_held = false
  self:frame(true)
end

--- Takes the region for gone: the cursor is not where it was left.
function Screen:forget()
  self.rows, self.widths = {}, {}
  term.undo(self.stream.fd, "")
end

--- Follows the width of the terminal; the region does when that has settled.
---@return boolean has_changed
function Screen:resize()
  local width = term.width(self.stream.fd)
  local has_changed = width ~= self.stream.width
  if has_changed then
    self.stream.width, self.resized_at, self.is_stale = width, self.now(), true
  end
  return has_changed
end

--- Returns the rows that a region may take: the cursor has one of the screen, results have another.
---@return integer
function Screen:room()
  local rows = term.rows(self.stream.fd)
  return (rows > 0 and rows or 24) - 2
end

--- Takes the region away for good.
function Screen:close()
  self.paint, self.is_held = nil, false
  self:frame(#self.rows > 0)
  term.undo(self.stream.fd, "")
end

--- Says whether a terminal breaks rows anew when it is made narrower.
---@param env fun(name: string): string?
---@return boolean
function M.reflows(env)
  local name = env("TERM") or ""
  if (env("TMUX") or "") ~= "" then
    return true
  end
  return name ~= "linux" and not name:match("^screen") and not env("XTERM_VERSION")
end

--- Makes a screen of a stream.
---@param stream engine.ui.Stream
---@param now fun(): number milliseconds
---@param reflows boolean
---@return engine.ui.Screen
---@nodiscard
function M.new(stream, now, reflows)
  return setmetatable({
    stream = stream,
    now = now,
    reflows = reflows,
    pending = {},
    rows = {},
    widths = {},
    last = -math.huge,
    resized_at = -math.huge,
    is_stale = false,
    is_held = false,
  }, Screen)
end

return M
