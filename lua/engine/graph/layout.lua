--- Where the steps of a scenario stand in a drawing: a column for each length of the way to them.
--- Pure.
local M = {}

M.HEIGHT, M.ROW, M.GAP, M.MARGIN = 30, 46, 56, 8 -- pixels
M.STEPS_MAX = 200 -- of a drawing that can still be read

local CHAR, PAD, WIDTH_MIN = 7.5, 20, 60

---@class engine.graph.Box
---@field x number
---@field y number
---@field width number
---@field column integer

--- Finds the column of each step: one more than the last column of what it waits for.
local function columns_of(steps)
  local columns, left = {}, #steps
  while left > 0 do
    local before = left
    for i, step in ipairs(steps) do
      local column = not columns[i] and 1 or nil
      for _, index in ipairs(column and step.after or {}) do
        column = column and columns[index] and math.max(column, columns[index] + 1) or nil
      end
      if column then
        columns[i], left = column, left - 1
      end
    end
    assert(left < before, "steps wait for each other in a circle")
  end
  return columns
end

--- Puts the steps of a column beside what they wait for, as far as that goes.
local function sort_column(members, steps, row_of)
  local weight = {}
  for place, i in ipairs(members) do
    local sum, count = 0, 0
    for _, index in ipairs(steps[i].after) do
      sum, count = sum + (row_of[index] or 0), count + 1
    end
    weight[i] = { count > 0 and sum / count or place, i }
  end
  table.sort(members, function(a, b)
    if weight[a][1] ~= weight[b][1] then
      return weight[a][1] < weight[b][1]
    end
    return a < b
  end)
  for row, i in ipairs(members) do
    row_of[i] = row
  end
end

--- Places steps.
---@param steps { after: integer[] }[]
---@param widths integer[] of their texts, in characters
---@return engine.graph.Box[] boxes
---@return number width of the drawing
---@return number height
---@nodiscard
function M.place(steps, widths)
  local columns, members, last = columns_of(steps), {}, 0
  for i, column in ipairs(columns) do
    members[column] = members[column] or {}
    table.insert(members[column], i)
    last = math.max(last, column)
  end
  local boxes, row_of, x, rows = {}, {}, M.MARGIN, 0
  for column = 1, last do
    rows = math.max(rows, #members[column])
  end
  for column = 1, last do
    sort_column(members[column], steps, row_of)
    local widest = WIDTH_MIN
    for _, i in ipairs(members[column]) do
      widest = math.max(widest, widths[i] * CHAR + PAD)
    end
    local top = M.MARGIN + (rows - #members[column]) * M.ROW / 2
    for row, i in ipairs(members[column]) do
      boxes[i] = { x = x, y = top + (row - 1) * M.ROW, width = widest, column = column }
    end
    x = x + widest + M.GAP
  end
  return boxes, x - M.GAP + M.MARGIN, rows * M.ROW - (M.ROW - M.HEIGHT) + 2 * M.MARGIN
end

return M
