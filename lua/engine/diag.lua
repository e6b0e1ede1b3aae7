--- Diagnostics: the one form of everything that is told about a user's file.
---
--- Parse and schema errors, refused keys and failed checks are all a Diagnostic, and all are shown
--- by `render` (code frames), `concise` (one line for editors) or `json`.  Pure: takes the list and
--- the texts it speaks of, returns text.
local cells = require("engine.diag.cells")
local frame = require("engine.diag.frame")
local source = require("engine.diag.source")
local text = require("core.text")

---@class engine.diag
local M = {}

---@class engine.diag.Block lines of output that belong to a diagnostic
---@field title string
---@field lines string[]

---@class engine.diag.Diagnostic
---@field severity "error"|"warning"|"note"
---@field code string            stable: a key of engine.codes
---@field message string
---@field file? string           as the user wrote it
---@field line? integer          from 1
---@field column? integer        from 1, in characters
---@field offset? integer        bytes, from 0
---@field length? integer        bytes
---@field label? string          a few words beside the caret
---@field help? string           what to do about it
---@field meant? string          what may have been meant by the key or the text that is marked
---@field notes? (string|engine.diag.Block)[]
---@field rerun? string          a command to copy
---@field more? integer          it stands for so many that are not told one by one
---@field related? engine.diag.Diagnostic[] other places, each with its message

---@class engine.diag.Options
---@field sources? table<string, string> file → text
---@field width? integer         default 80
---@field color? boolean
---@field utf8? boolean
---@field context? integer       lines shown before the marked one; default 2
---@field explain? boolean       default true: name `clnrm explain CODE` once for each code

local GROUP_MAX = 10 -- of one code in one file; of more, GROUP_SHOWN are drawn and the rest counted
local GROUP_SHOWN = 3

local WIDTH = 80 -- columns, when nobody says how many
local LINE_MAX = 500 -- columns of a line of output; longer than the screen, it goes on below

local SGR = {
  error = "1;31",
  warning = "1;33",
  message = "1",
  frame = "36",
  caret = "1;31",
  second = "36",
  help = "32",
  note = "2",
}

---@return engine.diag.Style
local function new_style(opts)
  local style = { width = opts.width or WIDTH, utf8 = opts.utf8 or false }
  style.link = opts.link or function(_, s)
    return s
  end
  style.corner = style.utf8 and "┌─" or "-->"
  style.bar = style.utf8 and "│" or "|"
  style.dots = style.utf8 and "…" or "..."
  function style.paint(kind, s)
    if not opts.color or s == "" then
      return s
    end
    return ("\27[%sm%s\27[0m"):format(SGR[kind], s)
  end
  return style
end

local function show(style, s)
  return cells.line(tostring(s), style.utf8)
end

local function place(d)
  if not d.line then
    return d.file
  end
  return ("%s:%d:%d"):format(d.file, d.line, d.column or 1)
end

--- Resolves the marked bytes of a diagnostic in its source, or returns nil.
local function mark_of(cx, d)
  local s = d.file and d.line and cx.sources[d.file]
  if not s then
    return nil
  end
  local lines = cx.lines[d.file]
  if not lines then
    lines = source.lines(s)
    cx.lines[d.file] = lines
  end
  local begins = source.offset(lines, d.line, 1)
  local offset = begins and d.offset or source.offset(lines, d.line, d.column or 1)
  if not offset then -- the text is another one by now
    return nil
  end
  return { line = d.line, offset = offset, length = d.length or 1, label = d.label }, lines
end

local function gutter_of(d)
  local largest = d.line or 1
  for _, other in ipairs(d.related or {}) do
    largest = math.max(largest, other.line or 1)
  end
  return #tostring(largest)
end

local function add_wrapped(out, style, gutter, title, kind, s)
  local prefix = (" "):rep(gutter) .. "= " .. title .. ": "
  local shown = show(style, s)
  for i, line in ipairs(frame.wrap(shown, math.max(style.width - #prefix, 20))) do
    local head = i == 1 and style.paint(kind, prefix) or (" "):rep(#prefix)
    out[#out + 1] = head .. line
  end
end

--- Says whether lines of a block mark places in the lines above them: folded, they would not.
local function has_marks(block)
  for _, line in ipairs(block.lines) do
    if line:find("^[-+]?%s*[~^]+") then
      return true
    end
  end
  return false
end

local function add_block(out, style, gutter, block)
  local prefix = (" "):rep(gutter) .. "= " .. show(style, block.title) .. "  "
  local indent = cells.width(prefix)
  local room = math.max(style.width - indent - 2, 20)
  local head, most = prefix, has_marks(block) and room or LINE_MAX
  for _, line in ipairs(block.lines) do
    local shown = text.cut(show(style, line), most, { mark = style.dots })
    for _, part in ipairs(frame.fold(shown, room, style)) do
      out[#out + 1] = style.paint("note", head .. style.bar) .. " " .. part
      head = (" "):rep(indent)
    end
  end
end

local function add_notes(out, cx, gutter, d, explain)
  local style = cx.style
  for _, note in ipairs(d.notes or {}) do
    if type(note) == "table" then
      add_block(out, style, gutter, note)
    else
      add_wrapped(out, style, gutter, "note", "note", note)
    end
  end
  if d.help then
    add_wrapped(out, style, gutter, "help", "help", d.help)
  end
  local prefix = (" "):rep(gutter) .. "= "
  if d.rerun then
    out[#out + 1] = style.paint("note", prefix .. "rerun: ") .. show(style, d.rerun)
  end
  if explain then
    local command = d.code:find("^X") and "clnrm lint --explain " or "clnrm explain "
    out[#out + 1] = style.paint("note", prefix .. "explain: ") .. command .. d.code
  end
end

local function add_related(out, cx, gutter, d, other)
  local style = cx.style
  local mark, lines = mark_of(cx, other)
  if not mark then
    local at = other.file and " (" .. show(style, place(other)) .. ")" or ""
    add_wrapped(out, style, gutter, "note", "note", other.message .. at)
    return
  end
  mark.char, mark.label = "-", other.message
  if other.file ~= d.file then
    local where = style.paint("frame", style.corner)
      .. " " .. style.link(other.file, show(style, place(other)))
    out[#out + 1] = (" "):rep(gutter) .. where
  end
  out[#out + 1] = frame.margin(style, gutter)
  frame.draw(out, style, lines, mark, gutter, 0)
end

local function has_notes(d, explain)
  return explain or d.help or d.rerun or (d.notes and #d.notes > 0)
end

--- Adds the first line.  It is one line, as logs are searched, but where the screen is narrow.
local function add_message(out, style, name, severity, message)
  local lines = { message }
  if style.width < WIDTH and cells.width(name) + 2 + cells.width(message) > style.width then
    lines = frame.wrap(name .. ": " .. message, style.width)
    lines[1] = lines[1]:sub(#name + 3)
  end
  out[#out + 1] = style.paint(severity, name) .. style.paint("message", ": " .. lines[1])
  for i = 2, #lines do -- a line that begins like a command of GitHub's runner would be one
    local line = lines[i]:gsub("^(%s*)(::)", "%1| %2"):gsub("^(%s*)(##%[)", "%1| %2")
    out[#out + 1] = style.paint("message", line)
  end
end

local function add_one(out, cx, d, explain)
  local style, gutter = cx.style, gutter_of(d)
  add_message(out, style, ("%s[%s]"):format(d.severity, d.code), d.severity, show(style, d.message))
  if d.file then
    local where = style.paint("frame", style.corner)
      .. " " .. style.link(d.file, show(style, place(d)))
    out[#out + 1] = (" "):rep(gutter) .. where
  end
  local mark, lines = mark_of(cx, d)
  if mark then
    out[#out + 1] = frame.margin(style, gutter)
    frame.draw(out, style, lines, mark, gutter, cx.context)
  elseif d.label then
    add_wrapped(out, style, gutter, "note", "note", d.label)
  end
  for _, other in ipairs(d.related or {}) do
    add_related(out, cx, gutter, d, other)
  end
  if has_notes(d, explain) then
    if mark then
      out[#out + 1] = frame.margin(style, gutter)
    end
    add_notes(out, cx, gutter, d, explain)
  end
  out[#out + 1] = ""
end

--- Splits a list into what is drawn and what is only counted, by code and file.
local function group(list)
  local counts, items, by_key = {}, {}, {}
  for _, d in ipairs(list) do
    local key = d.code .. "\0" .. (d.file or "")
    counts[key] = (counts[key] or 0) + 1
  end
  for _, d in ipairs(list) do
    local key = d.code .. "\0" .. (d.file or "")
    local g = by_key[key]
    if counts[key] <= GROUP_MAX then
      items[#items + 1] = { d = d }
    elseif not g then
      by_key[key] = { d = d, shown = 1, rest = {} }
      items[#items + 1] = { d = d }
    elseif g.shown < GROUP_SHOWN then
      g.shown = g.shown + 1
      items[#items + 1] = { d = d }
      if g.shown == GROUP_SHOWN then
        items[#items + 1] = { rest = g.rest }
      end
    else
      g.rest[#g.rest + 1] = d
    end
  end
  return items
end

local function add_rest(out, cx, rest)
  local style, first, at, total = cx.style, rest[1], {}, 0
  for _, d in ipairs(rest) do
    total = total + (d.more or 1)
  end
  for i = 1, math.min(#rest, GROUP_MAX) do
    at[i] = rest[i].line and ("%d:%d"):format(rest[i].line, rest[i].column or 1) or nil
  end
  local name = style.paint(first.severity, ("%s[%s]"):format(first.severity, first.code))
  local where = first.file and " in " .. show(style, first.file) or ""
  local count = ("%d more of the same%s"):format(total, where)
  out[#out + 1] = name .. style.paint("message", ": " .. count)
  if #at > 0 then
    local more = #rest > #at and ", " .. style.dots or ""
    add_wrapped(out, style, 1, "at", "note", table.concat(at, ", ") .. more)
  end
  out[#out + 1] = ""
end

--- Renders diagnostics as code frames, in the order of the list.
---@param list engine.diag.Diagnostic[]
---@param opts? engine.diag.Options
---@return string text # ends with a newline when anything is in it
---@nodiscard
function M.render(list, opts)
  assert(type(list) == "table", "list must be a table")
  opts = opts or {}
  local cx = {
    style = new_style(opts),
    sources = opts.sources or {},
    lines = {},
    context = opts.context or 2,
  }
  local items, last_of_code = group(list), {}
  for i, item in ipairs(items) do
    if item.d then
      last_of_code[item.d.code] = i
    end
  end
  local out = {}
  for i, item in ipairs(items) do
    if item.d then
      M.add(out, cx, item.d, opts.explain ~= false and last_of_code[item.d.code] == i)
    else
      add_rest(out, cx, item.rest)
    end
  end
  return table.concat(out, "\n")
end

--- Adds the lines of one diagnostic to `out`.
---@overridable
M.add = add_one

--- Renders one diagnostic as one line: `path:line:column: error[P102] message`.
---@param d engine.diag.Diagnostic
---@return string # without a newline
---@nodiscard
function M.concise(d)
  local at = d.file and place(d) .. ": " or ""
  return cells.line(("%s%s[%s] %s"):format(at, d.severity, d.code, d.message), true)
end

--- Makes a plain table for JSON.
---@type fun(d: engine.diag.Diagnostic): table
M.json = require("engine.diag.plain").of

--- Sorts diagnostics by file and place; those without a place come first.
---@param list engine.diag.Diagnostic[]
---@return engine.diag.Diagnostic[] list # the same table
function M.sort(list)
  local order = {}
  for i, d in ipairs(list) do
    order[d] = i
  end
  table.sort(list, function(a, b)
    local file_a, file_b = a.file or "", b.file or ""
    if file_a ~= file_b then
      return file_a < file_b
    end
    local at_a, at_b = a.offset or -1, b.offset or -1
    if at_a ~= at_b then
      return at_a < at_b
    end
    return order[a] < order[b]
  end)
  return list
end

--- Tells whether a list holds an error.
---@param list engine.diag.Diagnostic[]
---@return boolean
---@nodiscard
function M.has_error(list)
  for _, d in ipairs(list) do
    if d.severity == "error" then
      return true
    end
  end
  return false
end

--- Makes diagnostics of what core.toml found wrong in a file.
---@param problems core.toml.Problem[]
---@param file string
---@return engine.Diagnostic[]
---@nodiscard
function M.of_toml(problems, file)
  local list = {}
  for i, problem in ipairs(problems) do
    list[i] = {
      severity = "error",
      code = problem.code,
      message = problem.message,
      file = file,
      line = problem.line,
      column = problem.column,
      offset = problem.offset,
      length = math.max(problem.length, 1),
      help = problem.help,
    }
  end
  return list
end

return M
