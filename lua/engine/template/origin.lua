--- Which byte of which template each byte of a rendered text came from, through macros, includes
--- and parents.  Pure.
local scan = require("engine.template.scan")
local source = require("engine.diag.source")

local M = {}

---@class engine.template.Origin
---@field file table      of engine.template.Env: `name`, `path`, `source`
---@field offset integer  bytes, from 0
---@field length integer  bytes
---@field line integer
---@field column integer  in characters

local FILE_BITS, REST = 32, (1 << 32) - 1

--- Tells where a piece of a traced rendering came from.
---@param files table<integer, table> by their numbers
---@param from integer as the rendering noted it
---@return table file
---@return integer at from 1: of the text, or of the tag that was replaced by it
---@return boolean is_copied
function M.of_piece(files, from)
  return files[from >> FILE_BITS], (from & REST) >> 1, from & 1 == 0
end

---@class engine.template.Origins
---@field private trace engine.template.RenderedText
---@field private files table<integer, table>
---@field private starts integer[] where each piece begins in the rendered text, from 0
---@field private lines table<table, engine.diag.Lines> of files, each indexed once
local Origins = {}
Origins.__index = Origins

--- Makes what answers for a traced rendering.
---@param trace engine.template.RenderedText
---@param files table<integer, table> by their numbers
---@return engine.template.Origins
---@nodiscard
function M.new(trace, files)
  local starts, at = {}, 0
  for i, piece in ipairs(trace.pieces) do
    starts[i], at = at, at + #piece
  end
  return setmetatable({ trace = trace, files = files, starts = starts, lines = {} }, Origins)
end

--- Finds the number of the piece that holds a byte.
local function piece_of(starts, offset)
  local first, last = 1, #starts
  while first < last do
    local middle = (first + last + 1) // 2
    if starts[middle] <= offset then
      first = middle
    else
      last = middle - 1
    end
  end
  return first
end

local WORDS = { '^%b""', "^%b''", "^%[+[^%]]*%]+", "^[%w_.%-]+" }

--- Says how much is marked: a tag as a whole, of a text the key, header or value that begins there.
local function length_at(text, at, is_copied)
  if not is_copied then
    local last = scan.tag_end(text, at)
    return last and last - at + 1 or #(text:match("^[%w_:]+", at) or " ") -- a macro, by its name
  end
  local rest = text:match("^[^\r\n]*", at)
  for _, pattern in ipairs(WORDS) do
    local word = rest:match(pattern)
    if word then
      return #word
    end
  end
  return 1
end

local function place(self, file, at, is_copied)
  local lines = self.lines[file] or source.lines(file.source)
  self.lines[file] = lines
  local line, column = source.position(lines, at - 1)
  return { file = file, offset = at - 1, length = length_at(file.source, at, is_copied),
    line = line, column = column }
end

--- Says where a byte was written, and by which calls it came into the text.
---@param offset integer from 0, in the rendered text
---@return engine.template.Origin? written nil: the text is empty
---@return engine.template.Origin[] via nearest first: calls of macros, includes
---@nodiscard
function Origins:at(offset)
  local trace, piece = self.trace, piece_of(self.starts, offset)
  local from, via = trace.from[piece], {}
  if not from then
    return nil, via
  end
  local file, at, is_copied = M.of_piece(self.files, from)
  if is_copied then
    at = at + math.min(offset - self.starts[piece], #trace.pieces[piece])
  end
  for _, call in ipairs(trace.calls) do -- those inside of others come first
    if call.first <= piece and piece <= call.last then
      via[#via + 1] = place(self, call.file, call.at, false)
    end
  end
  return place(self, file, at, is_copied), via
end

return M
