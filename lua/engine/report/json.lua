--- The report as one JSON document, written while the run goes on: docs/reference/report-json.md.
---
--- Results stand in the order in which they ended.  What steps and services printed is told for
--- scenarios that did not pass; of the others only how much it was.
local collect = require("engine.report.collect")
local json = require("core.json")
local plain = require("engine.report.plain")

local M = {}

M.SCHEMA = "clnrm.report/1"

local PARTS = { steps = true, services = true, attempts = true } -- told on their own
local TAIL = {
  "counts", "duration_ms", "exit_code", "interrupted", "not_run", "outstanding", "workers", "pool",
  "memory",
}

---@class engine.report.Json
local Json = {}
Json.__index = Json

local function open(self)
  local head = plain.line(plain.fields(self.run, { event = true, at_ms = true }))
  local project = self.o.project and ',"project":' .. plain.line(self.o.project) or ""
  self.o.write(('{"schema":"%s","run":%s%s,"results":['):format(M.SCHEMA, head, project))
  self.is_open = true
end

local function add(self, fields)
  if not self.is_open then
    open(self)
  end
  self.o.write((self.has_results and "," or "") .. "\n" .. plain.line(fields))
  self.has_results = true
end

local function step_fields(step, with_output)
  local fields = plain.fields(step, { stdout = true, stderr = true })
  for _, stream in ipairs({ "stdout", "stderr" }) do
    if with_output and step[stream] then
      fields[stream] = plain.output(step[stream])
    end
  end
  return fields
end

--- Tells steps and services, with what they printed or without.
local function add_parts(fields, about, with_output)
  local steps, services = json.array(), json.array()
  for i, step in ipairs(about.steps) do
    steps[i] = step_fields(step, with_output)
  end
  for i, service in ipairs(about.services) do
    services[i] = plain.fields(service, { log = not with_output })
  end
  fields.steps, fields.services = steps, services
end

--- Tells the attempts; the steps of the last one are the result's own.
local function attempts(list)
  local out = json.array()
  for i, attempt in ipairs(list) do
    local fields = plain.fields(attempt, PARTS)
    if attempt.steps then
      add_parts(fields, attempt, attempt.verdict ~= "pass")
    end
    out[i] = fields
  end
  return out
end

local function on_scenario(self, record)
  local fields = plain.fields(record, PARTS)
  add_parts(fields, record, record.verdict ~= "pass")
  fields.attempts = record.attempts and attempts(record.attempts)
  fields.kind = "scenario"
  add(self, fields)
end

--- Takes an event.
---@param e table
function Json:on_event(e)
  local record = self.collector:add(e)
  if record then
    on_scenario(self, record)
  elseif e.event == "file_error" then
    local fields = plain.fields(e, { event = true, at_ms = true })
    fields.kind, fields.verdict = "file", e.verdict or "error"
    add(self, fields)
  elseif e.event == "run_begin" then
    self.run = e
  elseif e.event == "run_end" then
    self.ending = e
  end
end

--- Writes the end of the document.
function Json:finish()
  if not self.is_open then
    open(self)
  end
  local fields = plain.fields(self.ending or {}, { event = true, at_ms = true })
  local tail = {}
  for _, name in ipairs(TAIL) do
    if fields[name] ~= nil then
      tail[#tail + 1] = (',"%s":%s'):format(name, (plain.line({ fields[name] }):sub(2, -2)))
    end
  end
  for _, part in ipairs(self.o.loop and { self.o.loop() } or {}) do
    tail[#tail + 1] = ',"loop":' .. plain.line(part)
  end
  self.o.write("\n]" .. table.concat(tail) .. "}\n")
end

--- Makes the report.
---@param o { write: fun(bytes: string), project?: table, loop?: fun(): table } loop: what the turn
---       of a developer loop took, told at the end
---@return engine.report.Json
function M.new(o)
  return setmetatable({ o = o, collector = collect.new(), run = {} }, Json)
end

return M
