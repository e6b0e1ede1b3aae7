--- Boolean expressions that select tests: `-k "db and not slow"`.
---
--- A word holds when it is a part of the test's name or file (whatever the case), or is one of
--- its tags; `name:`, `file:` and `tag:` look at one of them.  Quotes keep blanks and keywords
--- together.
--- Pure.
---@class engine.filter
local text = require("core.text")

local M = {}

local LENGTH_MAX = 4096
local DEPTH_MAX = 100
local WHERE = { "name", "file", "tag" }

---@class engine.filter.Subject
---@field name string
---@field file string
---@field tags string[]

---@alias engine.filter.Predicate fun(subject: engine.filter.Subject): boolean

---@class engine.filter.Problem
---@field message string
---@field offset integer bytes, from 0
---@field length integer
---@field help? string

---@class engine.filter.Token
---@field kind "("|")"|"and"|"or"|"not"|"word"|"end"
---@field text string
---@field quoted boolean
---@field at integer    from 1
---@field length integer in the source

---@return engine.filter.Problem
local function problem(token, message, help)
  local length = math.max(token.length, 1)
  return { message = message, offset = token.at - 1, length = length, help = help }
end

local function read_quoted(source, at)
  local quote, out, i = source:sub(at, at), {}, at + 1
  while i <= #source do
    local char = source:sub(i, i)
    if char == quote then
      return table.concat(out), i - at + 1
    elseif char == "\\" and i < #source then
      i = i + 1
      char = source:sub(i, i)
    end
    out[#out + 1] = char
    i = i + 1
  end
end

--- Splits the source into tokens, or returns the first problem.
local function tokenize(source)
  local tokens, at = {}, 1
  local function add(kind, value, length, quoted)
    tokens[#tokens + 1] =
      { kind = kind, text = value, at = at, length = length, quoted = quoted or false }
    at = at + length
  end
  while true do
    at = source:match("^%s*()", at)
    local char = source:sub(at, at)
    if char == "" then
      add("end", "the end", 0)
      return tokens
    elseif char == "(" or char == ")" then
      add(char, char, 1)
    elseif char == "'" or char == '"' then
      local value, length = read_quoted(source, at)
      if not value then
        local token = { at = at, length = #source - at + 1 }
        return nil, problem(token, "the quote is not closed")
      end
      add("word", value, length, true)
    else
      local where, rest = source:match("^(%a+):()['\"]", at)
      local value, length
      if where then -- name:"two words"
        value, length = read_quoted(source, rest)
        if not value then
          local token = { at = rest, length = #source - rest + 1 }
          return nil, problem(token, "the quote is not closed")
        end
        value, length = where .. ":" .. value, length + rest - at
      else
        value = source:match("^[^%s()'\"]+", at)
        length = #value
      end
      local is_keyword = value == "and" or value == "or" or value == "not"
      add(is_keyword and value or "word", value, length)
    end
  end
end

local KEYWORD = { ["&"] = "and", ["&&"] = "and", ["|"] = "or", ["||"] = "or", ["!"] = "not" }

--- Says what was probably meant by a word that stands where an operator must.
local function operator_help(token)
  local lower = token.text:lower()
  local meant = KEYWORD[lower]
  for _, keyword in ipairs({ "and", "or" }) do
    if not meant and text.distance(lower, keyword, 1) then
      meant = keyword
    end
  end
  if meant then
    return ("did you mean '%s'?"):format(meant)
  end
  return "join words by 'and' or 'or', or put quotes around them"
end

local function contains(haystack, needle)
  return haystack:lower():find(needle, 1, true) ~= nil
end

local function has_tag(subject, lower)
  for _, tag in ipairs(subject.tags or {}) do
    if tag:lower() == lower then
      return true
    end
  end
  return false
end

local function word_predicate(where, word)
  local lower = word:lower()
  return function(subject)
    return (where ~= "file" and where ~= "tag" and contains(subject.name, lower))
      or (where ~= "name" and where ~= "tag" and contains(subject.file, lower))
      or (where ~= "name" and where ~= "file" and has_tag(subject, lower))
  end
end

---@class engine.filter.Parser
---@field tokens engine.filter.Token[]
---@field at integer
---@field words string[] bare and qualified words, for suggestions
local Parser = {}
Parser.__index = Parser

local parse_or

local function near_qualifier(name)
  for _, known in ipairs(WHERE) do
    if text.distance(name:lower(), known, 2) then
      return ("did you mean '%s:'?"):format(known)
    end
  end
  return "there are name:, file: and tag:; put quotes around a word that holds a colon"
end

local function parse_word(self, token)
  local where, word
  if not token.quoted then
    where, word = token.text:match("^(%a+):(.*)$")
  end
  if where and where ~= "name" and where ~= "file" and where ~= "tag" then
    local bad = { at = token.at, length = #where + 1 }
    return nil, problem(bad, ("'%s:' is no part of a test"):format(where), near_qualifier(where))
  end
  word = word or token.text
  if word == "" then
    return nil, problem(token, "an empty word selects nothing")
  elseif not token.quoted and not where and word:find("^!") then
    return nil, problem(token, ("unexpected '%s'"):format(word), ("did you mean 'not %s'? A word "
      .. "that begins with ! stands in quotes"):format(word == "!" and "…" or word:sub(2)))
  end
  self.at = self.at + 1
  self.words[#self.words + 1] = word
  return word_predicate(where, word)
end

local function parse_unary(self, depth)
  local token = self.tokens[self.at]
  if depth > DEPTH_MAX then
    return nil, problem(token, ("nested deeper than %d"):format(DEPTH_MAX))
  elseif token.kind == "not" then
    self.at = self.at + 1
    local inner, err = parse_unary(self, depth + 1)
    return inner and function(subject)
      return not inner(subject)
    end, err
  elseif token.kind == "(" then
    self.at = self.at + 1
    local inner, err = parse_or(self, depth + 1)
    if not inner then
      return nil, err
    elseif self.tokens[self.at].kind ~= ")" then
      if self.tokens[self.at].kind == "word" then
        local word = self.tokens[self.at]
        return nil, problem(word, ("unexpected '%s'"):format(word.text), operator_help(word))
      end
      return nil, problem(token, "the parenthesis is not closed")
    end
    self.at = self.at + 1
    return inner
  elseif token.kind == "word" then
    return parse_word(self, token)
  elseif token.kind == "end" then
    return nil, problem(token, "a word is missing at the end")
  end
  return nil, problem(token, ("a word is missing before '%s'"):format(token.text))
end

local function parse_and(self, depth)
  local left, err = parse_unary(self, depth)
  while left and self.tokens[self.at].kind == "and" do
    self.at = self.at + 1
    local first, second = left, nil
    second, err = parse_unary(self, depth)
    left = second and function(subject)
      return first(subject) and second(subject)
    end
  end
  return left, err
end

function parse_or(self, depth)
  local left, err = parse_and(self, depth)
  while left and self.tokens[self.at].kind == "or" do
    self.at = self.at + 1
    local first, second = left, nil
    second, err = parse_and(self, depth)
    left = second and function(subject)
      return first(subject) or second(subject)
    end
  end
  return left, err
end

--- Compiles an expression.
---@param source string
---@return engine.filter.Predicate? predicate
---@return engine.filter.Problem|string[] problem # or, with a predicate, the words in it
---@nodiscard
function M.parse(source)
  assert(type(source) == "string", "source must be a string")
  if #source > LENGTH_MAX then
    local whole = { at = 1, length = #source }
    return nil, problem(whole, ("longer than %d bytes"):format(LENGTH_MAX))
  end
  local tokens, err = tokenize(source)
  if not tokens then
    return nil, err
  elseif tokens[1].kind == "end" then
    return nil, problem(tokens[1], "the expression is empty")
  end
  local self = setmetatable({ tokens = tokens, at = 1, words = {} }, Parser)
  local predicate
  predicate, err = parse_or(self, 0)
  if not predicate then
    return nil, err
  end
  local rest = tokens[self.at]
  if rest.kind ~= "end" then
    local help = rest.kind == "word" and operator_help(rest) or nil
    return nil, problem(rest, ("unexpected '%s'"):format(rest.text), help)
  end
  return predicate, self.words
end

return M
