--- The report for people: a line for each scenario, code frames for failures, the sum at the end.
---
--- Users override this module, or one of its functions, to change how a run looks.  Its parts are
--- in engine.report.human.*.
local collect = require("engine.report.collect")
local diag = require("engine.diag")
local isolation = require("engine.report.isolation")
local levels = require("engine.report.human.levels")
local line = require("engine.ui.line")
local lines = require("engine.report.human.lines")
local show = require("engine.ui.show")
local summary = require("engine.report.human.summary")
local words = require("engine.report.words")

local M = {}

--- Loads a part that most runs do not need: what -v, a failure or a question asks for.
local function part(name)
  return require("engine.report.human." .. name)
end

local FINAL_MAX = 100 -- lines repeated below the sum
local FINAL_BYTES_MAX = 4 << 20 -- of outputs that are shown above it
local FRAME_WIDTH_MIN, FRAME_WIDTH_MAX = 40, 120

---@class engine.report.HumanShow what is told, by the words of engine.report.human.levels
---@field counter? boolean       each scenario is told with its number: (3/128)
---@field status? string         level of the lines as they come
---@field final_status? string   level of those below the sum
---@field failure_output? string
---@field success_output? string
---@field rerun? string          the command that runs what failed again
---@field rerun_note? string     what this command lacks, or why there is none

---@class engine.report.HumanOptions: engine.ui.Look
---@field write fun(bytes: string)
---@field verbose? integer 1: steps and rooms; 2: and their output
---@field quiet? boolean   only failures and the sum
---@field show? engine.report.HumanShow
---@field sources? table<string, string>

---@class engine.report.Human
---@field o engine.report.HumanOptions
---@field finals fun(): string[] what the lines below the sum are made from
---@field final_count integer
---@field outputs string[]       shown above the sum
---@field outputs_bytes integer
---@field outputs_more integer   outputs that are not in it
---@field ended integer          scenarios
---@field marks table<string, integer>
---@field tries table<string, integer> attempts that a scenario may have, by id
---@field leaks { list: table[], more: integer }
---@field kept string[]
---@field kept_until? integer when the last of them ends; nil: none is really kept
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
    link = o.links and require("engine.ui.link").of(o.links),
  }))
end

--- Says how the verdict of a scenario is told: the word and its colours.
---@overridable
---@param record { verdict: string, marks: string[], failures?: table[] }
---@return string word
---@return string colors
function M.word(record)
  return lines.word(record)
end

--- Renders the steps of a scenario, for -v; with their output for -vv.
---@overridable
---@param o engine.report.HumanOptions
---@param record engine.report.Record
---@return string
function M.steps(o, record)
  return part("steps").steps(o, record, o.verbose >= 2)
end

--- Renders the services of a scenario, for -v; with their log for -vv.
---@overridable
---@param o engine.report.HumanOptions
---@param record engine.report.Record
---@return string
function M.services(o, record)
  return part("steps").services(o, record, o.verbose >= 2)
end

--- Renders what outlived a scenario, for -v.
---@overridable
---@param o engine.report.HumanOptions
---@param record engine.report.Record
---@return string
function M.leaks(o, record)
  return part("steps").leaks(o, record)
end

--- Renders what was collected of a scenario, for -v; what could not be, and what is kept of a
--- container of a service that failed, in any case.
---@overridable
---@param o engine.report.HumanOptions
---@param record engine.report.Record
---@return string
function M.artifacts(o, record)
  return record.artifacts and part("steps").artifacts(o, record) or ""
end

--- Renders the outputs of a scenario that passed, for --success-output.
---@overridable
---@param o engine.report.HumanOptions
---@param record engine.report.Record
---@return string
function M.success(o, record)
  return part("steps").services(o, record, true) .. part("steps").steps(o, record, true)
end

--- Says what the rooms are isolated by, for -v.
---@overridable
---@param o engine.report.HumanOptions
---@param told? table<string, any>
---@return string
function M.isolation(o, told)
  return lines.isolation(o, told)
end

--- Renders the end of a run.
---@overridable
---@param o engine.report.HumanOptions
---@param e table the run_end event
---@param finals string[] the lines of what failed
---@param more integer failures that are not in `finals`
---@param marks table<string, integer>
---@param leaks? { list: table[], more: integer } what outlived tests
---@return string
function M.summary(o, e, finals, more, marks, leaks)
  return summary.render(o, e, finals, more, marks, leaks)
end

--- Keeps what a line below the sum is made from: its width is the screen's at the end.
local function remember(self, make)
  self.final_count = self.final_count + 1
  if #self.finals < FINAL_MAX then
    self.finals[#self.finals + 1] = make
  end
end

--- Keeps an output to be shown above the sum.
local function remember_output(self, text)
  if self.outputs_bytes + #text > FINAL_BYTES_MAX then
    self.outputs_more = self.outputs_more + 1
    return
  end
  self.outputs_bytes = self.outputs_bytes + #text
  self.outputs[#self.outputs + 1] = text
end

--- Says whether this very trouble of the environment was shown already: a machine that makes no
--- rooms has one cause, not one for each test.
local function is_known(self, record)
  local first = record.failures[1]
  if first.code == lines.STOPPED then
    return true -- who stopped the run knows why
  elseif record.verdict ~= "infra" or #record.failures > 1 then
    return false
  end
  local key = first.code .. (first.code == lines.GONE and "" or "\0" .. first.message)
  local known = self.shown_infra[key]
  self.shown_infra[key] = true
  return known or false
end

--- Makes the status line of a scenario.
local function status_line(self, record, is_final)
  local o, word, colors = self.o, M.word(record)
  local tries = record.attempts and #record.attempts
  if record.verdict == "flaky" and tries then
    word = ("FLAKY %d/%d"):format(tries, self.tries[record.id] or tries)
  end
  local counts = not is_final and o.show.counter and (not self.aim or self.aim > 1)
  return {
    word = word,
    colors = colors,
    ms = record.duration_ms,
    subject = line.scenario(o, record, is_final),
    tail = is_final and levels.is_bad(record.verdict) and lines.codes(record.failures)
      or lines.tail(o, record, tries),
    count = counts and words.counter(self.ended, self.aim) or nil,
    link = is_final and { file = record.file, line = record.line } or nil,
  }
end

--- Renders what a scenario has to show besides its line.
local function output_of(self, record, is_told)
  local o = self.o
  if #record.failures > 0 then
    local when = o.show.failure_output
    if when == "never" or is_known(self, record) then
      return "", when
    elseif levels.is_expected(record) and o.verbose == 0 then
      return is_told and lines.expected(o, record.failures) or "", when
    end
    return "\n" .. M.frames(o, record.failures) .. "\n", when
  elseif record.verdict == "skip" or o.show.success_output == "never" then
    return "", "never"
  end
  return M.success(o, record), o.show.success_output
end

local function on_scenario(self, record)
  local o, level = self.o, levels.of(record)
  self.ended = self.ended + 1
  words.add_marks(self.marks, record)
  summary.keep_leaks(self.leaks, o, record)
  local is_told = levels.tells(o.show.status, level)
  local head = is_told and line.status(o, status_line(self, record)) or ""
  local text = head
  if o.verbose >= 1 and is_told then
    text = text .. M.isolation(o, isolation.differing(self.isolation, record.isolation))
      .. lines.not_reused(o, record) .. M.services(o, record) .. M.steps(o, record)
      .. M.leaks(o, record)
  end
  text = text .. (is_told and M.artifacts(o, record) or "")
  if levels.tells(o.show.final_status, level) then
    local final = status_line(self, record, true)
    remember(self, function()
      return line.status(o, final)
    end)
  end
  local output, when = output_of(self, record, is_told)
  local is_shown = o.verbose >= 2 and is_told and #record.failures == 0
  if levels.is_immediate(when) and not is_shown then
    text = text .. output
  end
  if levels.is_final(when) and output ~= "" then
    remember_output(self, line.status(o, status_line(self, record)) .. output)
  end
  self.tries[record.id] = nil
  o.write(text)
end

local handlers = {}

function handlers.run_begin(self, e)
  local o = self.o
  self.total, self.aim, self.isolation = e.total, words.total(e), e.isolation
  for _, override in ipairs(e.overrides or {}) do -- also when quiet: they may change verdicts
    o.write(line.format(o, "Override", "yellow bold", nil, show.safe(o, override.module),
      show.safe(o, override.file)))
  end
  if o.quiet or e.total == 0 then
    return
  end
  o.write(lines.starting(o, e))
  if o.verbose >= 1 then
    o.write(line.format(o, "Run", "bold", nil, show.safe(o, e.run_id),
      show.safe(o, "clnrm " .. e.version)))
    o.write(M.isolation(o, e.isolation))
  end
end

local SHORT = { timeout = "TMT" }

--- Tells an attempt that another one follows.
function handlers.attempt_end(self, e)
  local o, record = self.o, self.collector.open[e.id]
  self.tries[e.id] = e.of
  if not record or not levels.tells(o.show.status, "retry") then
    return
  end
  local word = ("TRY %d %s"):format(e.attempt, SHORT[e.verdict] or e.verdict:upper())
  o.write(line.format(o, word:sub(1, 12), "yellow bold", e.duration_ms, line.scenario(o, record),
    lines.codes(e.failures or {})))
  if #(e.failures or {}) > 0 and levels.is_immediate(o.show.failure_output) then
    o.write("\n" .. M.frames(o, e.failures) .. "\n")
  end
end

--- Tells a scenario that takes long while it runs.
function handlers.slow(self, e)
  local o = self.o
  if levels.tells(o.show.status, "slow") then
    o.write(line.status(o, {
      word = "SLOW",
      colors = "yellow bold",
      ms = e.ms,
      is_more = true,
      subject = line.scenario(o, e),
    }))
  end
end

function handlers.room_end(self, e)
  self.kept[#self.kept + 1] = lines.kept(self.o, e)
  self.kept_until = e.kept and e.kept.until_s or self.kept_until
end

--- Answers `t` and SIGUSR1: what is under way.
function handlers.status(self, e)
  self.o.write(part("status").render(self.o, e.running))
end

function handlers.file_error(self, e)
  local o, codes = self.o, lines.codes(e.diagnostics)
  local word, colors = table.unpack(line.words[e.verdict or "error"])
  local function told(tail)
    return line.format(o, word, colors, nil, line.scenario(o, e), tail)
  end
  if levels.tells(o.show.final_status, "fail") then
    remember(self, function()
      return told(codes)
    end)
  end
  local text = levels.tells(o.show.status, "fail") and told() or ""
  local when = o.show.failure_output
  local output = when ~= "never" and "\n" .. M.frames(o, e.diagnostics) .. "\n" or ""
  if levels.is_final(when) then
    remember_output(self, told() .. output)
  end
  o.write(levels.is_immediate(when) and text .. output or text)
end

--- Shows the outputs that were kept for the end.
local function show_outputs(self)
  local o = self.o
  for _, text in ipairs(self.outputs) do
    o.write(text)
  end
  if self.outputs_more > 0 then
    o.write(line.format(o, "", "dim", nil,
      words.count(self.outputs_more, "more output") .. " not shown again"))
  end
end

function handlers.run_end(self, e)
  if self.total == 0 and self.final_count == 0 then
    return -- there was nothing; the command says why
  end
  local o, finals = self.o, {}
  show_outputs(self)
  for i, make in ipairs(self.finals) do
    finals[i] = make()
  end
  local more = self.final_count - #finals
  o.write(M.summary(o, e, finals, more, self.marks, self.leaks))
  if #self.kept > 0 then
    o.write("\n" .. table.concat(self.kept) .. lines.kept_until(o, self.kept_until))
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
  o.verbose, o.show = o.verbose or 0, levels.complete(o.show or {}, o.quiet)
  return setmetatable({
    o = o,
    collector = collect.new(),
    finals = {},
    final_count = 0,
    outputs = {},
    outputs_bytes = 0,
    outputs_more = 0,
    ended = 0,
    marks = {},
    tries = {},
    leaks = { list = {}, more = 0 },
    kept = {},
    shown_infra = {},
  }, Human)
end

return M
