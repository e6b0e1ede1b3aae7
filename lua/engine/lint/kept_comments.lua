--- Finds the fixes that would lose a comment: it may say why something is as it is.
---
--- For all rules at once, those of the project as well, so that none has to look for comments
--- itself.  A fix that takes out nothing but comments is about them, and stays.
local comments = require("engine.lint.comments")

---@class engine.lint.kept_comments
local M = {}

local MARKS = { toml = "#", lua = "--" }

--- The first comment that begins at `offset` or behind it; the list is in the order of the text.
local function first_from(list, offset)
  local low, high = 1, #list + 1
  while low < high do
    local mid = (low + high) // 2
    if list[mid].offset < offset then
      low = mid + 1
    else
      high = mid
    end
  end
  return low
end

--- Whether a comment stands in what the edits of a fix put somewhere.
local function is_put(edits, comment)
  for _, edit in ipairs(edits) do
    if edit.text:find(comment, 1, true) then
      return true
    end
  end
  return false
end

--- Whether an edit takes out a comment together with something else.
local function loses(text, list, edits, edit)
  local lost, rest, at = false, "", edit.offset
  for i = first_from(list, edit.offset), #list do
    local one = list[i]
    if one.offset >= edit.stop then
      break
    end
    rest = rest .. text:sub(at + 1, one.offset)
    at = math.min(one.stop, edit.stop)
    lost = lost or not is_put(edits, text:sub(one.offset + 1, one.stop))
  end
  rest = rest .. text:sub(at + 1, edit.stop)
  return lost and rest:find("%S") ~= nil
end

---@class engine.lint.KeptComments the comments of a text
---@field text string
---@field lang "toml"|"lua"
---@field list? engine.lint.Comment[] once they were asked for
local Kept = {}
Kept.__index = Kept

--- Makes what knows the comments of a text.
---@param text string
---@param lang "toml"|"lua"
---@return engine.lint.KeptComments
---@nodiscard
function M.new(text, lang)
  return setmetatable({ text = text, lang = lang }, Kept)
end

--- Reads the comments, if that was not done yet: a rule of the project shall not pay for it.
function Kept:read()
  self.list = self.list or comments[self.lang](self.text)
end

--- Says whether a fix leaves every comment somewhere.
---@param fix engine.lint.Fix
---@return boolean
---@nodiscard
function Kept:keeps(fix)
  for _, edit in ipairs(fix.edits) do
    if self.text:sub(edit.offset + 1, edit.stop):find(MARKS[self.lang], 1, true) then
      self:read()
      if loses(self.text, self.list, fix.edits, edit) then
        return false
      end
    end
  end
  return true
end

return M
