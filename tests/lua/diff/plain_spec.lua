--- Comparing passes over subtrees of equal signatures; a matcher that passes over nothing says the
--- same.
local compare = require("engine.diff.compare")
local match = require("engine.diff.match")
local node = require("engine.diff.node")
local normal = require("engine.diff.normal")
local trees = dofile("tests/lua/diff/trees.lua")

local function size(tree)
  return #trees.all(tree)
end

local function by_name(fields)
  local out = {}
  for _, field in ipairs(fields) do
    out[field.name] = field
  end
  return out
end

--- Whether two nodes differ themselves; counts what is ignored in them.
local function differs(a, b, counts)
  local left, right, found = by_name(a.fields), by_name(b.fields), false
  for name, field in pairs(left) do
    local other = right[name]
    if not other or other.norm ~= field.norm or #field.replaced ~= #other.replaced then
      found = true
    else
      counts.ignored = counts.ignored + normal.differing(field.replaced, other.replaced)
    end
  end
  for name in pairs(right) do
    found = found or not left[name]
  end
  return found
end

--- Counts what differs in two trees, all nodes of them, and never looks at a signature itself.
local function count(a, b, counts, pair)
  local is_changed = differs(a, b, counts) or pair and pair.similarity ~= nil
  local is_moved = pair and pair.is_moved
  local op = is_changed and "changed" or is_moved and "moved" or "same"
  counts[op] = counts[op] + 1
  counts.moved = counts.moved + (is_moved and is_changed and 1 or 0)
  local timing = compare.timing(a.duration_ms, b.duration_ms)
  if timing then
    counts[timing] = counts[timing] + 1
  end
  counts.removed, counts.added = counts.removed + size(a) - 1, counts.added + size(b) - 1
  for _, one in ipairs(match.pairs(a.children, b.children)) do
    local left, right = a.children[one.a], b.children[one.b]
    counts.removed, counts.added = counts.removed - size(left), counts.added - size(right)
    count(left, right, counts, one)
  end
  return counts
end

--- Makes a tree of few names and values, some of which are times.
local function crowd(random, depth)
  local out = node.new("span", "n" .. random(3))
  node.add(out, "field", ({ "a", "took 1 ms", "took 2 ms", "a" })[random(4)], { is_free = true })
  out.duration_ms = random(3) * 60
  for i = 1, depth > 1 and random(6) - 1 or 0 do
    out.children[i] = crowd(random, depth - 1)
  end
  return out
end

describe("engine.diff.compare", function()
  it("says the same as a matcher that passes over nothing", function()
    local same, timed, ignored = 0, 0, 0
    for seed = 1, 300 do
      local random = trees.random(seed)
      local a = crowd(random, 4)
      local b = random(3) == 1 and crowd(random, 4) or trees.copy(a)
      for _ = 1, random(4) do
        local list = trees.all(b)
        local one = list[random(#list)].node
        one.duration_ms = random(3) * 60
        one.fields[1].value = one.fields[1].value:gsub("%d", "3")
        if random(3) == 1 then
          table.insert(one.children, random(#one.children + 1), crowd(random, 2))
        end
      end
      local replace = normal.new({})
      node.seal(a, replace)
      node.seal(b, replace)
      local expected = count(a, b, { same = 0, changed = 0, added = 0, removed = 0, moved = 0,
        slower = 0, faster = 0, ignored = 0 })
      local result = compare.compare(a, b)
      assert.equal(expected.ignored, result.ignored, "seed " .. seed)
      expected.ignored = nil
      assert.same(expected, result.counts, "seed " .. seed)
      same, ignored = same + result.counts.same, ignored + result.ignored
      timed = timed + result.counts.slower + result.counts.faster
    end
    assert.is_true(same > 1000 and timed > 300 and ignored > 50)
  end)
end)
