--- Faults of the network between a service and all others in the room.
---
--- The host of the services does them: by clnrm's relay, which connections to the service go
--- through, or by the engine (a container that is taken out of its network).
---@class engine.chaos.net
local M = {}

local PPM, US_PER_MS = 1000000, 1000

--- What the relay is told.
local SHAPES = {
  net_partition = function()
    return { held = true }
  end,
  net_delay = function(spec) -- half of it on each way: a round trip takes all of it longer
    return { delay_us = spec.delay_ms * US_PER_MS // 2 }
  end,
  net_loss = function(spec)
    return { loss_ppm = math.floor(spec.loss * PPM + 0.5), seed = spec.seed or 1 }
  end,
  net_bandwidth = function(spec)
    return { bandwidth = spec.bandwidth }
  end,
}

--- Disturbs the connections of a service.
---@async
---@param set engine.service.Set
---@param rt engine.service.Runtime
---@param spec engine.model.Fault
---@return engine.chaos.Undo? undo
---@return core.Error? err
function M.disturb(set, rt, spec)
  local shape = SHAPES[spec.kind](spec)
  local ok, err = rt.host.disturb(set, rt, spec.kind, shape)
  if not ok then
    return nil, err
  end
  local before = rt.held_back or 0
  return function()
    local calmed, why = rt.host.calm(set, rt, spec.kind, shape)
    if not calmed then
      return nil, why
    end
    return rt.held_back and rt.held_back - before or true
  end
end

return M
