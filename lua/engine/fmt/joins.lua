--- Tells whether the text behind each tag is, in each rendering, as much of a comment as it looks.
---
--- A minus takes the end of a line away, and a block that is left out may take the `#` or the end
--- of the line with it.  So what looks like an element may be the end of a comment, or the reverse,
--- and a line that is broken there gives other values.  All ways through the blocks are followed.
---@class engine.fmt.joins
local M = {}

-- What may be rendered where a tag stands; both, where that depends on the way there.
local BARE, COMMENT = 1, 2

local PASSES_MAX = 10 -- over a text whose loops go on otherwise than they began

M.WHY = "what stands behind this tag may be in a comment, or not"

local KEEPS_TEXT = { raw = true, block = true, filter = true }

---@class engine.fmt.Walk
---@field text string
---@field tags engine.fmt.Tag[]
---@field feed integer   the next end of a line
---@field turns table<integer, integer> number of a tag that begins a loop: how a turn may end
---@field grows boolean  one of them ends otherwise than was known

--- Finds the next end of a line; places only go forwards.
local function feed_behind(walk, at)
  if walk.feed < at then
    walk.feed = walk.text:find("\n", at, true) or #walk.text + 1
  end
  return walk.feed
end

local function is_trimming(text, first, last, at)
  return last - first > 4 and text:byte(at) == 45 -- `-`; `{#-#}` is no more than a comment
end

--- What stands at a place by the source alone.
local function own_of(state)
  return state == "comment" and COMMENT or BARE
end

--- Goes over the text between two tags.
---@param walk engine.fmt.Walk
---@param i integer number of the tag before it; 0: none
---@param may integer behind that tag
---@return integer? may before the next tag; nil: what the text is hangs on the way there
local function over(walk, i, may)
  local text, tag, behind = walk.text, walk.tags[i], walk.tags[i + 1]
  local first, last = tag and tag.last + 1 or 1, behind and behind.first - 1 or #text
  local own = own_of(tag and tag.state)
  if tag and is_trimming(text, tag.first, tag.last, tag.last - 2) then
    local at = math.min(text:match("^%s*()", first), last + 1)
    own = feed_behind(walk, first) < at and BARE or own
    first = at
  end
  local ends = own_of(behind and behind.state)
  if behind and is_trimming(text, behind.first, behind.last, behind.first + 2) then
    if behind.ended and behind.ended >= first and text:match("^%s*()", behind.ended) > last then
      ends = COMMENT -- its end of line goes
    end
    while last >= first and text:find("^%s", last) do
      last = last - 1
    end
  end
  local result = may & own ~= 0 and ends or 0
  local other = may & ~own
  if other ~= 0 then
    local found = text:find("[^ \t\r]", first) or #text + 1
    if found > last then
      result = result | other
    elseif found == feed_behind(walk, first) or text:byte(found) == 35 then -- `#`
      result = result | ends
    else
      return nil
    end
  end
  return result
end

--- Says whether a minus in a block may take the end of a comment's line away.
local function may_join(tag, own, body)
  if not body:find("#", 1, true) then
    return false
  elseif tag.name == "raw" and own == BARE then
    -- All in it is text, and where that begins no comment can end: its end alone matters.
    return body:find("{%%%-%s*endraw%s*%-?%%}$") ~= nil
  end
  return (body:find("{[{%%#]%-") or body:find("%-[}%%#]}")) ~= nil
end

--- Goes over a block whose text is kept, whatever it is.
local function kept(walk, tag, may)
  local own = own_of(tag.state)
  if tag.name == "macro" then
    return may
  elseif may ~= own then
    return nil
  end
  local body = walk.text:sub(tag.first, tag.last)
  return may_join(tag, own, body) and own | COMMENT or own
end

--- Goes over a tag of a block: what may be behind it is what may be at each place that leads there.
---@param walk engine.fmt.Walk
---@param i integer
---@param open { number: integer, enters: integer, leaves: integer, is_loop: boolean }[]
---@param may integer before it
---@return integer may behind it
local function step(walk, i, open, may)
  local name, top = walk.tags[i].name, open[#open]
  if name == "if" or name == "for" then
    open[#open + 1] = { number = i, enters = may, leaves = 0, is_loop = name == "for" }
    return may | (walk.turns[i] or 0)
  elseif (name == "break" or name == "continue") and top then
    for n = #open, 1, -1 do
      if open[n].is_loop then
        open[n].leaves, open[n].turns = open[n].leaves | may, (open[n].turns or 0) | may
        break
      end
    end
  elseif name == "elif" or name == "else" or name == "endif" or name == "endfor" then
    if top.is_loop and not top.has_else then
      local turns = (walk.turns[top.number] or 0) | (top.turns or 0) | may
      walk.grows = walk.grows or turns ~= (walk.turns[top.number] or 0)
      walk.turns[top.number] = turns
    end
    top.leaves = top.leaves | may
    if name == "elif" or name == "else" then
      top.has_else = name == "else"
      return top.enters
    end
    open[#open] = nil
    return top.leaves | (top.has_else and 0 or top.enters)
  end
  return may
end

--- Goes over all tags once.
---@return engine.fmt.Tag? tag behind which the text is not what it looks like
local function pass(walk)
  walk.feed, walk.grows = 0, false
  local open, may = {}, over(walk, 0, BARE)
  for i, tag in ipairs(walk.tags) do
    if tag.is_whole or KEEPS_TEXT[tag.name] then
      may = kept(walk, tag, may)
    else
      may = step(walk, i, open, may)
    end
    may = may and over(walk, i, may)
    if not may then
      return tag
    end
  end
end

--- Finds the first tag behind which the text may be in a comment, or not.
---@param text string
---@param tags engine.fmt.Tag[] their blocks are even: engine.fmt.structure
---@return engine.fmt.Tag? # nil: there is none
---@nodiscard
function M.problem(text, tags)
  if not text:find("#", 1, true) then
    return nil
  end
  local walk = { text = text, tags = tags, turns = {} }
  for _ = 1, PASSES_MAX do
    local tag = pass(walk)
    if tag or not walk.grows then
      return tag
    end
  end
  return tags[1]
end

return M
