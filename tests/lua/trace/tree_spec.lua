local tree = require("engine.trace.tree")

local TRACE = ("a"):rep(32)

local function span(id, parent, start)
  return { trace_id = TRACE, span_id = id, parent_id = parent, name = id, start_ns = start or 0 }
end

--- Draws a forest on one line: "a(b c)".
local function draw(nodes)
  local out = {}
  for i, node in ipairs(nodes) do
    local below = #node.children > 0 and "(" .. draw(node.children) .. ")" or ""
    out[i] = node.span.span_id .. below
  end
  return table.concat(out, " ")
end

describe("engine.trace.tree", function()
  it("hangs children below their parents, in the order in which they began", function()
    local forest = tree.build({ span("c", "a", 3), span("b", "a", 2), span("a"), span("d", "b") })
    assert.equal("a(b(d) c)", draw(forest.roots))
  end)

  it("tells a span without its parent as a root", function()
    local forest = tree.build({ span("b", "gone") })
    assert.equal("b", draw(forest.roots))
    assert.same({ 1, "orphan" }, { forest.orphans, forest.roots[1].odd })
  end)

  it("breaks rings of parents at the first of them", function()
    local forest = tree.build({
      span("a", "c", 5), span("b", "a", 1), span("c", "b", 9), span("d", "a"), span("s", "s", 7),
    })
    assert.equal("b(c(a(d))) s", draw(forest.roots))
    assert.equal(2, forest.cycles)
  end)

  it("keeps spans of one id apart, and of one id in two traces", function()
    local other = span("a")
    other.trace_id = ("b"):rep(32)
    local forest = tree.build({ span("a"), span("a", nil, 1), other, span("b", "a") })
    assert.equal("a(b) a a", draw(forest.roots))
    assert.equal(1, forest.twins)
  end)

  it("walks every span once, however deep, parents first", function()
    local spans = {}
    for i = 1, 50000 do
      spans[i] = span("s" .. i, i > 1 and "s" .. i - 1 or nil, i)
    end
    local count, last = 0, 0
    for _, depth in tree.walk(tree.build(spans)) do
      count = count + 1
      assert(depth == last + 1)
      last = depth
    end
    assert.equal(50000, count)
  end)
end)
