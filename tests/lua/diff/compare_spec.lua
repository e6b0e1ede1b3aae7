local compare = require("engine.diff.compare")
local node = require("engine.diff.node")
local trees = dofile("tests/lua/diff/trees.lua")

local TREES = 150

--- Compares two trees that are not sealed.
local function diff(a, b, opts)
  return compare.compare(node.seal(trees.copy(a)), node.seal(trees.copy(b)), opts)
end

local function told(result)
  local out = {}
  for name, count in pairs(result.counts) do
    if count > 0 and name ~= "same" then
      out[name] = count
    end
  end
  return out
end

local function size(tree)
  return #trees.all(tree)
end

--- Picks a node that has a parent.
local function inner(random, tree)
  local list = trees.all(tree)
  return #list > 1 and list[1 + random(#list - 1)] or nil
end

--- Calls with as many trees, and copies of them to be changed.
local function each_tree(visit)
  for seed = 1, TREES do
    local random = trees.random(seed)
    local a = trees.tree(random)
    visit(random, a, trees.copy(a), seed)
  end
end

describe("engine.diff.compare", function()
  it("finds nothing between a tree and itself", function()
    each_tree(function(_, a)
      for _, across in ipairs({ true, false }) do
        local result = diff(a, a, { across = across })
        assert.same({}, told(result))
        assert.is_true(result.is_same)
        assert.is_true(result.root.is_hidden)
        assert.equal(size(a), result.counts.same)
      end
    end)
  end)

  it("finds exactly the subtree that was added, and the other way round removed", function()
    each_tree(function(random, a, b)
      local list = trees.all(b)
      local parent = list[random(#list)].node
      local new = trees.tree(random, 2)
      table.insert(parent.children, random(#parent.children + 1), new)
      assert.same({ added = size(new) }, told(diff(a, b, { across = true })))
      assert.same({ removed = size(new) }, told(diff(b, a, { across = true })))
    end)
  end)

  it("finds exactly the node whose field was changed", function()
    local tried = 0
    each_tree(function(random, a, b)
      local list = trees.all(b)
      local one = list[random(#list)].node
      local field = one.fields[1]
      if field then
        tried = tried + 1
        field.value = field.value .. "x"
        local result = diff(a, b, { across = true })
        assert.same({ changed = 1 }, told(result))
        assert.is_false(result.is_same)
      end
    end)
    assert.is_true(tried > TREES / 3)
  end)

  it("finds the one that has changed places with its neighbour", function()
    local tried = 0
    each_tree(function(random, a, b)
      local one = inner(random, b)
      if one and one.place > 1 then
        tried = tried + 1
        local children = one.parent.children
        children[one.place], children[one.place - 1] = children[one.place - 1], one.node
        assert.same({ moved = 1 }, told(diff(a, b)))
      end
    end)
    assert.is_true(tried > TREES / 5)
  end)

  it("finds one that hangs below another parent, and says below which it was", function()
    local tried = 0
    each_tree(function(random, a, b)
      local one = inner(random, b)
      if one then
        tried = tried + 1
        table.remove(one.parent.children, one.place)
        table.insert(b.children, trees.tree(random, 1))
        local new = b.children[#b.children]
        table.insert(new.children, one.node)
        assert.same({ added = 1, moved = 1 }, told(diff(a, b, { across = true })))
        local gone = size(one.node)
        assert.same({ added = 1 + gone, removed = gone }, told(diff(a, b)))
      end
    end)
    assert.is_true(tried > TREES / 3)
  end)

  it("takes one for another that was renamed, when little else is new", function()
    local a = node.new("run", "run")
    local step = node.new("step", "migrate")
    node.add(step, "command", "psql")
    node.add(step, "stdout", "3 tables")
    a.children[1] = step
    local b = trees.copy(a)
    b.children[1].name = "migrate_v2"
    local change = diff(a, b).root.children[1]
    assert.equal("changed", change.op)
    assert.equal("migrate", change.a.name)
    assert.is_true(change.similarity >= 0.8 and change.similarity < 1)
    b.children[1].fields[1].value = "mysql"
    b.children[1].fields[2].value = "no tables"
    assert.same({ added = 1, removed = 1 }, told(diff(a, b)))
  end)

  it("gives the same the other way round, with the sides changed", function()
    local turned = {
      same = "same", changed = "changed", added = "removed", removed = "added", moved = "moved",
      slower = "faster", faster = "slower",
    }
    local differing = 0
    for seed = 1, 400 do
      local random = trees.random(seed)
      local a, b = trees.crowd(random), trees.crowd(random)
      b.name, b.kind = a.name, a.kind
      for _, across in ipairs({ true, false }) do
        local there, back = diff(a, b, { across = across }), diff(b, a, { across = across })
        local expected = {}
        for name, count in pairs(there.counts) do
          expected[turned[name]] = count
        end
        assert.same(expected, back.counts, "seed " .. seed)
        differing = differing + (there.is_same and 0 or 1)
      end
    end
    assert.is_true(differing > 600)
  end)

  it("leaves no node out, and tells none twice", function()
    for seed = 1, 200 do
      local random = trees.random(seed)
      local a, b = trees.crowd(random), trees.crowd(random)
      local result = diff(a, b, { across = true })
      local seen_a, seen_b = 0, 0
      local function walk(change)
        seen_a, seen_b = seen_a + (change.a and 1 or 0), seen_b + (change.b and 1 or 0)
        for _, child in ipairs(change.children) do
          walk(child)
        end
      end
      walk(result.root)
      assert.same({ size(a), size(b) }, { seen_a, seen_b }, "seed " .. seed)
    end
  end)

  it("takes what ran at once for no order", function()
    local function span(name, from, to)
      local out = node.new("span", name)
      out.from, out.to = from, to
      return out
    end
    local a, b = node.new("t", "t"), node.new("t", "t")
    a.children = { span("x", 0, 10), span("y", 1, 9) }
    b.children = { span("y", 0, 10), span("x", 1, 9) }
    assert.is_true(compare.compare(node.seal(a), node.seal(b)).is_same)
    b.children = { span("y", 0, 1), span("x", 1, 9) }
    a.children = { span("x", 0, 1), span("y", 1, 9) }
    assert.equal(1, compare.compare(node.seal(a), node.seal(b)).counts.moved)
  end)

  it("takes what began at once for no order, or what was never ended", function()
    local function of(...)
      local out = node.new("t", "t")
      for i, one in ipairs({ ... }) do
        local child = node.new("span", one[1])
        child.from, child.to = one[2], one[3]
        out.children[i] = child
      end
      return node.seal(out)
    end
    local function moved(a, b)
      return compare.compare(a, b).counts.moved
    end
    assert.equal(0, moved(of({ "x", 5, 5 }, { "y", 5, 5 }), of({ "y", 5, 5 }, { "x", 5, 5 })))
    assert.equal(0, moved(of({ "x", 5, 5 }, { "y", 5, 9 }), of({ "y", 5, 9 }, { "x", 5, 5 })))
    assert.equal(0, moved(of({ "x", 5, 0 }, { "y", 6, 9 }), of({ "y", 6, 9 }, { "x", 7, 0 })))
    assert.equal(1, moved(of({ "x", 5, 5 }, { "y", 6, 6 }), of({ "y", 5, 5 }, { "x", 6, 6 })))
    assert.equal(1, moved(of({ "x", 5, 6 }, { "y", 6, 0 }), of({ "y", 5, 6 }, { "x", 6, 0 })))
  end)

  it("does not take the word <time> for a time", function()
    local normal = require("engine.diff.normal")
    local function told_at(text)
      local out = node.new("step", "s")
      node.add(out, "stdout", text, { is_free = true })
      return node.seal(out, normal.new({}))
    end
    local result = compare.compare(told_at("at <time>"), told_at("at 10:11:12"))
    assert.same({ name = "stdout", op = "changed", a = "at <time>", b = "at 10:11:12" },
      result.root.fields[1])
    assert.is_true(compare.compare(told_at("at 10:11:13"), told_at("at 10:11:12")).is_same)
  end)

  it("tells a time beyond the noise, which is no difference", function()
    assert.is_nil(compare.timing(100, 119)) -- 19 ms
    assert.is_nil(compare.timing(1000, 1060)) -- 6 %
    assert.is_nil(compare.timing(10, 60)) -- 50 ms
    assert.equal("slower", compare.timing(100, 151))
    assert.equal("faster", compare.timing(151, 100))
    local a, b = node.new("run", "run"), node.new("run", "run")
    a.duration_ms, b.duration_ms = 100, 500
    local result = diff(a, b)
    assert.is_true(result.is_same)
    assert.same({ slower = 1 }, told(result))
    assert.is_false(result.root.is_hidden)
  end)

  it("bears many siblings, and long chains", function()
    local a = node.new("t", "t")
    for i = 1, 3000 do
      a.children[i] = node.new("span", "n" .. i % 7)
      node.add(a.children[i], "i", i)
    end
    local b = trees.copy(a)
    table.remove(b.children, 1500)
    assert.same({ removed = 1 }, told(diff(a, b)))
    local deep = node.new("t", "t")
    local at = deep
    for i = 1, node.DEPTH_MAX do
      at.children[1] = node.new("span", "n" .. i)
      at = at.children[1]
    end
    assert.is_true(diff(deep, deep, { across = true }).is_same)
  end)
end)
