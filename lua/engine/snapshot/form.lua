--- The form of a stored snapshot: a short head, a line of dashes, then the text.
---
--- Made for the diff of a version control system: a text stands in it byte for byte, its last line
--- ends with a newline whether the text does or not (the head says when it does not).  A text that
--- a terminal or an editor would change (carriage returns, controls, bytes that are not UTF-8) is
--- escaped, so that what was stored comes back exactly.  Pure.
---@class engine.snapshot.form
local text = require("core.text")

local M = {}

M.TEXT_MAX = 1 << 20 -- bytes of a text; more is no snapshot that somebody reads
M.FILE_MAX = 8 << 20 -- bytes of a file: each byte of a text is 4 at most, and the head

local FIRST = "clnrm snapshot 1"
local LAST = "---"

---@class engine.snapshot.Snapshot
---@field file string  name of the test file, without its folder
---@field test string  name of the scenario, with the cell of its matrix
---@field name string
---@field of "stdout"|"stderr"|"text"|"value" what was looked at
---@field text string
---@field line? integer of the check; of a pending one
---@field run? string   that wrote it; of a pending one

local FIELDS = { "file", "test", "name", "of", "line", "run" }

local KNOWN = { ["end"] = true, form = true }
for _, field in ipairs(FIELDS) do
  KNOWN[field] = true
end

local BYTES = { ["\r"] = "\\r", ["\27"] = "\\e", ["\\"] = "\\\\" }

local function escape_byte(byte)
  return BYTES[byte] or ("\\x%02x"):format(byte:byte())
end

local function escape_character(character)
  if text.escape(character) == character then
    return character
  end
  return ("\\u{%x}"):format(utf8.codepoint(character))
end

--- Escapes what is valid UTF-8.
local function escape_valid(s)
  s = s:gsub("[\\%z\1-\8\11-\31\127]", escape_byte)
  return (s:gsub("[\194-\244][\128-\191]+", escape_character))
end

--- Writes every text so that `unescape` gives it back: newlines and tabs stay.
local function escape(s)
  local out, from = {}, 1
  while from <= #s do
    local valid, bad = utf8.len(s, from)
    local last = valid and #s or bad - 1
    out[#out + 1] = escape_valid(s:sub(from, last))
    if not valid then
      out[#out + 1] = ("\\x%02x"):format(s:byte(bad))
    end
    from = last + (valid and 1 or 2)
  end
  return table.concat(out)
end

local SHORT = { r = "\r", e = "\27", ["\\"] = "\\" }

local function unescape(s)
  local out, from = {}, 1
  while true do
    local at = s:find("\\", from, true)
    out[#out + 1] = s:sub(from, (at or 0) - 1)
    if not at then
      return table.concat(out)
    end
    local hex = s:match("^x(%x%x)", at + 1)
    local point = s:match("^u{(%x+)}", at + 1)
    local short = SHORT[s:sub(at + 1, at + 1)]
    if hex then
      out[#out + 1], from = string.char(tonumber(hex, 16)), at + 4
    elseif point and #point <= 6 and tonumber(point, 16) <= 0x10ffff then
      out[#out + 1], from = utf8.char(tonumber(point, 16)), at + 4 + #point
    elseif short then
      out[#out + 1], from = short, at + 2
    else
      return nil
    end
  end
end

--- Writes a snapshot as the bytes of its file.
---@param snapshot engine.snapshot.Snapshot
---@return string
---@nodiscard
function M.print(snapshot)
  local out, body = { FIRST }, snapshot.text
  for _, field in ipairs(FIELDS) do
    if snapshot[field] ~= nil then
      local value = text.escape(tostring(snapshot[field]), { line = true })
      out[#out + 1] = field .. ": " .. value
    end
  end
  if text.bad_utf8(body) or text.escape(body) ~= body then
    out[#out + 1] = "form: escaped"
    body = escape(body)
  end
  if body ~= "" and body:sub(-1) ~= "\n" then
    out[#out + 1] = "end: no newline"
    body = body .. "\n"
  end
  out[#out + 1] = LAST
  return table.concat(out, "\n") .. "\n" .. body
end

local function damaged(what)
  return nil, "it is damaged: " .. what
end

--- Reads the lines of the head; returns its fields and where the text begins.
local function parse_head(bytes)
  local head, at = {}, #FIRST + 2
  while true do
    local stop = bytes:find("\n", at, true)
    local line = stop and bytes:sub(at, stop - 1)
    if not line then
      return damaged("its head has no end")
    elseif line == LAST then
      return head, stop + 1
    end
    local name, value = line:match("^(%l+): (.*)$")
    if not name or head[name] or not KNOWN[name] then
      return damaged(("'%s' is no line of a head"):format(text.cut(line, 40)))
    end
    head[name], at = value, stop + 1
  end
end

--- Says what is wrong with a file that is no snapshot.
local function foreign(bytes)
  if bytes:sub(1, #FIRST + 1) == FIRST .. "\r" then
    return nil, "its line ends were changed to CR LF: write `*.snap -text` into .gitattributes"
  elseif (bytes:match("^clnrm snapshot (%d+)\n") or "1") ~= "1" then
    return nil, "it was written by a newer clnrm"
  end
  return nil, "it is no snapshot of clnrm"
end

--- Reads the bytes of a file.
---@param bytes string
---@return engine.snapshot.Snapshot?
---@return string? why "it is damaged: …"
---@nodiscard
function M.parse(bytes)
  if bytes:sub(1, #FIRST + 1) ~= FIRST .. "\n" then
    return foreign(bytes)
  end
  local head, at = parse_head(bytes)
  if not head then
    return nil, at --[[@as string]]
  end
  local body = bytes:sub(at)
  if head["end"] == "no newline" then
    if body:sub(-1) ~= "\n" then
      return damaged("its last line has no end")
    end
    body = body:sub(1, -2)
  elseif head["end"] then
    return damaged(("'end: %s' is not known"):format(head["end"]))
  end
  if head.form == "escaped" then
    body = unescape(body)
    if not body then
      return damaged("a backslash in its text begins nothing known")
    end
  elseif head.form then
    return damaged(("'form: %s' is not known"):format(head.form))
  end
  return {
    file = head.file,
    test = head.test,
    name = head.name,
    of = head.of,
    line = math.tointeger(tonumber(head.line)),
    run = head.run,
    text = body,
  }
end

return M
