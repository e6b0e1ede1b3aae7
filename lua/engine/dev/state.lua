--- What the developer loop knows at this moment: one plain table for all that draws it.
---
--- The loop applies its own events and those of its runs, in their order; nothing else changes it.
--- A view reads the fields and asks by `follow` to be told after each event. It must not wait, and
--- changes nothing. All texts are as the events have them: what a screen shows, it makes safe.
---@class engine.dev.state
local M = {}

local CYCLES_MAX = 100 -- that are remembered
local HISTORY_MAX = 20 -- verdicts of one test

---@class engine.dev.Test
---@field id string
---@field file string as it is shown
---@field name string
---@field cell? string
---@field line? integer
---@field tags string[]
---@field phase "waiting"|"running"|"done"
---@field step? string that runs
---@field verdict? engine.Verdict the last one that stands; while it runs again, that of before
---@field duration_ms? number
---@field failures? table[] of that verdict
---@field cycle? integer it is of
---@field history engine.Verdict[] the oldest first

---@class engine.dev.File
---@field file string
---@field path string
---@field tests string[] ids, in the order of the file
---@field broken? table[] diagnostics: it cannot be read now; its tests are those of before

---@class engine.dev.Affected
---@field file string
---@field path string
---@field kind engine.plan.touch.Kind|"new"|"lost"|"again"|"refused"|"asked"
---@field by? string what has changed
---@field text string the reason in words

---@alias engine.dev.BegunBy
---| "begin" the first run
---| "save"
---| "lost"  events of saves were lost
---| "order" of a key, or of the page
---| "again" nothing but what a run that was cut short, or refused, has left

---@class engine.dev.CycleRecord
---@field number integer
---@field begun_by engine.dev.BegunBy
---@field changed string[] what was saved or removed
---@field affected engine.dev.Affected[]
---@field total integer files of tests that there are
---@field run_id? string
---@field began_ms number core.clock
---@field stages? table<engine.dev.Stage, number> milliseconds
---@field exit_code? integer
---@field interrupted? string
---@field refused? engine.dev.Refusal why it came to no run
---@field tests? integer that got a verdict

---@class engine.dev.Problem
---@field message string
---@field help? string what cannot be read
---@field diagnostics? engine.diag.Diagnostic[] what is wrong
---@field is_gone? boolean nothing is wrong with what is there, but it is not of this project

---@class engine.dev.State
---@field phase "starting"|"waiting"|"running"|"over"
---@field folders integer that are watched
---@field tests table<string, engine.dev.Test> by id
---@field files table<string, engine.dev.File> by path
---@field order string[] paths of files, sorted
---@field cycle? engine.dev.CycleRecord the one that runs, else the last
---@field cycles engine.dev.CycleRecord[] the oldest first
---@field rooms integer that wait for the next run
---@field ui_url? string where the page is served
---@field is_paused? boolean saves are held back
---@field is_broken_only? boolean only what stands as not good is run
---@field narrowed? engine.dev.Narrowed which tests are run
---@field problem? engine.dev.Problem settings that are wrong, or gone: those of before stand
---@field refusal? engine.dev.Refusal why the last run was none
---@field metrics? engine.dev.MetricsTold
---@field private views fun(state: engine.dev.State, event: table)[]
local State = {}
State.__index = State

local on = {}

local CUT = "V003" -- the code of what was stopped before it was over

--- Whether a scenario has no verdict of its own, since its run was cut short.
---@param e table the event scenario_end
---@return boolean
---@nodiscard
function M.was_cut(e)
  for _, failure in ipairs(e.verdict == "infra" and e.failures or {}) do
    if failure.code == CUT then
      return true
    end
  end
  return false
end

function on.watching(self, e)
  self.folders = e.folders
end

function on.reload_begin(self, e)
  self.phase = "running"
  self.cycle = {
    number = e.cycle, begun_by = e.begun_by, changed = e.changed, affected = e.affected,
    total = e.total, began_ms = e.began_ms, tests = 0,
  }
  self.cycles[#self.cycles + 1] = self.cycle
  if #self.cycles > CYCLES_MAX then
    table.remove(self.cycles, 1)
  end
end

--- Takes over which tests a file has now; those that it had keep their verdicts.
function on.file_read(self, e)
  local file = self.files[e.path]
  if not file then
    file = { path = e.path, tests = {} }
    self.files[e.path] = file
    self.order[#self.order + 1] = e.path
    table.sort(self.order)
  end
  file.file, file.broken = e.file, e.diagnostics
  if e.diagnostics then
    return -- the last good state of it stands
  end
  local before = {}
  for _, id in ipairs(file.tests) do
    before[id], self.tests[id] = self.tests[id], nil
  end
  file.tests = {}
  for i, test in ipairs(e.tests) do
    local known = before[test.id] or { id = test.id, phase = "waiting", history = {} }
    known.file, known.name, known.cell, known.line = e.file, test.name, test.cell, test.line
    known.tags = test.tags
    file.tests[i], self.tests[test.id] = test.id, known
  end
end

function on.file_gone(self, e)
  local file = self.files[e.path]
  for _, id in ipairs(file and file.tests or {}) do
    self.tests[id] = nil
  end
  self.files[e.path] = nil
  for i, path in ipairs(self.order) do
    if path == e.path then
      table.remove(self.order, i)
    end
  end
end

function on.run_begin(self, e)
  self.cycle.run_id = e.run_id
end

function on.scenario_begin(self, e)
  local test = self.tests[e.id]
  if test then
    test.phase, test.step = "running", nil
  end
end

function on.step_begin(self, e)
  local test = self.tests[e.id]
  if test then
    test.step = e.name
  end
end

function on.scenario_end(self, e)
  local test = self.tests[e.id]
  if M.was_cut(e) then
    return -- what it was before stands: see run_end
  end
  self.cycle.tests = self.cycle.tests + 1
  if test then
    test.phase, test.step, test.verdict = "done", nil, e.verdict
    test.duration_ms, test.failures, test.cycle = e.duration_ms, e.failures, self.cycle.number
    test.history[#test.history + 1] = e.verdict
    if #test.history > HISTORY_MAX then
      table.remove(test.history, 1)
    end
  end
end

function on.run_end(self, e)
  self.cycle.interrupted = e.interrupted
  for _, test in pairs(self.tests) do
    if test.phase == "running" then -- it was cut short: what it was before stands
      test.phase = test.verdict and "done" or "waiting"
    end
  end
end

function on.reload_end(self, e)
  self.phase = "waiting"
  self.cycle.exit_code, self.cycle.stages, self.cycle.refused = e.exit_code, e.stages, e.refused
  self.refusal = e.refused -- a run that had nothing to do has looked at the same as any
  self.metrics = e.metrics
end

function on.refusal_over(self)
  self.refusal = nil
end

function on.reload_failed(self, e)
  self.phase = "waiting"
  self.problem = { message = e.message, help = e.help, diagnostics = e.diagnostics,
    is_gone = e.is_gone }
end

function on.settings_read(self)
  self.problem = nil
end

function on.rooms_ready(self, e)
  self.rooms = e.count
end

function on.paused(self, e)
  self.is_paused = e.is_paused or nil
end

function on.narrowed(self, e)
  self.narrowed = e.narrowed
end

function on.broken_only(self, e)
  self.is_broken_only = e.is_broken_only or nil
end

function on.serving(self, e)
  self.ui_url = e.url
end

function on.over(self)
  self.phase = "over"
end

--- Takes an event.
---@param event table
function State:apply(event)
  local handler = on[event.event]
  if handler then
    handler(self, event)
  end
  for _, view in ipairs(self.views) do
    view(self, event)
  end
end

--- Asks to be told of each event, after it was applied.
---@param view fun(state: engine.dev.State, event: table)
---@return fun() leave tells no more
function State:follow(view)
  self.views[#self.views + 1] = view
  return function()
    for i, one in ipairs(self.views) do
      if one == view then
        table.remove(self.views, i)
      end
    end
  end
end

--- Counts the verdicts that stand; a broken file counts as one error.
---@return table<engine.Verdict, integer> counts
---@return integer unknown tests that have none yet
---@nodiscard
function State:counts()
  local counts, unknown = require("engine.verdict").counts(), 0
  for _, test in pairs(self.tests) do
    if test.verdict then
      counts[test.verdict] = counts[test.verdict] + 1
    else
      unknown = unknown + 1
    end
  end
  for _, file in pairs(self.files) do
    counts.error = counts.error + (file.broken and 1 or 0)
  end
  return counts, unknown
end

--- Lists what is wrong, so that what stands is not of what was saved.
---@return engine.dev.Problem[]
---@nodiscard
function State:problems()
  local list = { self.problem }
  list[#list + 1] = self.refusal
  return list
end

--- Says which tests stand as not good.
---@return table<string, true> ids
---@nodiscard
function State:bad()
  local is_good, bad = require("engine.verdict").is_good, {}
  for id, test in pairs(self.tests) do
    bad[id] = test.verdict and not is_good(test.verdict) or nil
  end
  return bad
end

--- Makes the state of a loop that begins.
---@return engine.dev.State
---@nodiscard
function M.new()
  return setmetatable({
    phase = "starting", folders = 0, rooms = 0, tests = {}, files = {}, order = {}, cycles = {},
    views = {},
  }, State)
end

return M
