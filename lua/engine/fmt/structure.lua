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
---@field before_comma boolean what comes next is a comma

--- Lists where each piece stands.
local function regions(masked)
  local kinds, offsets = toml.tokens(masked.text)
  local list, open, i, last = {}, { 0 }, 1, nil
  local is_comma, next_kind = {}, nil -- of the next token behind each that counts
  for n = #kinds, 1, -1 do
    is_comma[n] = next_kind == "comma"
    next_kind = BLANK[kinds[n]] and next_kind or kinds[n]
  end
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
    list[n] = {
      bracket = open[#open],
      after_value = ENDS_VALUE[last] or false,
      before_comma = is_comma[i] or false,
    }
  end
  return list
end

local MAKES_TEXT = { include = true, raw = true, block = true, filter = true }

--- Says whether a piece may render to elements of an array, or to a comma.
local function makes_text(masked, piece)
  local at = piece.first
  for _, tag in ipairs(piece.tags) do
    if tag.opens == "{{" or MAKES_TEXT[tag.name]
      or masked.source:sub(at, tag.first - 1):find("%S") then
      return true
    end
    at = tag.last + 1
  end
  return false
end

--- Says what is wrong with where a piece stands among the elements of an array.
local function misplaced(masked, piece, place)
  if piece.form ~= "comment" or place.bracket == 0 then
    return nil
  elseif place.before_comma then
    return "a comma stands behind this tag, and cannot be moved over it"
  elseif place.after_value and makes_text(masked, piece) then
    return "this tag stands behind an element without a comma between"
  end
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
    local why = misplaced(masked, piece, place)
    if why then
      return piece.tags[1], why
    end
    for _, tag in ipairs(piece.tags) do
      local change, region = tags.nesting(tag), region_of(tag, piece, place.bracket)
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
