--- Text of unknown origin made fit for a line of a screen: escaped, and cut where it must be.
local text = require("core.text")

local M = {}

---@class engine.ui.Look
---@field width integer  columns to lay out for
---@field fits? boolean  lines are cut to the width
---@field color? boolean
---@field utf8? boolean  more than ASCII may be shown

--- Makes a text safe for one line: nothing in it reaches the terminal as a command.
---@param look engine.ui.Look
---@param s string
---@return string
function M.safe(look, s)
  if not s:find("[^\32-\126]") then
    return s
  end
  return text.escape(s, { line = true, ascii = not look.utf8 })
end

--- Returns the columns that a safe text takes.
---@param s string
---@return integer
function M.width(s)
  return s:find("[^\32-\126]") and text.width(s) or #s
end

local REGIONAL_A = 0xA6 -- the last byte of U+1F1E6

--- Takes apart what terminals join, each in its own way, so that all take the same columns for it:
--- of a family each member is shown, of a flag its letters.  Skin tones and presentations
--- (U+FE0F) are left out.
---@param s string
---@return string
---@nodiscard
function M.unjoined(s)
  if not s:find("[\xE2\xEF\xF0\xF3]") then
    return s
  end
  return (s:gsub("\u{200D}", ""):gsub("\xEF\xB8[\x8E\x8F]", "")
    :gsub("\xF0\x9F\x8F[\xBB-\xBF]", ""):gsub("\xF3\xA0[\x80\x81][\x80-\xBF]", "")
    :gsub("\xF0\x9F\x87([\xA6-\xBF])", function(last)
      return string.char(("A"):byte() + last:byte() - REGIONAL_A)
    end))
end

--- Cuts a safe text in the middle when it is wider than `width`.
---@param look engine.ui.Look
---@param s string
---@param width integer
---@return string
function M.fit(look, s, width)
  if M.width(s) <= width then
    return s
  end
  return text.cut(s, math.max(width, 0), { middle = true, mark = look.utf8 and "…" or "..." })
end

--- Keeps lines from being taken for commands of a CI runner, which look like "::error::" or "##[",
--- blanks in front allowed.
---@param s string of any number of lines
---@return string
function M.inert(s)
  if not s:find("::", 1, true) and not s:find("##[", 1, true) then
    return s
  end
  s = ("\n" .. s):gsub("(\n[ \t]*)(::)", "%1| %2"):gsub("(\n[ \t]*)(##%[)", "%1| %2")
  return s:sub(2)
end

--- A rule across the screen.
---@param look engine.ui.Look
---@return string
function M.rule(look)
  return (look.utf8 and "─" or "-"):rep(math.min(look.width, 72))
end

return M
