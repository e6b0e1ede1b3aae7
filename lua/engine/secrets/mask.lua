--- Masks values in texts, in every form in which they may be printed.
---
--- A text may also have been cut: what stands of a value at the cut is masked as well.
---@class engine.secrets.mask
local core_mask = require("core.mask")
local forms = require("engine.secrets.forms")

local M = {}

M.MASK = "***"

local PART_MIN = 4 -- bytes of a secret at a cut that count as a part of it
local DOTS = "…"

---@class engine.secrets.Mask
---@field raw fun(s: string): string masks what is whole
---@field stars fun(s: string): string the same, and all else stays in its place
---@field values string[] all forms
---@field known_parts? engine.secrets.Parts
local Mask = {}
Mask.__index = Mask

local function escape(s)
  return (s:gsub("%p", "%%%0"))
end

local function replace_short(s, short, with)
  for _, value in ipairs(short) do
    s = s:gsub(escape(value), with and M.MASK or ("*"):rep(#value))
  end
  return s
end

--- Where the values of a mask begin and end: found by core.mask, so that neither many forms nor
--- long ones are tried one by one.
---@class engine.secrets.Parts
---@field heads core.mask.Mask of the values
---@field tails core.mask.Mask of the values from their end
---@field max integer bytes of the longest part

local function new_parts(values)
  local heads, tails, max = {}, {}, 0
  for _, value in ipairs(values) do
    if #value > PART_MIN then
      heads[#heads + 1], tails[#tails + 1] = value, value:reverse()
      max = math.max(max, #value - 1)
    end
  end
  return {
    heads = assert(core_mask.open({ plain = heads })),
    tails = assert(core_mask.open({ plain = tails })),
    max = max,
  }
end

--- Masks the longest part of a secret that a text ends with.
---@return string masked
---@return string? part what was masked
local function mask_end(s, parts)
  local n = parts.heads:open_end(s)
  if n == 0 then
    return s
  end
  return s:sub(1, #s - n) .. M.MASK, s:sub(#s - n + 1)
end

--- Masks the longest part of a secret that a text begins with.
---@return string masked
---@return string? part what was masked
local function mask_begin(s, parts)
  local n = parts.tails:open_end(s:sub(1, parts.max):reverse())
  if n == 0 then
    return s
  end
  return M.MASK .. s:sub(n + 1), s:sub(1, n)
end

--- Masks the parts of secrets on both sides of each mark of a cut.
local function mask_parts(s, parts)
  local pieces, from = {}, 1
  repeat
    local first = s:find(DOTS, from, true)
    local piece = s:sub(from, first and first - 1)
    piece = from > 1 and mask_begin(piece, parts) or piece
    pieces[#pieces + 1] = first and (mask_end(piece, parts)) or piece
    from = first and first + #DOTS
  until not from
  return table.concat(pieces, DOTS)
end

--- Returns where the values begin and end; most runs cut nothing and never need it.
---@return engine.secrets.Parts
---@nodiscard
function Mask:parts()
  self.known_parts = self.known_parts or new_parts(self.values)
  return self.known_parts
end

--- Masks a text, also the parts of secrets that stand where it was cut.
---@param s string
---@return string
---@nodiscard
function Mask:text(s)
  s = self.raw(s)
  return s:find(DOTS, 1, true) and mask_parts(s, self:parts()) or s
end

--- Masks an output, also the parts of a secret on both sides of its gap, and at its end when who
--- wrote it was killed.
---@param output engine.run.Output
---@param was_killed? boolean
---@return engine.run.Output
---@return string[] cut the parts of secrets that were masked there
---@nodiscard
function Mask:output(output, was_killed)
  local out, cut = { bytes = output.bytes, cut = output.cut }, {}
  if (output.cut or 0) == 0 or not output.seam then
    out.text, out.seam = self.raw(output.text), output.seam
  else
    local parts = self:parts()
    local head, before = mask_end(self.raw(output.text:sub(1, output.seam)), parts)
    local tail, behind = mask_begin(self.raw(output.text:sub(output.seam + 1)), parts)
    cut[1] = before
    cut[#cut + 1] = behind
    out.text, out.seam = head .. tail, #head
  end
  if was_killed then
    out.text, cut[#cut + 1] = mask_end(out.text, self:parts())
  end
  return out, cut
end

--- Makes a mask; of short values the longest first, so that one that holds another goes as a whole.
---@param values string[]
---@return engine.secrets.Mask
---@nodiscard
function M.new(values)
  local patterns, short = forms.of(values)
  local core = assert(core_mask.open(patterns))
  table.sort(short, function(a, b)
    return #a > #b
  end)
  local all = {}
  for _, list in ipairs({ patterns.plain, patterns.base64, patterns.hex, short }) do
    table.move(list, 1, #list, #all + 1, all)
  end
  return setmetatable({
    values = all,
    raw = function(s)
      return replace_short((assert(core:text(s))), short, true)
    end,
    stars = function(s)
      return replace_short((assert(core:stars(s))), short, false)
    end,
  }, Mask)
end

return M
