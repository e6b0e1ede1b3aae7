--- Takes the blanks from the ends of a text, in one go: texts of users may be long.
---
--- Pure.  The pattern `^%s*(.-)%s*$` looks, at each blank, for the end of the text again.
---@class engine.lint.trim
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

return M
