--- Reads files of variables: NAME=VALUE, one on a line.
---
--- `#` begins a comment at the beginning of a line or behind a blank, `export ` may stand in front.
--- A bare value goes to the end of the line, without the blanks at its end; 'single quotes' hold
--- everything as it is, "double quotes" know \n \r \t \\ \" \$, and both may hold several lines.
--- Nothing is expanded: a `$` that another tool would expand is an error, so that no secret is half
--- a name.  What is wrong is told by its place, never by the text, which may be a secret.
---@class engine.secrets.env_file
local M = {}

M.SIZE_MAX = 1 << 20

local ESCAPES = { n = "\n", r = "\r", t = "\t", ["\\"] = "\\", ['"'] = '"', ["$"] = "$" }

local function fail(cx, at, message)
  local line, first = 1, 1
  for stop in cx.text:sub(1, at - 1):gmatch("()\n") do
    line, first = line + 1, stop + 1
  end
  error({ line = line, column = at - first + 1, message = message }, 0)
end

local function check_expansion(cx, at, value, what)
  local dollar = value:find("%$[%a_{(]")
  if dollar then
    fail(cx, at + dollar - 1, "`$` is not expanded here: " .. what)
  end
end

--- Takes a value without quotes.
local function read_bare(cx, at)
  local stop = cx.text:find("\n", at, true) or #cx.text + 1
  local value = cx.text:sub(at, stop - 1):gsub("\r$", "")
  local comment = value:find("%s#") or value:sub(1, 1) == "#" and 1
  value = (comment and value:sub(1, comment - 1) or value):gsub("%s+$", "")
  check_expansion(cx, at, value, "write the value in single quotes to mean the character")
  return value, stop
end

local function read_single(cx, at)
  local stop = cx.text:find("'", at + 1, true)
  if not stop then
    fail(cx, at, "this quote has no end")
  end
  return cx.text:sub(at + 1, stop - 1), stop + 1
end

local function read_double(cx, at)
  local out, from = {}, at + 1
  while true do
    local stop = cx.text:find('["\\]', from)
    if not stop then
      fail(cx, at, "this quote has no end")
    end
    local piece = cx.text:sub(from, stop - 1)
    check_expansion(cx, from, piece, "write \\$, or use single quotes, to mean the character")
    out[#out + 1] = piece
    if cx.text:sub(stop, stop) == '"' then
      return table.concat(out), stop + 1
    end
    local escape = ESCAPES[cx.text:sub(stop + 1, stop + 1)]
    if not escape then
      fail(cx, stop, "this is no escape: there are \\n \\r \\t \\\\ \\\" \\$")
    end
    out[#out + 1], from = escape, stop + 2
  end
end

--- Makes sure that nothing stands behind a quoted value.
local function read_end(cx, at)
  local stop = cx.text:find("\n", at, true) or #cx.text + 1
  local rest = cx.text:sub(at, stop - 1):gsub("\r$", "")
  if not rest:match("^%s*$") and not rest:match("^%s+#") then
    fail(cx, at + #rest:match("^%s*"), "something stands behind the quoted value")
  end
  return stop
end

local function read_line(cx, at)
  local stop = cx.text:find("\n", at, true) or #cx.text + 1
  local line = cx.text:sub(at, stop - 1)
  if line:match("^%s*\r?$") or line:match("^%s*#") then
    return stop
  end
  local lead = line:match("^%s*export%s+") or line:match("^%s*")
  local name = line:match("^[%a_][%w_]*", #lead + 1)
  local after = #lead + 1 + #(name or "")
  if not name then
    fail(cx, at + #lead, "expected NAME=VALUE: a name has letters, digits and _")
  elseif line:sub(after, after) ~= "=" then
    fail(cx, at + after - 1, "expected = right behind the name")
  elseif cx.lines[name] then
    fail(cx, at + #lead, ("%s is given twice, first on line %d"):format(name, cx.lines[name]))
  end
  local value_at = at + after
  local first = cx.text:sub(value_at, value_at)
  local value, next_at
  if first == "'" then
    value, next_at = read_single(cx, value_at)
    next_at = read_end(cx, next_at)
  elseif first == '"' then
    value, next_at = read_double(cx, value_at)
    next_at = read_end(cx, next_at)
  else
    value, next_at = read_bare(cx, value_at)
  end
  cx.values[name] = value
  cx.lines[name] = select(2, cx.text:sub(1, at):gsub("\n", "")) + 1
  return next_at
end

local function parse(cx)
  local nul = cx.text:find("\0", 1, true)
  if nul then
    fail(cx, nul, "a NUL byte cannot stand in a variable")
  end
  local at = 1
  while at <= #cx.text do
    at = read_line(cx, at) + 1
  end
  return cx.values
end

---@class engine.secrets.env_file.Problem
---@field line integer
---@field column integer
---@field message string

--- Reads the text of such a file.
---@param text string
---@return table<string, string>? values
---@return engine.secrets.env_file.Problem? problem
---@nodiscard
function M.parse(text)
  local cx = { text = text, values = {}, lines = {} }
  local ok, result = pcall(parse, cx)
  if ok then
    return result
  elseif type(result) == "table" and result.line then
    return nil, result
  end
  error(result, 0)
end

return M
