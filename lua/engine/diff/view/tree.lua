--- A comparison as a tree, for people.  Pure.
---@class engine.diff.view.tree
local rows = require("engine.diff.view.rows")
local show = require("engine.ui.show")
local style = require("engine.ui.style")
local text = require("core.text")
local words = require("engine.diff.view.words")

local M = {}

local COLORS = { ["+"] = "green", ["-"] = "red", ["~"] = "yellow", [">"] = "cyan" }
local TIMINGS = { slower = "yellow", faster = "green" }
local GAP = 2
local RIGHT_MIN = 12 -- of the text, where times stand beside it

local function wide(look)
  return look.fits and look.width or math.max(look.width, 40)
end

--- Sets parts beside each other, as many as fit on each line.
local function flow(look, parts, separator, indent)
  local lines, line = {}, nil
  for _, part in ipairs(parts) do
    local longer = line and line .. separator .. part
    if longer and show.width(longer) <= wide(look) then
      line = longer
    else
      lines[#lines + 1] = line
      line = indent .. part
    end
  end
  lines[#lines + 1] = line
  for i, one in ipairs(lines) do
    lines[i] = show.fit(look, one, wide(look))
  end
  return lines
end

--- The columns in which times stand.
local function column_of(look, list)
  local left, right = 0, 0
  for _, row in ipairs(list) do
    if row.right and row.right ~= "" then
      left = math.max(left, show.width(row.lead) + show.width(row.text))
      right = math.max(right, show.width(row.right))
    end
  end
  return math.max(RIGHT_MIN, math.min(left, wide(look) - right - 2 - GAP))
end

local function pad(s, width)
  return s .. (" "):rep(width - show.width(s))
end

local function draw(look, row, column)
  local color = COLORS[row.mark]
  local room = wide(look) - 2 - show.width(row.lead)
  local body = row.text
  local has_right = row.right and row.right ~= ""
  if has_right then
    local width = column - show.width(row.lead)
    body = pad(show.fit(look, body, math.max(width, 8)), width)
  elseif row.is_bound then
    body = show.width(body) > room
      and text.cut(body, math.max(room, 0), { mark = look.utf8 and "…" or "..." }) or body
  else
    body = show.fit(look, body, math.max(room, 8))
  end
  local has_ink = look.color and color ~= nil
  local out = { style.paint(has_ink, color or "", row.mark), " ",
    style.paint(look.color, "dim", row.lead), style.paint(has_ink, color or "", body) }
  local rest = ""
  if has_right then
    rest = (" "):rep(GAP) .. row.right
  end
  out[#out + 1] = style.paint(look.color, "dim", rest)
  if row.note then
    local used = 2 + show.width(row.lead) + show.width(body) + show.width(rest)
    if used + GAP + show.width(row.note) <= wide(look) then
      out[#out + 1] = style.paint(look.color, TIMINGS[row.timing] or "dim",
        (" "):rep(GAP) .. row.note)
    else
      local lead = "  " .. row.lead:gsub("├─", "│ "):gsub("└─", "  "):gsub("|%-", "| ")
        :gsub("`%-", "  ")
      out[#out + 1] = "\n" .. style.paint(look.color, TIMINGS[row.timing] or "dim",
        lead .. "  " .. show.fit(look, row.note, wide(look) - show.width(lead) - 2))
    end
  end
  return (table.concat(out):gsub(" +$", ""))
end

--- Renders what stands above the tree.
---@param look engine.ui.Look
---@param told engine.diff.Told
---@return string[] lines
---@nodiscard
function M.head(look, told)
  local parts = words.head(told, words.glyphs(look).arrow)
  for i, part in ipairs(parts) do
    parts[i] = show.safe(look, part)
  end
  local lines = flow(look, parts, "   ", "  ")
  for i, line in ipairs(lines) do
    lines[i] = style.paint(look.color, "bold", line)
  end
  return lines
end

--- Renders what stands below it.
---@param look engine.ui.Look
---@param told engine.diff.Told
---@return string[] lines
---@nodiscard
function M.foot(look, told)
  local lines = flow(look, words.sum(told), look.utf8 and " · " or ", ", "  ")
  for _, note in ipairs(words.notes(told)) do
    local parts = {}
    for word in show.safe(look, note):gmatch("%S+") do
      parts[#parts + 1] = word
    end
    for _, line in ipairs(flow(look, parts, " ", "  ")) do
      lines[#lines + 1] = style.paint(look.color, "dim", line)
    end
  end
  return lines
end

--- Renders a comparison.
---@param look engine.ui.Look
---@param told engine.diff.Told
---@return string
---@nodiscard
function M.render(look, told)
  local list = rows.of(look, told)
  local lines, column = M.head(look, told), column_of(look, list)
  for _, row in ipairs(list) do
    lines[#lines + 1] = draw(look, row, column)
  end
  local foot = M.foot(look, told)
  table.move(foot, 1, #foot, #lines + 1, lines)
  return table.concat(lines, "\n") .. "\n"
end

return M
