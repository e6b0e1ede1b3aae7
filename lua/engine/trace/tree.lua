--- Spans as trees: who is whose parent, in the order in which they began.
---
--- Whatever spans are given, each of them is in the forest once: one whose parent is not among them
--- is a root (`orphan`), of those that are each other's parents the first is (`cycle`), and of two
--- of one id the first is the parent of what names it (`twin`).  Pure.
---@class engine.trace.tree
local M = {}

---@class engine.trace.Node
---@field span engine.trace.Span
---@field children engine.trace.Node[] by their beginning; what began at once, by name and id
---@field odd? "orphan"|"cycle"|"twin" why it stands where it does

---@class engine.trace.Forest
---@field roots engine.trace.Node[]
---@field orphans integer
---@field cycles integer
---@field twins integer

local function key_of(trace_id, span_id)
  return trace_id .. span_id
end

local function earlier(x, y)
  local a, b = x.span, y.span
  if a.start_ns ~= b.start_ns then
    return a.start_ns < b.start_ns
  elseif a.name ~= b.name then
    return a.name < b.name
  elseif a.trace_id ~= b.trace_id then
    return a.trace_id < b.trace_id
  elseif a.span_id ~= b.span_id then
    return a.span_id < b.span_id
  end
  return x.place < y.place
end

--- Makes a node for each span.
local function nodes_of(spans, forest)
  local nodes, by_id = {}, {}
  for i, span in ipairs(spans) do
    local node = { span = span, children = {}, place = i }
    local key = key_of(span.trace_id, span.span_id)
    if by_id[key] then
      node.odd, forest.twins = "twin", forest.twins + 1
    else
      by_id[key] = node
    end
    nodes[i] = node
  end
  return nodes, by_id
end

--- Breaks each ring of parents at the span that began first.
local function break_cycles(nodes, parents, forest)
  local state = {} -- a number: of the walk that came by; true: it is known to end
  for i, node in ipairs(nodes) do
    local at = node
    while at and state[at] == nil do
      state[at] = i
      at = parents[at]
    end
    if at and state[at] == i then
      local first, one = at, parents[at]
      while one ~= at do
        first = earlier(one, first) and one or first
        one = parents[one]
      end
      parents[first], first.odd, forest.cycles = nil, "cycle", forest.cycles + 1
    end
  end
end

--- Makes trees of spans.
---@param spans engine.trace.Span[]
---@return engine.trace.Forest
---@nodiscard
function M.build(spans)
  local forest = { roots = {}, orphans = 0, cycles = 0, twins = 0 }
  local nodes, by_id = nodes_of(spans, forest)
  local parents = {}
  for _, node in ipairs(nodes) do
    local span = node.span
    local parent = span.parent_id and by_id[key_of(span.trace_id, span.parent_id)]
    parents[node] = parent
    if span.parent_id and not parent then
      node.odd, forest.orphans = node.odd or "orphan", forest.orphans + 1
    end
  end
  break_cycles(nodes, parents, forest)
  for _, node in ipairs(nodes) do
    local list = parents[node] and parents[node].children or forest.roots
    list[#list + 1] = node
  end
  table.sort(forest.roots, earlier)
  for _, node in ipairs(nodes) do
    table.sort(node.children, earlier)
  end
  return forest
end

--- Goes through a forest, parents before their children; deep ones cost no stack.
---@param forest engine.trace.Forest
---@return fun(): engine.trace.Node?, integer? each node, and its depth from 1
---@nodiscard
function M.walk(forest)
  local stack = {}
  for i = #forest.roots, 1, -1 do
    stack[#stack + 1] = { forest.roots[i], 1 }
  end
  return function()
    local top = table.remove(stack)
    if not top then
      return nil
    end
    for i = #top[1].children, 1, -1 do
      stack[#stack + 1] = { top[1].children[i], top[2] + 1 }
    end
    return top[1], top[2]
  end
end

return M
