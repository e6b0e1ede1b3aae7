--- Filters of texts: case, trimming, parts, replacing.
local arguments = require("engine.template.arguments")
local builder = require("engine.template.builder")
local grown = require("engine.template.grown")
local limits = require("engine.template.limits")
local pattern = require("engine.template.pattern")
local spaces = require("engine.template.spaces")
local text = require("core.text")
local value = require("engine.template.value")

---@class engine.template.filters.text
local M = {}

local BLOCK = 1 << 14 -- bytes that are indented between two looks at the length

local subject, argument = arguments.subject, arguments.of_filter

function M.upper(_, v)
  return assert(text.upper(subject("upper", v, "String")))
end

function M.lower(_, v)
  return assert(text.lower(subject("lower", v, "String")))
end

function M.capitalize(_, v)
  local s = subject("capitalize", v, "String")
  local second = utf8.offset(s, 2) or #s + 1
  return assert(text.upper(s:sub(1, second - 1))) .. assert(text.lower(s:sub(second)))
end

-- Letters with their marks, and where a word of them ends.
local LETTER = [[\p{L}\p{M}\p{N}\p{Pc}\x{200c}\x{200d}]]
local EDGE = ("(?:(?<![%s])(?=[%s])|(?<=[%s])(?![%s]))"):gsub("%%s", (LETTER:gsub("%%", "%%%%")))
local WORD = EDGE .. "([" .. LETTER .. "'])([" .. LETTER .. "']*)" .. EDGE

function M.title(_, v)
  local s = subject("title", v, "String")
  return pattern.replace(WORD, s, function(match)
    return assert(text.upper(match[1])) .. assert(text.lower(match[2]))
  end)
end

function M.trim(_, v)
  return spaces.trim(subject("trim", v, "String"))
end

function M.trim_start(_, v)
  return spaces.trim_start(subject("trim_start", v, "String"))
end

function M.trim_end(_, v)
  return spaces.trim_end(subject("trim_end", v, "String"))
end

-- A text of two characters, backslash and "n", stands for a line end: strings of a template have no
-- escapes of their own.
local function read_pattern(filter, args)
  return (argument(filter, args, "pat", "String"):gsub("\\n", "\n"):gsub("\\t", "\t"))
end

function M.trim_start_matches(_, v, args)
  local s = subject("trim_start_matches", v, "String")
  local pat = read_pattern("trim_start_matches", args)
  local at = 1
  while pat ~= "" and s:sub(at, at + #pat - 1) == pat do
    at = at + #pat
  end
  return s:sub(at)
end

function M.trim_end_matches(_, v, args)
  local s, pat = subject("trim_end_matches", v, "String"), read_pattern("trim_end_matches", args)
  local last = #s
  while pat ~= "" and last >= #pat and s:sub(last - #pat + 1, last) == pat do
    last = last - #pat
  end
  return s:sub(1, last)
end

function M.truncate(_, v, args)
  local s = subject("truncate", v, "String")
  local length = argument("truncate", args, "length", "usize", 255)
  local stop = argument("truncate", args, "end", "String", "…")
  local bytes = text.clusters(s, length)
  return bytes == #s and s or s:sub(1, bytes) .. stop
end

function M.wordcount(_, v)
  local count = 0
  for _ in spaces.plain(subject("wordcount", v, "String")):gmatch("[^ ]+") do
    count = count + 1
  end
  return count
end

--- Refuses a text that would be too long where one text replaces another.
local function check_replaced(who, s, from, to)
  if #s // #from * (#to - #from) + #s > limits.TEXT_BYTES then -- if it were nothing else
    local without = assert(text.replace(s, from, ""))
    arguments.check_size(who, #s + (#s - #without) // #from * (#to - #from))
  end
end

local function replaced(who, s, from, to)
  check_replaced(who, s, from, to)
  return assert(text.replace(s, from, to))
end

function M.replace(_, v, args)
  local s = subject("replace", v, "String")
  local from = argument("replace", args, "from", "String")
  local to = argument("replace", args, "to", "String")
  if from == "" then -- between any two characters, and at both ends
    arguments.check_size("replace", #s + (#s + 1) * #to)
    return to .. (s:gsub(utf8.charpattern, "%0" .. to:gsub("%%", "%%%%")))
  end
  return replaced("replace", s, from, to)
end

function M.addslashes(_, v)
  return grown.replaced("addslashes", subject("addslashes", v, "String"), "[\\\"']", "\\%0")
end

function M.linebreaksbr(_, v)
  local s = assert(text.replace(subject("linebreaksbr", v, "String"), "\r\n", "\n"))
  return replaced("linebreaksbr", s, "\n", "<br>")
end

--- Goes through a text by some lines at a time; each but the first block begins with a line end.
---@return fun(): integer?, integer?
local function blocks(s)
  local at = 1
  return function()
    local first = at
    if first <= #s then
      at = s:find("\n", first + BLOCK, true) or #s + 1
      return first, at - 1
    end
  end
end

function M.indent(_, v, args)
  local s = subject("indent", v, "String")
  local prefix = argument("indent", args, "prefix", "String", "    ")
  local first = argument("indent", args, "first", "bool", false)
  local blank = argument("indent", args, "blank", "bool", false)
  s = assert(text.replace(s, "\r\n", "\n"))
  if s == "" then
    return ""
  end
  local body = s:sub(-1) == "\n" and s:sub(1, -2) or s
  local start = first and prefix or ""
  if not body:find("\n", 1, true) then
    arguments.check_size("indent", #start + #body)
    return start .. body
  end
  if blank then
    return start .. replaced("indent", body, "\n", "\n" .. prefix)
  end
  local out, size = builder.new(), #start + #body
  out:add(start)
  for at, stop in blocks(body) do
    out:add((body:sub(at, stop):gsub("\n([^\n]+)", function(line)
      if line:find("^[!-~]") or spaces.trim_start(line) ~= "" then
        size = size + #prefix
        arguments.check_size("indent", size)
        return "\n" .. prefix .. line
      end
    end)))
  end
  return out:text()
end

local function check_parts(count)
  if count > limits.PARTS then
    value.fail("`split` would make more than %d parts", limits.PARTS)
  end
end

function M.split(_, v, args)
  local s, pat = subject("split", v, "String"), read_pattern("split", args)
  if pat == "" then
    check_parts((utf8.len(s) or #s) + 2)
    local chars = value.chars(s)
    table.insert(chars, 1, "")
    chars[#chars + 1] = ""
    return value.array(chars)
  end
  local parts, at = value.array({}), 1
  while true do
    local first = text.find(s, pat, at)
    parts[#parts + 1] = s:sub(at, (first or 0) - 1)
    if not first then
      return parts
    end
    at = first + #pat
    check_parts(#parts + 1)
  end
end

function M.as_str(_, v)
  return value.text(v)
end

return M
