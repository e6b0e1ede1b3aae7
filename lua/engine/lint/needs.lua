--- Which rules can find anything in a text: those whose words it holds.
---
--- A rule says by `needs` what stands in every text that it has a finding for.  All words of all
--- rules are looked for in one pass (core.words), in both cases of letters.
local words = require("core.words")

---@class engine.lint.needs
local M = {}

---@class engine.lint.Needs
---@field words? string[]|string[][] a text must hold one of them; of several lists, one of each
---@field facts? string[]|string[][] of clnrm's own rules: the same of what engine.model.fits says
---       of a text that fits; {}: the rule has no finding for any of these

M.WORD_MAX = 64 -- bytes
M.WORDS_MAX = 100 -- of one rule

local NOTHING, HIDDEN = {}, 0
local LISTS_MAX = 500

--- What may spell a word in another way; a text that holds it is looked at by all rules.
local ESCAPES = { "\\u", "\\x", "\\\n", "\\\r", "\\ ", "\\\t" }

---@class engine.lint.needs.One
---@field rule engine.lint.Rule
---@field count integer       of its groups of words
---@field facts? string[][]

---@class engine.lint.Needed
---@field list engine.lint.needs.One[]
---@field always engine.lint.needs.One[] those of them that need no words
---@field one_of engine.lint.needs.One[] by the number of a group of words
---@field groups_of integer[][] index of a word → the groups that it is of
---@field lists table<string, engine.lint.needs.One[]> what was found → what has all of its words
---@field list_count integer
---@field finder core.words.finder
local Needed = {}
Needed.__index = Needed

--- Makes lists of one.
local function lists_of(given)
  return type(given[1]) == "table" and given or { given }
end

--- Says what is wrong with the words of a rule.  Our own rules know how a file spells theirs.
local function wrong_words(list, is_own)
  local count = 0
  for key, word in pairs(list) do
    count = count + 1
    if math.type(key) ~= "integer" or type(word) ~= "string" then
      return "`needs.words` must be a list of texts, or of such lists"
    elseif word == "" or #word > M.WORD_MAX then
      return ("a word of `needs` has 1 to %d bytes"):format(M.WORD_MAX)
    elseif not is_own and word:find('[%c"\\]') then
      return "a word of `needs` has no quotes, backslashes and line ends: "
        .. "a file may have them as escapes"
    end
  end
  if count ~= #list or count == 0 or count > M.WORDS_MAX then
    return ("`needs.words` must be a list of 1 to %d words"):format(M.WORDS_MAX)
  end
end

--- Says what is wrong with `needs` of a rule.
---@param needs table
---@param is_own? boolean the rule is clnrm's own
---@return string? why
---@nodiscard
function M.problem(needs, is_own)
  for field in pairs(needs) do
    if field ~= "words" and not (is_own and field == "facts") then
      local near = require("engine.suggest").nearest(tostring(field), { "words" })
      return ("`needs` has no field `%s`%s"):format(tostring(field),
        near and (", did you mean `%s`?"):format(near) or "")
    end
  end
  local words_of, count = needs.words, 0
  if words_of == nil and needs.facts then
    return nil
  elseif type(words_of) ~= "table" then
    return "`needs.words` must be a list of texts, or of such lists"
  elseif type(words_of[1]) ~= "table" then
    return wrong_words(words_of, is_own)
  end
  for key, group in pairs(words_of) do
    count = count + 1
    local why = (math.type(key) ~= "integer" or type(group) ~= "table")
      and "`needs.words` must be a list of texts, or of such lists" or wrong_words(group, is_own)
    if why then
      return why
    end
  end
  return count ~= #words_of and "`needs.words` must be a list of texts, or of such lists" or nil
end

--- Gathers the words of rules; those of a rule that `leaves_out` names are not looked for, so that
--- it is always called.
---@return engine.lint.Needed
---@return string[] words
local function gather(rules, leaves_out)
  local self = setmetatable({
    list = {}, always = {}, one_of = {}, groups_of = {}, lists = {}, list_count = 0,
  }, Needed)
  local list, index_of = {}, {}
  local function add(word, group)
    word = word:lower()
    if not index_of[word] then
      list[#list + 1] = word
      index_of[word], self.groups_of[#list] = #list, {}
    end
    table.insert(self.groups_of[index_of[word]], group)
  end
  for _, word in ipairs(ESCAPES) do
    add(word, HIDDEN)
  end
  for i, rule in ipairs(rules) do
    local needed = not leaves_out(rule) and rule.needs or NOTHING
    local groups = needed.words and lists_of(needed.words) or NOTHING
    local one =
      { rule = rule, count = #groups, facts = needed.facts and lists_of(needed.facts) }
    self.list[i] = one
    self.always[#self.always + 1] = #groups == 0 and one or nil
    for _, group in ipairs(groups) do
      self.one_of[#self.one_of + 1] = one
      for _, word in ipairs(group) do
        add(word, #self.one_of)
      end
    end
  end
  return self, list
end

local function none()
  return false
end

--- Rules of the project: their words may be more than are looked for at once.
local function is_of_project(rule)
  return rule.code:sub(1, 1) == "X"
end

--- Takes rules.
---@param rules engine.lint.Rule[]
---@return engine.lint.Needed
---@nodiscard
function M.new(rules)
  local self, list = gather(rules, none)
  self.finder = words.compile(list)
  if not self.finder then
    self, list = gather(rules, is_of_project)
    self.finder = assert(words.compile(list))
  end
  return self
end

--- Whether what is known of a text leaves room for a finding.
local function are_facts(facts, groups)
  for i = 1, #groups do
    local group, is_one = groups[i], nil
    for k = 1, #group do
      is_one = is_one or facts[group[k]]
    end
    if not is_one then
      return false
    end
  end
  return true
end

--- Lists what has all of its words among those that were found.
---@param found integer[]
---@return engine.lint.needs.One[]
local function with_words(self, found)
  local met, left, list = {}, {}, table.move(self.always, 1, #self.always, 1, {})
  for _, index in ipairs(found) do
    for _, group in ipairs(self.groups_of[index]) do
      local one = not met[group] and self.one_of[group]
      met[group] = true
      if one then
        left[one] = (left[one] or one.count) - 1
        list[#list + 1] = left[one] == 0 and one or nil
      end
    end
  end
  list.is_hidden = met[HIDDEN]
  return list
end

--- The same of a text.  The files of a project hold much the same words, so it is kept.
local function listed(self, text)
  local found = self.finder:find(text)
  local key = table.concat(found, " ")
  local list = self.lists[key]
  if not list then
    list = with_words(self, found)
    if self.list_count >= LISTS_MAX then
      self.lists, self.list_count = {}, 0
    end
    self.lists[key], self.list_count = list, self.list_count + 1
  end
  return list
end

--- Finds the rules that may have a finding for a text.
---@param text string
---@param facts? engine.model.fits.Facts of a text that fits
---@return table<engine.lint.Rule, true>
---@nodiscard
function Needed:of(text, facts)
  local awake, list = {}, listed(self, text)
  local is_hidden = list.is_hidden
  if facts then
    is_hidden = facts.hidden
  end
  list = is_hidden and self.list or list
  for i = 1, #list do
    local one = list[i]
    if not (facts and one.facts) or are_facts(facts, one.facts) then
      awake[one.rule] = true
    end
  end
  return awake
end

return M
