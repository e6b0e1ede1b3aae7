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

return M
