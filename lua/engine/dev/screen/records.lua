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
---@field spans { name: string, from_ms: number, ms?: number, verdict?: string }[] its room,
---       services, hooks and steps in time
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

local on = {}

function on.room_begin(spans, e, now)
  local ms = e.wait_ms or e.open_ms or 0 -- it may have been made before the test began
  spans[#spans + 1] = { name = "room", from_ms = now - ms, ms = ms }
end

function on.step_begin(spans, e, now)
  spans[#spans + 1] = { key = e.step, name = e.name, from_ms = now }
end

function on.service_begin(spans, e, now)
  spans[#spans + 1] = { key = e.service, name = "service " .. e.service, from_ms = now }
end

function on.hook(spans, e, now)
  local ms = e.duration_ms or 0
  spans[#spans + 1] = { name = "hook " .. e.hook, from_ms = now - ms, ms = ms,
    verdict = e.verdict }
end

--- Ends the last one of a key that goes on.
local function finish(spans, key, now, ms, verdict)
  for i = #spans, 1, -1 do
    local span = spans[i]
    if span.key == key and not span.ms then
      span.ms, span.verdict = ms or now - span.from_ms, verdict
      return
    end
  end
end

function on.step_end(spans, e, now)
  finish(spans, e.step, now, e.duration_ms, e.verdict)
end

function on.service_failed(spans, e, now)
  finish(spans, e.service, now, nil, e.failure and e.failure.verdict or "fail")
end

function on.service_end(spans, e, now)
  finish(spans, e.service, now)
end

local function note_span(self, e)
  local spans, handler = self.spans[e.id], on[e.event]
  if e.event == "scenario_begin" then
    self.spans[e.id] = { began = e.at_ms or 0, file = e.file }
  elseif spans and handler then
    handler(spans, e, (e.at_ms or 0) - spans.began)
  elseif e.event == "hook" then -- of the file: those of its tests that have begun wait for it
    for _, one in pairs(self.spans) do
      if one.file == e.file then
        on.hook(one, e, (e.at_ms or 0) - one.began)
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
