--- Texts of a shell, headers, JSON: without the values that are given there to names of secrets.
---
--- NAME=value, --name value, "name": "value", Name: value. For what is kept of what was typed:
--- rather a value too much is taken out than one too few.  Pure.
---@class engine.secrets.spoken
local is_secret_name = require("engine.secrets").is_secret_name

local M = {}

local MASK = "***"

local inserted_end

--- Finds the end of a text in quotes; those of a text within another one have a backslash each.
---@param at integer of the quote, or of its backslash
---@return integer last
local function quoted_end(text, at)
  local quote = text:match("^\\*[\"']", at)
  local from = at + #quote
  while true do
    local first, last = text:find(quote, from, true)
    local inserted = quote == '"' and text:find("$(", from, true)
    if not first then
      return #text
    elseif inserted and inserted < first then
      last = inserted_end(text, inserted) -- its quotes are not those of this text
    elseif text:sub(first - 1, first - 1) ~= "\\" or #quote == 1 and quote == "'" then
      return last
    end
    from = last + 1
  end
end

--- Finds the end of what a shell puts in: `$(...)`, `${...}`, `<(...)`, with those within it, or
--- what is between backquotes; without an end all that is left.
---@param at integer of its first character
---@return integer last
function inserted_end(text, at)
  if text:sub(at, at) == "`" then
    local from = at + 1
    while text:find("^[^`]", from) do
      from = from + (text:find("^\\.", from) and 2 or 1)
    end
    return math.min(from, #text)
  end
  local depth = 0
  at = at + 1
  while at <= #text do
    local c = text:sub(at, at)
    if c == "\\" then
      at = at + 1
    elseif c == "'" or c == '"' then
      at = quoted_end(text, at)
    elseif c == "(" or c == "{" then
      depth = depth + 1
    elseif c == ")" or c == "}" then
      depth = depth - 1
      if depth == 0 then
        return at
      end
    end
    at = at + 1
  end
  return #text
end

--- Finds the end of a word of a shell, whose quotes may stand anywhere in it.
---@return integer last
local function word_end(text, at)
  while true do
    if text:find("^`", at) or text:find("^[$<>]%(", at) or text:find("^%${", at) then
      at = inserted_end(text, at) + 1
    elseif text:find("^\\*[\"']", at) then
      at = quoted_end(text, at) + 1
    elseif text:find("^\\.", at) then
      at = at + 2
    elseif text:find("^[^%s;&|()<>\"'\\]", at) then
      at = text:match("^[^%s;&|()<>\"'\\$`]+()", at) or at + 1
    else
      return math.min(at - 1, #text)
    end
  end
end

--- Finds the value that is given to a name: behind `=` or `+=` a word, behind `: ` what is in
--- quotes or the rest of the line, behind the blank of an option a word.
---@param at integer behind the name
---@return integer? first nil: none is given
---@return integer? last
local function value_at(text, at, is_option)
  local first = text:match("^\\*[\"']?%s*:%s*()\\*[\"']", at)
  if first then
    return first, quoted_end(text, first)
  end
  first = text:match("^:[ \t]+()[^%s\"'\\]", at)
  if first then
    return first, (text:find("[\"'\\\n]", first) or #text + 1) - 1
  end
  first = text:match("^%+?=()[^=]", at) or is_option and text:match("^[ \t]+()[^%s%-]", at)
  if first then
    return first, word_end(text, first)
  end
end

--- Whether something may be given to the word there: of most words it is seen at once.
local function gives(text, first, after)
  return text:find("^%+?=", after) or text:find("^\\*[\"']?%s*:", after)
    or text:byte(first) == 45 and text:find("^[ \t]", after)
end

--- Calls a function with where each value begins and ends that is given to the name of a secret.
local function each_value(text, fn)
  local at = 1
  while true do
    local first, after = text:match("()[%w_%-][%w_%-.]*()", at)
    if not first then
      return
    end
    local begin, last
    local name = gives(text, first, after) and text:sub(first, after - 1)
    if name and is_secret_name(name) and not name:find("%-stdin$") then
      begin, last = value_at(text, after, name:sub(1, 1) == "-")
    end
    at = after
    if begin and last >= begin then
      fn(begin, last)
      at = last + 1
    end
  end
end

--- Takes out what is given to names of secrets.
---@param text string
---@return string
---@nodiscard
function M.mask(text)
  local out, at = {}, 1
  each_value(text, function(first, last)
    out[#out + 1] = text:sub(at, first - 1) .. MASK
    at = last + 1
  end)
  return table.concat(out) .. text:sub(at)
end

--- What stands before a host in a URL: `user:password`, or a token.
local USERINFO = "://([^/%s\"'<>]*)@"

--- What a header says before a value: `Authorization: Bearer abc`.
local SCHEMES = {
  apikey = true, basic = true, bearer = true, digest = true, negotiate = true, token = true,
}

local TOKEN_MIN = 16 -- bytes of what stands there alone: a shorter one is a user's name

--- Takes out what stands before the hosts of URLs.
---@param text string
---@return string
---@nodiscard
function M.mask_urls(text)
  return (text:gsub(USERINFO, "://" .. MASK .. "@"))
end

--- Calls a function with each value that may be secret: given to the name of one, and passwords of
--- URLs, as written and as they are meant.
---@param text string
---@param fn fun(value: string)
function M.each(text, fn)
  if text:find("[=: \t]") then
    each_value(text, function(first, last)
      local value = text:sub(first, last):gsub("^\\*[\"']", ""):gsub("\\*[\"']$", "")
      if not value:find("^%$[%a_({]") then -- a variable of a shell is named, not said
        fn((value:gsub("%s+$", "")))
        local scheme, behind = value:match("^([%a-]+)%s+(%S+)%s*$")
        if scheme and SCHEMES[scheme:lower()] then
          fn(behind)
        end
      end
    end)
  end
  for userinfo in text:gmatch(USERINFO) do
    local value = userinfo:match("^[^:]*:(.+)$") or #userinfo >= TOKEN_MIN and userinfo
    if value then
      fn(value)
      fn((value:gsub("%%(%x%x)", function(digits)
        return string.char(tonumber(digits, 16))
      end)))
    end
  end
end

local NAME_MAX = 256 -- bytes that are looked at: in a long word each is the beginning of a match

--- The name of a secret that a text ends with, as of something to which a value is given next.
---@param text string
---@return boolean
---@nodiscard
function M.ends_in_name(text)
  text = text:sub(-NAME_MAX)
  local name = text:match("([%w_%-][%w_%-.]*)%+?=$") or text:match("^%-%-[%w_%-]+$")
    or text:match("^[%u%d_]+$")
  return name ~= nil and is_secret_name(name)
end

return M
