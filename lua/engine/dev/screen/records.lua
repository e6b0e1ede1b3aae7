--- What the tests of a loop did last: a record of each, and of when it was good last.
---
--- Bounded: when the outputs take more than BYTES_MAX, those of the oldest records are dropped.
local collect = require("engine.report.collect")
local is_good = require("engine.verdict").is_good

---@class engine.dev.screen.records
local M = {}

local BYTES_MAX = 64 << 20

---@class engine.dev.screen.Kept
---@field record engine.report.Record
---@field sources? table<string, string> of its code frames
---@field run_id? string
---@field spans { name: string, from_ms: number, ms?: number, verdict?: string }[] its steps in time
---@field bytes integer of its outputs

---@class engine.dev.screen.Records
---@field private collector table
---@field private last table<string, engine.dev.screen.Kept>
---@field private good table<string, engine.dev.screen.Kept>
---@field private spans table<string, table> of what runs
---@field private line engine.dev.screen.Kept[] the oldest first
---@field private bytes integer
local Records = {}
Records.__index = Records

local STREAMS = { "stdout", "stderr" }

local function size_of(record)
  local bytes = 0
  for _, step in ipairs(record.steps) do
    for _, stream in ipairs(STREAMS) do
      bytes = bytes + (step[stream] and #step[stream].text or 0)
    end
  end
  for _, service in ipairs(record.services) do
    for _, line in ipairs(service.log and service.log.lines or {}) do
      bytes = bytes + #line
    end
  end
  return bytes
end

--- Drops the outputs of a record; that they were there is still told.
local function shrink(self, kept)
  for _, step in ipairs(kept.record.steps) do
    for _, stream in ipairs(STREAMS) do
      local output = step[stream]
      if output then
        output.text, output.cut = "", output.bytes
      end
    end
  end
  for _, service in ipairs(kept.record.services) do
    service.log = nil
  end
  self.bytes, kept.bytes = self.bytes - kept.bytes, 0
end

local function keep(self, kept)
  self.line[#self.line + 1] = kept
  self.bytes = self.bytes + kept.bytes
  while self.bytes > BYTES_MAX and self.line[2] do
    shrink(self, table.remove(self.line, 1))
  end
end

--- Drops a record that nothing names any more.
local function forget(self, kept)
  for i, one in ipairs(self.line) do
    if one == kept then
      self.bytes = self.bytes - kept.bytes
      table.remove(self.line, i)
      return
    end
  end
end

local function note_span(self, e)
  local spans = self.spans[e.id]
  if e.event == "scenario_begin" then
    self.spans[e.id] = { began = e.at_ms or 0 }
  elseif spans and e.event == "step_begin" then
    spans[#spans + 1] = { step = e.step, name = e.name, from_ms = (e.at_ms or 0) - spans.began }
  elseif spans and e.event == "step_end" then
    for i = #spans, 1, -1 do
      if spans[i].step == e.step and not spans[i].verdict then
        spans[i].ms, spans[i].verdict = e.duration_ms, e.verdict
        return
      end
    end
  end
end

--- Takes an event of a run.
---@param e table
---@param sources? table<string, string> texts of the files, without secrets
---@param run_id? string
function Records:on_event(e, sources, run_id)
  if e.id then
    note_span(self, e)
  end
  local record = self.collector:add(e)
  if not record then
    return
  end
  local kept = { record = record, sources = sources, run_id = run_id,
    spans = self.spans[e.id] or {}, bytes = size_of(record) }
  self.spans[e.id] = nil
  local before = self.last[e.id]
  if before and before ~= self.good[e.id] then
    forget(self, before)
  end
  self.last[e.id] = kept
  if is_good(record.verdict) and record.verdict ~= "skip" then
    if self.good[e.id] then
      forget(self, self.good[e.id])
    end
    self.good[e.id] = kept
  end
  keep(self, kept)
end

--- Returns what a test did last.
---@param id string
---@return engine.dev.screen.Kept?
function Records:get(id)
  return self.last[id]
end

--- Returns what it did when it was good last.
---@param id string
---@return engine.dev.screen.Kept?
function Records:good_one(id)
  return self.good[id]
end

--- Forgets the tests that are not there any more.
---@param tests table<string, engine.dev.Test>
function Records:prune(tests)
  for _, list in ipairs({ self.last, self.good }) do
    for id, kept in pairs(list) do
      if not tests[id] then
        list[id] = nil
        forget(self, kept)
      end
    end
  end
end

--- Makes an empty store.
---@return engine.dev.screen.Records
---@nodiscard
function M.new()
  return setmetatable({ collector = collect.new(), last = {}, good = {}, spans = {}, line = {},
    bytes = 0 }, Records)
end

return M
