--- A heap: what comes first, by an order that is given, can be taken at any time.  Pure.
---@class engine.heap
local M = {}

---@class engine.heap.Heap
---@field [integer] any
---@field private before fun(a: any, b: any): boolean
local Heap = {}
Heap.__index = Heap

--- Adds an item.
---@param item any not nil
function Heap:push(item)
  local before, at = self.before, #self + 1
  while at > 1 and before(item, self[at // 2]) do
    self[at], at = self[at // 2], at // 2
  end
  self[at] = item
end

--- Takes the first item; nil when there is none.
---@return any?
function Heap:pop()
  local before, first, count = self.before, self[1], #self
  local item = self[count]
  self[count] = nil
  count = count - 1
  local at = 1
  while count > 0 do
    local child = 2 * at
    if child < count and before(self[child + 1], self[child]) then
      child = child + 1
    end
    if child > count or not before(self[child], item) then
      self[at] = item
      break
    end
    self[at], at = self[child], child
  end
  return first
end

--- Makes an empty heap.
---@param before fun(a: any, b: any): boolean whether `a` comes before `b`
---@return engine.heap.Heap
---@nodiscard
function M.new(before)
  return setmetatable({ before = before }, Heap)
end

return M
