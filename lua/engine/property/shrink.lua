--- Makes a failing list of choices simpler: shorter first, then of smaller numbers.
local M = {}

--- Most values that are tried.
M.TRIES_MAX = 1000

-- A list is simpler when it is shorter, or as long and smaller at the first difference.
local function is_simpler(a, b)
  if #a ~= #b then
    return #a < #b
  end
  for i = 1, #a do
    if a[i] ~= b[i] then
      return a[i] < b[i]
    end
  end
  return false
end

local function without(list, from, count)
  local out = table.move(list, 1, from - 1, 1, {})
  return table.move(list, from + count, #list, from, out)
end

local function with(list, at, value)
  local out = table.move(list, 1, #list, 1, {})
  out[at] = value
  return out
end

-- Takes out parts, the long ones first.
local function drop_parts(best, try)
  local size = math.max(#best // 2, 1)
  while size >= 1 do
    local at = #best - size + 1
    while at >= 1 do
      best = try(without(best, at, size)) or best
      at = math.min(at - 1, #best - size + 1)
    end
    size = size // 2
  end
  return best
end

-- Finds the smallest number at a place that still fails, by halves.
local function lower(best, at, try)
  local zero = best[at] > 0 and try(with(best, at, 0))
  if zero then
    return zero
  end
  local low = 0 -- does not fail
  while best[at] and best[at] - low > 1 do
    local middle = low + (best[at] - low) // 2
    local found = try(with(best, at, middle))
    if found then
      best = found
    else
      low = middle
    end
  end
  return best
end

--- Shrinks.
---@async
---@param choices integer[] that fail
---@param fails fun(choices: integer[]): integer[]? what was really chosen, when that fails
---@param most? integer values that are tried; default TRIES_MAX
---@return integer[] simplest
---@return integer tries
function M.run(choices, fails, most)
  most = most or M.TRIES_MAX
  local tries = 0
  local best = choices
  local function try(candidate)
    if tries >= most then
      return nil
    end
    tries = tries + 1
    local made = fails(candidate)
    if made and is_simpler(made, best) then
      best = made
      return made
    end
  end
  repeat
    local before = best
    drop_parts(best, try)
    local at = 1
    while at <= #best do
      lower(best, at, try)
      at = at + 1
    end
  until best == before or tries >= most
  return best, tries
end

return M
