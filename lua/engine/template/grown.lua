--- Texts that may be several times as long as what they are made of: refused before they are.
local builder = require("engine.template.builder")
local limits = require("engine.template.limits")
local value = require("engine.template.value")

---@class engine.template.grown
local M = {}

-- Bytes replaced between two looks at the length; what is made of so few is never too long.
M.CHUNK = 1 << 16

--- Refuses a text that would be too long.
---@param who string what makes it
---@param bytes number
function M.check(who, bytes)
  if bytes > limits.TEXT_BYTES then
    value.fail("`%s` would make a text of more than %d MiB", who, limits.TEXT_BYTES >> 20)
  end
end

--- Adds a piece to a text.
---@param out engine.template.Builder
---@param who string what does so
---@param piece string
function M.add(out, who, piece)
  out:add(piece)
  M.check(who, out.size)
end

--- Adds a text in which single bytes are replaced.
---@param out engine.template.Builder
---@param who string what does so
---@param s string
---@param set string pattern of one byte
---@param by string|table as string.gsub takes it
function M.add_replaced(out, who, s, set, by)
  M.check(who, out.size + #s)
  if not s:find(set) then
    return M.add(out, who, s)
  end
  for at = 1, #s, M.CHUNK do
    M.add(out, who, (s:sub(at, at + M.CHUNK - 1):gsub(set, by)))
  end
end

--- Replaces single bytes of a text.
---@param who string what does so
---@param s string
---@param set string pattern of one byte
---@param by string|table as string.gsub takes it
---@return string
---@nodiscard
function M.replaced(who, s, set, by)
  if #s <= M.CHUNK then
    return (s:gsub(set, by))
  end
  local out = builder.new()
  M.add_replaced(out, who, s, set, by)
  return out:text()
end

return M
