--- Words of the report for people: of verdicts, of what ends a line, of isolation.
local levels = require("engine.report.human.levels")
local line = require("engine.ui.line")
local show = require("engine.ui.show")
local words = require("engine.report.words")

local M = {}

local INDENT = (" "):rep(13)

M.STOPPED = "V003" -- the run was stopped
M.GONE = require("engine.lost").ENGINE
M.XPASS = "T505" -- it passed though `expect_failure` says otherwise

--- Says how the verdict of a scenario is told: the word and its colours.
---@param record { verdict: string, marks: string[], failures?: table[] }
---@return string word
---@return string colors
function M.word(record)
  local entry = line.words[record.verdict] or { record.verdict:upper(), "red bold" }
  local first, marks = (record.failures or {})[1], levels.marks(record)
  if record.verdict == "pass" then
    if levels.is_expected(record) then
      return "XFAIL", "green"
    elseif marks.leak then
      return "LEAK", "yellow bold"
    elseif marks.slow then
      return "SLOW", "yellow bold"
    end
  elseif first and first.code == M.XPASS then
    return "XPASS", "red bold"
  elseif first and first.code == M.STOPPED and record.verdict == "infra" then
    return "ABORT", "red bold"
  end
  return entry[1], marks.quarantined and "yellow bold" or entry[2]
end

--- Names the codes of failures, each once.
---@param failures table[]
---@return string?
function M.codes(failures)
  local seen, list = {}, {}
  for _, failure in ipairs(failures) do
    if failure.code and not seen[failure.code] then
      seen[failure.code] = true
      list[#list + 1] = failure.code
    end
  end
  return #list > 0 and table.concat(list, " ") or nil
end

--- Says what stands at the end of a status line: why it was skipped, how often it was tried, on how
--- many values.
---@param o engine.ui.Look
---@param record engine.report.Record
---@param tries? integer
---@return string?
function M.tail(o, record, tries)
  local parts = {}
  if record.reason then
    parts[1] = show.safe(o, record.reason)
  end
  if tries and record.verdict ~= "flaky" then
    parts[#parts + 1] = ("after %d tries"):format(tries)
  end
  local values = record.values
  if values then
    parts[#parts + 1] = (values.ran < values.of and "%d of %d values" or "%d values"):format(
      values.ran, values.of)
  end
  if levels.marks(record).quarantined then
    parts[#parts + 1] = "quarantined"
  end
  return #parts > 0 and table.concat(parts, ", ") or nil
end

--- Says what the rooms are isolated by.
---@param o engine.ui.Look
---@param isolation? table<string, any>
---@return string
function M.isolation(o, isolation)
  local names, out = {}, {}
  for name, value in pairs(isolation or {}) do
    if type(value) ~= "table" or getmetatable(value) then -- one that tells its text when asked
      names[#names + 1] = name
    end
  end
  table.sort(names)
  for i, name in ipairs(names) do
    local parts = {}
    for word in show.safe(o, tostring(isolation[name])):gmatch("%S+") do
      parts[#parts + 1] = word
    end
    out[i] = line.wrapped(o, show.safe(o, name:sub(1, 12)), "dim", nil, parts)
  end
  return table.concat(out)
end

--- Says why the room of a scenario was not used again.
---@param o engine.ui.Look
---@param record engine.report.Record
---@return string
function M.not_reused(o, record)
  return record.not_reused and line.wrapped(o, "room", "dim", nil, { "not used again:",
    show.safe(o, record.not_reused) }) or ""
end

--- Says what failed as it was expected to: a line for each.
---@param o engine.ui.Look
---@param failures table[]
---@return string
function M.expected(o, failures)
  local out = {}
  for i, failure in ipairs(failures) do
    out[i] = line.format(o, "expected", "dim", nil, show.safe(o, failure.message), failure.code)
  end
  return table.concat(out)
end

--- Says that a room was kept and how to enter it, or why one was not that should have been.
---@param o engine.ui.Look
---@param e table a room_end event
---@return string? # nil: nobody asked for it
function M.kept(o, e)
  if e.kept then
    return line.format(o, "kept", "cyan", nil, show.safe(o, e.id))
      .. INDENT .. show.safe(o, e.kept.shell) .. "\n"
      .. INDENT .. show.safe(o, e.kept.enter) .. "\n"
  elseif e.not_kept then
    return line.format(o, "not kept", "yellow bold", nil, show.safe(o, e.id .. ": " .. e.not_kept))
  end
  return nil
end

--- Says until when rooms are kept.
---@param o engine.ui.Look
---@param until_s? integer wall clock, seconds
---@return string
function M.kept_until(o, until_s)
  return until_s and line.format(o, "", "dim", nil, ("until %s; clnrm reap ends them"):format(
    os.date("%H:%M", until_s))) or ""
end

--- Says how the run began.
---@param o engine.ui.Look
---@param e table the run_begin event
---@return string
function M.starting(o, e)
  local parts = {
    words.count(e.total, "scenario") .. " in " .. words.count(e.files, "file") .. ",",
    show.safe(o, tostring(e.backend)) .. ",",
    e.jobs .. " at once",
  }
  for _, part in ipairs(words.chosen(e)) do
    parts[#parts] = parts[#parts] .. ","
    parts[#parts + 1] = show.safe(o, part)
  end
  return line.wrapped(o, "Starting", "bold", nil, parts)
end

return M
