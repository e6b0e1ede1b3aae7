--- What the scenarios of one file share: a room, its services, and the hooks around all of them.
---
--- Scenarios with `room = "shared"` run in this room, one after the other (a lock of theirs sees to
--- that), and its services are not started anew.  before_all runs in it when the first scenario of
--- the file begins, after_all when the last one has ended or nothing more runs.  What fails then is
--- an error of the file: its scenarios have their verdicts already.
---@class engine.run.shared
local beside = require("engine.run.beside")
local clock = require("engine.run.clock")
local core = require("core.task")
local deadlines = require("engine.run.deadlines")
local failure = require("engine.run.failure")
local hooks = require("engine.run.hooks")
local judge = require("engine.run.judge")
local services = require("engine.run.services")
local services_of = require("engine.model.services_of")

local M = {}

---@class engine.run.FileState
---@field run engine.run.Run
---@field suite engine.model.Suite
---@field round integer of a run that repeats
---@field left integer scenarios that have not ended
---@field cx engine.run.Context of the hooks: what is told with no scenario
---@field ready? core.task.Event before_all is over
---@field making { from: number, to: number }[] when its room was made
---@field before_all? engine.run.HookSeen
---@field specs engine.model.Service[]? that the room may have
---@field services? engine.run.Services
---@field open_error? core.Error
---@field told table<string, boolean> services whose end a scenario tells
---@field is_bad boolean one of its scenarios was not good
---@field is_over boolean

--- Says whether a scenario shares something with others of its file.
---@param scenario engine.model.Scenario
---@return boolean
function M.is_needed(scenario)
  local around = scenario.suite.hooks
  return scenario.is_shared or around ~= nil and (around.before_all or around.after_all) ~= nil
end

local function count_of(run, suite)
  local count = 0
  for _, scenario in ipairs(run.queue.items) do
    count = count + (scenario.suite == suite and M.is_needed(scenario) and 1 or 0)
  end
  return count
end

local function new_context(suite)
  local shown = suite.cell and ("%s[%s]"):format(suite.file, suite.cell) or suite.file
  local scenario = { id = shown .. " › hooks of the file", name = "hooks of the file",
    file = suite.file, cell = suite.cell, line = 1, suite = suite, steps = {}, is_file = true }
  return { scenario = scenario, entry = { scenario = scenario }, failures = {}, services = {},
    began = clock.ms(), course = { steps = {} } }
end

--- The services of the room, if it has any.
local function shared_specs(suite)
  local list = services_of.shared(suite)
  return list[1] and list or nil
end

local function state_of(run, scenario)
  run.shared = run.shared or {}
  local suite, round = scenario.suite, scenario.repetition or 1
  local rounds = run.shared[suite] or {}
  run.shared[suite] = rounds
  if not rounds[round] then
    rounds[round] = { run = run, suite = suite, round = round, left = count_of(run, suite),
      is_bad = false, is_over = false, told = {}, making = {}, cx = new_context(suite),
      specs = shared_specs(suite) }
    run.secrets:add(suite.services, rounds[round].cx.scenario, "file")
  end
  return rounds[round]
end

--- Makes the room, and notes when that was.
local function make(state, fn, ...)
  local from, to = deadlines.making(state.run, state.suite, state.round, fn, state.run,
    state.cx.entry, ...)
  state.making[#state.making + 1] = { from = from, to = to }
end

local function open(state)
  local rooms, entry = require("engine.run.room"), state.cx.entry
  make(state, rooms.open_for, state.specs)
  local around = state.suite.hooks
  local first = entry.room and around and around.before_all
  if first then
    state.before_all = hooks.run(state.run, state.cx, first, { limit_ms = hooks.LIMIT_MS })
  end
  if first and first.on == "host" then -- which has changed the project, and nothing in the room
    make(state, rooms.renew, state.suite.room.project == "copy")
  end
  state.open_error, state.specs = entry.open_error, entry.services -- with images, made ready
end

--- Begins what the file shares, once; who comes meanwhile waits. Returns how much of that was to
--- make its room.
local function begin(state)
  local began, ms = clock.ms(), 0
  if not state.ready then
    state.ready = core.event()
    state.run.queue:hold(beside.file(state.suite), state.round)
    open(state)
    state.ready:set()
  end
  state.ready:wait()
  for _, made in ipairs(state.making) do
    ms = ms + math.max(0, made.to - math.max(began, made.from))
  end
  return ms
end

--- Gives a scenario what it shares: the room, when it asks for it, and the end of before_all.
---@async
---@param run engine.run.Run
---@param cx engine.run.Context
---@return number room_ms how long it waited for the room to be made
function M.enter(run, cx)
  local state, course = state_of(run, cx.scenario), cx.course
  if run.stopped then
    course.stopped = run.stopped
    return 0
  end
  local room_ms = begin(state)
  cx.shared = state
  if state.before_all then
    course.hooks = { before_all = state.before_all }
    table.move(state.cx.failures, 1, state.before_all.verdict ~= "pass" and #state.cx.failures
      or 0, #cx.failures + 1, cx.failures)
  end
  if not state.cx.entry.room then
    course.open_error = course.open_error or state.open_error
  end
  if cx.scenario.is_shared then
    cx.entry.room, cx.entry.open_ms = state.cx.entry.room, state.cx.entry.open_ms or 0
  end
  return room_ms
end

--- Brings the services of the shared room under the eyes of a scenario.
---@param cx engine.run.Context
function M.open_services(run, cx)
  local state = cx.shared
  if not state.specs or not cx.entry.room then
    return
  elseif state.services then
    state.services:hand_over(cx)
  else
    state.services = services.open(run, cx, cx.entry.room, state.specs, state.cx.scenario)
  end
end

--- Takes the shared room from a scenario that is over; it stays open for the next one.
---@param cx engine.run.Context
function M.leave(cx)
  for _, seen in ipairs(cx.course.services or {}) do
    cx.shared.told[seen.name] = cx.shared.told[seen.name] or seen.died
  end
  cx.entry.room, cx.services = nil, {}
end

--- Finds what went wrong when all was over, and no scenario tells.
---@param had_room boolean
---@param after_all? engine.run.HookSeen
local function losses(state, had_room, after_all)
  local cx, list = state.cx, {}
  local scenario = cx.scenario
  for _, finding in ipairs(had_room and judge.torn_down(state.suite, after_all) or list) do
    list[#list + 1] = not finding.is_told and failure.make(finding, { scenario = scenario }) or nil
  end
  for _, rule in ipairs({ "guarded", "alive", "closed" }) do
    for _, finding in ipairs(judge.scenario_rules[rule](scenario, cx.course) or {}) do
      local is_told = finding.service and state.told[finding.service.service]
      list[#list + 1] = not is_told and failure.make(finding, { scenario = scenario }) or nil
    end
  end
  return list
end

local function close(state)
  local run, cx, around = state.run, state.cx, state.suite.hooks
  state.is_over = true
  cx.failures = {}
  local had_room, after_all = cx.entry.room ~= nil, nil
  if had_room and around and around.after_all then
    after_all = hooks.run(run, cx, around.after_all, { limit_ms = hooks.teardown_ms(run),
      services = around.after_all.module and state.services or nil })
  end
  hooks.leave(cx, after_all)
  if state.services then
    state.services:hand_over(cx)
  end
  require("engine.run.room").leave_file(run, cx, state.is_bad)
  run.queue:release(beside.file(state.suite), state.round)
  local lost = losses(state, had_room, after_all)
  table.move(lost, 1, #lost, #cx.failures + 1, cx.failures)
  if #cx.failures > 0 then
    run:fail_file(state.suite.file, cx.failures, state.suite.cell)
  end
end

--- Takes note that a scenario has ended; ends what its file shares when it was the last.
---@async
---@param run engine.run.Run
---@param cx engine.run.Context
---@param is_good boolean
function M.ended(run, cx, is_good)
  local state = M.is_needed(cx.scenario) and state_of(run, cx.scenario)
  if not state then
    return
  end
  state.left = state.left - 1
  state.is_bad = state.is_bad or not is_good
  if state.left == 0 and state.ready and not state.is_over then
    core.shield(close, state)
    run.shared[cx.scenario.suite][cx.scenario.repetition or 1] = nil -- there may be many of them
  end
end

--- Ends what files share, when nothing runs any more.
---@async
---@param run engine.run.Run
function M.finish(run)
  for _, rounds in pairs(run.shared or {}) do
    for _, state in pairs(rounds) do
      if state.ready and not state.is_over then
        core.shield(close, state)
      end
    end
  end
end

return M
