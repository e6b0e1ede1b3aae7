--- Text of unknown origin in Markdown and the HTML inside it: shown as it is, never as markup.
local show = require("engine.ui.show")

local M = {}

local LOOK = { width = 100, utf8 = true }

--- Makes a text inert: what Markdown, HTML, tables, mentions or links could take for markup becomes
--- a character reference.
---@param text string
---@return string # of one line
function M.inline(text)
  local safe = show.safe(LOOK, text)
  safe = safe:gsub("[^%w \128-\255,./;_-]", function(char)
    return ("&#%d;"):format(char:byte())
  end)
  -- Emphasis by underscores, and addresses that become links without any mark.
  return (safe:gsub("_", "&#95;"):gsub("[wW][wW][wW]%.", function(www)
    return www:sub(1, 3) .. "&#46;"
  end))
end

--- Shows a text in the letters of code; in <code> nobody is mentioned.
---@param text string
---@return string
function M.code(text)
  return "<code>" .. M.inline(text) .. "</code>"
end

--- Fences a text of several lines: the fence is longer than any in the text.
---@param text string
---@return string # with the newline after it
function M.fenced(text)
  local longest = 2
  for ticks in text:gmatch("`+") do
    longest = math.max(longest, #ticks)
  end
  local fence = ("`"):rep(longest + 1)
  return ("%stext\n%s\n%s\n"):format(fence, (text:gsub("\n+$", "")), fence)
end

return M
