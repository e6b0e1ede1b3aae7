--- Lint rule L201: spans that cannot stand in that order.
local function is_pair(pair)
  return type(pair) == "table" and type(pair[1]) == "string" and type(pair[2]) == "string"
end

--- Lists the pairs in the order in which they are looked at, each as what comes first and second.
local function pairs_of(order)
  local list = {}
  for _, name in ipairs({ "must_precede", "must_follow" }) do
    local given = type(order) == "table" and order[name]
    for i, pair in ipairs(type(given) == "table" and given or {}) do
      if is_pair(pair) then
        local is_turned = name == "must_follow"
        list[#list + 1] = { given = given, index = i,
          first = pair[is_turned and 2 or 1], second = pair[is_turned and 1 or 2] }
      end
    end
  end
  return list
end

--- Whether the first pairs of a list form a circle: some names are left when those that nothing
--- comes before are taken out again and again.
local function is_circular(list, count)
  local before, behind, left = {}, {}, 0
  for i = 1, count do
    local first, second = list[i].first, list[i].second
    for _, name in ipairs({ first, second }) do
      if not before[name] then
        before[name], behind[name], left = 0, {}, left + 1
      end
    end
    before[second] = before[second] + 1
    table.insert(behind[first], second)
  end
  local free = {}
  for name, number in pairs(before) do
    free[#free + 1] = number == 0 and name or nil
  end
  while free[1] do
    left = left - 1
    for _, name in ipairs(behind[table.remove(free)]) do
      before[name] = before[name] - 1
      free[#free + 1] = before[name] == 0 and name or nil
    end
  end
  return left > 0
end

--- Tells the pair that, added to those before it, closes a circle.  It is looked for by halves:
--- what is added to a list that forms a circle does not undo it.
local function judge_order(cx, order)
  local list = pairs_of(order)
  if not is_circular(list, #list) then
    return
  end
  local low, high = 1, #list
  while low < high do
    local mid = (low + high) // 2
    if is_circular(list, mid) then
      high = mid
    else
      low = mid + 1
    end
  end
  local first, second = list[low].first, list[low].second
  cx:report({
    place = cx:item(list[low].given, list[low].index),
    message = first == second and ("`%s` cannot come before itself"):format(first)
      or ("`%s` would come before `%s`, and behind it"):format(first, second),
    help = "leave one of the pairs out",
  })
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
  needs = {
    words = { "must_precede", "must_follow", "must_include", "window" },
    facts = { "file.expect" },
  },
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
      { code = '[expect.order]\nmust_precede = [["a", "b"], ["c", "d"], ["b", "a"], ["d", "c"]]\n',
        at = { 3, 41 }, count = 1 },
      { code = '[expect.order]\nmust_precede = [["a", "b"], ["c", "c"]]\n', at = { 3, 29 } },
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
