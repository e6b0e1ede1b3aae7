--- How the things of a room are removed at its end.
---@class engine.backend.container.removal
local task = require("clnrm.task")

local M = {}

--- Removes containers, all at once.
---@async
---@param members { remove: async fun(self): true?, core.Error? }[]
---@param killed? integer as it is to be returned when all are gone
---@param err? core.Error why not, so far
---@return integer? killed nil: something may be left, or was before
---@return core.Error? err the first
function M.all(members, killed, err)
  local group <close> = task.group()
  for _, member in ipairs(members) do
    group:spawn(function()
      local ok, why = member:remove()
      if not ok then
        killed, err = nil, err or why
      end
    end)
  end
  group:wait()
  return killed, err
end

return M
