--- Lint rule L201: spans that cannot stand in that order.
local function is_pair(pair)
  return type(pair) == "table" and type(pair[1]) == "string" and type(pair[2]) == "string"
end

local function reaches(edges, from, to, seen)
  if from == to then
    return true
  end
  seen[from] = true
  for _, name in ipairs(edges[from] or {}) do
    if not seen[name] and reaches(edges, name, to, seen) then
      return true
    end
  end
  return false
end

--- Adds pairs one by one; the one that closes a circle is told.
local function judge_order(cx, order)
  local edges = {}
  for _, name in ipairs({ "must_precede", "must_follow" }) do
    local list = type(order) == "table" and order[name]
    for i, pair in ipairs(type(list) == "table" and list or {}) do
      if is_pair(pair) then
        local first, second = pair[1], pair[2]
        if name == "must_follow" then
          first, second = second, first
        end
        if reaches(edges, second, first, {}) then
          cx:report({
            place = cx:item(list, i),
            message = first == second and ("`%s` cannot come before itself"):format(first)
              or ("`%s` would come before `%s`, and behind it"):format(first, second),
            help = "leave one of the pairs out",
          })
          return
        end
        edges[first] = edges[first] or {}
        table.insert(edges[first], second)
      end
    end
  end
end

local function judge_windows(cx, windows)
  for _, window in ipairs(type(windows) == "table" and windows or {}) do
    local list = type(window) == "table" and window.contains
    for i, name in ipairs(type(list) == "table" and list or {}) do
      if name == window.outer then
        cx:report({
          place = cx:item(list, i),
          message = ("`%s` is the span around, and would be inside of it"):format(name),
        })
      end
    end
  end
end

local function judge_graph(cx, graph)
  local crossed = {}
  local forbidden = type(graph) == "table" and graph.must_not_cross
  for _, pair in ipairs(type(forbidden) == "table" and forbidden or {}) do
    if is_pair(pair) then
      crossed[pair[1] .. "\0" .. pair[2]] = true
    end
  end
  local wanted = type(graph) == "table" and graph.must_include
  for i, pair in ipairs(type(wanted) == "table" and wanted or {}) do
    if is_pair(pair) and crossed[pair[1] .. "\0" .. pair[2]] then
      cx:report({
        place = cx:item(wanted, i),
        message = "the edge must be there, and must not be crossed",
        help = "leave one of the two out",
      })
    end
  end
end

return {
  code = "L201",
  name = "impossible-order",
  severity = "error",
  docs = {
    summary = "An order that no run can have",
    why = [[
The pairs of `must_precede` and `must_follow` form a circle, a span would have to lie within itself,
or an edge must be there that must not be crossed. No run can meet that.]],
    bad = [==[
[[steps]]
name = "call"
command = ["ls"]
[expect.order]
must_precede = [["a", "b"], ["b", "a"]]
]==],
    good = [==[
[[steps]]
name = "call"
command = ["ls"]
]==],
  },
  tests = {
    ok = {
      '[expect.order]\nmust_precede = [["a", "b"], ["b", "c"]]\nmust_follow = [["c", "a"]]\n',
    },
    bad = {
      { code = '[expect.order]\nmust_precede = [["a", "b"]]\nmust_follow = [["a", "b"]]\n',
        at = { 4, 16 } },
      { code = '[[expect.window]]\nouter = "a"\ncontains = ["b", "a"]\n', at = { 4, 18 } },
      { code = '[expect.graph]\nmust_include = [["a", "b"]]\nmust_not_cross = [["a", "b"]]\n',
        at = { 3, 17 } },
    },
  },
  visit = {
    expect = function(cx, expect)
      judge_order(cx, expect.order)
      judge_windows(cx, expect.window)
      judge_graph(cx, expect.graph)
    end,
  },
}
