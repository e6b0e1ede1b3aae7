--- Steps that overlap: each runs when what it waits for has ended, as many at once as it says.
---
--- What did not pass leaves out those that wait for it; the others go on.  Nothing new begins once
--- the run was stopped, a deadline has passed, a service did not come up or the room was lost.
--- Each entry of the course gets `began` and `ended`, counted in one row: the judge's proof of the
--- order.
---@class engine.run.graph
local show = require("engine.expect.show")
local task = require("clnrm.task")

local M = {}

---@class engine.run.Walk of a graph
---@field run engine.run.Run
---@field cx engine.run.Context
---@field left integer[]     by step: how many it waits for
---@field blocker table<integer, integer> by step: one that did not pass
---@field dependants table<integer, engine.run.Walk.Dependant[]>
---@field ready integer[]    steps that may begin, in the order of the file
---@field running integer
---@field tick integer
---@field halted boolean
---@field run_one async fun(run, cx, item): engine.run.StepEntry?, boolean?

---@class engine.run.Walk.Dependant
---@field index integer
---@field must_pass? boolean

local function new_walk(run, cx, run_one)
  local graph, count = cx.scenario.graph, #cx.scenario.steps
  local walk = { run = run, cx = cx, run_one = run_one, left = {}, blocker = {}, dependants = {},
    ready = {}, running = 0, tick = 0, halted = false }
  for i = 1, count do
    local edges = graph.after[i]
    walk.left[i] = #edges
    for _, edge in ipairs(edges) do
      local list = walk.dependants[edge.index] or {}
      walk.dependants[edge.index] = list
      list[#list + 1] = { index = i, must_pass = edge.must_pass }
    end
    if #edges == 0 then
      walk.ready[#walk.ready + 1] = i
    end
  end
  return walk
end

local function next_tick(walk)
  walk.tick = walk.tick + 1
  return walk.tick
end

local function add_ready(walk, index)
  local ready, at = walk.ready, #walk.ready + 1
  while at > 1 and ready[at - 1] > index do
    at = at - 1
  end
  table.insert(ready, at, index)
end

--- Tells a step that is left out because another one did not pass.
local function tell_left_out(walk, index)
  local steps = walk.cx.scenario.steps
  local item, blocker = steps[index], steps[walk.blocker[index]]
  walk.run:emit({
    event = "step_left_out",
    id = walk.cx.scenario.id,
    step = item.index,
    name = item.name,
    line = item.line,
    reason = ("step %s did not pass"):format(show.value(blocker.name)),
  })
end

--- Takes note of the end of a step, or that it was left out, for those that wait for it.
---@param outcome "pass"|"continued"|"failed"
local function settle(walk, index, outcome)
  local queue = { { index = index, outcome = outcome, cause = index } }
  while queue[1] do
    local ended = table.remove(queue)
    for _, dependant in ipairs(walk.dependants[ended.index] or {}) do
      local i = dependant.index
      local is_open = ended.outcome == "pass"
        or ended.outcome == "continued" and not dependant.must_pass
      walk.left[i] = walk.left[i] - 1
      walk.blocker[i] = walk.blocker[i] or not is_open and ended.cause or nil
      if walk.left[i] == 0 and walk.blocker[i] then
        tell_left_out(walk, i)
        queue[#queue + 1] = { index = i, outcome = "failed", cause = walk.blocker[i] }
      elseif walk.left[i] == 0 then
        add_ready(walk, i)
      end
    end
  end
end

local function outcome_of(entry)
  if entry.judgement.verdict == "pass" then
    return "pass"
  end
  return entry.step.continue_on_failure and "continued" or "failed"
end

local function remove_name(names, name)
  for i = #names, 1, -1 do
    if names[i] == name then
      return table.remove(names, i)
    end
  end
end

local advance

local function run_step(walk, group, index)
  local cx = walk.cx
  local item, names = cx.scenario.steps[index], cx.step_names
  local began = next_tick(walk)
  names[#names + 1] = item.name
  local entry, is_over = walk.run_one(walk.run, cx, item)
  remove_name(names, item.name)
  walk.running = walk.running - 1
  walk.halted = walk.halted or is_over or entry == nil
  if entry then
    entry.began, entry.ended = began, next_tick(walk)
    settle(walk, index, outcome_of(entry))
  end
  advance(walk, group)
end

--- Begins what may begin.
function advance(walk, group)
  local width = walk.cx.scenario.graph.width
  while not walk.halted and walk.ready[1] and walk.running < width do
    walk.running = walk.running + 1
    group:spawn(run_step, walk, group, table.remove(walk.ready, 1))
  end
end

--- Runs the steps of a scenario as its graph says.
---@async
---@param run engine.run.Run
---@param cx engine.run.Context
---@param run_one async fun(run: engine.run.Run, cx: engine.run.Context, item: engine.model.Step):
---engine.run.StepEntry?, boolean? # entry nil: it was not run; is_over: nothing more can run
function M.run(run, cx, run_one)
  local walk = new_walk(run, cx, run_one)
  cx.step_names = {}
  local group <close> = task.group()
  advance(walk, group)
  group:wait()
end

return M
