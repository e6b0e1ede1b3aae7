--- The faults of a scenario of steps, [[fault]]: each is made at its moment, all are healed behind
--- the last step.
---
--- A fault waits until its service is ready.  One that cannot be made ends the scenario: steps that
--- were to run under it would say nothing.
---@class engine.run.faults
local chaos = require("engine.chaos")
local core = require("core.task")
local step = require("engine.run.step")

local M = {}

local START_MS = 3600000 -- for a service to start; each has deadlines of its own

---@class engine.run.Faults
---@field private run engine.run.Run
---@field private cx engine.run.Context
---@field private planned { spec: engine.model.Fault, seen: engine.run.FaultSeen,
---begun?: boolean }[]
---@field private timers core.Task[]
local Faults = {}
Faults.__index = Faults

--- Makes one fault, once; false: nothing more can be run.
local function make(self, one)
  local run, cx = self.run, self.cx
  if one.begun or cx.course.fault_failed or run.stopped then
    return not cx.course.fault_failed
  end
  one.begun = true
  local services, name = cx.services[1], one.spec.service
  local runtime = services.set:get(name)
  if not runtime.held then
    local left = step.deadline(run, cx, { timeout_ms = START_MS })
    local ok, failure, is_late = services:need({ name }, math.max(1, left))
    if not ok then
      one.begun = false -- which is told of the service
      cx.course.service_failure = cx.course.service_failure or failure
      cx.course.over = cx.course.over or is_late and "scenario" or nil
      return false
    end
  end
  local fault, err = chaos.begin(services, one.spec, one.seen)
  if fault or err.code == "ECANCELED" then
    return fault ~= nil
  end
  one.seen.code, one.seen.error = "T901", err.message
  one.seen.help = err.detail and err.detail.help
  cx.course.fault_failed = true
  return false
end

local function make_each(self, side, item)
  for _, one in ipairs(self.planned) do
    if one.spec.at[side] == item.name and not make(self, one) then
      return false
    end
  end
  return not self.cx.course.fault_failed
end

--- Makes the faults that come just before a step.
---@async
---@param item engine.model.Step
---@return boolean ok false: the step must not be run
function Faults:before(item)
  return make_each(self, "before", item)
end

--- Makes those that come just after it.
---@async
---@param item engine.model.Step
---@return boolean ok
function Faults:after(item)
  return make_each(self, "after", item)
end

local function make_later(self, one)
  if core.sleep(one.spec.at.ms) then
    make(self, one)
  end
end

--- Begins to wait for the moments that are times; what has no pause before it is made at once.
local function plan(self)
  for _, one in ipairs(self.planned) do
    local ms = one.spec.at.ms
    if ms == 0 and not make(self, one) then
      return false
    elseif ms and ms > 0 then
      self.timers[#self.timers + 1] = core.spawn(make_later, self, one)
    end
  end
  return true
end

--- Runs the steps of a scenario with its faults.
---@async
---@param run engine.run.Run
---@param cx engine.run.Context
---@param body async fun(run: engine.run.Run, cx: engine.run.Context)
function M.around(run, cx, body)
  local self = setmetatable({ run = run, cx = cx, planned = {}, timers = {} }, Faults)
  local course = cx.course
  course.faults = course.faults or {}
  for i, spec in ipairs(cx.scenario.faults) do
    local seen =
      { what = chaos.words(spec), at = spec.at.text, optional = spec.optional, pos = spec.pos }
    self.planned[i], course.faults[#course.faults + 1] = { spec = spec, seen = seen }, seen
  end
  cx.faults = self
  local _ <close> = setmetatable({}, {
    __close = function()
      for _, timer in ipairs(self.timers) do
        timer:cancel()
      end
      for _, timer in ipairs(self.timers) do
        core.shield(timer.join, timer)
      end
      cx.services[1]:heal()
    end,
  })
  if plan(self) then
    body(run, cx)
  end
end

return M
