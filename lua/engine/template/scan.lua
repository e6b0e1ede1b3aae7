--- Reads a text of TOML just enough to know, at each place, whether it is inside of a string.
---
--- Tags `{{ … }}`, `{% … %}` and comments `{# … #}` are taken whole, wherever they stand: what is
--- quoted inside them is theirs.
local toml = require("core.toml")

local M = {}

local OPEN, OPEN_BRACE = 91, 123

---@class engine.template.Tag
---@field first integer of its first byte, from 1
---@field last integer
---@field inner string   between the braces
---@field inner_at integer of the first byte of `inner`
---@field state string   "bare", "comment", "basic", "literal", "basic3" or "literal3"
---@field opened? integer where the string begins that it is in

-- What ends or interrupts each state.
local NEXT = {
  bare = "[\"'#{]",
  comment = "[\n{]",
  basic = '["\\\n{]',
  literal = "['\n{]",
  basic3 = '["\\{]',
  literal3 = "['{]",
}

-- The same where no tags are looked for.
local PLAIN = {}
for state, pattern in pairs(NEXT) do
  PLAIN[state] = pattern:gsub("{", "")
end

--- Tags of one file; of more, one more is found.
M.TAGS_MAX = 10000

-- The end of a tag that holds nothing quoted, in one go: that is most of them.
local SIMPLE = { ["{"] = "^[^\"'`}\n]*()}}", ["%"] = "^[^\"'`%%\n]*()%%}" }

local CLOSES = { ["{"] = { "[\"'`}\n]", "}" }, ["%"] = { "[\"'`%%\n]", "%" } }

--- Finds the end of a tag or a comment; strings in a tag may hold braces.
---@param text string
---@param first integer
---@param passed? table<string, table<integer, true>> by kind, empty at first: where earlier calls
---  came by that found no end; who asks for all tags of a text, in order, asks in linear time by it
---@return integer? last of its last byte
function M.tag_end(text, first, passed)
  local at, kind = first + 2, text:sub(first + 1, first + 1)
  local closes, seen = CLOSES[kind], passed and passed[kind]
  if not closes then
    local last = not (seen and seen[0]) and select(2, text:find("#}", at, true))
    if passed and not last then
      passed[kind] = { [0] = true } -- none from here on: a comment has no strings
    end
    return last or nil
  end
  local simple = text:match(SIMPLE[kind], at)
  if simple then
    return simple + 1
  elseif passed and not seen then
    seen = {}
    passed[kind] = seen
  end
  while true do
    local found = text:find(closes[1], at)
    if not found or seen and seen[found] then
      return nil
    elseif seen then
      seen[found] = true -- once an end is found, nobody asks for what is before it
    end
    local char = text:sub(found, found)
    if char == closes[2] and text:sub(found + 1, found + 1) == "}" then
      return found + 1
    elseif char == closes[2] or char == "\n" then
      at = found + 1
    else
      local stop = text:match("^[^\n" .. char .. "]*()" .. char, found + 1)
      at = (stop or found) + 1 -- a quote without its like on the line is none
    end
  end
end

---@class engine.template.Reader
local Reader = {}
Reader.__index = Reader

--- Tells the state at the offsets that lie from the place reached so far up to `to`, exclusive;
--- a place inside a token (an escape, `"""`) has none.
local function note(self, from, to, state)
  local wanted = self.wanted
  while wanted[self.next_wanted] and wanted[self.next_wanted] < to do
    if wanted[self.next_wanted] >= from and state then
      self.states[self.next_wanted] = { state = state, opened = self.opened }
    end
    self.next_wanted = self.next_wanted + 1
  end
end

--- Takes a token of `length` bytes and goes over to another state behind it.
local function token(self, at, length, state, opened)
  if self.wanted then
    note(self, self.at, at + 1, self.state)
    note(self, at + 1, at + length, nil)
  end
  self.at = at + length
  if state then
    self.state, self.opened = state, opened
  end
end

local function on_brace(self, at)
  local text = self.text
  local kind = text:sub(at + 1, at + 1)
  if kind == "%" or kind == "#" then
    local last = M.tag_end(text, at, self.passed)
    if last then
      self.controls[#self.controls + 1] = { first = at, last = last }
    end
    return token(self, at, last and last - at + 1 or 1)
  elseif kind ~= "{" then
    return token(self, at, 1)
  end
  local last = M.tag_end(text, at)
  self.tags[#self.tags + 1] = {
    first = at,
    last = last or at + 1,
    is_open = not last,
    inner = last and text:sub(at + 2, last - 2) or "",
    inner_at = at + 2,
    state = self.state,
    opened = self.opened,
  }
  token(self, at, (last or at + 1) - at + 1)
  self.is_done = not last or #self.tags > M.TAGS_MAX -- no later one has an end, either
end

local function on_quote(self, at, char)
  local state, kind = self.state, char == '"' and "basic" or "literal"
  local three = self.text:sub(at, at + 2) == char:rep(3)
  if state == "bare" then
    token(self, at, three and 3 or 1, three and kind .. "3" or kind, at)
  elseif state == kind then
    token(self, at, 1, "bare")
  elseif three then -- up to two more quotes belong to the text
    local stop = self.text:match("^" .. char .. "+()", at) - 1
    token(self, at, math.min(stop - at + 1, 5), "bare")
  else
    token(self, at, 1)
  end
end

-- Whole strings in which nothing but their end is of interest.
local WHOLE = { ['"'] = '^"[^"\\\n{]+"()', ["'"] = "^'[^'\n{]+'()" }

local function step(self)
  local at = not self.is_done and self.text:find(self.next[self.state], self.at)
  if not at then
    return false
  end
  local char = self.text:sub(at, at)
  if char == "{" then
    on_brace(self, at)
  elseif char == "\n" then
    token(self, at, 1, "bare")
  elseif char == "#" then
    token(self, at, 1, "comment")
  elseif char == "\\" then
    local is_tag = self.with_tags and self.text:sub(at + 1, at + 2) == "{{"
    token(self, at, is_tag and 1 or 2)
  else
    local stop = self.state == "bare" and not self.wanted and self.text:match(WHOLE[char], at)
    if stop then
      self.at = stop
    else
      on_quote(self, at, char)
    end
  end
  return true
end

local function reader_of(text, with_tags, wanted)
  return setmetatable({
    text = text, with_tags = with_tags, next = with_tags and NEXT or PLAIN,
    wanted = wanted, next_wanted = 1, states = {}, tags = {}, controls = {},
    passed = {},
    at = 1, state = "bare",
  }, Reader)
end

local function read(text, with_tags, wanted)
  local self = reader_of(text, with_tags, wanted)
  while step(self) do end
  if wanted then
    note(self, self.at, #text + 2, self.state)
  end
  return self
end

--- Reads on up to a place.
---@param place integer from 1, not before the one reached
---@return string state of the text before the place, were it to end there
---@return integer? opened
---@return boolean is_token the place is inside of a token (an escape, `"""`), which was read whole
function Reader:to(place)
  while self.at < place do
    local found = self.text:find(self.next[self.state], self.at)
    if not found or found >= place then
      self.at = place
      break
    end
    local state, opened = self.state, self.opened
    step(self)
    if self.at > place then
      local char = self.text:sub(found, found)
      if state == "bare" and char ~= "\\" then
        return char == '"' and "basic" or "literal", found, true
      end
      return state, opened, true
    end
  end
  return self.state, self.opened, self.at > place
end

--- Goes to a place, as if what stands before it had left a state.
---@param place integer
---@param state string
---@param opened? integer
function Reader:set(place, state, opened)
  self.at, self.state, self.opened = place, state, opened
end

--- Reads a text that has no tags bit by bit.
---@param text string
---@return engine.template.Reader
---@nodiscard
function M.reader(text)
  return reader_of(text, false, {})
end

--- Finds the tags of a text.
---@param text string
---@return engine.template.Tag[]
---@return { first: integer, last: integer }[] controls `{% … %}` and comments
function M.tags(text)
  local reader = read(text, true)
  return reader.tags, reader.controls
end

--- Tells the state at some places of a text that has no tags.
---@param text string
---@param places integer[] from 1, ascending
---@return table<integer, { state: string, opened?: integer }> states by the number of the place
function M.states(text, places)
  return read(text, false, places).states
end

--- Puts something as long in the place of each tag, so that the rest can be read as TOML.
---@param text string
---@param tags engine.template.Tag[]
---@return string
function M.masked(text, tags)
  local out, at = {}, 1
  for _, tag in ipairs(tags) do
    local length, before = tag.last - tag.first + 1, text:sub(at, tag.first - 1)
    local filler = ("x"):rep(length)
    if tag.state == "bare" then
      local alone = (before:match("[^\n]*$") or ""):match("^[ \t]*$")
        and text:find("^[ \t\r]*\n", tag.last + 1)
      filler = alone and "#" .. filler:sub(2) or "1." .. ("0"):rep(length - 2)
    end
    out[#out + 1], out[#out + 2] = before, filler
    at = tag.last + 1
  end
  out[#out + 1] = text:sub(at)
  return table.concat(out)
end

--- Puts blanks in the place of some ranges, and keeps the ends of lines.
---@param text string
---@param ranges { first: integer, last: integer }[] ascending
---@return string
function M.blanked(text, ranges)
  local out, at = {}, 1
  for _, range in ipairs(ranges) do
    out[#out + 1] = text:sub(at, range.first - 1)
    out[#out + 1] = text:sub(range.first, range.last):gsub("[^\n]", " ")
    at = range.last + 1
  end
  out[#out + 1] = text:sub(at)
  return table.concat(out)
end

--- Reads the first name of a key or a header whose first token is number `i`.
local function name_at(text, kinds, offsets, i)
  while kinds[i] == "header" or kinds[i] == "headers" or kinds[i] == "space" do
    i = i + 1
  end
  if kinds[i] ~= "key" then
    return nil
  end
  local key = text:sub(offsets[i] + 1, offsets[i + 1])
  if key:find("\\", 1, true) then
    return (next(toml.decode(key .. " = 1") or {}))
  end
  return key:match("^[\"'](.*).$") or key
end

--- Keeps what the root has by some names, however it is spelt, `[name]`, `[name.x]`, `[[name.x]]`,
--- `name.x = …`, `name = …`, and blanks all else.
---@param text string without tags
---@param names table<string, true>
---@return string of the same length
function M.only_tables(text, names)
  local kinds, offsets = toml.tokens(text)
  local dropped, first = {}, 1 -- of what is dropped; nil: it is kept
  local in_root, is_begin, depth = true, true, 0
  local function turn(at, name)
    local keeps = names[name or ""] or false
    if first and keeps then
      dropped[#dropped + 1] = { first = first, last = at - 1 }
      first = nil
    elseif not keeps then
      first = first or at
    end
  end
  for i, kind in ipairs(kinds) do
    local at = offsets[i] + 1
    if kind == "newline" then
      is_begin = true
    elseif kind ~= "space" and kind ~= "bom" and kind ~= "comment" then
      if (kind == "header" or kind == "headers") and text:byte(at) == OPEN then
        in_root = false
        turn(at, name_at(text, kinds, offsets, i))
      elseif in_root and kind == "table" then
        depth = math.max(depth + (text:byte(at) == OPEN_BRACE and 1 or -1), 0)
      elseif in_root and is_begin and depth == 0 and (kind == "key" or kind == "junk") then
        turn(at, name_at(text, kinds, offsets, i))
      end
      is_begin = false
    end
  end
  dropped[#dropped + 1] = first and { first = first, last = #text } or nil
  return M.blanked(text, dropped)
end

return M
