--- Draws spans as rows of text: a name, a bar where it was in the time, how long it took.  Pure.
---@class engine.ui.waterfall
local show = require("engine.ui.show")
local style = require("engine.ui.style")

local M = {}

local BAR_MIN, NAME_MIN, NAME_MAX, TIME = 10, 12, 30, 9

---@class engine.ui.waterfall.Span
---@field name string
---@field from_ms number of any clock
---@field ms? number nil: it goes on
---@field verdict? string green unless it is one that is not good

--- Says when the first of spans began and the last ended: a room is made before its test begins.
---@param spans engine.ui.waterfall.Span[]
---@param from_ms number that is seen at least
---@param to_ms number
---@return number from_ms
---@return number to_ms
---@nodiscard
function M.reach(spans, from_ms, to_ms)
  for _, span in ipairs(spans) do
    from_ms = math.min(from_ms, span.from_ms)
    to_ms = math.max(to_ms, span.from_ms + (span.ms or 0))
  end
  return from_ms, to_ms
end

--- Draws spans; those that go on last to the end.
---@param look engine.ui.Look
---@param spans engine.ui.waterfall.Span[]
---@param from_ms number of the whole
---@param to_ms number
---@param width integer columns
---@param time fun(ms?: number): string of eight columns at most
---@return string[] rows
---@nodiscard
function M.rows(look, spans, from_ms, to_ms, width, time)
  local whole, rows = math.max(to_ms - from_ms, 0.001), {}
  local name_width = math.max(NAME_MIN, math.min(width // 3, NAME_MAX))
  local room = width - name_width - TIME - 2
  for i, span in ipairs(spans) do
    local name = show.fit(look, show.unjoined(show.safe(look, tostring(span.name))), name_width)
    local row = name .. (" "):rep(name_width - show.width(name)) .. " "
    if room >= BAR_MIN then
      local left = math.floor((span.from_ms - from_ms) / whole * room)
      left = math.max(0, math.min(left, room - 1))
      local long = math.floor((span.ms or to_ms - span.from_ms) / whole * room + 0.5)
      long = math.max(1, math.min(long, room - left))
      local colors = (span.verdict == "pass" or not span.verdict) and "green" or "red"
      row = row .. (" "):rep(left) .. style.paint(look.color, colors,
        (look.utf8 and "█" or "#"):rep(long)) .. (" "):rep(room - left - long) .. " "
    end
    rows[i] = row .. style.paint(look.color, "dim", ("%8s"):format(time(span.ms)))
  end
  return rows
end

return M
