--- The rows of a comparison drawn as a tree: what stands on each line, not yet how wide.  Pure.
---@class engine.diff.view.rows
local diff = require("engine.expect.diff")
local show = require("engine.ui.show")
local unified = require("engine.unified")
local words = require("engine.diff.view.words")

local M = {}

local TEXT_ROWS = 40 -- of one text, unless all is shown

---@class engine.diff.Row
---@field mark " "|"+"|"-"|"~"|">"
---@field lead string  the lines of the tree
---@field text string  safe to show
---@field right? string times
---@field note? string  a remark behind the text
---@field timing? string
---@field is_bound? boolean may be cut at its end alone: it begins near what differs

local MARKS = { same = " ", changed = "~", added = "+", removed = "-", moved = ">" }

local Builder = {}
Builder.__index = Builder

function Builder:put(row)
  self.rows[#self.rows + 1] = row
end

--- Adds the lines of two texts that differ.
function Builder:text_rows(lead, a, b, is_whole)
  is_whole = is_whole or self.told.all
  local total, limit = 0, is_whole and math.huge or TEXT_ROWS
  for i, hunk in ipairs(unified.hunks(a, b)) do
    if i > 1 then
      self:put({ mark = " ", lead = lead, text = self.look.utf8 and "⋮" or ":" })
    end
    for _, line in ipairs(words.shorten(hunk.lines, is_whole)) do
      for part in line:gmatch("[^\n]+") do
        total = total + 1
        if total <= limit then
          local mark = part:sub(1, 1)
          self:put({
            mark = (mark == "+" or mark == "-") and mark or " ",
            lead = lead,
            text = show.safe(self.look, mark == "\\" and part or part:sub(2)),
            is_bound = true,
          })
        end
      end
    end
  end
  if total > limit then
    self:put({ mark = " ", lead = lead, text = ("(%d more rows; --all)"):format(total - limit) })
  end
end

--- Adds two values of one line: beside each other when they fit, else below each other.
function Builder:value_rows(lead, field)
  local look = self.look
  local a, b = show.safe(look, field.a), show.safe(look, field.b)
  local text = ("%s  %s %s %s"):format(show.safe(look, field.name), a, self.arrow, b)
  if show.width(lead) + show.width(text) + 2 <= look.width then
    return self:put({ mark = "~", lead = lead, text = text })
  end
  self:put({ mark = "~", lead = lead, text = show.safe(look, field.name) })
  for _, line in ipairs(diff.render({ field.a }, { field.b })) do
    local mark = line:match("^[+-]") or " "
    self:put({ mark = mark, lead = lead .. "  ", text = show.safe(look, line:sub(3)),
      is_bound = true })
  end
end

local function lines_in(text)
  local _, feeds = text:gsub("\n", "\n")
  return feeds + (text:sub(-1) ~= "\n" and text ~= "" and 1 or 0)
end

--- Adds a field that is on one side alone.
function Builder:one_sided_row(lead, name, value, is_text, mark)
  local shown = is_text and value:find("\n.") and ("(%d lines)"):format(lines_in(value))
    or show.safe(self.look, (value:gsub("\n$", "")))
  local text = ("%s  %s"):format(show.safe(self.look, name), shown)
  self:put({ mark = mark, lead = lead, text = text })
end

function Builder:field_rows(lead, change)
  for _, field in ipairs(change.fields) do
    if field.op ~= "changed" then
      self:one_sided_row(lead, field.name, field.a or field.b, field.is_text,
        field.op == "added" and "+" or "-")
    elseif field.is_text and (field.a:find("\n") or field.b:find("\n")) then
      local is_whole = self.told.kind == "text" or self.told.kind == "snapshot"
      if not is_whole then
        self:put({ mark = "~", lead = lead, text = show.safe(self.look, field.name) })
      end
      self:text_rows(is_whole and "" or lead .. "  ", field.a, field.b, is_whole)
    else
      self:value_rows(lead, field)
    end
  end
  if self.told.shows_fields and (change.op == "added" or change.op == "removed") then
    for _, field in ipairs(change.node.fields) do
      self:one_sided_row(lead, field.name, field.norm, field.is_text, MARKS[change.op])
    end
  end
end

--- Adds the row of a node; two of them when its name has changed.
function Builder:node_rows(lead, change)
  local label = words.label(self.look, change.node)
  local remark = words.remark(change, self.look.utf8 and " › " or " > ")
  remark = remark and show.safe(self.look, remark)
  if change.similarity then
    local before = change.a.duration_ms and words.time(change.a.duration_ms)
    local after = change.b.duration_ms and words.time(change.b.duration_ms)
    self:put({ mark = "-", lead = lead, text = words.label(self.look, change.a),
      right = before })
    self:put({ mark = "+", lead = lead, text = label, right = after, note = remark,
      timing = change.timing })
    return
  end
  self:put({
    mark = MARKS[change.op],
    lead = lead,
    text = label,
    right = words.times(change, self.arrow),
    note = remark,
    timing = change.timing,
  })
end

local function shown_children(self, change)
  local out = {}
  for _, child in ipairs(change.children) do
    out[#out + 1] = (self.told.all or not child.is_hidden) and child or nil
  end
  return out
end

--- Adds a node and what is below it.
---@param lead string of its own row
---@param below string of the rows under it
---@param has_row boolean
function Builder:add(change, lead, below, has_row)
  local glyphs = self.glyphs
  if has_row then
    self:node_rows(lead, change)
  end
  local children = shown_children(self, change)
  local field_lead = not has_row and below or below .. (children[1] and glyphs.bar or glyphs.gap)
  self:field_rows(field_lead, change)
  for i, child in ipairs(children) do
    local is_last = i == #children
    self:add(child, below .. (is_last and glyphs.last or glyphs.tee),
      below .. (is_last and glyphs.gap or glyphs.bar), true)
  end
end

--- Makes the rows.
---@param look engine.ui.Look
---@param told engine.diff.Told
---@return engine.diff.Row[]
---@nodiscard
function M.of(look, told)
  local self = setmetatable({
    look = look,
    told = told,
    rows = {},
    glyphs = words.glyphs(look),
    arrow = words.glyphs(look).arrow,
  }, Builder)
  local root = told.result.root
  if told.all or not root.is_hidden then
    self:add(root, "", "", told.kind == "run")
  end
  return self.rows
end

return M
