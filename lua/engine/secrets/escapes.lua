--- How languages and tools write a value whose bytes are not all printable: escaped, by styles that
--- differ in the names of control characters, in the numbers of others, and in quotes.
---
--- Pure.
---@class engine.secrets.escapes
local M = {}

--- Bytes of a value; of a longer one, a key of many lines, each line has these forms.
M.MAX = 16 << 10

local PYTHON = { ["\t"] = "\\t", ["\n"] = "\\n", ["\r"] = "\\r" }
local C = {
  ["\a"] = "\\a", ["\b"] = "\\b", ["\t"] = "\\t", ["\n"] = "\\n", ["\v"] = "\\v", ["\f"] = "\\f",
  ["\r"] = "\\r",
}

local function with(names, more)
  local out = {}
  for _, list in ipairs({ names, more }) do
    for char, name in pairs(list) do
      out[char] = name or nil
    end
  end
  return out
end

local SHELL, GNU = with(C, { ["\27"] = "\\E" }), with(C, { ["\27"] = "\\e" })
local PERL = with(GNU, { ["\v"] = false })
local STRACE = with(C, { ["\a"] = false, ["\b"] = false })
local TOML = with(C, { ["\a"] = false, ["\v"] = false })

--- A number of as few digits as the next character allows.
local function short_octal(byte, is_before_digit)
  return (is_before_digit and "\\%03o" or "\\%o"):format(byte)
end

local function by(form)
  return function(number)
    return form:format(number)
  end
end

local OCTAL, HEX, HEX_UPPER = by("\\%03o"), by("\\x%02x"), by("\\x%02X")

local function python_char(point)
  return (point < 0x100 and "\\x%02x" or point < 0x10000 and "\\u%04x" or "\\U%08x"):format(point)
end

--- Characters that are no letters for Python: control characters, blanks and hyphens of Latin-1.
local function python_blank(point)
  return (point <= 0xa0 or point == 0xad) and ("\\x%02x"):format(point) or nil
end

local function go_char(point)
  return (point < 0x10000 and "\\u%04x" or "\\U%08x"):format(point)
end

---@class engine.secrets.escapes.Style
---@field names table<string, string> of control characters
---@field number fun(byte: integer, is_before_digit: boolean): string of other ones
---@field high? fun(point: integer): string? of characters that are not ASCII; nil: bytes of them
---are written as `number` has it

---@type engine.secrets.escapes.Style[]
local STYLES = {
  { names = PYTHON, number = HEX }, { names = PYTHON, number = HEX, high = python_char },
  { names = PYTHON, number = HEX, high = python_blank },
  { names = C, number = HEX }, { names = C, number = HEX, high = go_char }, -- Go
  { names = C, number = HEX_UPPER }, -- node
  { names = C, number = OCTAL }, -- C, ls, git, sed
  { names = SHELL, number = OCTAL }, { names = GNU, number = OCTAL },
  { names = PERL, number = short_octal },
  { names = PERL, number = short_octal, high = by("\\x{%x}") },
  { names = STRACE, number = short_octal }, { names = TOML, number = by("\\u%04x") },
  { names = PYTHON, number = by("\\u{%x}"), high = by("\\u{%x}") }, -- Rust, JavaScript
  { names = {}, number = OCTAL }, { names = {}, number = HEX }, { names = {}, number = HEX_UPPER },
}

local QUOTES = { "[\\]", "[\\']", '[\\"]', '[\\"$@]', "[\\ ]" }
local CHAR = "[\194-\244][\128-\191]*"
local UNPRINTABLE = "[%c\128-\255]"

--- Escapes what is not ASCII; left are control characters.
local function escape_high(value, style)
  if style.high then
    return (value:gsub(CHAR, function(char)
      return utf8.len(char) == 1 and style.high(utf8.codepoint(char)) or nil
    end))
  end
  return (value:gsub("([\128-\255])", function(byte)
    return style.number(byte:byte(), false)
  end))
end

local function escape_controls(value, style)
  return (value:gsub("(%c)()", function(byte, after)
    return style.names[byte]
      or style.number(byte:byte(), value:find("^%d", after) ~= nil)
  end))
end

--- As `ls` quotes a name for a shell: 'a'$'\303\244''b'.
local function ls_quoted(value)
  local quoted = value:gsub("'", "'\\''"):gsub("[%c\128-\255]+", function(run)
    return "'$'" .. escape_controls(escape_high(run, { number = OCTAL }),
      { names = C, number = OCTAL }) .. "''"
  end)
  return (quoted:gsub("^'%$'", ""):gsub("''$", ""))
end

--- As `cat -v` shows it, and `cat -A`.
local function caret(value, keeps)
  return (value:gsub(UNPRINTABLE, function(char)
    local byte = char:byte()
    if keeps[char] then
      return nil
    end
    local low = byte & 0x7f
    return (byte >= 0x80 and "M-" or "") .. (low == 0x7f and "^?" or low < 0x20
      and "^" .. string.char(low + 0x40) or string.char(low))
  end))
end

--- Writes a text in Latin-1, where all of its characters have a byte there.
local function latin1(value)
  local is_latin = utf8.len(value) ~= nil
  local text = value:gsub(CHAR, function(char)
    local point = is_latin and utf8.codepoint(char)
    is_latin = point and point < 0x100
    return is_latin and string.char(point) or nil
  end)
  return is_latin and text or nil
end

--- Lists a value with its quotes escaped, each form once.
local function quoted_of(value)
  local list, seen = {}, {}
  for _, quotes in ipairs(QUOTES) do
    local quoted = value:gsub(quotes, "\\%0")
    list[#list + 1] = not seen[quoted] and quoted or nil
    seen[quoted] = true
  end
  return list
end

--- Adds the escaped forms of a value that has what is escaped.
---@param add fun(form?: string)
---@param value string
function M.add(add, value)
  if #value > M.MAX or not value:find(UNPRINTABLE) then
    return
  end
  for _, quoted in ipairs(quoted_of(value)) do
    for _, style in ipairs(STYLES) do
      add(escape_controls(quoted, style)) -- what a terminal can show stays
      add(escape_controls(escape_high(quoted, style), style))
    end
  end
  add(ls_quoted(value))
  add(caret(value, { ["\t"] = true, ["\n"] = true }))
  add(caret(value, { ["\n"] = true }))
  add(latin1(value))
end

return M
