--- Whether the steps of a graph were run as it says: the proof behind the rule `complete`.
---
--- Pure.
---@class engine.run.judge.graph
local show = require("engine.expect.show")

local M = {}

local function named(scenario, index)
  return ("step %s"):format(show.value(scenario.steps[index].name))
end

--- Finds what was run of each step; a second time, or of no step, is a problem.
local function entries_of(scenario, course)
  local index_of, by_index = {}, {}
  for i, step in ipairs(scenario.steps) do
    index_of[step] = i
  end
  for _, entry in ipairs(course.steps) do
    local i = index_of[entry.step]
    if not i then
      return nil, "something was run that is no step of the test"
    elseif by_index[i] then
      return nil, named(scenario, i) .. " was run twice"
    elseif math.type(entry.began) ~= "integer" or math.type(entry.ended) ~= "integer"
      or entry.ended <= entry.began then
      return nil, "nobody saw when " .. named(scenario, i) .. " ran"
    end
    by_index[i] = entry
  end
  return by_index
end

--- Says whether a step that waits may begin, as far as this one is concerned.
local function is_open(edge, entry)
  if not entry then
    return false
  elseif entry.judgement.verdict == "pass" then
    return true
  end
  return not edge.must_pass and entry.step.continue_on_failure == true
end

--- Finds what is wrong with one step that was run: it waits for something that had not ended, or
--- that did not pass.
local function problem_of_run(scenario, by_index, index)
  for _, edge in ipairs(scenario.graph.after[index]) do
    local before = by_index[edge.index]
    if not before or before.ended >= by_index[index].began then
      return ("%s was run before %s had ended"):format(named(scenario, index),
        named(scenario, edge.index))
    elseif not is_open(edge, before) then
      return ("%s was run, though %s did not pass"):format(named(scenario, index),
        named(scenario, edge.index))
    end
  end
end

--- Whether a step that was not run had to be left out.
local function is_blocked(scenario, by_index, index)
  for _, edge in ipairs(scenario.graph.after[index]) do
    if not is_open(edge, by_index[edge.index]) then
      return true
    end
  end
  return false
end

local function has_lost_room(course)
  for _, entry in ipairs(course.steps) do
    if entry.error and entry.judgement.verdict ~= "fail" then -- else it could not start
      return true
    end
  end
  return false
end

--- Finds what is wrong with the way in which the steps of a graph were run.
---@param scenario engine.model.Scenario
---@param course engine.run.Course
---@param ended_early any something else tells why not all were run
---@return string? problem
---@nodiscard
function M.problem(scenario, course, ended_early)
  local by_index, problem = entries_of(scenario, course)
  if not by_index then
    return problem
  end
  ended_early = ended_early or has_lost_room(course)
  for i in ipairs(scenario.steps) do
    if by_index[i] then
      problem = problem_of_run(scenario, by_index, i)
    elseif not ended_early and not is_blocked(scenario, by_index, i) then
      problem = named(scenario, i) .. " was left out"
    end
    if problem then
      return problem
    end
  end
end

return M
