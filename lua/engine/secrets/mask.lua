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

--- Masks the part of a secret that stands before `mark`, or behind it.
local function mask_parts(s, value, mark)
  if #value <= PART_MIN then
    return s
  end
  local has_head = s:find(value:sub(1, PART_MIN), 1, true)
  local has_tail = s:find(value:sub(-PART_MIN), 1, true)
  for n = has_head and #value - 1 or 0, PART_MIN, -1 do
    local first, last = s:find(value:sub(1, n) .. mark, 1, true)
    if first then
      s = s:sub(1, first - 1) .. M.MASK .. mark .. s:sub(last + 1)
    end
  end
  for n = has_tail and #value - 1 or 0, PART_MIN, -1 do
    local first, last = s:find(mark .. value:sub(-n), 1, true)
    if first then
      s = s:sub(1, first - 1) .. mark .. M.MASK .. s:sub(last + 1)
    end
  end
  return s
end

--- Masks a text, also the parts of secrets that stand where it was cut.
---@param s string
---@return string
---@nodiscard
function Mask:text(s)
  s = self.raw(s)
  if s:find(DOTS, 1, true) then
    for _, value in ipairs(self.values) do
      s = mask_parts(s, value, DOTS)
    end
  end
  return s
end

--- Masks the part of a secret that a text ends with, or begins with.
local function mask_end(s, values, is_head)
  for _, value in ipairs(values) do
    for n = math.min(#value - 1, #s), PART_MIN, -1 do
      if is_head and s:sub(-n) == value:sub(1, n) then
        return s:sub(1, -n - 1) .. M.MASK
      elseif not is_head and s:sub(1, n) == value:sub(-n) then
        return M.MASK .. s:sub(n + 1)
      end
    end
  end
  return s
end

--- Masks an output, also the parts of a secret on both sides of its gap.
---@param output engine.run.Output
---@return engine.run.Output
---@nodiscard
function Mask:output(output)
  local out = { bytes = output.bytes, cut = output.cut }
  if (output.cut or 0) == 0 or not output.seam then
    out.text, out.seam = self.raw(output.text), output.seam
    return out
  end
  local head = mask_end(self.raw(output.text:sub(1, output.seam)), self.values, true)
  local tail = mask_end(self.raw(output.text:sub(output.seam + 1)), self.values, false)
  out.text, out.seam = head .. tail, #head
  return out
end

--- Makes a mask; the longest values first, so that one that holds another goes as a whole.
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
  table.sort(all, function(a, b)
    return #a > #b
  end)
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
