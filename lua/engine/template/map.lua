--- Which place of the source a place of the rendered text comes from.
local M = {}

local BLOCK = 64 -- bytes; files are asked for the places of all that is in them, in any order

---@class engine.template.Map
---@field rendered integer[] where each piece begins in the rendered text, from 0
---@field source integer[]   and in the source
---@field length integer[]   of each piece in the source
---@field copied boolean[]   whether it is the source's own text, or was inserted for a tag
---@field private index? integer[] the piece at the begin of each block of the rendered text
local Map = {}
Map.__index = Map

--- Adds a piece.
---@param rendered integer
---@param source integer
---@param length integer
---@param copied boolean
function Map:add(rendered, source, length, copied)
  local n = #self.rendered + 1
  self.rendered[n], self.source[n], self.length[n], self.copied[n] =
    rendered, source, length, copied
  self.index = nil
end

--- Lists the piece at the begin of each block of the rendered text.
local function index_of(rendered)
  local index, piece = {}, 1
  for block = 0, (rendered[#rendered] or 0) // BLOCK do
    while rendered[piece + 1] and rendered[piece + 1] <= block * BLOCK do
      piece = piece + 1
    end
    index[block + 1] = piece
  end
  return index
end

--- Returns the number of the piece that holds an offset.
local function piece_of(self, offset)
  local index = self.index or index_of(self.rendered)
  self.index = index
  local rendered, i = self.rendered, index[offset // BLOCK + 1] or index[#index]
  local next_one = rendered[i + 1]
  while next_one and next_one <= offset do
    i = i + 1
    next_one = rendered[i + 1]
  end
  return i
end

--- Returns the offset in the source; what was inserted comes from the begin of its tag.
---@param offset integer from 0
---@return integer
---@return boolean is_copied
function Map:offset(offset)
  local i = piece_of(self, offset)
  local inside, is_copied = math.max(offset - self.rendered[i], 0), self.copied[i]
  return self.source[i] + (is_copied and math.min(inside, self.length[i]) or 0), is_copied
end

--- Returns the end in the source: behind the tag, when it is inside of what was inserted.
---@param stop integer from 0, exclusive
---@return integer
function Map:stop(stop)
  local i = piece_of(self, math.max(stop - 1, 0))
  if self.copied[i] then
    return self.source[i] + math.min(math.max(stop - self.rendered[i], 0), self.length[i])
  end
  return self.source[i] + self.length[i]
end

--- Makes an empty map.
---@return engine.template.Map
function M.new()
  return setmetatable({ rendered = {}, source = {}, length = {}, copied = {} }, Map)
end

return M
