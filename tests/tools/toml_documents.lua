--- Makes TOML documents that nobody wrote: valid ones, with every kind of value, odd spacing,
--- comments everywhere they may stand, dotted and quoted keys, arrays over lines.
---
--- The same seed gives the same document.
local M = {}

--- A generator of its own, xorshift: math.random may change with Lua.
---@param seed integer
---@return fun(n: integer): integer below 1 to n
function M.new_random(seed)
  local state = (seed * 0x9E3779B97F4A7C15) | 1
  return function(n)
    state = state ~ (state << 13)
    state = state ~ (state >> 7)
    state = state ~ (state << 17)
    return ((state >> 33) % n) + 1
  end
end

---@class tests.toml_documents.Maker
---@field below fun(n: integer): integer 1 to n
---@field keys integer made so far: each is another one
local Maker = {}
Maker.__index = Maker

function Maker:one_of(list)
  return list[self.below(#list)]
end

--- True once in n times.
function Maker:rarely(n)
  return self.below(n) == 1
end

function Maker:blank()
  return self:one_of({ "", "", " ", " ", "  ", "\t", "     " })
end

function Maker:newline()
  return self.crlf and "\r\n" or "\n"
end

local COMMENTS = {
  "#", "# c", "#c", "# é ünï 漢字", "#\tx  ", "# [a] = 1", '# "not closed', "# ,]}",
  "#   trailing   ",
}

function Maker:comment()
  return self:one_of(COMMENTS)
end

--- Blanks where a line end may stand, too.
function Maker:gap()
  local out = { self:blank() }
  while self:rarely(3) do
    if self:rarely(3) then
      out[#out + 1] = self:comment()
    end
    out[#out + 1] = self:newline() .. self:blank()
  end
  return table.concat(out)
end

local BARE = { "a", "b-c", "key_1", "1979", "x", "very_long_key_of_a_table", "-", "true" }
local QUOTED = { '"q %d"', "'l %d'", '"é%d"', '"\\u00e9%d"', "'#%d'", '"a.b%d"', '"= %d"' }

function Maker:key()
  self.keys = self.keys + 1
  if self:rarely(4) then
    return self:one_of(QUOTED):format(self.keys)
  end
  return self:one_of(BARE) .. self.keys
end

function Maker:dotted()
  local parts = { self:key() }
  while self:rarely(4) do
    parts[#parts + 1] = self:blank() .. "." .. self:blank() .. self:key()
  end
  return table.concat(parts)
end

local ATOMS = {
  "0", "-1", "+7", "1_000", "0xdead_BEEF", "0o17", "0b1_0", "1.5", "-0.0", "6.02e23", "1e-7", "inf",
  "-inf", "nan", "+nan", "true", "false", "1979-05-27", "07:32:00", "07:32", "1979-05-27T07:32:00Z",
  "1979-05-27 07:32:00.999-07:00", "1979-05-27t07:32:00", "9223372036854775807",
}
local STRINGS = {
  '""', "''", '"a"', "'raw \\n'", '"esc \\" \\\\ \\t \\u00e9"', '"# no comment"', "'[1, 2]'",
  '"""one line"""', "'''x'''", '"""\nsome\n   text  \n"""', "'''\nraw \\\n  # no comment\n'''",
  '"""a \\\n    b"""', '"""quotes ""\\"" """', '"\\e\\x41"', '"漢字漢字"', '"{ a = 1 }"',
}

function Maker:scalar()
  if self:rarely(2) then
    return self:one_of(ATOMS)
  end
  local text = self:one_of(STRINGS)
  return self.crlf and text:gsub("\n", "\r\n") or text
end

function Maker:array(depth)
  local out, count = { "[", self:gap() }, self.below(6) - 1
  for i = 1, self:rarely(12) and 30 or count do
    if i > 1 then
      out[#out + 1] = self:gap() .. "," .. self:gap()
    end
    out[#out + 1] = self:value(depth + 1)
  end
  if #out > 2 and self:rarely(3) then
    out[#out + 1] = self:gap() .. ","
  end
  out[#out + 1] = self:gap() .. "]"
  return table.concat(out)
end

function Maker:table(depth)
  local lines = self:rarely(4)
  local function gap()
    return lines and self:gap() or self:blank()
  end
  local out = { "{", gap() }
  for i = 1, self.below(5) - 1 do
    out[#out + 1] = i > 1 and gap() .. "," .. gap() or ""
    out[#out + 1] = self:dotted() .. self:blank() .. "=" .. self:blank() .. self:value(depth + 1)
  end
  if #out > 2 and self:rarely(4) then
    out[#out + 1] = gap() .. ","
  end
  out[#out + 1] = gap() .. "}"
  return (table.concat(out):gsub("{#", "{ #")) -- `{#` begins a tag
end

function Maker:value(depth)
  local kind = depth < 5 and self.below(8) or 8
  if kind == 1 then
    return self:table(depth)
  elseif kind <= 3 then
    return self:array(depth)
  end
  return self:scalar()
end

function Maker:line_end()
  return self:blank() .. (self:rarely(4) and self:comment() or "") .. self:newline()
end

function Maker:statement()
  local kind = self.below(12)
  if kind == 1 then
    return self:blank() .. "[" .. self:blank() .. self:dotted() .. self:blank() .. "]"
  elseif kind == 2 then
    self.lists = self.lists or { self:key() }
    local name = self:one_of(self.lists)
    return self:blank() .. "[[" .. self:blank() .. name .. self:blank() .. "]]"
  elseif kind <= 4 then
    return self:blank() .. self:comment()
  elseif kind <= 6 then
    return self:blank()
  elseif kind == 7 and self:rarely(8) then
    return "  # clnrm: fmt " .. self:one_of({ "off", "on" })
  end
  return self:blank() .. self:dotted() .. self:blank() .. "=" .. self:blank() .. self:value(1)
end

--- Makes one document.
---@param seed integer
---@return string
function M.make(seed)
  local self = setmetatable({ below = M.new_random(seed), keys = 0 }, Maker)
  self.crlf = self:rarely(10)
  local out = { self:rarely(20) and "\xef\xbb\xbf" or "" }
  for _ = 1, self.below(25) do
    out[#out + 1] = self:statement() .. self:line_end()
  end
  local text = table.concat(out)
  if self:rarely(5) then
    text = text:gsub("\r?\n$", "")
  end
  return text
end

return M
