--- `required-version`: ranges of versions, read strictly.
---
--- A range is one comparison or several, all of which must hold: ">=1.2", ">=1.2, <2", "=0.1.0".
local M = {}

local PARTS_MAX, PART_MAX = 3, 999999

local compare = {
  [">="] = function(order) return order >= 0 end,
  [">"] = function(order) return order > 0 end,
  ["<="] = function(order) return order <= 0 end,
  ["<"] = function(order) return order < 0 end,
  ["="] = function(order) return order == 0 end,
}

--- Reads "1", "1.2" or "1.2.3"; what is left out is 0.
---@param text string
---@return integer[]? parts
---@nodiscard
function M.parse(text)
  local parts = {}
  for part in (text .. "."):gmatch("([^.]*)%.") do
    local number = part:match("^%d+$") and math.tointeger(tonumber(part))
    if not number or number > PART_MAX or part:match("^0%d") then
      return nil
    end
    parts[#parts + 1] = number
  end
  if #parts == 0 or #parts > PARTS_MAX then
    return nil
  end
  for i = #parts + 1, PARTS_MAX do
    parts[i] = 0
  end
  return parts
end

local function order_of(a, b)
  for i = 1, PARTS_MAX do
    if a[i] ~= b[i] then
      return a[i] < b[i] and -1 or 1
    end
  end
  return 0
end

--- Says whether a version is in a range.
---@param range string
---@param version string
---@return boolean? holds nil: the range cannot be read
---@return string? why then
---@nodiscard
function M.holds(range, version)
  local own = assert(M.parse(version:match("^[%d.]+")))
  local holds = true
  for item in (range .. ","):gmatch("([^,]*),") do
    local operator, wanted = item:match("^%s*([<>=]*)%s*(%S*)%s*$")
    local parts = wanted and M.parse(wanted)
    if operator == "" and parts then
      return nil, ('"%s" does not say how it compares: write ">=%s"'):format(wanted, wanted)
    elseif not compare[operator] or not parts then
      return nil, ('"%s" is no comparison, such as ">=1.2" or "<2"'):format(item)
    end
    holds = holds and compare[operator](order_of(own, parts))
  end
  return holds
end

return M
