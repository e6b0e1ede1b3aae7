--- Whether two Lua values are equal, by content.
---
--- As `==`, with two differences: tables are equal when their entries are (unless one of them has
--- an `__eq`, which decides), and nan equals nan.  So 1 equals 1.0, 0.0 equals -0.0, and "1" is not
--- 1.  Other metatables do not count, nor does `__pairs`: what is compared is what is in the table.
--- Tables that contain themselves are compared: equal when they have the same form.
---@class engine.expect.equal
local M = {}

local DEPTH_MAX = 1000

local function has_eq(value)
  local meta = debug.getmetatable(value)
  return type(meta) == "table" and rawget(meta, "__eq") ~= nil
end

local same

local function same_entries(a, b, open, depth)
  local count = 0
  for key, value in next, a do
    count = count + 1
    local other = rawget(b, key) -- a key that is a table is found by identity
    if other == nil or not same(value, other, open, depth) then
      return false
    end
  end
  for _ in next, b do
    count = count - 1
  end
  return count == 0
end

function same(a, b, open, depth)
  if rawequal(a, b) or a ~= a and b ~= b then
    return true
  end
  local kind = type(a)
  if kind ~= type(b) then
    return false
  elseif kind ~= "table" then
    return a == b -- 1 and 1.0; a userdata's __eq
  elseif has_eq(a) or has_eq(b) then
    return a == b
  end
  local partners = open[a]
  if partners and partners[b] then
    return true -- being compared further up: nothing differed so far
  elseif depth > DEPTH_MAX then
    error({ too_deep = true })
  end
  partners = partners or {}
  open[a], partners[b] = partners, true
  return same_entries(a, b, open, depth + 1)
end

--- Compares two values.
---@param a any
---@param b any
---@return boolean? is_equal nil: nested too deep to be compared
---@nodiscard
function M.equal(a, b)
  local ok, result = pcall(same, a, b, {}, 0)
  if ok then
    return result
  elseif type(result) == "table" and result.too_deep then
    return nil
  end
  error(result, 0) -- an __eq raised
end

return M
