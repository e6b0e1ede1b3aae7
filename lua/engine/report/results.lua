--- Gathers what a report that is written at the end needs of each result, and no more: the events
--- of scenarios that passed are forgotten.
local collect = require("engine.report.collect")
local verdict = require("engine.verdict")
local words = require("engine.report.words")

local M = {}

---@class engine.report.Result
---@field file string
---@field name? string      nil: the file itself
---@field line? integer
---@field cell? string
---@field repetition? integer
---@field verdict string
---@field duration_ms number
---@field marks string[]
---@field failures table[]  of a flaky one those of its earlier attempts
---@field reason? string
---@field attempts? integer how many there were
---@field order integer     in which they ended

---@class engine.report.Results
---@field list engine.report.Result[]
---@field marks table<string, integer>
---@field run table     the run_begin event
---@field ending? table the run_end event
local Results = {}
Results.__index = Results

--- Says whether a result is bad news: its failures are to be shown.
---@param result { verdict: string }
---@return boolean
function M.is_bad(result)
  return not verdict.is_good(result.verdict)
end

--- Says whether a test is quarantined: what it does changes nothing.
---@param result { marks: string[] }
---@return boolean
function M.is_quarantined(result)
  for _, mark in ipairs(result.marks) do
    if mark == "quarantined" then
      return true
    end
  end
  return false
end

--- How often a result was tried: whole attempts, or the most attempts of one of its steps.
local function attempts_of(record)
  local most = record.attempts and #record.attempts or 1
  for _, step in ipairs(record.steps) do
    most = math.max(most, step.attempt or 1)
  end
  return most > 1 and most or nil
end

--- The failures that a result is about; a flaky one has none itself, its earlier attempts have.
local function failures_of(record)
  if record.verdict ~= "flaky" or #record.failures > 0 then
    return record.failures
  end
  for _, attempt in ipairs(record.attempts or {}) do
    if #attempt.failures > 0 then
      return attempt.failures
    end
  end
  return record.failures
end

--- Makes the result of a record.
---@param record engine.report.Record
---@return engine.report.Result
function M.of(record)
  return {
    file = record.file,
    name = record.name,
    line = record.line,
    cell = record.cell,
    repetition = record.repetition,
    verdict = record.verdict,
    duration_ms = record.duration_ms,
    marks = record.marks,
    failures = failures_of(record),
    reason = record.reason,
    attempts = attempts_of(record),
  }
end

--- Makes the result of a file that could not be read, or broke when its tests were over.
---@param e table the file_error event
---@return engine.report.Result
function M.of_file(e)
  return {
    file = e.file,
    cell = e.cell,
    verdict = e.verdict or "error",
    duration_ms = 0,
    marks = {},
    failures = e.diagnostics,
  }
end

--- Takes an event.
---@param e table
---@return engine.report.Result? result # at the end of one
---@return engine.report.Record? record # of a scenario
function Results:add(e)
  local record = self.collector:add(e)
  local result = record and M.of(record) or e.event == "file_error" and M.of_file(e)
  if result then
    words.add_marks(self.marks, result)
    self.list[#self.list + 1], result.order = result, #self.list + 1
    return result, record
  elseif e.event == "run_begin" then
    self.run = e
  elseif e.event == "run_end" then
    self.ending = e
  end
end

local function compare(a, b)
  if a.file ~= b.file then
    return a.file < b.file
  elseif (a.cell or "") ~= (b.cell or "") then
    return (a.cell or "") < (b.cell or "")
  elseif (a.line or 0) ~= (b.line or 0) then
    return (a.line or 0) < (b.line or 0)
  elseif (a.name or "") ~= (b.name or "") then
    return (a.name or "") < (b.name or "")
  elseif (a.repetition or 1) ~= (b.repetition or 1) then
    return (a.repetition or 1) < (b.repetition or 1)
  end
  return a.order < b.order
end

--- Sorts results by file and place: the order in which they ended is an accident.
---@param keeps? fun(result: engine.report.Result): boolean?
---@return engine.report.Result[]
function Results:sorted(keeps)
  local list = {}
  for _, result in ipairs(self.list) do
    if not keeps or keeps(result) then
      list[#list + 1] = result
    end
  end
  table.sort(list, compare)
  return list
end

--- Makes the gatherer.
---@return engine.report.Results
function M.new()
  return setmetatable({ collector = collect.new(), list = {}, marks = {}, run = {} }, Results)
end

return M
