--- What each step of a list waits for, when they do not simply run one after the other.
---
--- A step with `depends_on` waits for the steps that it names, and for no other.  Of the rest, a
--- step waits for all that stand before it; with `parallel = true`, for all before it but the
--- parallel steps right beside it.  In a scenario with `concurrent` steps wait only for what they
--- name.
local references = require("engine.model.references")

---@class engine.model.step_graph
local M = {}

M.WIDTH = 16 -- steps of one scenario at once: fixed, so that a test is the same on each machine

---@class engine.model.Graph
---@field after engine.model.Edge[][] by the index of a step: what it waits for
---@field width integer steps at once

---@class engine.model.Edge
---@field index integer    of the step that is waited for
---@field must_pass? boolean it is named: a failure that may be continued is not enough
---@field t? table         where the file names it; only while circles are looked for
---@field k? any

--- Finds the steps that a `depends_on` names; unknown ones are told.
local function named_edges(cx, checked, index_of, names)
  local edges = {}
  for _, dependency in ipairs(references.dependencies(checked)) do
    local index = index_of[dependency.name]
    if index then
      edges[#edges + 1] =
        { index = index, must_pass = true, t = dependency.t, k = dependency.k }
    elseif dependency.name then -- else it was no text, which is told
      references.unknown(cx, "step", dependency.name, names, dependency.t, dependency.k)
    end
  end
  return edges
end

local function edges_to(indexes)
  local edges = {}
  for i, index in ipairs(indexes) do
    edges[i] = { index = index }
  end
  return edges
end

--- Adds what steps wait for by their place in the list.
---@param after engine.model.Edge[][] those that name what they wait for are there already
local function add_order(after, list, first, count)
  local open, group = {}, nil -- not waited for by a later step yet; the same before a group
  for index = 1, count do
    local checked = list[index - first + 1]
    local is_parallel = checked and checked.value.parallel
    group = is_parallel and (group or table.move(open, 1, #open, 1, {})) or nil
    if after[index] then
      open[#open + 1] = index
    elseif is_parallel then
      after[index] = edges_to(group)
      open[#open + 1] = index
    else
      after[index], open = edges_to(open), { index }
    end
  end
end

local function index_names(steps)
  local index_of, names = {}, {}
  for i, step in ipairs(steps) do
    if not index_of[step.name] then
      index_of[step.name], names[#names + 1] = i, step.name
    end
  end
  return index_of, names
end

--- Makes the graph of a list of steps; names that are not there and circles are told.
---@param cx engine.model.Context
---@param list engine.model.Checked[]
---@param steps engine.model.Step[] made of them, maybe behind one that `run` is short for
---@param concurrent? boolean|integer
---@return engine.model.Graph
function M.build(cx, list, steps, concurrent)
  local index_of, names = index_names(steps)
  local first, after = #steps - #list + 1, {}
  for i, checked in ipairs(list) do
    if checked.value.depends_on then
      after[first + i - 1] = named_edges(cx, checked, index_of, names)
    end
  end
  if concurrent then
    for i = 1, #steps do
      after[i] = after[i] or {}
    end
  else
    add_order(after, list, first, #steps)
  end
  M.check_circles(cx, after, steps)
  for _, edges in ipairs(after) do
    for _, edge in ipairs(edges) do
      edge.t, edge.k = nil, nil
    end
  end
  return { after = after, width = math.type(concurrent) == "integer" and concurrent or M.WIDTH }
end

--- Tells circles, at a name that closes one.  A step that names nothing may be part of it, since it
--- waits for what stands before it.
function M.check_circles(cx, after, steps)
  local order, edges_of = {}, {}
  for i in ipairs(steps) do
    order[i], edges_of[i] = i, {}
    for k, edge in ipairs(after[i]) do
      edges_of[i][k] = { name = edge.index, t = edge.t, k = edge.k }
    end
  end
  references.find_cycles(cx, order, edges_of, "steps", function(index)
    return steps[index].name
  end)
end

--- Turns edges around.
local function followers_of(graph)
  local followers = {}
  for i, edges in ipairs(graph.after) do
    for _, edge in ipairs(edges) do
      local list = followers[edge.index] or {}
      followers[edge.index], list[#list + 1] = list, i
    end
  end
  return followers
end

--- Makes a function that lists all steps that begin only when one has ended.
---@param graph? engine.model.Graph nil: the steps run in order
---@param count integer steps
---@return fun(index: integer): table<integer, true>
---@nodiscard
function M.behind(graph, count)
  local followers = graph and followers_of(graph)
  return function(index)
    local set, queue = {}, { index }
    for i = index + 1, followers and 0 or count do
      set[i] = true
    end
    while followers and queue[1] do
      for _, i in ipairs(followers[table.remove(queue)] or {}) do
        if not set[i] then
          set[i], queue[#queue + 1] = true, i
        end
      end
    end
    return set
  end
end

return M
