--- Comments that keep findings from being told: `# clnrm: ignore[L014] reason`.
---
--- At the end of a line it holds for that line; alone on its line for the next one, and above a
--- [header] for all of that table.  `ignore-file[…]` holds for the file.  One without a reason is
--- L900, one that nothing needed is L901, one that cannot be read is L902.
local comments = require("engine.lint.comments")
local finder = require("engine.fmt.finder")
local source = require("engine.diag.source")
local tags = require("engine.fmt.tags")
local toml = require("core.toml")
local trim = require("engine.trim")

---@class engine.lint.suppress
local M = {}

local WORD = "clnrm: ignore"

---@class engine.lint.Suppression
---@field comment engine.lint.Comment
---@field is_whole boolean   of the file
---@field codes { code: string, offset: integer, stop: integer, used: boolean }[]
---@field reason string
---@field first integer      lines that it holds for
---@field last integer

---@class engine.lint.Suppressions
---@field [integer] engine.lint.Suppression
---@field unread engine.lint.Comment[] that begin as one and suppress nothing

--- Reads one comment; nil: it is none.
local function read(comment)
  local kind, at, listed, close, reason =
    comment.text:match("^%s*clnrm:%s*ignore(%-?%a*)%[()([^%]]*)()%](.*)$")
  if not kind or kind ~= "" and kind ~= "-file" then
    return nil
  end
  local codes = {}
  local mark = comment.stop - comment.offset - #comment.text
  local base = comment.offset + mark -- of the text behind the mark
  for begin, word, stop in listed:gmatch("()([^,]+)()") do
    local name = trim.both(word)
    if name ~= "" then
      codes[#codes + 1] = {
        code = name,
        offset = base + at - 1 + begin - 1,
        stop = base + at - 1 + stop - 1,
        used = false,
      }
    end
  end
  return codes[1] and {
    comment = comment,
    is_whole = kind == "-file",
    codes = codes,
    reason = trim.both(reason),
    list = { offset = base + at - 2, stop = base + close },
  }
end

--- Lists the lines on which headers of tables stand; a row of an array looks like one, and is none.
local function headers(text, lines)
  local found, masked = {}, text
  if finder.has_tags(text) then
    local all = finder.find(text, true)
    local one = all and tags.mask(text, tags.pieces(text, all))
    masked = one and one.text or text
  end
  local kinds, offsets = toml.tokens(masked)
  for i, kind in ipairs(kinds) do
    if (kind == "header" or kind == "headers") and text:byte(offsets[i] + 1) == 91 then
      found[#found + 1] = source.position(lines, offsets[i])
    end
  end
  return found
end

---@class engine.lint.suppress.Ground what stands on the lines of a text
---@field next table<integer, integer> line → the first one below it that holds more than a comment
---@field ends table<integer, integer> line of a header → the last one of its table

--- Looks at all lines, once for all suppressions.
local function ground(text, lang, lines)
  local self, below = { next = {}, ends = {} }, nil
  local mark = lang == "lua" and "^%s*%-%-" or "^%s*#"
  local starts, count = {}, 0
  for begin in text:gmatch("()[^\n]*\n?") do
    count = count + 1
    starts[count] = begin
  end
  for line = count, 1, -1 do
    self.next[line] = below or count
    local content = text:sub(starts[line], (starts[line + 1] or #text + 1) - 1)
    below = content:find("%S") and not content:find(mark) and line or below
  end
  local list = lang == "toml" and headers(text, lines) or {}
  for i, line in ipairs(list) do
    self.ends[line] = (list[i + 1] or count + 1) - 1
  end
  return self
end

--- Says which lines a comment holds for.
local function reach(self, text, lines, on)
  local line = source.position(lines, self.comment.offset)
  local first = source.bounds(lines, line)
  local is_alone = text:sub(first, self.comment.offset):match("^[ \t]*$") ~= nil
  self.first = is_alone and on.next[line] or line
  self.last = is_alone and on.ends[self.first] or self.first
end

--- Lists the suppressions of a text.
---@param text string
---@param lang "toml"|"lua"
---@return engine.lint.Suppressions
function M.list(text, lang)
  local list = { unread = {} }
  if not text:find(WORD, 1, true)
    and not (text:find("clnrm:", 1, true) and text:find("clnrm:%s*ignore")) then
    return list
  end
  local lines, on = source.lines(text), nil
  for _, comment in ipairs(comments[lang](text)) do
    local one = read(comment)
    if one then
      if not one.is_whole then
        on = on or ground(text, lang, lines)
        reach(one, text, lines, on)
      end
      list[#list + 1] = one
    elseif comment.text:find("^%s*clnrm:%s*ignore%f[%W]") then
      list.unread[#list.unread + 1] = comment
    end
  end
  return list
end

local function holds(one, finding)
  return one.is_whole or finding.line and finding.line >= one.first and finding.line <= one.last
end

--- Lists, for each word, what suppresses it: on one line by that line, on several under 0.
local function by_word(list)
  local words = {}
  for _, one in ipairs(list) do
    for _, entry in ipairs(one.codes) do
      for word in pairs({ [entry.code] = true, [entry.code:upper()] = true }) do
        local line = not one.is_whole and one.first == one.last and one.first or 0
        words[word] = words[word] or {}
        words[word][line] = words[word][line] or {}
        table.insert(words[word][line], { one = one, entry = entry })
      end
    end
  end
  return words
end

--- Notes in a list that a finding was suppressed by what is in it; whether it was.
local function mark(list, finding)
  local found = false
  for _, named in ipairs(list or {}) do
    if holds(named.one, finding) then
      named.entry.used, found = true, true
    end
  end
  return found
end

local function none()
  return false
end

--- Makes what says whether a finding is suppressed, and notes which suppressions were needed.
---@param list engine.lint.Suppression[]
---@return fun(finding: engine.lint.Finding): boolean
---@nodiscard
function M.filter(list)
  if #list == 0 then
    return none
  end
  local words = by_word(list)
  return function(finding)
    local is_suppressed = false
    for _, word in ipairs({ finding.code, finding.rule }) do
      local lists = words[word] or {}
      local wide = mark(lists[0], finding)
      local narrow = finding.line and mark(lists[finding.line], finding)
      is_suppressed = is_suppressed or wide or narrow or false
    end
    return is_suppressed
  end
end

--- The place of a whole comment, with the blanks before it; of one alone on its line, the line.
---@param text string
---@param comment engine.lint.Comment
---@return engine.lint.Place
function M.comment_place(text, comment)
  local offset, stop = comment.offset, comment.stop
  while offset > 0 and text:sub(offset, offset):match("[ \t]") do
    offset = offset - 1
  end
  if offset == source.line_begin(text, offset) then
    local _, last = text:find("^\r?\n", stop + 1)
    stop = last or stop
  end
  return { offset = offset, stop = stop }
end

return M
