--- A comparison in two columns, what A has beside what B has.  Pure.
---
--- Between the columns stands what a line is: "|" changed, "<" only left, ">" only right, "m"
--- moved.
---@class engine.diff.view.side_by_side
local show = require("engine.ui.show")
local style = require("engine.ui.style")
local tree = require("engine.diff.view.tree")
local unified = require("engine.unified")
local words = require("engine.diff.view.words")

local M = {}

local MARKS = { same = " ", changed = "|", added = ">", removed = "<", moved = "m" }
local COLORS = { ["|"] = "yellow", ["<"] = "red", [">"] = "green", m = "cyan" }
local COLUMN_MIN = 12
local TEXT_ROWS = 40

local Builder = {}
Builder.__index = Builder

--- Adds a line: what stands left, what stands right; nil: nothing.
function Builder:put(mark, left, right)
  local look, width = self.look, self.width
  left = left and show.fit(look, left, width) or ""
  right = right and show.fit(look, right, width) or ""
  local line = ("%s %s %s"):format(left .. (" "):rep(width - show.width(left)), mark, right)
  local color = COLORS[mark]
  self.lines[#self.lines + 1] = style.paint(look.color and color ~= nil, color or "",
    (line:gsub(" +$", "")))
end

local function cell(self, node, lead)
  if not node then
    return nil
  end
  local time = node.duration_ms and "  " .. words.time(node.duration_ms) or ""
  local label = words.label(self.look, node)
  local room = self.width - show.width(lead) - show.width(time)
  return lead .. show.fit(self.look, label, math.max(room, COLUMN_MIN // 2)) .. time
end

--- Adds two texts line by line: what was replaced stands beside what replaces it.
function Builder:text_lines(lead, a, b)
  local total, limit = 0, self.told.all and math.huge or TEXT_ROWS
  local gone, come = {}, {}
  local function add(mark, left, right)
    total = total + 1
    if total <= limit then
      self:put(mark, left and lead .. show.safe(self.look, left),
        right and lead .. show.safe(self.look, right))
    end
  end
  local function flush()
    for i = 1, math.max(#gone, #come) do
      add(gone[i] and come[i] and "|" or gone[i] and "<" or ">", gone[i], come[i])
    end
    gone, come = {}, {}
  end
  for _, hunk in ipairs(unified.hunks(a, b)) do
    for _, line in ipairs(hunk.lines) do
      local mark = line:sub(1, 1)
      for rest in (line:sub(2) .. "\n"):gmatch("(.-)\n") do -- the last one may have a remark below
        if mark == " " then
          flush()
          add(" ", rest, rest)
        else
          table.insert(mark == "-" and gone or come, rest)
        end
      end
    end
    flush()
  end
  if total > limit then
    self:put(" ", ("%s(%d more rows; --all)"):format(lead, total - limit))
  end
end

function Builder:field_lines(lead, change)
  for _, field in ipairs(change.fields) do
    local name, a, b = show.safe(self.look, field.name), field.a, field.b
    local mark = MARKS[field.op]
    if (a or b):find("\n") or (b or a):find("\n") then
      self:put(mark, a and lead .. name, b and lead .. name)
      self:text_lines(lead .. "  ", a or "", b or "")
    else
      self:put(mark, a and ("%s%s  %s"):format(lead, name, show.safe(self.look, a)),
        b and ("%s%s  %s"):format(lead, name, show.safe(self.look, b)))
    end
  end
end

function Builder:add(change, lead, below, has_row)
  if has_row then
    self:put(MARKS[change.op], cell(self, change.a, lead), cell(self, change.b, lead))
  end
  local shown, glyphs = {}, words.glyphs(self.look)
  for _, child in ipairs(change.children) do
    shown[#shown + 1] = (self.told.all or not child.is_hidden) and child or nil
  end
  self:field_lines(has_row and below .. (shown[1] and glyphs.bar or glyphs.gap) or below, change)
  for i, child in ipairs(shown) do
    local is_last = i == #shown
    self:add(child, below .. (is_last and glyphs.last or glyphs.tee),
      below .. (is_last and glyphs.gap or glyphs.bar), true)
  end
end

--- Renders a comparison.
---@param look engine.ui.Look
---@param told engine.diff.Told
---@return string
---@nodiscard
function M.render(look, told)
  local self = setmetatable({
    look = look,
    told = told,
    width = math.max(COLUMN_MIN, (look.width - 3) // 2),
    lines = tree.head(look, told),
  }, Builder)
  local root = told.result.root
  if told.all or not root.is_hidden then
    self:add(root, "", "", told.kind == "run")
  end
  local foot = tree.foot(look, told)
  table.move(foot, 1, #foot, #self.lines + 1, self.lines)
  return table.concat(self.lines, "\n") .. "\n"
end

return M
