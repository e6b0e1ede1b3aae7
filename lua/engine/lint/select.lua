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

--- Whether a word means a rule.
local function is_known(word, rules)
  for _, rule in ipairs(rules) do
    if matches(word, rule) then
      return true
    end
  end
  return false
end

--- What may be meant by a word that means no rule.
---@param word string
---@param rules engine.lint.Rule[]
---@return string? help
---@nodiscard
function M.meant(word, rules)
  local names = {}
  for _, rule in ipairs(rules) do
    names[#names + 1], names[#names + 2] = rule.code, rule.name
  end
  local near = require("engine.suggest").nearest(word, names)
  return near and ("did you mean %s?"):format(near)
end

--- Finds the words that mean no rule.
---@param selection engine.lint.Selection
---@param rules engine.lint.Rule[]
---@return engine.lint.Problem[]
---@nodiscard
function M.unknown(selection, rules)
  local list = {}
  for _, setting in ipairs({ "select", "extend_select", "ignore" }) do
    for i, word in ipairs(selection[setting] or {}) do
      if not is_known(word, rules) then
        list[#list + 1] = {
          setting = setting, index = i, code = "E203",
          message = ("there is no rule '%s'"):format(word),
          help = word:find(",", 1, true) and "several are a list of texts" or M.meant(word, rules),
        }
      end
    end
  end
  return list
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
