--- Puts something as long in the place of the tags of a template, so that TOML is left.
---
--- A tag inside a string or a comment stays inside of it.  Tags alone on their line, or at the end
--- of one behind a value, become a comment; others become a string, together with what is glued to
--- them and, when a block begins and ends on one line, with all of the block.  Each piece can be
--- put back, for it begins with a mark that the text does not hold.
local M = {}

---@class engine.fmt.Piece
---@field first integer
---@field last integer
---@field form "inside"|"comment"|"value"
---@field tags engine.fmt.Tag[]

local OPENERS = { ["if"] = true, ["for"] = true, block = true, macro = true, filter = true }
local GLUE = "[%w_%-+:]" -- no dot: it stands between keys
local MARKS_TRIED = 64

--- Says what a tag does to the nesting of blocks: 1 opens, -1 closes, 0 neither.
---@param tag engine.fmt.Tag
---@return integer
function M.nesting(tag)
  if tag.is_whole then
    return 0
  elseif OPENERS[tag.name] then
    return 1
  end
  return tag.name and tag.name:find("^end") and -1 or 0
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

--- Puts tags back into what is said of a masked text at a place.
---@param masked engine.fmt.Masked
---@param message string
---@param offset integer where what it speaks of begins
---@return string
---@nodiscard
function M.unmask(masked, message, offset)
  local n = 1
  while masked.pieces[n] and masked.pieces[n].last <= offset do
    n = n + 1
  end
  return (message:gsub("([\xC2-\xDF][\x80-\xBF])x*", function(mark)
    local piece = (mark == masked.mark or mark == masked.inner) and masked.pieces[n]
    n = n + (piece and 1 or 0)
    return piece and masked.source:sub(piece.first, piece.last) or nil
  end))
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
