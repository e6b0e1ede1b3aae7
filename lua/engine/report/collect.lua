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
---@field steps table[]     as of step_end, with `stdout` and `stderr` = { text, bytes, cut }
---@field verdict string
---@field duration_ms number
---@field failures table[]
---@field marks string[]

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
    steps = {},
  }
end

function handlers.room_begin(self, e)
  local record = self.open[e.id]
  if record then
    record.isolation = e.isolation
  end
end

function handlers.step_begin(self, e)
  local record = self.open[e.id]
  if record then
    record.steps[#record.steps + 1] =
      { step = e.step, name = e.name, argv = e.argv, shell = e.shell, line = e.line }
  end
end

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

function handlers.scenario_end(self, e)
  local record = self.open[e.id] or { id = e.id, tags = {}, steps = {} }
  self.open[e.id] = nil
  record.file, record.name = e.file, e.name
  record.verdict, record.duration_ms = e.verdict, e.duration_ms
  record.failures, record.marks = e.failures or {}, e.marks or {}
  record.reason = e.reason
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
