--- Finds the tags of a template and puts something as long in their place, so that TOML is left.
---
--- A tag inside a string or a comment stays inside of it.  Tags alone on their line, or at the end
--- of one behind a value, become a comment; others become a string, together with what is glued to
--- them and, when a block begins and ends on one line, with all of the block.  Each piece can be
--- put back, for it begins with a mark that the text does not hold.
local M = {}

---@class engine.fmt.Tag
---@field first integer of its first byte, from 1
---@field last integer
---@field opens string    "{{", "{%" or "{#"
---@field name? string    of a "{%": if, endif, set, …; "raw" is the whole block
---@field state string    "bare", "comment", or the kind of string
---@field opened? integer where the string begins that it is in

---@class engine.fmt.Piece
---@field first integer
---@field last integer
---@field form "inside"|"comment"|"value"
---@field tags engine.fmt.Tag[]

-- What ends or interrupts each state.
local STOPS = {
  bare = "[\"'#{]",
  comment = "[\n{]",
  basic = '["\\\n{]',
  literal = "['\n{]",
  basic3 = '["\\{]',
  literal3 = "['{]",
}

local OPENERS = { ["if"] = true, ["for"] = true, block = true, macro = true, filter = true }
local GLUE = "[%w_%-+:]" -- no dot: it stands between keys
local MARKS_TRIED = 64

M.TAGS_MAX = 40000 -- as many as a template may have

--- Says what a tag does to the nesting of blocks: 1 opens, -1 closes, 0 neither.
---@param tag engine.fmt.Tag
---@return integer
function M.nesting(tag)
  if OPENERS[tag.name] then
    return 1
  end
  return tag.name and tag.name:find("^end") and -1 or 0
end

--- Tells whether a text is a template at all.
---@param text string
---@return boolean
---@nodiscard
function M.has_tags(text)
  return text:find("{[{%%#]") ~= nil
end

--- Finds the end of a tag; strings in it may hold braces.
local function tag_end(text, first, opens)
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
  local last = tag_end(text, first, opens)
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

--- Finds the tags of a text.
---@param text string
---@return engine.fmt.Tag[]? tags nil when one is not closed, or there are too many
---@return integer? offset of that one, from 0
---@return string? why
---@nodiscard
function M.find(text)
  local tags, at, state, opened = {}, 1, "bare", nil
  while true do
    local found = text:find(STOPS[state], at)
    if not found then
      return tags
    end
    local char = text:sub(found, found)
    if char == "{" and text:find("^[{%%#]", found + 1) then
      local tag = read_tag(text, found)
      if not tag or #tags == M.TAGS_MAX then
        return nil, found - 1, tag and "it has too many tags" or "this tag is not closed"
      end
      tag.state, tag.opened = state, opened
      tags[#tags + 1], at = tag, tag.last + 1
    elseif char == "\n" then
      at, state, opened = found + 1, "bare", nil
    elseif char == "#" then
      at, state = found + 1, "comment"
    elseif char == "\\" then
      at = found + (text:find("^{[{%%#]", found + 1) and 1 or 2)
    elseif char == "{" then
      at = found + 1
    else
      at, state, opened = take_quote(text, found, char, state, opened)
    end
  end
end

---@class engine.fmt.Cutter goes over the tags of a text, from the first to the last
---@field text string
---@field tags engine.fmt.Tag[]
---@field ends table<integer, integer> number of the tag that ends the block of a tag
---@field from integer     what is before belongs to other pieces
---@field line integer     where the line begins that was asked for last
---@field feed integer     and where it ends
---@field stop integer     where the line ends that was asked for last
---@field blocked integer  up to there no line holds only tags behind a place in it
local Cutter = {}
Cutter.__index = Cutter

--- Finds the tag that ends the block of each tag that begins one.
local function block_ends(tags)
  local ends, open = {}, {}
  for i, tag in ipairs(tags) do
    local change = M.nesting(tag)
    if change == 1 then
      open[#open + 1] = i
    elseif change == -1 and #open > 0 then
      ends[open[#open]] = i
      open[#open] = nil
    end
  end
  return ends
end

--- Where the line of a place begins; places only go forwards.
function Cutter:line_start(at)
  while self.feed < at do
    self.line = self.feed + 1
    self.feed = self.text:find("\n", self.line, true) or #self.text + 1
  end
  return self.line
end

--- Where the line of a place ends.
function Cutter:line_end(at)
  if self.stop < at then
    self.stop = self.text:find("\n", at, true) or #self.text + 1
  end
  return self.stop
end

--- Goes from tag `i` over all that is glued to it; returns the last byte and the next tag's number.
--- A block that begins and ends on one line is one with all that is in it.
function Cutter:glued(i)
  local tags = self.tags
  while true do
    local k = self.ends[i]
    if not k or tags[k].state ~= "bare" or tags[k].first > self:line_end(tags[i].last) then
      k = i
    end
    local last = self.text:match("^" .. GLUE .. "*()", tags[k].last + 1) - 1
    if not tags[k + 1] or tags[k + 1].first ~= last + 1 then
      return last, k + 1
    end
    i = k + 1
  end
end

--- Goes over blanks and tags; returns the place behind the last tag and the next one's number, when
--- the line or a comment ends there.
function Cutter:only_tags(last, i)
  while last >= self.blocked do
    local at = self.text:match("^[ \t]*()", last + 1)
    if at > #self.text or self.text:find("^\r?\n", at) or self.text:find("^#", at) then
      return last, i
    elseif not self.tags[i] or self.tags[i].first ~= at then
      self.blocked = at
    else
      last, i = self:glued(i)
    end
  end
end

--- Says whether a piece that reaches the end of its line stands behind a value there, or alone.
local function is_aside(before, tag)
  local char = before:match("(%S)[ \t]+$")
  if before:find("^[ \t]*$") then
    return true
  end
  return char ~= nil and char ~= "=" and not (tag.opens == "{{" and char:find("[,%[{]"))
end

--- Makes the piece that begins with the bare tag `i`; returns it and the number of the next tag.
function Cutter:bare_piece(i)
  local tag, text = self.tags[i], self.text
  local line, last, next_tag = self:line_start(tag.first), self:glued(i)
  local line_last, line_next = self:only_tags(last, next_tag)
  local piece = { first = tag.first, last = last, form = "value" }
  if line_last and is_aside(text:sub(line, tag.first - 1), tag) then
    piece.last, piece.form, next_tag = line_last, "comment", line_next
  else
    local least = math.max(line, self.from)
    while piece.first > least and text:find("^" .. GLUE, piece.first - 1) do
      piece.first = piece.first - 1
    end
  end
  piece.tags = table.move(self.tags, i, next_tag - 1, 1, {})
  return piece, next_tag
end

--- Cuts a template into pieces: what stands between them is TOML.
---@param text string
---@param tags engine.fmt.Tag[]
---@return engine.fmt.Piece[]
---@nodiscard
function M.pieces(text, tags)
  local cutter = setmetatable({
    text = text, tags = tags, ends = block_ends(tags), from = 1, line = 1, stop = 0, blocked = 0,
    feed = text:find("^\xef\xbb\xbf") and 3 or 0, -- the first line begins behind the mark
  }, Cutter)
  local pieces, i = {}, 1
  while i <= #tags do
    local tag = tags[i]
    if tag.state == "bare" then
      pieces[#pieces + 1], i = cutter:bare_piece(i)
    else
      local piece = { first = tag.first, last = tag.last, form = "inside", tags = { tag } }
      pieces[#pieces + 1], i = piece, i + 1
    end
    cutter.from = pieces[#pieces].last + 1
  end
  return pieces
end

--- Finds two characters of two bytes each that a text does not hold.
local function find_marks(text)
  local found
  for code = 0x7c0, 0x7c0 - MARKS_TRIED, -1 do
    local mark = utf8.char(code)
    if not text:find(mark, 1, true) then
      if found then
        return found, mark
      end
      found = mark
    end
  end
end

---@class engine.fmt.Masked
---@field text string  as long as the source, without tags
---@field mark string  each piece that is a value or a comment has one, and nothing else does
---@field inner string the same for those inside of a text or a comment
---@field pieces engine.fmt.Piece[]
---@field source string

local FORMS = {
  inside = { "", "" },
  comment = { "#", "" },
  value = { '"', '"' },
}

--- Puts something as long in the place of each piece.
---@param source string
---@param pieces engine.fmt.Piece[]
---@return engine.fmt.Masked? # nil when the text holds every mark that is tried
---@nodiscard
function M.mask(source, pieces)
  local outer, inner = find_marks(source)
  if not inner then
    return nil
  end
  local out, at = {}, 1
  for _, piece in ipairs(pieces) do
    local form, mark = FORMS[piece.form], piece.form == "inside" and inner or outer
    local filler = piece.last - piece.first + 1 - #form[1] - #form[2] - #mark
    out[#out + 1] = source:sub(at, piece.first - 1)
    out[#out + 1] = form[1] .. mark .. ("x"):rep(filler) .. form[2]
    at = piece.last + 1
  end
  out[#out + 1] = source:sub(at)
  return {
    text = table.concat(out), mark = outer, inner = inner, pieces = pieces, source = source,
  }
end

--- Puts the pieces back into the text that became of a masked one.
---@param masked engine.fmt.Masked
---@param text string
---@return string? # nil when a piece is missing or is one too many
---@nodiscard
function M.restore(masked, text)
  local out, at = {}, 1
  for i, piece in ipairs(masked.pieces) do
    local mark = piece.form == "inside" and masked.inner or masked.mark
    local found = text:find(mark, at, true)
    if not found then
      return nil
    end
    local first = found - #FORMS[piece.form][1]
    out[2 * i - 1] = text:sub(at, first - 1)
    out[2 * i] = masked.source:sub(piece.first, piece.last)
    at = first + piece.last - piece.first + 1
  end
  if text:find(masked.mark, at, true) or text:find(masked.inner, at, true) then
    return nil
  end
  out[#out + 1] = text:sub(at)
  return table.concat(out)
end

return M
