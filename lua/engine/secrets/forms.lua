--- The forms in which a value may be printed: encoded, escaped, quoted.
---
--- `plain` are found as they are, with letters of ASCII in either case; of `base64` and `hex`,
--- core.mask passes over line ends and separators.  Pure.
---@class engine.secrets.forms
local escapes = require("engine.secrets.escapes")
local hash = require("core.hash")
local json = require("core.json")
local spaces = require("engine.template.spaces")
local text = require("core.text")

local M = {}

M.MIN = 4 -- bytes: of a shorter value each form would be found everywhere

local NAME_MIN = 8 -- bytes of a name that words of a value make: a shorter one may be any word

local function percent(value, keep)
  return (value:gsub("[^%w" .. keep .. "]", function(c)
    return ("%%%02x"):format(c:byte())
  end))
end

--- What is not encoded: RFC 3986; encodeURIComponent; encodeURI; a path; the filters of templates.
local KEEPS = {
  "%-%._~", "%-%._~!'%(%)%*", "%-%._~!'%(%)%*;,/%?:@&=%+%$#", "%-%._~/", "%-%._~/%%", "",
}

--- Adds forms that are written again in the same way; not of values so long that it would take
--- seconds.
local function add_again(add, value, form, char, escaped)
  if form and #value <= escapes.MAX then
    add((form:gsub(char, escaped)))
  end
end

local function add_url(add, value)
  for _, keep in ipairs(KEEPS) do
    local encoded = percent(value, keep)
    add(encoded)
    add((encoded:gsub("%%20", "+"))) -- a form of a page
    add_again(add, value, encoded, "%%", "%%25") -- an address in an address
  end
  add(text.workflow(value))
  add(text.workflow(value, "property"))
end

--- Writes characters as \uXXXX, those above U+FFFF as two of them.
local function json_escape(value, matching)
  return (value:gsub(matching, function(c)
    local point = utf8.len(c) == 1 and utf8.codepoint(c) or c:byte()
    if point < 0x10000 then
      return ("\\u%04x"):format(point)
    end
    point = point - 0x10000
    return ("\\u%04x\\u%04x"):format(0xD800 + (point >> 10), 0xDC00 + (point & 0x3FF))
  end))
end

local function add_json(add, value)
  local quoted = json.encode(value, { invalid = "replace" })
  local base = quoted and quoted:match('^"(.*)"$') or value
  local ascii = utf8.len(base) and json_escape(base, "[\194-\244][\128-\191]*") or base
  for _, form in ipairs({ base, ascii }) do
    add(form)
    add((form:gsub("/", "\\/")))
    add(json_escape(form, "[<>&]"))
    add(json_escape(form, "[<>&']"))
    local nested = form:gsub('[\\"]', "\\%0") -- JSON in a text of JSON
    add(nested)
    add_again(add, value, nested, '[\\"]', "\\%0") -- and that in one of JSON
    add_again(add, value, form, "\\", "\\\\") -- JSON in single quotes
    add_again(add, value, form, "[\\']", "\\%0")
  end
end

local NAMED = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;" }
local QUOTES = {
  {}, { ['"'] = "&quot;" }, { ['"'] = "&quot;", ["'"] = "&apos;" },
  { ['"'] = "&quot;", ["'"] = "&#39;" }, { ['"'] = "&#34;", ["'"] = "&#39;" },
  { ['"'] = "&quot;", ["'"] = "&#x27;" }, { ['"'] = "&#x22;", ["'"] = "&#x27;" },
  { ['"'] = "&quot;", ["'"] = "&#x27;", ["/"] = "&#x2F;" },
}

local function numbered(value, form)
  return (value:gsub("[%z\1-\127\194-\244][\128-\191]*", function(c)
    return form:format(utf8.len(c) and utf8.codepoint(c) or c:byte())
  end))
end

local function add_xml(add_one, value)
  local function add(form)
    add_one(form)
    add_again(add_one, value, form, "&", "&amp;") -- XML in a text of XML
  end
  add(text.xml(value))
  add(text.xml(value, "attribute"))
  for _, quotes in ipairs(QUOTES) do
    add((value:gsub("[&<>\"'/]", function(c)
      return NAMED[c] or quotes[c]
    end)))
  end
  for _, form in ipairs({ "&#%d;", "&#x%x;", "&#x%02x;" }) do
    add_one(numbered(value, form))
  end
end

local C_ESCAPES =
  { ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t", ["\27"] = "\\E", ["\7"] = "\\a" }

local function add_quoted(add, value)
  add((value:gsub("'", "'\\''"))) -- 'it'\''s'
  add((value:gsub("'", "'\"'\"'")))
  add((value:gsub("[\\'\"]", "\\%0"))) -- addslashes
  add((value:gsub('[$`"\\]', "\\%0"))) -- in double quotes of a shell
  add((value:gsub('[$`"\\!]', "\\%0")))
  add((value:gsub("[^%w_@%%%+=:,%./%-\128-\255]", "\\%0"))) -- printf %q
  local c = value:gsub("\\", "\\\\"):gsub("[%c]", function(byte)
    return C_ESCAPES[byte] or ("\\%03o"):format(byte:byte())
  end)
  add(c) -- $'…', Python, C
  add((c:gsub("'", "\\'")))
  add((c:gsub('"', '\\"')))
  add((value:gsub("'", "''"))) -- YAML, SQL
  add((value:gsub('"', '""'))) -- CSV
  add((("%q"):format(value):sub(2, -2)))
  add(text.escape(value, { line = true }))
  add(text.escape(value, { line = true, ascii = true }))
  escapes.add(add, value)
end

--- Adds what every text that holds the value has of it in base64: the characters that are of the
--- value alone, for each of the three places where it may begin.
local function add_base64(add, value)
  for offset = 0, 2 do
    local encoded = hash.base64(("\0"):rep(offset) .. value):gsub("=", "")
    local first = (8 * offset + 5) // 6
    local last = 8 * (offset + #value) // 6
    add(encoded:sub(first + 1, last))
    add(encoded:sub(first + 1)) -- at the end of a text
  end
  add(hash.base64(value))
end

--- Adds what has only digits, and letters to f, once that which stands between two bytes is gone.
local function add_hex(add, value)
  add(hash.hex(value))
  for _, digits in ipairs(#value <= escapes.MAX and { "%03o", "%d" } or {}) do -- \150; 104, 117
    add((value:gsub(".", function(byte)
      return (digits):format(byte:byte())
    end)))
  end
  if utf8.len(value) then
    add((value:gsub("[%z\1-\127\194-\244][\128-\191]*", function(c)
      return ("%04x"):format(utf8.codepoint(c)) -- \u0068\u0075
    end)))
  end
end

local function adder(list)
  local seen = {}
  return function(form)
    if form and #form >= M.MIN and not seen[form] then
      seen[form], list[#list + 1] = true, form
    end
  end
end

--- Whether a value has letters of ASCII alone, as far as is known.
local function is_ascii(value)
  return not value:find("[\128-\255]") or not utf8.len(value)
end

--- Lists a value in other cases: in small letters and in capitals first.
local function cases_of(value)
  if is_ascii(value) then
    return { value:lower(), value:upper() } -- core.mask finds others where nothing is encoded
  end
  local cases, filters = {}, require("engine.template.filters.text")
  for i, name in ipairs({ "lower", "upper", "capitalize", "title" }) do
    cases[i] = filters[name](nil, value)
  end
  return cases
end

--- Adds the names that filters of templates make of a value: slug, kebab, snake, camel.
local function add_names(add, value)
  local words = require("engine.template.words")
  for _, name in ipairs({ words.slug(value), words.joined(value, "-"), words.joined(value, "_"),
    words.humped(value) }) do
    add(#name >= NAME_MIN and name or nil)
  end
end

--- Lists a value, and each line of one that has several; without blanks at their ends as well.
local function lines_of(value)
  local list = { value }
  if value:find("[\r\n]") then
    for line in value:gmatch("[^\r\n]+") do
      list[#list + 1] = line
    end
    list[#list + 1] = value:gsub("\n", "\r\n")
  end
  for i = 1, #list do
    local trimmed = spaces.trim(list[i])
    list[#list + 1] = trimmed ~= list[i] and trimmed or nil
  end
  return list
end

--- Adds how programs write a value as a text of their language.
local function add_written(add, value)
  add(value)
  add_url(add, value)
  add_json(add, value)
  add_xml(add, value)
  add_quoted(add, value)
end

--- Lists the forms of some values.
---@param values string[]
---@return core.mask.Patterns forms
---@return string[] short values, and lines of them, that are too short to be found in other forms
---@nodiscard
function M.of(values)
  local out, short = { plain = {}, base64 = {}, hex = {} }, {}
  local add_plain, add_64, add_16 = adder(out.plain), adder(out.base64), adder(out.hex)
  local function add_both(form)
    add_64(form)
    add_64(form and form:gsub("+", "-"):gsub("/", "_"))
  end
  local function add_all(value)
    add_written(add_plain, value)
    add_names(add_plain, value)
    add_base64(add_both, value)
    add_hex(add_16, value)
    for i, case in ipairs(#value <= escapes.MAX and cases_of(value) or {}) do
      if not is_ascii(value) then
        add_written(add_plain, case)
      end
      if i <= 2 then
        add_base64(add_both, case)
        add_16(hash.hex(case))
      end
    end
  end
  for _, value in ipairs(values) do
    for i, one in ipairs(lines_of(value)) do
      if #one >= M.MIN then
        add_all(one)
      elseif i == 1 and one ~= "" then
        short[#short + 1] = one
      end
    end
  end
  return out, short
end

return M
