--- Draws when the steps and services of a test ran: SVG with attributes alone, so that it looks the
--- same without style sheet and script. Pure.
local html = require("engine.dev.ui.html")
local words = require("engine.dev.ui.words")

---@class engine.dev.ui.waterfall
local M = {}

local el = html.el

local WIDTH, NAMES, TIMES, ROW, HEAD = 760, 200, 70, 22, 24
local ROWS_MAX = 200
local NAME_MAX = 28 -- characters

-- Seen on white as on black.
local COLOR = {
  pass = "#2f9e5b", fail = "#e0483e", timeout = "#e0483e", policy = "#e0483e", error = "#b558c9",
  infra = "#b558c9", flaky = "#c98a1b", skip = "#8a8f98", room = "#8a8f98", service = "#4c8fd6",
  hook = "#2f8f9e",
}

local function short(name)
  local cut = utf8.len(name) and utf8.offset(name, NAME_MAX + 1)
  return cut and cut <= #name and name:sub(1, utf8.offset(name, NAME_MAX) - 1) .. "…" or name
end

--- A step of the scale that gives two to five lines: 1, 2 or 5 times a power of ten.
local function scale(total)
  local step = 10 ^ math.floor(math.log(total / 2, 10))
  for _, factor in ipairs({ 1, 2, 5 }) do
    if total / (step * factor) <= 5 then
      return step * factor
    end
  end
  return step * 10
end

local function text(x, y, s, anchor)
  return el.text({ x = x, y = y, ["font-size"] = 12, ["font-family"] = "system-ui, sans-serif",
    fill = "currentColor", ["text-anchor"] = anchor, s })
end

local function row_of(row, i, at, over)
  local y, to = HEAD + (i - 1) * ROW, row.to_ms or over
  local x, width = at(row.from_ms), math.max(1, at(to) - at(row.from_ms))
  local title = ("%s: %s%s"):format(row.name, words.time(math.max(0, to - row.from_ms)),
    row.verdict and ", " .. row.verdict or row.to_ms and "" or ", runs")
  return el.g({
    el.title({ title }),
    text(0, y + 15, (words.MARK[row.verdict] or " ") .. " " .. short(row.name)),
    el.rect({ x = ("%.1f"):format(x), y = y + 4, width = ("%.1f"):format(width), height = ROW - 8,
      rx = 2, fill = COLOR[row.verdict] or COLOR[row.kind] or "#4c8fd6",
      ["fill-opacity"] = row.to_ms and "1" or "0.5" }),
    text(WIDTH, y + 15, words.time(math.max(0, to - row.from_ms)), "end"),
  })
end

--- Draws the rows of a test.
---@param detail engine.dev.ui.Detail
---@param total_ms number of the test
---@return engine.dev.ui.Html? svg nil: there is nothing to be drawn
---@nodiscard
function M.draw(detail, total_ms)
  local rows, over, began = {}, math.max(total_ms, 0.1), 0
  for _, row in ipairs(detail.rows) do
    if row.kind ~= "log" and #rows < ROWS_MAX then
      rows[#rows + 1] = row
      began, over = math.min(began, row.from_ms), math.max(over, row.to_ms or row.from_ms)
    end
  end
  local total = over - began -- a room may have been made before its test began
  if not rows[1] then
    return nil
  end
  local function at(ms)
    return NAMES + (ms - began) / total * (WIDTH - NAMES - TIMES)
  end
  local height = HEAD + #rows * ROW
  local out = { el.title({ "Steps and services over time" }) }
  local step = scale(total)
  for i = 0, math.floor(total / step) do
    local x = ("%.1f"):format(at(began + i * step))
    out[#out + 1] = el.line({ x1 = x, x2 = x, y1 = HEAD - 6, y2 = height, stroke = "currentColor",
      ["stroke-opacity"] = "0.2" })
    out[#out + 1] = text(x, 12, words.time(i * step), "middle")
  end
  for i, row in ipairs(rows) do
    out[#out + 1] = row_of(row, i, at, over)
  end
  return el.svg({ class = "waterfall", role = "img", viewBox = ("0 0 %d %d"):format(WIDTH, height),
    width = WIDTH, height = height, xmlns = "http://www.w3.org/2000/svg", out })
end

return M
