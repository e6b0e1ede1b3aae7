--- Which rules can find anything in a text: those whose words it holds.
---
--- A rule says by `needs` what stands in every text that it has a finding for.  All words of all
--- rules are looked for in one pass (core.words), in both cases of letters.
local words = require("core.words")

---@class engine.lint.needs
local M = {}

---@class engine.lint.Needs
---@field words? string[]|string[][] a text must hold one of them; of several lists, one of each

M.WORD_MAX = 64 -- bytes
M.WORDS_MAX = 100 -- of one rule

--- What may spell a word in another way; a text that holds it is looked at by all rules.
local ESCAPES = { "\\u", "\\x", "\\\n", "\\\r", "\\ ", "\\\t" }

---@class engine.lint.Needed
---@field rules engine.lint.Rule[]
---@field always engine.lint.Rule[] those that say nothing of what they need
---@field some { rule: engine.lint.Rule, groups: integer[] }[]
---@field groups_of integer[][]     index of a word → the groups that it is of
---@field finder core.words.finder
local Needed = {}
Needed.__index = Needed

--- Lists the groups of words of a rule.
---@param rule engine.lint.Rule
---@return string[][]
---@nodiscard
function M.groups(rule)
  local list = rule.needs and rule.needs.words or {}
  return type(list[1]) == "string" and { list } or list
end

--- Says what is wrong with the words of a rule.
local function wrong_words(list)
  local count = 0
  for key, word in pairs(list) do
    count = count + 1
    if math.type(key) ~= "integer" or type(word) ~= "string" then
      return "`needs.words` must be a list of texts, or of such lists"
    elseif word == "" or #word > M.WORD_MAX then
      return ("a word of `needs` has 1 to %d bytes"):format(M.WORD_MAX)
    end
  end
  if count ~= #list or count == 0 or count > M.WORDS_MAX then
    return ("`needs.words` must be a list of 1 to %d words"):format(M.WORDS_MAX)
  end
end

--- Says what is wrong with `needs` of a rule.
---@param needs table
---@return string? why
---@nodiscard
function M.problem(needs)
  for field in pairs(needs) do
    if field ~= "words" then
      local near = require("engine.suggest").nearest(tostring(field), { "words" })
      return ("`needs` has no field `%s`%s"):format(tostring(field),
        near and (", did you mean `%s`?"):format(near) or "")
    end
  end
  local list = needs.words
  if type(list) ~= "table" then
    return "`needs.words` must be a list of texts, or of such lists"
  elseif type(list[1]) ~= "table" then
    return wrong_words(list)
  end
  local count = 0
  for key, group in pairs(list) do
    count = count + 1
    local why = (math.type(key) ~= "integer" or type(group) ~= "table")
      and "`needs.words` must be a list of texts, or of such lists" or wrong_words(group)
    if why then
      return why
    end
  end
  return count ~= #list and "`needs.words` must be a list of texts, or of such lists" or nil
end

--- Takes rules.
---@param rules engine.lint.Rule[]
---@return engine.lint.Needed
---@nodiscard
function M.new(rules)
  local self = setmetatable({ rules = rules, always = {}, some = {}, groups_of = {} }, Needed)
  local list, index_of, count = {}, {}, 0
  local function add(word, group)
    word = word:lower()
    if not index_of[word] then
      list[#list + 1] = word
      index_of[word], self.groups_of[#list] = #list, {}
    end
    table.insert(self.groups_of[index_of[word]], group)
  end
  for _, word in ipairs(ESCAPES) do
    add(word, 0)
  end
  for _, rule in ipairs(rules) do
    local groups = {}
    for i, group in ipairs(M.groups(rule)) do
      count = count + 1
      groups[i] = count
      for _, word in ipairs(group) do
        add(word, count)
      end
    end
    if groups[1] then
      self.some[#self.some + 1] = { rule = rule, groups = groups }
    else
      self.always[#self.always + 1] = rule
    end
  end
  self.finder = assert(words.compile(list))
  return self
end

local function has_all(met, groups)
  for i = 1, #groups do
    if not met[groups[i]] then
      return false
    end
  end
  return true
end

--- Finds the rules that may have a finding for a text.
---@param text string
---@param awake? table<engine.lint.Rule, true> is added to
---@return table<engine.lint.Rule, true>
function Needed:of(text, awake)
  awake = awake or {}
  local met, found = {}, self.finder:find(text)
  for i = 1, #found do
    for _, group in ipairs(self.groups_of[found[i]]) do
      met[group] = true
    end
  end
  for _, rule in ipairs(self.always) do
    awake[rule] = true
  end
  for _, one in ipairs(self.some) do
    if met[0] or has_all(met, one.groups) then
      awake[one.rule] = true
    end
  end
  return awake
end

return M
