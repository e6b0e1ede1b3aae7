--- The run while it goes on: tells events, ends early, is steered (engine.run.control).
---
--- Made and driven by engine.run; its parts get it as `run`.
local clock = require("engine.run.clock")
local control = require("engine.run.control")
local core = require("core.task")
local verdict = require("engine.verdict")

---@class engine.run.state
local M = {}

---@class engine.run.Run
---@field id string
---@field plan engine.Plan
---@field backend engine.backend
---@field timeout_ms integer
---@field slow_ms number
---@field strict boolean
---@field retries integer how often a test that says nothing itself is tried again
---@field own_retries boolean whether tests have a say in that
---@field quarantine? table<string, table> the tests that it lists, by engine.plan.identity
---@field until_fail? boolean
---@field began number
---@field counts table<engine.Verdict, integer>
---@field unexcused integer flaky tests that the quarantine does not list
---@field queue engine.run.Queue
---@field limit integer   how many may run at once now
---@field jobs integer    as it was at the begin
---@field is_auto boolean the limit follows what the machine has left (engine.run.jobs)
---@field seen { now: integer, peak: integer, rooms: integer, busy_ms: number } for who asks
---@field workers engine.run.Workers
---@field rooms table<engine.run.Entry, true> whose rooms may be there
---@field changed core.task.Event
---@field halted? string nothing new begins
---@field stopped? string and what runs is ended
---@field closing clnrm.task.Semaphore
---@field group clnrm.task.Group
---@field file_deadlines table<engine.model.Suite, table<integer, engine.run.FileTime>>
---@field failed_files integer what broke when the tests of a file had ended
---@field secrets engine.run.Secrets of the services: no event shows them
---@field paused? core.task.Event nothing new begins until it is set
---@field watch? { interrupt: fun(self, name: string) } what ends it early
---@field debugger? engine.pdb.Debugger where tests stop that fail
---@field scripts? table what Lua tests share
---@field pool? engine.pool.Pool
---@field is_poolless boolean it gets none
---@field late table<engine.model.Suite, true> whose rooms are made when their turn has come, for
---one scenario (engine.run.beside)
---@field on_machine? engine.run.Span[] when commands ran on the machine itself; nil: nobody asks
---@field is_live? boolean other programs of its user can ask it for its services
---@field live_id? string of what is no run: a program's
---@field desk? engine.live.Desk|false who answers them, from the first services on; false: nobody
---@field kept? engine.pool.Kept its rooms may wait for the next run
local Run = {}
Run.__index = Run

--- Tells an event to the subscribers; what they answer ends the run.
---@param event table
function Run:emit(event)
  event.at_ms = clock.since(self.began)
  local why = self.subscriber(self.secrets:clean(event))
  if why then
    self:stop(why)
  end
end

--- Wakes who waits for a lock, or for the end.
function Run:change()
  if self.is_awaited then
    local changed = self.changed
    self.is_awaited, self.changed = false, core.event()
    changed:set()
  end
end

local function end_pause(run)
  if run.paused then
    run.paused:set()
  end
end

--- Begins nothing new.
---@param why string
function Run:halt(why)
  self.halted = self.halted or why
  end_pause(self)
  self:change()
end

--- Begins nothing new, and ends what runs.
---@param why string
function Run:stop(why)
  if not self.stopped then
    self.stopped, self.halted = why, why
    end_pause(self)
    if self.group then
      self.group:cancel()
    end
    for cx in pairs(self.active) do
      for _, one in ipairs(cx.services) do
        one:hurry() -- it is being closed, and has all its time to end
      end
    end
    if self.backend and self.backend.hurry then
      self.backend.hurry()
    end
  end
end

--- Notes a verdict as soon as it is known, once for each scenario: it may be the last that begins.
---@param about table what it is the verdict of
---@param name engine.Verdict
function Run:note(about, name)
  if self.until_fail and name == "flaky" then
    self:halt("until-fail")
  elseif not verdict.is_good(name) and not about.is_bad then
    about.is_bad = true
    self.bad = self.bad + 1
    if self.fail_fast and self.bad >= self.fail_fast then
      self:halt("fail-fast")
    elseif self.until_fail then
      self:halt("until-fail")
    end
  end
end

local OF_GUARD = "^H0" -- codes of what was forbidden and tried, and of limits that were hit

--- The verdict of a file by what failed in it: an error, but where that is only what the guard of a
--- room saw, which no test can be told for, and which is as bad as in a test.
---@param diagnostics engine.run.Failure[]
---@return engine.Verdict
---@nodiscard
function M.file_verdict(diagnostics)
  local worst = "pass"
  for _, failure in ipairs(diagnostics) do
    local is_guards = failure.verdict and failure.code:find(OF_GUARD)
    worst = verdict.worst(worst, is_guards and failure.verdict or "error")
  end
  return worst
end

--- Tells what failed when the tests of a file had ended already.
---@param file string
---@param diagnostics engine.run.Failure[]
---@param cell? string of its matrix
function Run:fail_file(file, diagnostics, cell)
  self.failed_files = self.failed_files + 1
  local name = M.file_verdict(diagnostics)
  self.counts[name] = self.counts[name] + 1
  self:emit({ event = "file_error", file = file, cell = cell, verdict = name,
    diagnostics = diagnostics })
  self:note({}, name)
end

Run.running, Run.tell_status, Run.waits = control.running, control.tell_status, control.waits
Run.pause, Run.resume, Run.interrupt = control.pause, control.resume, control.interrupt

--- Makes a run of these fields.
---@param fields table
---@return engine.run.Run
function M.new(fields)
  fields.began = clock.ms()
  fields.counts, fields.unexcused, fields.bad, fields.failed_files = verdict.counts(), 0, 0, 0
  fields.active, fields.rooms, fields.file_deadlines = {}, {}, {}
  fields.changed = core.event()
  return setmetatable(fields, Run)
end

return M
