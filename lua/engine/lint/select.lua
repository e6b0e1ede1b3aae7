--- Which rules are on: by what the project and the command line select, add and ignore.
---
--- A word is a code (L031), the beginning of codes (L0, L), or the name of a rule; ALL is all.
---@class engine.lint.select
local M = {}

local function matches(word, rule)
  return word == "ALL" or rule.name == word:lower()
    or rule.code:sub(1, #word) == word:upper() and word ~= ""
end

local function any(words, rule)
  for _, word in ipairs(words or {}) do
    if matches(word, rule) then
      return true
    end
  end
  return false
end

--- Finds a word that means no rule.
---@param words? string[]
---@param rules engine.lint.Rule[]
---@return string? word
---@return string? near
function M.unknown(words, rules)
  for _, word in ipairs(words or {}) do
    local is_known = false
    for _, rule in ipairs(rules) do
      is_known = is_known or matches(word, rule)
    end
    if not is_known then
      local names = {}
      for _, rule in ipairs(rules) do
        names[#names + 1], names[#names + 2] = rule.code, rule.name
      end
      return word, require("engine.suggest").nearest(word, names)
    end
  end
end

---@class engine.lint.Selection
---@field select? string[]        instead of the rules that are on by default
---@field extend_select? string[] besides
---@field ignore? string[]        none of these

--- Lists the rules that are on.
---@param rules engine.lint.Rule[]
---@param selection engine.lint.Selection
---@return engine.lint.Rule[]
---@nodiscard
function M.rules(rules, selection)
  local list = {}
  for _, rule in ipairs(rules) do
    local on
    if selection.select then
      on = any(selection.select, rule)
    else
      on = rule.default ~= false
    end
    on = (on or any(selection.extend_select, rule)) and not any(selection.ignore, rule)
    list[#list + 1] = on and rule or nil
  end
  return list
end

return M
