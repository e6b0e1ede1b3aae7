--- One turn of the developer loop: a run of the tests that a save touches, and what it took.
local clock = require("core.clock")
local metrics = require("engine.dev.metrics")
local states = require("engine.dev.state")

---@class engine.dev.cycle
local M = {}

local NS_PER_MS = 1000000

---@class engine.dev.Cause what was saved
---@field list string[] sorted paths
---@field changed table<string, true> the same
---@field is_all? boolean events were lost
---@field asked? { what: engine.dev.Asked, paths: table<string, true>, ids?: table<string, true> }
---       what somebody asked for
---@field is_stopped? boolean it waits for the next save or order
---@field is_awaited? boolean `[watch]` debounce_ms of its tests has held it
---@field began_ns integer core.clock of the first event, or when what was held back was let go
---@field told_ns integer when the writers were done, or the debounce of its tests was
---@field detect_ms? number

---@class engine.dev.Cycle
---@field number integer
---@field state engine.dev.State
---@field cause? engine.dev.Cause nil: the first
---@field found? engine.discover.File[] of the first
---@field is_partial boolean only some files were read
---@field deadline_ms? integer of its run: --timebox
---@field kept? engine.pool.Kept rooms that wait between runs
---@field began_ns integer
---@field plan? engine.Plan
---@field run? engine.run.Run
---@field summary? table the event run_end
---@field sources? table<string, string> texts of its files, without secrets
---@field paths string[] of the files that were read
---@field on_machine engine.run.Span[] when commands of hooks ran on the machine itself
---@field times engine.model.Times
---@field load_ns integer
---@field plan_ns integer
---@field private show_ns integer
---@field private ended table<string, true> scenarios that have their verdict, by id
---@field private marks table<string, integer> when what was seen first
local Cycle = {}
Cycle.__index = Cycle

--- Takes the plan of the run, before it begins.
---@param plan engine.Plan
---@return boolean is_taken false: there is nothing in it to run
function Cycle:takes(plan)
  self.plan = plan
  return not self.is_partial or #plan.scenarios + #plan.broken > 0
end

--- Takes the run that begins.
---@param run engine.run.Run
function Cycle:attach(run)
  self.run, run.on_machine = run, self.on_machine
  self.marks.run = clock.now()
  if self.stop_asked then
    run:stop(self.stop_asked)
  end
end

--- Ends the run early.
---@param why "save"|"order"|"stop" another save touches tests; something else was asked for, or
---       the end of it
function Cycle:stop(why)
  self.stop_asked = self.stop_asked or why
  if self.run then
    self.run:stop(self.stop_asked)
  end
end

local function mark(self, name)
  self.marks[name] = self.marks[name] or clock.now()
end

--- Names the stage in which reports take time.
local function stage_of(marks)
  return marks.room and not marks.run_end and "test" or marks.run and not marks.room and "room"
    or "rest"
end

--- Takes an event before the reports do.
---@param event table
---@return table timer to be closed when the reports have it
function Cycle:on_event(event)
  local name = event.event
  if name == "room_begin" then
    mark(self, "room")
  elseif name == "scenario_end" then
    mark(self, "first")
    self.ended[event.id] = not states.was_cut(event) or nil
  elseif name == "run_end" then
    mark(self, "run_end")
    self.summary = event
  end
  self.timer.began, self.timer.stage = clock.now(), stage_of(self.marks)
  self.state:apply(event)
  return self.timer
end

--- Lists the files that have tests without a verdict, since the run was cut short.
---@return table<string, true> paths
---@nodiscard
function Cycle:unfinished()
  local paths = {}
  for _, scenario in ipairs(self.plan and self.plan.scenarios or {}) do
    if not self.ended[scenario.id] then
      paths[scenario.suite.path] = true
    end
  end
  return paths
end

local function ms(from, to)
  return from and to and math.max(0, to - from) / NS_PER_MS or nil
end

local function less(whole_ms, part_ns)
  return whole_ms and math.max(0, whole_ms - part_ns / NS_PER_MS)
end

--- Tells what the stages took; those that were not reached are left out.
---@return table<engine.dev.Stage, number> milliseconds
function Cycle:stages()
  local now, marks, cause, times = clock.now(), self.marks, self.cause, self.times
  local show = self.show_ns
  local stages = {
    plan = self.plan_ns / NS_PER_MS,
    render = times.render / NS_PER_MS,
    parse = times.parse / NS_PER_MS,
    check = math.max(0, self.load_ns - times.render - times.parse) / NS_PER_MS,
    -- The run waits for its reports.
    room = less(ms(marks.run, marks.room), show.room),
    test = less(marks.room and ms(marks.room, marks.run_end), show.test),
    show = (show.room + show.test + show.rest) / NS_PER_MS,
  }
  local before = 0
  if cause then
    stages.detect, stages.debounce = cause.detect_ms, ms(cause.began_ns, cause.told_ns)
    before = stages.detect or 0
  end
  local began = cause and cause.began_ns or self.began_ns
  stages.total = ms(began, now) + before
  stages.first = marks.first and ms(began, marks.first) + before
  local known = 0
  for _, stage in ipairs(metrics.STAGES) do
    if stage ~= "total" and stage ~= "first" then
      known = known + (stages[stage] or 0)
    end
  end
  stages.rest = math.max(0, stages.total - known)
  stages.own = stages.total - (stages.detect or 0) - (stages.debounce or 0)
    - (stages.room or 0) - (stages.test or 0)
  return stages
end

--- Makes a cycle.
---@param fields table
---@return engine.dev.Cycle
---@nodiscard
function M.new(fields)
  local self = setmetatable(fields, Cycle)
  self.began_ns = self.began_ns or clock.now()
  self.times, self.load_ns, self.plan_ns = { render = 0, parse = 0 }, 0, self.plan_ns or 0
  self.show_ns, self.ended = { room = 0, test = 0, rest = 0 }, {}
  self.marks, self.paths = {}, {}
  self.on_machine = {}
  self.timer = setmetatable({}, {
    __close = function(timer)
      self.show_ns[timer.stage] = self.show_ns[timer.stage] + clock.now() - timer.began
    end,
  })
  return self
end

return M
