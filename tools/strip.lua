--- Takes the names of local variables out of a precompiled chunk of Lua 5.4.
---
--- They are half of all its texts, and each is looked up among all texts of the program when the
--- chunk is loaded.  Unlike string.dump's own strip it leaves the source and the lines: an error of
--- the engine still tells where it was raised, and a traceback where each function stands.
local HEAD = 31 -- signature, versions and sizes, before the number of upvalues

local NUMBERS = { [0x03] = true, [0x13] = true } -- integer, float: 8 bytes each
local TEXTS = { [0x04] = true, [0x14] = true } -- short, long

local Reader = {}
Reader.__index = Reader

--- Reads a count: groups of seven bits, the last one marked.
function Reader:count()
  local n = 0
  while true do
    local byte = self.bytes:byte(self.at)
    self.at = self.at + 1
    n = n << 7 | byte & 0x7F
    if byte & 0x80 ~= 0 then
      return n
    end
  end
end

function Reader:skip(bytes)
  self.at = self.at + bytes
end

function Reader:text()
  local size = self:count()
  self:skip(size > 0 and size - 1 or 0)
end

function Reader:constants()
  for _ = 1, self:count() do
    local kind = self.bytes:byte(self.at)
    self:skip(1)
    if NUMBERS[kind] then
      self:skip(8)
    elseif TEXTS[kind] then
      self:text()
    else
      assert(kind == 0x00 or kind == 0x01 or kind == 0x11, "a constant of an unknown kind")
    end
  end
end

--- Writes what was passed since it last wrote.
function Reader:keep()
  self.out[#self.out + 1] = self.bytes:sub(self.kept, self.at - 1)
  self.kept = self.at
end

--- Leaves out a list, and writes that there is none.
function Reader:drop(item)
  self:keep()
  for _ = 1, self:count() do
    item(self)
  end
  self.out[#self.out + 1], self.kept = "\x80", self.at
end

local function variable(self)
  self:text()
  self:count()
  self:count()
end

function Reader:fn()
  self:text() -- source
  self:count() -- lines
  self:count()
  self:skip(3) -- parameters, is_vararg, stack
  self:skip(self:count() * 4) -- code
  self:constants()
  self:skip(self:count() * 3) -- upvalues
  for _ = 1, self:count() do
    self:fn()
  end
  self:skip(self:count()) -- lines of the code
  for _ = 1, self:count() do
    self:count()
    self:count()
  end
  self:drop(variable)
  for _ = 1, self:count() do -- names of upvalues: messages of errors and tests need them
    self:text()
  end
end

--- Strips a chunk.
---@param bytes string of string.dump
---@return string
return function(bytes)
  assert(bytes:sub(1, 6) == "\27Lua\x54\0", "no chunk of Lua 5.4")
  local self = setmetatable({ bytes = bytes, at = HEAD + 2, kept = 1, out = {} }, Reader)
  self:fn()
  assert(self.at == #bytes + 1, "a chunk of another form")
  self:keep()
  return table.concat(self.out)
end
