--- Words of a command for a POSIX shell.  Pure.
---@class engine.run.shell_word
local M = {}

--- Quotes a word, when that is needed.
---@param word string
---@return string
---@nodiscard
function M.quote(word)
  if word:match("^[%w%._/:=@%%+,-]+$") then
    return word
  end
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

return M
