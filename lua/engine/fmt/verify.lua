--- Proves that a text says what it said before: its values and types, and every token but blanks.
local toml = require("core.toml")

local M = {}

local WHY = {
  syntax = "it is no TOML any more",
  values = "a value would be another one",
  tokens = "something would be missing, added or in another place",
}

---@class engine.fmt.Proof
---@field loose? boolean  keys given twice do not matter: the text is a template
---@field again? fun(text: string): string? formats; asked to show that twice is the same as once

--- Compares a text with what it was made of.
---@param before string
---@param after string
---@param opts? engine.fmt.Proof
---@return string? why nil: they are the same
---@nodiscard
function M.problem(before, after, opts)
  local loose = opts and opts.loose or false
  if before == after then
    return nil -- and to format it once more would be to format it once
  end
  local same, what = toml.same(before, after, { loose = loose, commas = loose })
  if not same then
    return WHY[what]
  end
  if opts and opts.again and opts.again(after) ~= after then
    return "formatted once more, it would change again"
  end
end

local SKIPPED = { space = true, newline = true, comment = true }

--- Says of each piece that stands for tags whether a comma stands before and behind it.
local function beside(text, mark)
  local kinds, offsets = toml.tokens(text)
  local before, behind, last, open = {}, {}, nil, nil
  for i, kind in ipairs(kinds) do
    local at = offsets[i] + 1
    local is_piece = (kind == "comment" or kind == "string")
      and text:sub(at + 1, at + #mark) == mark
    if open and (is_piece or not SKIPPED[kind]) then
      behind[open], open = kind == "comma", nil
    end
    if is_piece then
      open = #before + 1
      before[open] = last == "comma"
    end
    last = is_piece and "piece" or SKIPPED[kind] and last or kind
  end
  return before, behind
end

--- Proves that no comma came to stand beside a tag, and none before one went: a tag can become
--- nothing, or elements with commas of their own, so that what it renders to would be no TOML.  A
--- last comma behind one that is dropped is none that was needed.
---@param before string a masked template
---@param after string
---@param mark string
---@return string? why nil: none did
---@nodiscard
function M.commas(before, after, mark)
  if before == after then
    return nil
  end
  local left, right = beside(before, mark)
  local new_left, new_right = beside(after, mark)
  for i = 1, math.max(#left, #new_left) do
    if left[i] ~= new_left[i] or new_right[i] and not right[i] then
      return "a comma would stand beside a tag, or be missing there"
    end
  end
end

return M
