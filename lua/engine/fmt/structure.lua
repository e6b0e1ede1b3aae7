--- Tells whether the blocks of a template keep to the structure of the TOML around them.
---
--- A block that begins inside of an array and ends outside of it, say, makes another structure in
--- each rendering: such a text has no one layout.  Each tag of a block must stand between the same
--- brackets, or in the same string, as the tag that began the block.
local tags = require("engine.fmt.tags")
local toml = require("core.toml")

local M = {}

local BLANK = { space = true, newline = true, comment = true }
local ENDS_VALUE = { string = true, atom = true, array = true, table = true }

---@class engine.fmt.Region where a piece stands
---@field bracket integer     offset of the innermost bracket around it, from 1; 0: none
---@field after_value boolean behind an element, with no comma between

--- Lists where each piece stands.
local function regions(masked)
  local kinds, offsets = toml.tokens(masked.text)
  local list, open, i, last = {}, { 0 }, 1, nil
  for n, piece in ipairs(masked.pieces) do
    while offsets[i] and offsets[i] < piece.first - 1 do
      local kind, opens = kinds[i], false
      if kind == "array" or kind == "table" then
        opens = masked.text:find("^[%[{]", offsets[i] + 1) ~= nil
        open[#open + (opens and 1 or 0)] = opens and offsets[i] + 1 or nil
      end
      if not BLANK[kind] then
        last = not opens and kind or nil
      end
      i = i + 1
    end
    list[n] = { bracket = open[#open], after_value = ENDS_VALUE[last] or false }
  end
  return list
end

--- Says whether a tag may render to elements of an array.
local function makes_text(tag)
  return tag.opens == "{{" or tag.name == "include" or tag.name == "raw"
end

--- Where a tag stands, as something to compare.
local function region_of(tag, piece, bracket)
  if tag.opened then
    return "string " .. tag.opened
  elseif piece.form == "value" then
    return "value " .. piece.first
  end
  return "bracket " .. bracket
end

--- Finds the first tag that changes the structure.
---@param masked engine.fmt.Masked whose text is TOML
---@return engine.fmt.Tag? tag nil when all keep to it
---@return string? why
---@nodiscard
function M.problem(masked)
  local places, blocks = regions(masked), {}
  for n, piece in ipairs(masked.pieces) do
    local place = places[n]
    for _, tag in ipairs(piece.tags) do
      local change, region = tags.nesting(tag), region_of(tag, piece, place.bracket)
      local is_element = piece.form == "comment" and place.bracket > 0 and makes_text(tag)
      if is_element and place.after_value then
        return tag, "this tag stands behind an element without a comma between"
      end
      local top = blocks[#blocks]
      local continues = change == -1 or tag.name == "else" or tag.name == "elif"
      if continues and not top then
        return tag, "this tag belongs to no block"
      elseif continues and top.region ~= region then
        return tag, "this tag is not between the same brackets as the one that begins its block"
      elseif change == 1 then
        blocks[#blocks + 1] = { tag = tag, region = region }
      elseif change == -1 then
        blocks[#blocks] = nil
      end
    end
  end
  if blocks[1] then
    return blocks[#blocks].tag, "the block that begins here does not end"
  end
end

return M
