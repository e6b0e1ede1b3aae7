--- A diagnostic as a plain table, for JSON.
---
--- Pure.
---@class engine.diag.plain
local M = {}

--- Makes the table: fixed fields, notes as texts.
---@param d engine.diag.Diagnostic
---@return table
---@nodiscard
function M.of(d)
  local notes, related = {}, {}
  for i, note in ipairs(d.notes or {}) do
    notes[i] = note
    if type(note) == "table" then
      notes[i] = note.title .. ":\n" .. table.concat(note.lines, "\n")
    end
  end
  for i, other in ipairs(d.related or {}) do
    related[i] = {
      message = other.message,
      file = other.file,
      line = other.line,
      column = other.column,
      offset = other.offset,
      length = other.length,
    }
  end
  return {
    severity = d.severity,
    code = d.code,
    message = d.message,
    label = d.label,
    file = d.file,
    line = d.line,
    column = d.column,
    offset = d.offset,
    length = d.length,
    help = d.help,
    notes = #notes > 0 and notes or nil,
    related = #related > 0 and related or nil,
  }
end

return M
