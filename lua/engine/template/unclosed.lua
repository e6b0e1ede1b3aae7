--- What a template means that leaves a text in a tag open.
local M = {}

local find, match, sub = string.find, string.match, string.sub

--- Finds the text whose quote is missing: what is wrong stands at a quote that no other follows,
--- or behind a text that goes through the end of its tag to a quote of another line.
---@param s string the template
---@param at integer where something is wrong
---@return integer? begin of the text
---@return integer? stop of that which was taken for it
---@nodiscard
function M.text(s, at)
  local quote = match(s, "^[\"'`]", at)
  if quote then
    return not find(s, quote, at + 1, true) and at or nil
  end
  quote = match(s, "^[\"'`]", at - 1)
  local begin = quote and match(sub(s, 1, at - 2), "^.*()" .. quote)
  local text = begin and sub(s, begin, at - 1) or ""
  if find(text, "\n", 1, true) and find(text, "[%%}]}") then
    return begin, at - 1
  end
end

return M
