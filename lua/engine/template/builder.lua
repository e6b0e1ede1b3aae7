--- A text that is made of many pieces: these are joined before there are too many of them.
---
--- A piece takes sixteen bytes of a table beside its own, and a list of a million numbers has two
--- million pieces.
local text = require("core.text")

---@class engine.template.builder
local M = {}

local PIECES_MAX = 4096
local LARGE = 1 << 14 -- bytes of a piece that is not joined with others before the end

---@class engine.template.Builder
---@field [integer] string pieces that are not joined yet
---@field size integer bytes by now
---@field chunks? string[]
local Builder = {}
Builder.__index = Builder

--- Begins a text.
---@return engine.template.Builder
---@nodiscard
function M.new()
  return setmetatable({ n = 0, size = 0 }, Builder)
end

--- Joins the pieces that were not yet.
---@return string[] chunks
local function join(self)
  local chunks = self.chunks or {}
  self.chunks = chunks
  if self.n > 0 then
    chunks[#chunks + 1] = assert(text.join(self, self.n))
    self.n = 0
  end
  return chunks
end

--- Adds a piece.
---@param piece string
function Builder:add(piece)
  self.size = self.size + #piece
  if #piece > LARGE then
    local chunks = join(self)
    chunks[#chunks + 1] = piece
    return
  end
  local n = self.n + 1
  self[n], self.n = piece, n
  if n == PIECES_MAX then
    join(self)
  end
end

--- Gives the text.
---@return string
---@nodiscard
function Builder:text()
  if not self.chunks then
    return assert(text.join(self, self.n))
  end
  local chunks = join(self)
  return #chunks == 1 and chunks[1] or assert(text.join(chunks, #chunks))
end

return M
