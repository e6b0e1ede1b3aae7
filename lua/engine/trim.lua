--- Takes the blanks from the ends of a text, and finds its last line, in one go: texts of users may
--- be long.
---
--- Pure.  The pattern `^%s*(.-)%s*$` looks, at each blank, for the end of the text again; `[^\n]*$`
--- and `.*\n()`, at each byte of a line.
---@class engine.trim
local M = {}

--- Takes the blanks from the end.
---@param text string
---@return string
---@nodiscard
function M.stop(text)
  return text:match("^.*%S") or ""
end

--- Takes the blanks from both ends.
---@param text string
---@return string
---@nodiscard
function M.both(text)
  local first = text:find("%S")
  return first and text:match("^.*%S", first) or ""
end

--- Finds where the last line begins: behind the last line end, or at the beginning.
---@param text string
---@return integer at from 1
---@nodiscard
function M.last_line(text)
  return text:match("^.*\n()") or 1
end

return M
