--- Finds the tags of a template, and in what of TOML each of them stands.
---
--- Macros, blocks and filters can be taken as one tag with all that is in them: their text can land
--- anywhere, inside of a string, say, and nothing in it tells whether it is TOML where it lands.
local M = {}

---@class engine.fmt.Tag
---@field first integer of its first byte, from 1
---@field last integer
---@field opens string    "{{", "{%" or "{#"
---@field name? string    of a "{%": if, endif, set, …; "raw" is the whole block
---@field state string    "bare", "comment", or the kind of string
---@field opened? integer where the string begins that it is in
---@field ended? integer  where the line of the last comment before it ends
---@field is_whole? boolean a macro, a block or a filter, to its end

-- What ends or interrupts each state.
local STOPS = {
  bare = "[\"'#{]",
  comment = "[\n{]",
  basic = '["\\\n{]',
  literal = "['\n{]",
  basic3 = '["\\{]',
  literal3 = "['{]",
}

local KEPT = { macro = true, block = true, filter = true } -- each byte of them
local UNEVEN = "a text or a comment begins in this block and ends outside of it, or the reverse"

M.TAGS_MAX = 40000 -- as many as a template may have

--- Tells whether a text is a template at all.
---@param text string
---@return boolean
---@nodiscard
function M.has_tags(text)
  -- Each for itself: a pattern would be tried at every byte.
  return (text:find("{{", 1, true) or text:find("{%", 1, true) or text:find("{#", 1, true)) ~= nil
end

--- Finds the end of a tag; strings in it may hold braces and ends of lines.
---@param text string
---@param first integer
---@param opens string its first two bytes
---@return integer? last of its last byte
---@nodiscard
function M.tag_end(text, first, opens)
  if opens == "{#" then
    local _, last = text:find("#}", first + 2, true)
    return last
  end
  local closes = opens == "{{" and "}" or "%"
  local at = first + 2
  while true do
    local found = text:find("[\"'`}%%]", at)
    if not found then
      return nil
    end
    local char = text:sub(found, found)
    if char == closes and text:sub(found + 1, found + 1) == "}" then
      return found + 1
    elseif char == "}" or char == "%" then
      at = found + 1
    else
      at = (text:find(char, found + 1, true) or found) + 1
    end
  end
end

--- Reads the tag at `first`.
---@return engine.fmt.Tag? # nil when it has no end
local function read_tag(text, first)
  local opens = text:sub(first, first + 1)
  local last = M.tag_end(text, first, opens)
  local name = opens == "{%" and text:match("^%-?%s*([%w_]+)", first + 2) or nil
  if last and name == "raw" then
    local _, stop = text:find("{%%%-?%s*endraw%s*%-?%%}", last + 1)
    last = stop
  end
  return last and { first = first, last = last, opens = opens, name = name }
end

--- Goes over a quote; returns the place behind it, the new state and where its string begins.
local function take_quote(text, at, char, state, opened)
  local kind = char == '"' and "basic" or "literal"
  local three = text:sub(at, at + 2) == char:rep(3)
  if state == "bare" then
    return at + (three and 3 or 1), three and kind .. "3" or kind, at
  elseif state == kind then
    return at + 1, "bare", nil
  elseif three then -- up to two more quotes belong to the text
    local stop = text:match("^" .. char .. "+()", at)
    return math.min(stop, at + 5), "bare", nil
  end
  return at + 1, state, opened
end

--- Goes over what a state stops at, unless it begins a tag.
---@return integer at
---@return string state
---@return integer? opened
local function take(text, found, state, opened)
  local char = text:sub(found, found)
  if char == "\n" then
    return found + 1, "bare", nil
  elseif char == "#" then
    return found + 1, "comment", opened
  elseif char == "\\" then
    return found + (text:find("^{[{%%#]", found + 1) and 1 or 2), state, opened
  elseif char == "{" then
    return found + 1, state, opened
  end
  return take_quote(text, found, char, state, opened)
end

---@class engine.fmt.Finder
---@field text string
---@field tags engine.fmt.Tag[]
---@field state string    where the text is that was gone over
---@field opened? integer
---@field ended? integer  where the line of the last comment ended
---@field into boolean    macros, blocks and filters are gone into
---@field whole? engine.fmt.Tag the block of KEPT that it is in
---@field depth integer   how many of these are open

--- Goes over a raw block, whose text lands where it stands.
---@param finder engine.fmt.Finder
---@param tag engine.fmt.Tag
---@return string? why nil: its text is even
local function take_raw(finder, tag)
  local at, state, opened = tag.first, finder.state, finder.opened
  while true do
    local found = finder.text:find(STOPS[state], at)
    if not found or found > tag.last then
      break
    end
    at, state, opened = take(finder.text, found, state, opened)
  end
  if finder.whole or finder.into then
    finder.state, finder.opened = state, opened
  elseif state ~= finder.state or opened ~= finder.opened then
    return UNEVEN
  end
end

--- Says whether a tag ends a block of KEPT; the name may follow at once.
local function ends_kept(name)
  return name:find("^endmacro") or name:find("^endblock") or name == "endfilter"
end

--- Adds a tag to the block that it is in.
---@param finder engine.fmt.Finder
---@param tag engine.fmt.Tag
---@return string? why nil: the block goes on, or is even
local function take_kept(finder, tag)
  local whole, name = finder.whole, tag.name or ""
  finder.depth = finder.depth + (KEPT[name] and 1 or ends_kept(name) and -1 or 0)
  if finder.depth > 0 then
    return nil
  end
  whole.last, finder.whole = tag.last, nil
  if whole.name == "macro" then -- it renders to nothing here
    finder.state, finder.opened = whole.state, whole.opened
  elseif whole.state ~= finder.state or whole.opened ~= finder.opened then
    return UNEVEN
  end
end

--- Takes a tag.
---@return integer? offset nil: it is right
---@return string? why
local function take_tag(finder, tag)
  local why = tag.name == "raw" and take_raw(finder, tag)
  if why then
    return tag.first - 1, why
  elseif finder.whole then
    local first = finder.whole.first
    why = take_kept(finder, tag)
    return why and first - 1, why
  end
  tag.state, tag.opened, tag.ended = finder.state, finder.opened, finder.ended
  finder.tags[#finder.tags + 1] = tag
  if KEPT[tag.name] and not finder.into then
    tag.is_whole, finder.whole, finder.depth = true, tag, 1
  end
end

--- Goes over a text.
---@param into boolean macros, blocks and filters are gone into
---@return engine.fmt.Finder
---@return integer? offset nil: all tags are closed, and not too many
---@return string? why
local function go(text, into)
  local finder, at = { text = text, tags = {}, state = "bare", depth = 0, into = into }, 1
  while true do
    local found = text:find(STOPS[finder.state], at)
    if not found and finder.whole then
      return finder, finder.whole.first - 1, "the block that begins here does not end"
    elseif not found then
      return finder
    elseif text:find("^{[{%%#]", found) then
      local tag = read_tag(text, found)
      if not tag or #finder.tags == M.TAGS_MAX then
        return finder, found - 1, tag and "it has too many tags" or "this tag is not closed"
      end
      local offset, why = take_tag(finder, tag)
      if offset then
        return finder, offset, why
      end
      at = tag.last + 1
    else
      finder.ended = finder.state == "comment" and found or finder.ended
      at, finder.state, finder.opened = take(text, found, finder.state, finder.opened)
    end
  end
end

--- Finds the tags of a text.
---@param text string
---@param into? boolean macros, blocks and filters are gone into; else each is one tag, to its end
---@return engine.fmt.Tag[]? tags nil when one is not closed, or there are too many
---@return integer? offset of that one, from 0
---@return string? why
---@nodiscard
function M.find(text, into)
  local finder, offset, why = go(text, into or false)
  return not offset and finder.tags or nil, offset, why
end

--- Tells what of TOML goes on where a text ends.
---@param text string
---@return string? state "bare", "comment" or a kind of string; nil: a tag of the text is not closed
---@nodiscard
function M.state_behind(text)
  local finder, offset = go(text, true)
  return not offset and finder.state or nil
end

return M
