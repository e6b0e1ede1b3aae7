--- When the time of a scenario and that of its file are over.
---
--- It is time for what the file says: while a room is made, or somebody looks at the test with the
--- debugger, the clocks stand still.
---@class engine.run.deadlines
local clock = require("engine.run.clock")

local M = {}

---@class engine.run.FileTime of one repetition
---@field due number
---@field making integer rooms that are made just now
---@field since number   when the first of these was begun

local function file_of(run, suite, round)
  local rounds = run.file_deadlines[suite]
  return rounds and rounds[round]
end

--- Says when the time of a file is over, as far as it is known now.
local function due_of(file)
  return file and file.due + (file.making > 0 and clock.ms() - file.since or 0)
end

local function round_of(scenario)
  return scenario.repetition or 1
end

--- Begins the time of a file with its first scenario, in each repetition anew.
local function begin_file(run, scenario, now)
  local suite, round = scenario.suite, round_of(scenario)
  if suite.timeout_ms and not file_of(run, suite, round) then
    local rounds = run.file_deadlines[suite] or {}
    run.file_deadlines[suite] = rounds
    rounds[round] = { due = now + suite.timeout_ms, making = 0, since = now }
  end
  return due_of(file_of(run, suite, round))
end

--- Begins the time of a scenario.
---@param run engine.run.Run
---@param cx engine.run.Context whose course says how long it may take; gets its deadlines
function M.begin(run, cx)
  local now, timeout_ms = clock.ms(), cx.course.timeout_ms
  cx.began = now
  cx.scenario_deadline = timeout_ms and now + timeout_ms
  cx.file_deadline = begin_file(run, cx.scenario, now)
end

--- Makes a room of a file, whose time stands still meanwhile, also where that is not the only one.
---@async
---@param run engine.run.Run
---@param suite engine.model.Suite
---@param round? integer default 1
---@param fn async fun(...)
---@return number from
---@return number to
function M.making(run, suite, round, fn, ...)
  local from, file = clock.ms(), file_of(run, suite, round or 1)
  if file then
    file.since = file.making > 0 and file.since or from
    file.making = file.making + 1
  end
  local _ <close> = setmetatable({}, { __close = function()
    if file then
      file.making = file.making - 1
      file.due = file.due + (file.making == 0 and clock.ms() - file.since or 0)
    end
  end })
  fn(...)
  return from, clock.ms()
end

--- Takes time out of that of a scenario in which rooms were made that it waited for.
---@param run engine.run.Run
---@param cx engine.run.Context
---@param ms number
function M.leave_out(run, cx, ms)
  cx.began = cx.began + ms
  cx.scenario_deadline = cx.scenario_deadline and cx.scenario_deadline + ms
  cx.file_deadline = due_of(file_of(run, cx.scenario.suite, round_of(cx.scenario)))
end

--- Takes time out of that of a scenario and of its file.
---@param run engine.run.Run
---@param cx engine.run.Context
---@param ms number
function M.shift(run, cx, ms)
  local file = file_of(run, cx.scenario.suite, round_of(cx.scenario))
  if file then
    file.due = file.due + ms
  end
  M.leave_out(run, cx, ms)
end

return M
