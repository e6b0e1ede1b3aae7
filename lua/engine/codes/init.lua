--- The codes of diagnostics: what each means, for `clnrm explain CODE` and docs/errors.md.
---
--- One file for each family, named by its letter; each maps a code to its page.  A code that is
--- emitted anywhere must stand here (a spec looks for it), and stays what it is for good.
---@class engine.codes
local M = {}

---@class engine.codes.Page
---@field title string one line, without a full stop
---@field text string  Markdown: why it is an error, what to do
---@field example? engine.codes.Example

--- What gives the code, and the same made right; tests/e2e/codes_spec.lua runs both.
---@class engine.codes.Example
---@field lang? "toml"|"lua"|"clnrm.toml"|"sh"|"lint-toml"|"lint-lua" what both are: a test file in
---       TOML (without a name of its own) or Lua, a project file, shell commands beside
---       hello.clnrm.toml, or a test file for lint; default "toml"
---@field bad? string
---@field good? string ends with exit code 0
---@field none? string instead of both: why there is no example

---@class engine.codes.Family
---@field letter string
---@field title string
---@field codes table<string, engine.codes.Page>

local LETTERS = { "E", "P", "L", "R", "T", "H", "V", "S", "F" }

--- Files of examples, by the family that they belong to.
local EXAMPLES = {
  E = { "e" }, P = { "p" }, R = { "r" }, H = { "h" }, V = { "v" }, F = { "f" },
  T = { "t", "t_fault", "t_lua", "t_snapshot" },
}

local families = {}

local function add_examples(family)
  for _, name in ipairs(EXAMPLES[family.letter] or {}) do
    for code, example in pairs(require("engine.codes.examples." .. name)) do
      family.codes[code].example = example
    end
  end
end

--- Loads a family.
---@param letter string
---@return engine.codes.Family? # nil when there is none
function M.family(letter)
  if families[letter] == nil then
    families[letter] = false
    for _, known in ipairs(LETTERS) do
      if known == letter then
        families[letter] = require("engine.codes." .. letter:lower())
        add_examples(families[letter])
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
