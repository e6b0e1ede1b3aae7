--- Where the parts of the full screen stand, by the size of the terminal.
---
--- Pure.  From 80×20 on both panes are there; below, the one that has the keys; below 40×10 none.
---@class engine.dev.screen.layout
local M = {}

M.ROWS_MIN, M.COLUMNS_MIN = 10, 40
M.ROWS_BOTH, M.COLUMNS_BOTH = 20, 80

local TREE_MIN, TREE_MAX = 36, 64
local HEAD_TALL = 14 -- rows from which on the head has two

---@class engine.dev.screen.Rect
---@field y integer
---@field x integer
---@field height integer
---@field width integer

---@class engine.dev.screen.Layout
---@field is_small? boolean nothing can be shown
---@field is_single? boolean one pane at a time
---@field head? integer rows of it
---@field tests? engine.dev.screen.Rect
---@field detail? engine.dev.screen.Rect
---@field foot? integer the row where it begins; it has two

--- Lays a screen out.
---@param rows integer
---@param columns integer
---@param pane "tests"|"detail" that has the keys
---@return engine.dev.screen.Layout
---@nodiscard
function M.of(rows, columns, pane)
  if rows < M.ROWS_MIN or columns < M.COLUMNS_MIN then
    return { is_small = true }
  end
  local head = rows >= HEAD_TALL and 2 or 1
  local body = { y = head, x = 0, height = rows - head - 2, width = columns }
  local layout = { head = head, foot = rows - 2 }
  if rows < M.ROWS_BOTH or columns < M.COLUMNS_BOTH then
    layout.is_single = true
    layout[pane] = body
    return layout
  end
  local left = math.max(TREE_MIN, math.min(columns * 2 // 5, TREE_MAX))
  layout.tests = { y = head, x = 0, height = body.height, width = left }
  layout.detail = { y = head, x = left, height = body.height, width = columns - left }
  return layout
end

return M
