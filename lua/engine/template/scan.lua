--- Reads a text of TOML just enough to know, at each place, whether it is inside of a string.
---
--- Tags `{{ … }}` are taken whole, wherever they stand: what is quoted inside them is theirs.
local M = {}

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

--- Finds the end of a tag; strings in it may hold braces.
---@return integer? last of its last byte
function M.tag_end(text, first)
  local at = first + 2
  while true do
    local found = text:find("[\"'`}\n]", at)
    if not found then
      return nil
    end
    local char = text:sub(found, found)
    if char == "}" and text:sub(found + 1, found + 1) == "}" then
      return found + 1
    elseif char == "}" or char == "\n" then
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
  note(self, self.at, at + 1, self.state)
  note(self, at + 1, at + length, nil)
  self.at = at + length
  if state then
    self.state, self.opened = state, opened
  end
end

local function on_brace(self, at)
  local text = self.text
  if text:sub(at + 1, at + 1) ~= "{" then
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
    on_quote(self, at, char)
  end
  return true
end

local function read(text, with_tags, wanted)
  local self = setmetatable({
    text = text, with_tags = with_tags, next = with_tags and NEXT or PLAIN,
    wanted = wanted, next_wanted = 1, states = {}, tags = {},
    at = 1, state = "bare",
  }, Reader)
  while step(self) do end
  note(self, self.at, #text + 2, self.state)
  return self
end

--- Finds the tags of a text.
---@param text string
---@return engine.template.Tag[]
function M.tags(text)
  return read(text, true, {}).tags
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

return M
