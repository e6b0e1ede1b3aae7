--- A comparison as Markdown, for a comment on a change.  Pure.
---@class engine.diff.view.md
local markdown = require("engine.report.markdown")
local text = require("core.text")
local unified = require("engine.unified")
local words = require("engine.diff.view.words")

local M = {}

local escape = text.escape

local LINE_MAX = 300 -- columns of a line, unless all is shown

M.BYTES_MAX = 60000 -- what a comment may have

local function place(path, node)
  local parts = {}
  for i = 2, #path do
    parts[#parts + 1] = markdown.inline(path[i])
  end
  parts[#parts + 1] = "**" .. markdown.inline(node.label or node.name) .. "**"
  return table.concat(parts, " › ")
end

local function remarks(change)
  local parts = {}
  if change.similarity then
    parts[1] = "was " .. markdown.code(change.a.label or change.a.name)
  end
  local remark = words.remark(change, " › ")
  parts[#parts + 1] = remark and markdown.inline(remark) or nil
  parts[#parts + 1] = change.timing and words.times(change, "→") or nil
  return parts[1] and " (" .. table.concat(parts, ", ") .. ")" or ""
end

--- Fences a text with nothing in it that a terminal would act on.
local function fenced(s)
  return markdown.fenced(assert(escape(s)))
end

local function text_difference(a, b, is_whole)
  local lines = {}
  for _, hunk in ipairs(unified.hunks(a, b)) do
    lines[#lines + 1] = "@@"
    for _, line in ipairs(words.shorten(hunk.lines, is_whole)) do
      for part in line:gmatch("[^\n]+") do -- the last one of a text may have a remark behind it
        lines[#lines + 1] = is_whole and part or text.cut(escape(part, { line = true }), LINE_MAX)
      end
    end
  end
  return fenced(table.concat(lines, "\n")):gsub("^(`+)text", "%1diff")
end

local function field_part(field, is_whole)
  local name = markdown.inline(field.name)
  if field.op ~= "changed" then
    local value = field.a or field.b
    local shown = value:find("\n") and "\n\n" .. fenced(value)
      or markdown.code(value) .. "\n"
    return ("  - %s %s: %s"):format(name, field.op, shown)
  elseif field.a:find("\n") or field.b:find("\n") then
    return ("  - %s:\n\n%s"):format(name, text_difference(field.a, field.b, is_whole))
  end
  return ("  - %s: %s → %s\n"):format(name, markdown.code(field.a), markdown.code(field.b))
end

local function add(state, change, path)
  if change.op ~= "same" or change.timing or state.all then
    local op = change.op == "same" and change.timing or change.op
    local parts = { ("- %s: %s%s\n"):format(op, place(path, change.node),
      remarks(change)) }
    for _, field in ipairs(change.fields) do
      parts[#parts + 1] = field_part(field, state.all)
    end
    local item = table.concat(parts)
    if state.bytes + #item <= M.BYTES_MAX then
      state.bytes = state.bytes + #item
      state.out[#state.out + 1] = item
    else
      state.left = state.left + 1
    end
  end
  path[#path + 1] = change.node.label or change.node.name
  for _, child in ipairs(change.children) do
    if state.all or not child.is_hidden then
      add(state, child, path)
    end
  end
  path[#path] = nil
end

--- Renders a comparison.
---@param _ any
---@param told engine.diff.Told
---@return string
---@nodiscard
function M.render(_, told)
  local head = words.head(told, "→")
  for i, part in ipairs(head) do
    head[i] = i == 1 and "**" .. markdown.inline(part) .. "**" or markdown.inline(part)
  end
  local state = { out = {}, bytes = 0, left = 0, all = told.all }
  add(state, told.result.root, {})
  if state.left > 0 then
    state.out[#state.out + 1] = ("- and %d more\n"):format(state.left)
  end
  local sum = markdown.inline(table.concat(words.sum(told), ", "))
  for _, note in ipairs(words.notes(told)) do
    sum = sum .. "  \n" .. markdown.inline(note)
  end
  local body = #state.out > 0 and "\n" .. table.concat(state.out) or ""
  return table.concat(head, ", ") .. "\n" .. body .. "\n" .. sum .. "\n"
end

return M
