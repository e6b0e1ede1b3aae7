--- What a set of services tells: one event for each thing that happens to one of them.
---
--- Texts are masked of the service's secrets.
---@class engine.service.events
local runtime = require("engine.service.runtime")

local M = {}

M.LOG_LINES = 20 -- of service_end

local function emit(set, event)
  if set.options.emit then
    event.id = set.options.id
    set.options.emit(event)
  end
end

local function masked_list(rt, list)
  local result = {}
  for i, text in ipairs(list or {}) do
    result[i] = rt.mask(text)
  end
  return list and result
end

--- It is about to start.
---@param set engine.service.Set
---@param rt engine.service.Runtime
function M.begun(set, rt)
  local spec = rt.spec
  emit(set, {
    event = "service_begin",
    service = rt.name,
    kind = spec.kind or "daemon",
    argv = masked_list(rt, spec.argv),
    shell = spec.shell and rt.mask(spec.shell),
    by_hand = rt.by_hand,
  })
end

--- It is ready, or has completed.
---@param set engine.service.Set
---@param rt engine.service.Runtime
function M.ready(set, rt)
  emit(set, { event = "service_ready", service = rt.name, ms = rt.ready_ms, probes = rt.probes })
end

--- It did not come up.
---@param set engine.service.Set
---@param rt engine.service.Runtime
function M.failed(set, rt)
  emit(set, { event = "service_failed", service = rt.name, failure = rt.failure })
end

--- Its process has ended.
---@param set engine.service.Set
---@param rt engine.service.Runtime
function M.ended(set, rt)
  emit(set, {
    event = "service_end",
    service = rt.name,
    exit_code = rt.exit and rt.exit.code,
    signal = rt.exit and rt.exit.signal,
    asked = rt.asked or false,
    limits_met = rt.limits_met,
    ms = rt.ended_ms,
    log = runtime.logs(rt, M.LOG_LINES),
  })
end

return M
