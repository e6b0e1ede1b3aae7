--- Text of unknown origin in Markdown and the HTML inside it: shown as it is, never as markup.
local show = require("engine.ui.show")

local M = {}

local LOOK = { width = 100, utf8 = true }

local function by_number(char)
  return ("&#%d;"):format(char:byte())
end

--- Makes a text inert: what Markdown, HTML, tables, mentions or links could take for markup becomes
--- a character reference.  Parentheses make no link without brackets before them, a colon before a
--- blank none and no emoji, and an underscore in a word no emphasis.
---@param text string
---@return string # of one line
function M.inline(text)
  local safe = show.safe(LOOK, text)
  safe = safe:gsub("[^%w \128-\255,./;:()%%\"'?!=+_-]", by_number)
  safe = safe:gsub(":()", function(behind)
    return safe:find("^[^ ]", behind) and by_number(":")
  end)
  safe = safe:gsub("()_()", function(at, behind)
    return not (safe:find("^%w", at - 1) and safe:find("^%w", behind)) and by_number("_")
  end)
  -- What begins a list or underlines a heading, and addresses that become links without any mark.
  return (safe:gsub("^[-+=]", by_number):gsub("^(%d+)%.", "%1&#46;")
    :gsub("[wW][wW][wW]%.", function(www)
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
