--- What a room was isolated by beside what the run has told of rooms at its beginning.
local M = {}

--- Finds the parts in which a room differs.
---@param of_run? table<string, any>
---@param of_room? table<string, any>
---@return table<string, any>
---@nodiscard
function M.differing(of_run, of_room)
  local out = {}
  for name, value in pairs(of_room or {}) do
    if tostring(value) ~= tostring((of_run or out)[name]) then
      out[name] = value
    end
  end
  return out
end

return M
