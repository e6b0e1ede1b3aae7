--- How one pending snapshot is shown for review: its name, its changes, the keys.
---
--- Pure.
---@class engine.snapshot.view
local diff = require("engine.expect.diff")
local show = require("engine.ui.show")
local style = require("engine.ui.style")
local text = require("core.text")

local M = {}

local CONTEXT = 3 -- equal lines around a change
local ROWS_MIN = 10

---@class engine.snapshot.View what is shown, and how
---@field index integer
---@field total integer
---@field is_diff boolean  else all of the new text
---@field is_words? boolean changed words are marked
---@field is_info? boolean
---@field note? string     what the last key did
---@field rows integer     of the terminal

local function number(n)
  return n and ("%4d"):format(n) or "    "
end

local function line(look, old, new, mark, s)
  local bar = look.utf8 and "│" or "|"
  local head = number(old) .. " " .. number(new) .. " " .. bar .. mark
  local body = show.fit(look, show.safe(look, s), look.width - #number() * 2 - 4)
  if mark == " " then
    return head .. body
  end
  return style.paint(look.color, mark == "-" and "red" or "green", head .. body)
end

--- Lists the changed lines, numbered, with some equal ones around them.
local function changes(look, old, new)
  local out, changed = {}, 0
  local ops = diff.compare(old, new)
  for i, op in ipairs(ops) do
    local last = op.count - 1
    for k = 0, last do
      local near = i > 1 and k < CONTEXT or i < #ops and last - k < CONTEXT
      if op.kind == "-" then
        out[#out + 1], changed = line(look, op.a + k, nil, "-", old[op.a + k]), changed + 1
      elseif op.kind == "+" then
        out[#out + 1], changed = line(look, nil, op.b + k, "+", new[op.b + k]), changed + 1
      elseif near then
        out[#out + 1] = line(look, op.a + k, op.b + k, " ", new[op.b + k])
      elseif k == 0 or i > 1 and k == CONTEXT then
        out[#out + 1] = style.paint(look.color, "dim", look.utf8 and "        ⋮" or "        :")
      end
    end
  end
  return out, changed
end

local function word_changes(look, old, new)
  local out = {}
  for i, s in ipairs(diff.texts(old, new)) do
    local color = s:sub(1, 1) == "-" and "red" or s:sub(1, 1) == "+" and "green" or "dim"
    out[i] = style.paint(look.color, color, show.fit(look, show.safe(look, s), look.width))
  end
  return out
end

local function whole(look, s)
  local out = {}
  for i, one in ipairs(text.lines(s)) do
    out[i] = line(look, nil, i, " ", one)
  end
  return out
end

--- Says in what two texts differ whose lines are the same.
local function ends(old, new)
  if old ~= new and old:gsub("\n$", "") == new:gsub("\n$", "") then
    return new:sub(-1) == "\n" and "a newline at its end came" or "the newline at its end is gone"
  end
end

local function body_of(look, one, view)
  local old, new = one.stored and one.stored.text or "", one.pending.text
  local _, changed = changes(look, text.lines(old), text.lines(new))
  local lines
  if not view.is_diff then
    lines = whole(look, new)
  elseif view.is_words then
    lines = word_changes(look, old, new)
  else
    lines = changes(look, text.lines(old), text.lines(new))
  end
  local what = not one.stored and "new"
    or ends(old, new)
    or ("%d line%s changed"):format(changed, changed == 1 and "" or "s")
  return lines, what
end

local function info_of(look, one)
  local rows = {
    { "stored", one.shown }, { "test", one.pending.test }, { "name", one.pending.name },
    { "of", one.pending.of },
    { "bytes", one.stored and ("%d, were %d"):format(#one.pending.text, #one.stored.text)
      or tostring(#one.pending.text) },
  }
  local out = {}
  for i, row in ipairs(rows) do
    out[i] = style.paint(look.color, "dim", ("  %-7s"):format(row[1]))
      .. show.fit(look, show.safe(look, row[2] or "?"), look.width - 10)
  end
  return out
end

M.KEYS = {
  { "a", "accept" }, { "r", "reject" }, { "s", "skip" }, { "i", "info" }, { "d", "diff on/off" },
  { "w", "words/lines" }, { "e", "edit" }, { "o", "open" }, { "q", "quit" },
}

local function keys_of(look)
  local parts = {}
  for i, key in ipairs(M.KEYS) do
    parts[i] = style.paint(look.color, "cyan", key[1]) .. " " .. key[2]
  end
  return "  " .. table.concat(parts, "   ")
    .. "\n  Enter accept   Esc reject   Space skip   A R S: all that remain\n"
end

--- Renders a pending snapshot.
---@param look engine.ui.Look
---@param one engine.snapshot.Found with `pending`
---@param view engine.snapshot.View
---@return string
---@nodiscard
function M.render(look, one, view)
  local arrow = look.utf8 and " › " or " > "
  local pending, lines, what = one.pending, body_of(look, one, view)
  local title = ("Reviewing [%d/%d] %s%s%s%s%s"):format(view.index, view.total, one.source_shown,
    arrow, pending.test or "?", arrow, pending.name or "?")
  local place = pending.line and ("%s:%d"):format(one.source_shown, pending.line)
    or one.source_shown
  local about = ("  %s        run %s        %s"):format(place, pending.run or "?", what)
  local out = {
    style.paint(look.color, "bold", show.fit(look, show.safe(look, title), look.width)),
    show.fit(look, show.safe(look, about), look.width),
  }
  for _, row in ipairs(view.is_info and info_of(look, one) or {}) do
    out[#out + 1] = row
  end
  out[#out + 1] = show.rule(look)
  local room = math.max(ROWS_MIN, view.rows - #out - 5)
  for i = 1, math.min(#lines, room) do
    out[#out + 1] = lines[i]
  end
  if #lines > room then
    out[#out + 1] = style.paint(look.color, "dim",
      ("  (%d more lines; e shows all of it)"):format(#lines - room))
  end
  out[#out + 1] = show.rule(look)
  local note = view.note and "  " .. show.safe(look, view.note) .. "\n" or ""
  return table.concat(out, "\n") .. "\n" .. keys_of(look) .. note
end

return M
