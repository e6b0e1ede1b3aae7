--- The codes of diagnostics: what each means, for `clnrm explain CODE` and docs/errors.md.
---
--- One file for each family, named by its letter; each maps a code to its page.  A code that is
--- emitted anywhere must stand here (a spec looks for it), and stays what it is for good.
---@class engine.codes
local M = {}

---@class engine.codes.Page
---@field title string one line, without a full stop
---@field text string  Markdown: why it is an error, what to do
---@field bad? string  a test file (or part of one) that gives it
---@field good? string the same made right

---@class engine.codes.Family
---@field letter string
---@field title string
---@field codes table<string, engine.codes.Page>

local LETTERS = { "E", "P", "R", "T", "H", "V", "S" }

local families = {}

--- Loads a family.
---@param letter string
---@return engine.codes.Family? # nil when there is none
function M.family(letter)
  if families[letter] == nil then
    families[letter] = false
    for _, known in ipairs(LETTERS) do
      if known == letter then
        families[letter] = require("engine.codes." .. letter:lower())
      end
    end
  end
  return families[letter] or nil
end

--- Finds the page of a code.
---@param code string "P102"; case does not matter
---@return engine.codes.Page?
---@return string code as it is written
function M.get(code)
  code = code:upper()
  local family = M.family(code:sub(1, 1))
  return family and family.codes[code], code
end

--- Lists the families in their order.
---@return engine.codes.Family[]
function M.families()
  local list = {}
  for i, letter in ipairs(LETTERS) do
    list[i] = M.family(letter)
  end
  return list
end

--- Lists all codes, by family, then by number.
---@return string[]
function M.list()
  local list = {}
  for _, family in ipairs(M.families()) do
    local own, first = {}, #list + 1
    for code in pairs(family.codes) do
      own[#own + 1] = code
    end
    table.sort(own)
    table.move(own, 1, #own, first, list)
  end
  return list
end

return M
