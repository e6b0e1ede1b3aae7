--- The report for people: a line for each scenario, code frames for failures, the sum at the end.
---
--- Users override this module, or one of its functions, to change how a run looks.
local collect = require("engine.report.collect")
local diag = require("engine.diag")
local isolation = require("engine.report.isolation")
local line = require("engine.ui.line")
local show = require("engine.ui.show")
local status = require("engine.report.human.status")
local style = require("engine.ui.style")
local words = require("engine.report.words")

local M = {}

local STOPPED = "V003"
local FINAL_MAX = 100 -- failures repeated below the sum
local FRAME_WIDTH_MIN, FRAME_WIDTH_MAX = 40, 120

---@class engine.report.HumanOptions: engine.ui.Look
---@field write fun(bytes: string)
---@field verbose? integer 1: steps and rooms; 2: and their output
---@field quiet? boolean   only failures and the sum
---@field show? { counter?: boolean } counter: each scenario is told with its number, (3/128)
---@field sources? table<string, string>

---@class engine.report.Human
---@field o engine.report.HumanOptions
---@field finals string[]
---@field failed integer
---@field ended integer scenarios
---@field marks table<string, integer>
---@field kept string[]
---@field shown_infra table<string, boolean>
local Human = {}
Human.__index = Human

--- Renders the code frames of failures.
---@overridable
---@param o engine.report.HumanOptions
---@param failures table[]
---@return string
function M.frames(o, failures)
  local width = math.max(FRAME_WIDTH_MIN, math.min(o.width, FRAME_WIDTH_MAX))
  return show.inert(diag.render(failures, {
    sources = o.sources,
    width = width,
    color = o.color,
    utf8 = o.utf8,
  }))
end

--- Says how the verdict of a scenario is told: the word and its colours.
---@overridable
---@param record { verdict: string, marks: string[] }
---@return string word
---@return string colors
function M.word(record)
  local entry = line.words[record.verdict] or { record.verdict:upper(), "red bold" }
  for _, mark in ipairs(record.marks) do
    if record.verdict == "pass" and mark == "expected-failure" then
      return "XFAIL", "green"
    elseif record.verdict == "pass" and mark == "leak" then
      return "LEAK", "yellow bold"
    elseif record.verdict == "pass" and mark == "slow" then
      return "SLOW", "yellow bold"
    end
  end
  return entry[1], entry[2]
end

local function codes_of(failures)
  local seen, list = {}, {}
  for _, failure in ipairs(failures) do
    if failure.code and not seen[failure.code] then
      seen[failure.code] = true
      list[#list + 1] = failure.code
    end
  end
  return #list > 0 and table.concat(list, " ") or nil
end

local function step_words(step)
  if step.timed_out then
    return "killed at its deadline"
  elseif step.signal then
    return "signal " .. step.signal
  elseif step.exit_code then
    return "exit " .. step.exit_code
  elseif step.error and step.error.code == "ECANCELED" then
    return "stopped"
  end
  return "did not start"
end

--- Shows an output, each line behind a bar.
local function output_lines(o, name, output)
  local bar = style.paint(o.color, "dim", o.utf8 and "│ " or "| ")
  local out = {}
  for text in (output.text:gsub("\n$", "") .. "\n"):gmatch("(.-)\n") do
    out[#out + 1] = (" "):rep(13) .. bar .. show.safe(o, text) .. "\n"
  end
  local cut = output.cut and output.cut ~= 0 and ", middle left out" or ""
  local head = ("%s (%s%s)"):format(name, words.count(output.bytes, "byte"), cut)
  return (" "):rep(13) .. style.paint(o.color, "dim", head) .. "\n" .. table.concat(out)
end

--- Adds one step, or one attempt of it.
local function add_step(o, out, step)
  local subject = ("%s: %s"):format(show.safe(o, tostring(step.name)), step_words(step))
  if step.attempt and step.of > 1 and (step.attempt > 1 or step.will_retry) then
    subject = ("%s (attempt %d of %d)"):format(subject, step.attempt, step.of)
  end
  local tail = step.rusage and ("cpu %.0f ms, peak %.1f MiB"):format(
    (step.rusage.user_ms or 0) + (step.rusage.system_ms or 0),
    (step.rusage.max_rss_kb or 0) / 1024
  )
  out[#out + 1] = line.format(o, "step " .. step.step, "dim", step.duration_ms, subject, tail)
  for _, name in ipairs({ "stdout", "stderr" }) do
    local output = step[name]
    if o.verbose >= 2 and output and output.bytes > 0 then
      out[#out + 1] = output_lines(o, name, output)
    end
  end
end

--- Renders the steps of a scenario, for -v; with their output for -vv.
---@overridable
---@param o engine.report.HumanOptions
---@param record engine.report.Record
---@return string
function M.steps(o, record)
  local out = {}
  for _, step in ipairs(record.steps) do
    add_step(o, out, step)
  end
  for _, hook in ipairs(record.hooks or {}) do
    local subject = ("%s: %s"):format(hook.hook, step_words(hook))
    out[#out + 1] = line.format(o, "hook", "dim", hook.duration_ms, subject)
  end
  for _, step in ipairs(record.steps_left_out or {}) do
    local subject = ("%s: left out"):format(show.safe(o, tostring(step.name)))
    out[#out + 1] =
      line.format(o, "step " .. step.step, "dim", nil, subject, show.safe(o, step.reason))
  end
  for _, entry in ipairs(record.log or {}) do
    out[#out + 1] = line.format(o, "log", "dim", nil, show.safe(o, entry.text))
  end
  return table.concat(out)
end

local function service_words(service)
  local failure = service.failure
  if failure then
    return "failed (" .. tostring(failure.code) .. ")"
  elseif service.ready_ms and service.kind ~= "daemon" then
    return "completed"
  elseif service.ready_ms then
    return ("ready (%s)"):format(words.count(service.probes or 0, "probe"))
  end
  return "not awaited"
end

--- Says how a service ended: "stopped: exit 0", "signal 11".
local function end_words(service)
  local how = service.signal and "signal " .. service.signal
    or service.exit_code and "exit " .. service.exit_code
  if not how or service.kind ~= "daemon" and not service.failure then
    return nil
  end
  return service.asked and "stopped: " .. how or how
end

--- Renders the services of a scenario, for -v; with their log for -vv.
---@overridable
---@param o engine.report.HumanOptions
---@param record engine.report.Record
---@return string
function M.services(o, record)
  local out = {}
  for _, service in ipairs(record.services) do
    local subject = ("%s: %s"):format(show.safe(o, service.name),
      show.safe(o, service_words(service)))
    local ms = service.ready_ms or service.duration_ms
    out[#out + 1] = line.format(o, "service", "dim", ms, subject, end_words(service))
    local lines = service.log and service.log.lines or {}
    if o.verbose >= 2 and #lines > 0 then
      local text = table.concat(lines, "\n")
      out[#out + 1] = output_lines(o, "log, its end", { text = text, bytes = #text })
    end
  end
  return table.concat(out)
end

--- Renders what was collected of a scenario, for -v; what could not be, in any case.
---@overridable
---@param o engine.report.HumanOptions
---@param record engine.report.Record
---@return string
function M.artifacts(o, record)
  local out = {}
  for _, one in ipairs(record.artifacts or {}) do
    local name = show.safe(o, one.name)
    if one.error then
      out[#out + 1] = line.format(o, "no artifact", "yellow bold", nil, name,
        show.safe(o, one.error))
    elseif o.verbose >= 1 then
      out[#out + 1] = line.format(o, "artifact", "dim", nil, show.safe(o, one.path),
        words.count(one.bytes, "byte"))
    end
  end
  return table.concat(out)
end

local function is_bad(verdict)
  return verdict ~= "pass" and verdict ~= "skip" and verdict ~= "flaky"
end

local function remember(self, text)
  self.failed = self.failed + 1
  if #self.finals < FINAL_MAX then
    self.finals[#self.finals + 1] = text
  end
end

--- Says whether this very trouble of the environment was shown already: a machine that makes no
--- rooms has one cause, not one for each test.
local function is_known(self, record)
  local first = record.failures[1]
  if first.code == STOPPED then
    return true -- who stopped the run knows why
  elseif record.verdict ~= "infra" or #record.failures > 1 then
    return false
  end
  local key = first.code .. "\0" .. first.message
  local known = self.shown_infra[key]
  self.shown_infra[key] = true
  return known or false
end

local function on_scenario(self, record)
  local o = self.o
  self.ended = self.ended + 1
  for _, mark in ipairs(record.marks) do
    self.marks[mark] = (self.marks[mark] or 0) + 1
  end
  local word, colors = M.word(record)
  local bad = is_bad(record.verdict)
  if o.quiet and not bad then
    return
  end
  local tail = record.reason and show.safe(o, record.reason)
  local text = line.format(o, word, colors, record.duration_ms, line.scenario(o, record), tail,
    o.show.counter and (self.total or 0) > 1 and words.counter(self.ended, self.total))
  if o.verbose >= 1 then
    text = text .. M.isolation(o, isolation.differing(self.isolation, record.isolation))
      .. M.services(o, record) .. M.steps(o, record)
  end
  text = text .. M.artifacts(o, record)
  if bad then
    local at = line.scenario(o, record, true)
    local codes = codes_of(record.failures)
    remember(self, line.format(o, word, colors, record.duration_ms, at, codes))
  end
  if #record.failures > 0 and not is_known(self, record) then
    text = text .. "\n" .. M.frames(o, record.failures) .. "\n"
  end
  o.write(text)
end

local handlers = {}

function handlers.run_begin(self, e)
  local o = self.o
  self.total, self.isolation = e.total, e.isolation
  for _, override in ipairs(e.overrides or {}) do -- also when quiet: they may change verdicts
    o.write(line.format(o, "Override", "yellow bold", nil, show.safe(o, override.module),
      show.safe(o, override.file)))
  end
  if o.quiet or e.total == 0 then
    return
  end
  local parts = {
    words.count(e.total, "scenario") .. " in " .. words.count(e.files, "file") .. ",",
    tostring(e.backend) .. ",",
    e.jobs .. " at once",
  }
  for _, part in ipairs(words.chosen(e)) do
    parts[#parts] = parts[#parts] .. ","
    parts[#parts + 1] = part
  end
  o.write(line.wrapped(o, "Starting", "bold", nil, parts))
  if o.verbose >= 1 then
    o.write(line.format(o, "Run", "bold", nil, show.safe(o, e.run_id), "clnrm " .. e.version))
    o.write(M.isolation(o, e.isolation))
  end
end

--- Says what the rooms are isolated by, for -v.
---@overridable
---@param o engine.report.HumanOptions
---@param told? table<string, any>
---@return string
function M.isolation(o, told)
  local names, lines = {}, {}
  for name, value in pairs(told or {}) do
    if type(value) ~= "table" or getmetatable(value) then -- one that tells its text when asked
      names[#names + 1] = name
    end
  end
  table.sort(names)
  for i, name in ipairs(names) do
    local parts = {}
    for word in show.safe(o, tostring(told[name])):gmatch("%S+") do
      parts[#parts + 1] = word
    end
    lines[i] = line.wrapped(o, show.safe(o, name:sub(1, 12)), "dim", nil, parts)
  end
  return table.concat(lines)
end

function handlers.room_end(self, e)
  local o, kept = self.o, e.kept
  if kept then
    self.kept[#self.kept + 1] = line.format(o, "kept", "cyan", nil, show.safe(o, e.id))
      .. (" "):rep(13) .. show.safe(o, kept.enter) .. "\n"
  elseif e.not_kept then
    self.kept[#self.kept + 1] = line.format(o, "not kept", "yellow bold", nil,
      show.safe(o, e.id .. ": " .. e.not_kept))
  end
end

--- Answers `t` and SIGUSR1: what is under way.
function handlers.status(self, e)
  self.o.write(status.render(self.o, e.running))
end

function handlers.file_error(self, e)
  local o = self.o
  local codes, at = codes_of(e.diagnostics), line.place(o, e.file)
  local text = line.format(o, "ERROR", "red bold", nil, at)
  remember(self, line.format(o, "ERROR", "red bold", nil, at, codes))
  o.write(text .. "\n" .. M.frames(o, e.diagnostics) .. "\n")
end

local INTERRUPTED = {
  deadline = "the deadline of the run passed",
  ["fail-fast"] = "stopped at a failure (--fail-fast)",
}

--- Renders the end of a run.
---@overridable
---@param o engine.report.HumanOptions
---@param e table the run_end event
---@param finals string[] the lines of what failed
---@param more integer failures that are not in `finals`
---@param marks table<string, integer>
---@return string
function M.summary(o, e, finals, more, marks)
  local good = e.exit_code == 0
  local out = { style.paint(o.color, "dim", show.rule(o)) .. "\n" }
  if e.interrupted then
    local why = INTERRUPTED[e.interrupted] or "by " .. tostring(e.interrupted)
    out[#out + 1] = line.format(o, "Stopped", "yellow bold", nil, show.safe(o, why))
  end
  local colors = good and "green bold" or "red bold"
  local parts = words.summary(e.counts, marks, e.not_run)
  out[#out + 1] = line.wrapped(o, "Summary", colors, e.duration_ms, parts)
  for _, text in ipairs(finals) do
    out[#out + 1] = text
  end
  if more > 0 then
    out[#out + 1] = line.format(o, "", "dim", nil, ("and %d more"):format(more))
  end
  if (e.outstanding or 0) > 0 then
    local what = words.count(e.outstanding, "scenario") .. " that failed before, not run again"
    out[#out + 1] = line.format(o, "Outstanding", "yellow bold", nil, what)
  end
  return table.concat(out)
end

function handlers.run_end(self, e)
  if self.total == 0 and self.failed == 0 then
    return -- there was nothing; the command says why
  end
  local more = self.failed - #self.finals
  self.o.write(M.summary(self.o, e, self.finals, more, self.marks))
  if #self.kept > 0 then
    self.o.write("\n" .. table.concat(self.kept)
      .. line.format(self.o, "", "dim", nil, "for an hour; clnrm reap ends them"))
  end
end

--- Takes an event.
---@param e table
function Human:on_event(e)
  local record = self.collector:add(e)
  if record then
    on_scenario(self, record)
  elseif handlers[e.event] then
    handlers[e.event](self, e)
  end
end

--- Ends the report; everything is written by then.
function Human.finish() end

--- Makes the report.
---@param o engine.report.HumanOptions
---@return engine.report.Human
function M.new(o)
  o.verbose, o.show = o.verbose or 0, o.show or {}
  return setmetatable({
    o = o,
    collector = collect.new(),
    finals = {},
    failed = 0,
    ended = 0,
    marks = {},
    kept = {},
    shown_infra = {},
  }, Human)
end

return M
