--- Faults that are really made, to a service that runs: begun, confirmed, healed.
---
---     local fault, err = chaos.begin(services, { kind = "pause", service = "db", for_ms = 2000 })
---     fault:heal()                 -- else after `for_ms`, and at the end of the services
---
--- A fault that begins was confirmed by who made it: the kernel, the agent, the engine.  What
--- cannot be made is an error, never left out.
---
--- Events: fault_begin { id, service, kind, what, for_ms?, at? }
---         fault_end   { id, service, kind, what, ms, healed_by = "for"|"heal"|"end", held_back? }
---@class engine.chaos
local clock = require("engine.run.clock")
local duration = require("engine.model.duration")
local task = require("core.task")

local M = {}

M.BEGIN_MS = 60000 -- for a fault to be made
M.HEAL_MS = 180000 -- and to be healed: a service may have to come up again

--- What ends a fault; `why` is "for", "heal" or "end".
---@alias engine.chaos.Undo async fun(why: string): any, any

---@alias engine.chaos.Kind
---| "kill"|"stop"|"pause"|"net_delay"|"net_loss"|"net_bandwidth"|"net_partition"
---| "disk_full"|"memory"|"cpu"

local OF = {
  kill = "life", stop = "life", pause = "life", net_delay = "net", net_loss = "net",
  net_bandwidth = "net", net_partition = "net", disk_full = "means", memory = "means",
  cpu = "means",
}
local FUNCTION = {
  net_delay = "disturb", net_loss = "disturb", net_bandwidth = "disturb",
  net_partition = "disturb", memory = "lower", cpu = "lower",
}

--- Whether there is such a fault.
---@param kind string
---@return boolean
---@nodiscard
function M.knows(kind)
  return OF[kind] ~= nil
end

--- Says what a fault is, in words.
---@param spec engine.model.Fault
---@return string
---@nodiscard
function M.words(spec)
  local parts = { spec.kind }
  parts[#parts + 1] = spec.signal
  parts[#parts + 1] = spec.delay_ms and duration.format(spec.delay_ms)
  parts[#parts + 1] = spec.loss and ("%g"):format(spec.loss)
  parts[#parts + 1] = spec.bandwidth and ("%d bytes/s"):format(spec.bandwidth)
  parts[#parts + 1] = spec.path
  parts[#parts + 1] = spec.memory_mb and ("%d MiB"):format(spec.memory_mb)
  parts[#parts + 1] = spec.cpu_millicores and ("%d millicores"):format(spec.cpu_millicores)
  parts[#parts + 1] = "on " .. spec.service
  local text = table.concat(parts, " ")
  return spec.for_ms and ("%s, for %s"):format(text, duration.format(spec.for_ms)) or text
end

---@class engine.chaos.Fault one that was made
---@field spec engine.model.Fault
---@field what string
---@field began number
---@field ended? number
---@field seen engine.run.FaultSeen
---@field private services engine.run.Services
---@field private undo? engine.chaos.Undo
---@field private timer? core.Task
---@field private over? core.task.Event somebody heals it
local Fault = {}
Fault.__index = Fault

local function emit(services, event)
  event.id = services.cx.scenario.id
  services.run:emit(event)
end

local function note_failed(fault, why)
  local seen, course = fault.seen, fault.services.cx.course
  if why and why.verdict then -- a service that did not come up again
    course.service_failure = course.service_failure or why
    return
  end
  seen.code, seen.error = "T903", tostring(why and why.message or why or "nothing says why")
end

--- Ends the fault.  Who comes while it is healed waits for that.
---@async
---@param why? "for"|"heal"|"end"
---@return true? ok
---@return core.Error|engine.service.Failure|nil err
function Fault:heal(why)
  if self.over then
    task.shield(self.over.wait, self.over)
    return not self.err or nil, self.err
  end
  why = why or "heal"
  self.over = task.event()
  local _ <close> = setmetatable({}, {
    __close = function()
      self.over:set()
    end,
  })
  local ok, err = task.shield(task.timeout, M.HEAL_MS, self.undo, why)
  self.ended = clock.ms()
  if not ok then
    self.err = err or "nothing says why"
    note_failed(self, err)
  end
  emit(self.services, {
    event = "fault_end", service = self.spec.service, kind = self.spec.kind, what = self.what,
    ms = self.ended - self.began, healed_by = ok and why or nil,
    held_back = math.type(ok) == "integer" and ok or nil,
  })
  if self.timer and self.timer ~= task.current() then
    self.timer:cancel()
  end
  return ok and true or nil, err
end

local function heal_later(fault)
  if task.sleep(fault.spec.for_ms) then
    fault:heal("for")
  end
end

--- Makes a fault.
---@async
---@param services engine.run.Services of the room
---@param spec engine.model.Fault
---@param seen? engine.run.FaultSeen what the judge gets; default: one that is added to the course
---@return engine.chaos.Fault? fault
---@return core.Error? err
function M.begin(services, spec, seen)
  local set, what = services.set, M.words(spec)
  local make = require("engine.chaos." .. OF[spec.kind])[FUNCTION[spec.kind] or spec.kind]
  local began = clock.ms()
  local undo, err = task.shield(task.timeout, M.BEGIN_MS, make, set, set:get(spec.service), spec)
  if not undo then
    return nil, err
  end
  if not seen then
    seen = { what = what }
    local course = services.cx.course
    course.faults = course.faults or {}
    table.insert(course.faults, seen)
  end
  seen.made = true
  local fault = setmetatable({
    spec = spec, what = what, began = began, seen = seen, services = services, undo = undo,
  }, Fault)
  services.faults = services.faults or {}
  table.insert(services.faults, fault)
  emit(services, {
    event = "fault_begin", service = spec.service, kind = spec.kind, what = what,
    for_ms = spec.for_ms, at = spec.at and spec.at.text,
  })
  if spec.for_ms then
    fault.timer = task.spawn(heal_later, fault)
  end
  return fault
end

--- Heals all faults of a room's services, the last one first.
---@async
---@param services engine.run.Services
function M.heal_all(services)
  local list = services.faults or {}
  for i = #list, 1, -1 do
    list[i]:heal("end")
    if list[i].timer then
      task.shield(list[i].timer.join, list[i].timer)
    end
  end
end

--- Names the faults that were there in the last milliseconds.
---@param services engine.run.Services
---@param ms number
---@return string[]
---@nodiscard
function M.during(services, ms)
  local from, list = clock.ms() - ms, {}
  for _, fault in ipairs(services.faults or {}) do
    if not fault.ended or fault.ended >= from then
      list[#list + 1] = fault.what
    end
  end
  return list
end

return M
