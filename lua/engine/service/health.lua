--- The health check of a service: whether it is healthy, by a command's exit code.
---
--- Asked quickly at first, so that a healthy service is used at once.  A no counts only as often as
--- the interval says and after the start period: `retries` of them in a row are unhealthy.
---@class engine.service.health
local poll = require("engine.service.poll")
local task = require("clnrm.task")
local wait = require("engine.service.wait")

local M = {}

M.INTERVAL_MS, M.TIMEOUT_MS, M.RETRIES, M.START_PERIOD_MS = 1000, 5000, 3, 0

--- Waits until a service is healthy.
---@async
---@param rt engine.service.Runtime
---@param health engine.model.Service.Health
---@return engine.service.Polled # `unhealthy`: how many answers of no counted in the end
function M.run(rt, health)
  local began, result = poll.now(), { ready = false, probes = 0, waited_ms = 0, unhealthy = 0 }
  local interval, retries = health.interval_ms or M.INTERVAL_MS, health.retries or M.RETRIES
  local timeout = health.timeout_ms or M.TIMEOUT_MS
  local counts_from = (health.start_period_ms or M.START_PERIOD_MS) + interval
  while result.unhealthy < retries do
    local ok, err = wait.note(rt, wait.ask_command(rt, health, timeout))
    result.probes = result.probes + 1
    result.waited_ms = poll.now() - began
    if ok then
      result.ready, result.last = true, nil
      return result
    end
    result.last = err
    if poll.is_final(err) then
      result.final = true
      return result
    elseif result.waited_ms >= counts_from then
      result.unhealthy = result.unhealthy + 1
      counts_from = result.waited_ms + interval
    end
    local pause = math.min(poll.pause(result.waited_ms), counts_from - result.waited_ms)
    local slept
    slept, err = task.sleep(math.max(0, pause))
    if not slept then
      result.last, result.final = err, true
      return result
    end
  end
  return result
end

return M
