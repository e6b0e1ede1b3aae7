--- Services that stay down although something needs them: what a fault has ended.
---
--- A stopped service is started again by whatever needs it next; a held one is not, and nobody
--- waits for it.
---@class engine.service.hold
local M = {}

--- Keeps a service down, once it has ended.
---@param rt engine.service.Runtime
function M.take(rt)
  rt.held = true
end

--- Lets a service be started again.
---@param set engine.service.Set
---@param rt engine.service.Runtime
function M.release(set, rt)
  rt.held = nil
  if rt.state == "stopped" then
    set.jobs[rt.name] = nil
  end
end

return M
