--- Gathers the events of each scenario into one record, for reporters that tell it as a whole.
---
--- Events of scenarios that run at once arrive mixed; a record is complete at scenario_end and is
--- forgotten then, so that memory is bounded by what runs, not by what ran.
local M = {}

---@class engine.report.Record
---@field id string
---@field file string
---@field name string
---@field line? integer
---@field tags string[]
---@field isolation? table
---@field steps table[]     as of step_end, with `stdout` and `stderr` = { text, bytes, cut };
---       one for each attempt, when a step was tried again
---@field steps_left_out? { step: integer, name: string, line: integer, reason: string }[]
---@field services engine.report.ServiceRecord[] in the order in which they began
---@field verdict string
---@field duration_ms number
---@field failures table[]
---@field marks string[]
---@field cell? string      "a=1,b=x": which combination of the file's [matrix]
---@field repetition? integer of --repeat
---@field worker? integer   the slot that it ran in
---@field reason? string    why it was skipped
---@field attempts? engine.report.Attempt[] when there were several; the last is the record's
---@field values? { ran: integer, of: integer } of [property]
---@field leaks? { kind: string, name: string, step?: any }[]
---@field leaks_more? integer that are not in the list
---@field unwatched? string[] what could not be looked at for leaks
---@field snapshots? { name: string, path: string, status: string, step?: any }[]
---@field hooks? table[]   of the file, that ran in its room: { hook, verdict, exit_code, … }
---@field artifacts? { name: string, path?: string, bytes?: integer, error?: string }[] error: why
---       there is none
---@field log? { text: string, file?: string, line?: integer }[] of a Lua test
---@field checks? table[]   of a Lua test
---@field attachments? { name: string, path: string, bytes: integer }[] of a Lua test
---@field left_out? table<string, integer> how many more there were of these three

---@class engine.report.ServiceRecord
---@field name string
---@field kind string       "daemon", "task" or "init"
---@field argv? string[]
---@field shell? string
---@field ready_ms? number  from its start; a task: until it had completed
---@field probes? integer   asked until then
---@field exit_code? integer
---@field signal? integer
---@field asked? boolean    its end was asked for
---@field duration_ms? number
---@field log? { stdout: string, stderr: string, lines: string[] }
---@field failure? table    why it did not come up, or is not there any more

---@class engine.report.Attempt
---@field attempt integer
---@field verdict string
---@field duration_ms number
---@field failures table[]
---@field steps? table[]    of an earlier attempt; those of the last one are the record's
---@field services? engine.report.ServiceRecord[]

local TOLD_MAX = 1000 -- of each kind, of one test

local Collector = {}
Collector.__index = Collector

local function on_output(step, e)
  step[e.stream] = { text = e.text, bytes = e.bytes, cut = e.cut }
end

local handlers = {}

function handlers.scenario_begin(self, e)
  self.open[e.id] = {
    id = e.id,
    file = e.file,
    name = e.name,
    line = e.line,
    tags = e.tags or {},
    cell = e.cell,
    repetition = e.repetition,
    worker = e.worker,
    services = {},
    steps = {},
  }
end

-- What belongs to one attempt: the next one begins without it.
local OF_ATTEMPT = {
  "steps", "steps_left_out", "services", "faults", "hooks", "log", "checks", "artifacts",
  "left_out",
}

--- Puts an attempt aside that another one follows.
function handlers.attempt_end(self, e)
  local record = self.open[e.id]
  if not record then
    return
  end
  record.earlier = record.earlier or {}
  local attempt = { attempt = e.attempt, verdict = e.verdict, duration_ms = e.duration_ms }
  attempt.failures = e.failures or {}
  for _, name in ipairs(OF_ATTEMPT) do
    attempt[name], record[name] = record[name], nil
  end
  record.steps, record.services = {}, {}
  record.earlier[#record.earlier + 1] = attempt
end

function handlers.room_begin(self, e)
  local record = self.open[e.id]
  if record then
    record.isolation = e.isolation
  end
end

function handlers.room_end(self, e)
  local record = self.open[e.id]
  if record then
    record.not_reused = e.not_reused
  end
end

function handlers.step_begin(self, e)
  local record = self.open[e.id]
  if record then
    record.steps[#record.steps + 1] = {
      step = e.step, name = e.name, argv = e.argv, shell = e.shell, line = e.line,
      attempt = e.attempt, of = e.of,
    }
  end
end

function handlers.step_left_out(self, e)
  local record = self.open[e.id]
  if record then
    record.steps_left_out = record.steps_left_out or {}
    table.insert(record.steps_left_out,
      { step = e.step, name = e.name, line = e.line, reason = e.reason })
  end
end

--- Finds the step that an event is about: its last attempt, when it was tried again.
local function step_of(self, e)
  local record = self.open[e.id]
  for i = #(record and record.steps or {}), 1, -1 do
    if record.steps[i].step == e.step then
      return record.steps[i]
    end
  end
end

function handlers.output(self, e)
  local step = step_of(self, e)
  if step then
    on_output(step, e)
  end
end

--- Of Lua tests: what they logged, checked and attached.
local function gather(name, fields)
  return function(self, e)
    local record = self.open[e.id]
    if not record then
      return
    end
    local list = record[name] or {}
    record[name] = list
    if #list < TOLD_MAX then
      local item = {}
      for _, field in ipairs(fields) do
        item[field] = e[field]
      end
      list[#list + 1] = item
    else
      record.left_out = record.left_out or {}
      record.left_out[name] = (record.left_out[name] or 0) + 1
    end
  end
end

handlers.log = gather("log", { "text", "file", "line" })
handlers.attachment = gather("attachments", { "name", "path", "bytes" })
handlers.hook = gather("hooks",
  { "hook", "on", "module", "verdict", "exit_code", "signal", "duration_ms" })
handlers.artifact = gather("artifacts", { "name", "path", "bytes", "error" })
handlers.snapshot = gather("snapshots", { "name", "path", "status", "step" })
handlers.check = gather("checks", {
  "ok", "code", "matcher", "negated", "subject", "expected", "actual", "message", "file", "line",
})

function handlers.step_end(self, e)
  local step = step_of(self, e)
  if not step then
    return
  end
  for key, value in pairs(e) do
    if key ~= "event" and key ~= "id" and key ~= "at_ms" then
      step[key] = value
    end
  end
end

function handlers.service_begin(self, e)
  local record = self.open[e.id]
  if record then
    record.services[#record.services + 1] =
      { name = e.service, kind = e.kind, argv = e.argv, shell = e.shell }
  end
end

--- Finds the service that an event is about, or its last life when it was started again.
local function service_of(self, e)
  local record = self.open[e.id]
  for i = #(record and record.services or {}), 1, -1 do
    if record.services[i].name == e.service then
      return record.services[i]
    end
  end
  local service = { name = e.service }
  if record then
    record.services[#record.services + 1] = service
  end
  return service
end

function handlers.service_ready(self, e)
  local service = service_of(self, e)
  service.ready_ms, service.probes = e.ms, e.probes
end

function handlers.service_end(self, e)
  local service = service_of(self, e)
  service.exit_code, service.signal, service.asked = e.exit_code, e.signal, e.asked
  service.duration_ms, service.log = e.ms, e.log
end

function handlers.fault_begin(self, e)
  local record = self.open[e.id]
  if record then
    record.faults = record.faults or {}
    table.insert(record.faults,
      { kind = e.kind, service = e.service, what = e.what, at = e.at, for_ms = e.for_ms })
  end
end

function handlers.fault_end(self, e)
  local record = self.open[e.id]
  for _, fault in ipairs(record and record.faults or {}) do
    if fault.what == e.what and not fault.duration_ms then
      fault.duration_ms, fault.healed_by, fault.held_back = e.ms, e.healed_by, e.held_back
      return
    end
  end
end

function handlers.service_failed(self, e)
  service_of(self, e).failure = e.failure
end

--- Joins what the end says of the attempts with what was put aside of each.
local function attempts_of(record, e)
  local earlier, list = record.earlier or {}, {}
  for i, attempt in ipairs(e.attempts or {}) do
    local aside = earlier[i]
    list[i] = aside and aside.attempt == attempt.attempt and aside or attempt
  end
  if #list == 0 and #earlier > 0 then -- the end does not tell them
    list = earlier
    list[#list + 1] = {
      attempt = #earlier + 1, verdict = e.verdict, duration_ms = e.duration_ms,
      failures = e.failures or {},
    }
  end
  return #list > 1 and list or nil
end

function handlers.scenario_end(self, e)
  local record = self.open[e.id] or { id = e.id, tags = {}, services = {}, steps = {} }
  self.open[e.id] = nil
  record.file, record.name = e.file, e.name
  record.verdict, record.duration_ms = e.verdict, e.duration_ms
  record.failures, record.marks = e.failures or {}, e.marks or {}
  record.reason, record.leaks, record.unwatched = e.reason, e.leaks, e.unwatched
  record.leaks_more, record.values = e.leaks_more, e.values
  record.cell, record.repetition = e.cell or record.cell, e.repetition or record.repetition
  record.line = record.line or e.line
  record.attempts, record.earlier = attempts_of(record, e), nil
  return record
end

--- Takes an event.
---@param e table
---@return engine.report.Record? record # at the end of its scenario
function Collector:add(e)
  local handler = handlers[e.event]
  return handler and handler(self, e)
end

--- Makes a collector.
function M.new()
  return setmetatable({ open = {} }, Collector)
end

return M
