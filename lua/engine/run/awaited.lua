--- What services a scenario waits for.  Pure.
---@class engine.run.awaited
local M = {}

---@class engine.run.Awaited
---@field service string
---@field state string
---@field probe? string the last probe's own result

--- Tells what services a scenario waits for, for who asks.
---@param cx engine.run.Context
---@return engine.run.Awaited[]? # nil when it waits for none
---@nodiscard
function M.of(cx)
  if not cx.awaits or not next(cx.awaits) then
    return nil
  end
  local list, seen = {}, {}
  for wait in pairs(cx.awaits) do
    for _, one in ipairs(wait.services:pending(wait.names)) do
      if not seen[one.service] then
        seen[one.service], list[#list + 1] = true, one
      end
    end
  end
  table.sort(list, function(a, b)
    return a.service < b.service
  end)
  return list
end

return M
