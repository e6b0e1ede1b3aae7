--- Texts that may be several times as long as what they are made of: refused before they are.
local limits = require("engine.template.limits")
local value = require("engine.template.value")

---@class engine.template.grown
local M = {}

local CHUNK = 1 << 16 -- bytes that are replaced between two looks at the length

--- Refuses a text that would be too long.
---@param who string what makes it
---@param bytes number
function M.check(who, bytes)
  if bytes > limits.TEXT_BYTES then
    value.fail("`%s` would make a text of more than %d MiB", who, limits.TEXT_BYTES >> 20)
  end
end

--- Replaces single bytes of a text.
---@param who string what does so
---@param s string
---@param set string pattern of one byte
---@param by string|table as string.gsub takes it
---@param before? integer bytes of the text that it is to be a part of; default 0
---@return string
---@nodiscard
function M.replaced(who, s, set, by, before)
  local size = (before or 0) + #s
  M.check(who, size)
  if not s:find(set) then
    return s
  elseif #s <= CHUNK then
    return (s:gsub(set, by))
  end
  local parts = {}
  for at = 1, #s, CHUNK do
    local last = math.min(at + CHUNK - 1, #s)
    local part = s:sub(at, last):gsub(set, by)
    size = size + #part - (last - at + 1)
    M.check(who, size)
    parts[#parts + 1] = part
  end
  return table.concat(parts)
end

return M
