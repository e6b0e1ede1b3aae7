local generators = require("engine.property.generators")
local property = require("engine.property")
local source = require("engine.property.source")

--- Looks for a value that does not hold; returns the simplest, and what else was found.
local function simplest(spec, holds, seed)
  local found = assert(property.search(spec, { runs = 500, seed = seed or 42 }, holds))
  assert.is_false(holds(found.value))
  assert.is_false(holds(found.first))
  return found.value, found
end

describe("engine.property", function()
  it("finds nothing where all holds, and tries as often as asked", function()
    local count = 0
    assert.is_nil(property.search("int", { runs = 37, seed = 1 }, function()
      count = count + 1
      return true
    end))
    assert.equal(37, count)
  end)

  for _, seed in ipairs({ 1, 2, "three" }) do
    it("shrinks to the edge, with the seed " .. seed, function()
      assert.equal(101, simplest("int", function(n)
        return n <= 100
      end, seed))
      assert.equal(-7, simplest({ kind = "int", min = -50, max = 50 }, function(n)
        return n > -7
      end, seed))
      assert.equal(17, simplest({ kind = "int", min = 17, max = 50 }, function()
        return false
      end, seed))
      local list = simplest({ kind = "list", of = "int" }, function(list)
        for i = 2, #list do
          if list[i] < list[i - 1] then
            return false
          end
        end
        return true
      end, seed)
      assert.same({ 2, 1 }, { #list, math.abs(list[1]) + math.abs(list[2]) }) -- 1, 0 or 0, -1
      assert.equal('"', simplest("text", function(s)
        return not s:find('"')
      end, seed))
      assert.equal("b", simplest({ one_of = { "a", "b", "c" } }, function(s)
        return s == "a"
      end, seed))
      assert.same({ a = 6, b = { false, true } },
        simplest({ kind = "table", of = { a = "int", b = { kind = "list", of = "bool" } } },
          function(v)
            return not (v.a > 5 and v.b[2])
          end, seed))
    end)
  end

  it("tells the run, the first value, and is the same for a seed", function()
    local function big(n)
      return n < 5000 or n == 1000000 -- which is an edge, with every seed
    end
    local _, found = simplest("int", big)
    local _, again = simplest("int", big)
    assert.same(found, again)
    assert.is_true(found.run >= 1 and found.tries > 0 and found.first >= 5000)
    assert.is_false(found.is_flaky)
    local _, other = simplest("int", big, 43)
    assert.not_equal(found.first, other.first)
  end)

  it("tells a failure that does not come back", function()
    local calls = 0
    local found = property.search("int", { runs = 10, seed = 1 }, function()
      calls = calls + 1
      return calls ~= 3
    end)
    assert.is_true(found.is_flaky)
    assert.equal(found.first, found.value)
  end)

  it("makes nothing more once it is over, nor tries simpler values", function()
    local calls = 0
    local function search(holds)
      calls = 0
      return property.search("int", { runs = 100, seed = 1, is_over = function()
        return calls == 3
      end }, function()
        calls = calls + 1
        return holds
      end)
    end
    assert.is_nil(search(true))
    assert.equal(3, calls)
    assert.is_table(search(false))
    assert.equal(3, calls)
  end)

  it("ends, however long the value is and whatever fails", function()
    local tries = 0
    local inner = { kind = "list", of = "text", max = 50 }
    local lists = { kind = "list", of = inner, min = 50, max = 50 }
    property.search(lists, { runs = 2, seed = 1 }, function()
      tries = tries + 1
      return tries == 1 -- that is the simplest value
    end)
    assert.is_true(tries > 2)
    assert.is_true(tries <= require("engine.property.shrink").TRIES_MAX + 2)
  end)
end)

describe("engine.property.generators", function()
  local function sample(spec, seed)
    assert.is_nil(generators.problem(spec))
    local values = {}
    for run = 1, 200 do
      values[run] = generators.make(spec, source.random(seed or 1, run))
    end
    return values
  end

  it("keep to their bounds, and reach them", function()
    local seen = {}
    for _, n in ipairs(sample({ kind = "int", min = -2, max = 3 })) do
      assert.is_true(n >= -2 and n <= 3)
      seen[n] = true
    end
    for n = -2, 3 do
      assert.is_true(seen[n], tostring(n))
    end
    for _, n in ipairs(sample({ kind = "int", min = math.mininteger, max = math.maxinteger })) do
      assert.equal("integer", math.type(n))
    end
    for _, n in ipairs(sample({ kind = "float", min = 0.25, max = 0.75 })) do
      assert.is_true(n >= 0.25 and n <= 0.75)
    end
    for _, s in ipairs(sample({ kind = "text", min = 2, max = 4, alphabet = "aé" })) do
      assert.is_true(utf8.len(s) >= 2 and utf8.len(s) <= 4 and not s:gsub("é", ""):find("[^a]"))
    end
    for _, list in ipairs(sample({ kind = "list", of = "bool", min = 1, max = 3 })) do
      assert.is_true(#list >= 1 and #list <= 3)
    end
  end)

  it("begin with the simplest, and reach each edge in the first runs", function()
    local function first_runs(spec, seed, measure)
      local seen = {}
      for run = 1, source.EDGE_RUNS do
        local value = measure(generators.make(spec, source.random(seed, run)))
        seen[run == 1 and "first" or value] = run == 1 and value or true
      end
      return seen
    end
    local function same(value)
      return value
    end
    local function count(list)
      return #list
    end
    for seed = 1, 20 do
      assert.same({ first = 0, [0] = true, [1] = true, [-1] = true, [-2] = true, [-50] = true,
        [900] = true }, first_runs({ kind = "int", min = -50, max = 900 }, seed, same))
      assert.same({ first = 3, [3] = true, [4] = true, [9] = true },
        first_runs({ kind = "int", min = 3, max = 9 }, seed, same))
      assert.same({ first = 0, [0] = true, [1] = true, [20] = true },
        first_runs("text", seed, utf8.len))
      assert.same({ first = 2, [2] = true, [3] = true, [1000] = true },
        first_runs({ kind = "list", of = "bool", min = 2, max = 1000 }, seed, count))
      local whole = first_runs({ kind = "int", min = math.mininteger, max = math.maxinteger }, seed,
        same)
      assert.is_true(whole[math.mininteger] and whole[math.maxinteger])
      local floats = first_runs({ kind = "float", min = -1.5, max = 1e300 }, seed, same)
      assert.is_true(floats[-1.5] and floats[1e300])
    end
  end)

  it("draw all sizes, again and again, and many of each", function()
    for seed = 1, 10 do
      local far, near, long, short = 0, 0, 0, 0
      for run = source.EDGE_RUNS + 1, 100 do
        local n = math.abs(generators.make("int", source.random(seed, run)))
        far, near = far + (n > 500000 and 1 or 0), near + (n < 1000 and 1 or 0)
        local size = #generators.make({ kind = "list", of = "bool", max = 200 },
          source.random(seed, run))
        long, short = long + (size > 100 and 1 or 0), short + (size < 10 and 1 or 0)
      end
      for _, times in ipairs({ far, near, long, short }) do
        assert.is_true(times >= 5, ("seed %d: %d %d %d %d"):format(seed, far, near, long, short))
      end
    end
  end)

  it("find what only few of the large values show, and make it small", function()
    local found = 0
    for seed = 1, 20 do
      local one = property.search("int", { runs = 100, seed = seed }, function(n)
        return n < 700000 or n == 1000000
      end)
      found = found + (one and 1 or 0)
      assert.is_true(not one or one.value == 700000)
    end
    assert.is_true(found > 15, found)
  end)

  it("draw floats between two whole numbers, too", function()
    local seen = {}
    for _, n in ipairs(sample({ kind = "float", min = 0.25, max = 0.75 })) do
      seen[n] = true
    end
    assert.is_true(seen[0.25] and seen[0.75] and seen[0.5])
    assert.equal(-0.25, generators.make({ kind = "float", min = -0.75, max = -0.25 },
      source.replay({})))
  end)

  it("draw floats all over a narrow range, and over one far out", function()
    for _, range in ipairs({ { 0.1001, 0.1009 }, { 0.5, 0.7 }, { 1e300, 1e301 }, { -0.3, 0.2 },
      { -1e301, -1e300 }, { 0.5, 1.5 } }) do
      local low, high, fifths, count = range[1], range[2], {}, 0
      for _, n in ipairs(sample({ kind = "float", min = low, max = high })) do
        assert.is_true(n >= low and n <= high)
        fifths[math.floor((n - low) / (high - low) * 5)] = true
        count = count + (n ~= low and n ~= high and 1 or 0)
      end
      for fifth = 0, 5 do
        assert.is_true(fifths[fifth], ("%g..%g: %d"):format(low, high, fifth))
      end
      assert.is_true(count > 60, ("%g..%g: %d between"):format(low, high, count))
    end
  end)

  it("reach the least integer when none is above 0", function()
    local seen = {}
    for _, n in ipairs(sample({ kind = "int", min = math.mininteger, max = 0 })) do
      seen[n] = true
    end
    assert.is_true(seen[math.mininteger] and seen[0] and seen[-1])
  end)

  it("make fake data of every kind", function()
    for _, kind in ipairs(require("engine.generate.fake").list()) do
      assert.is_nil(generators.problem(kind), kind)
      assert.not_nil(generators.make(kind, source.random(1, 1)), kind)
    end
    assert.equal(3, #generators.make({ kind = "string", len = 3 }, source.random(1, 1)))
  end)

  it("are the simplest where every choice is 0", function()
    local zero = source.replay({})
    assert.equal(0, generators.make("int", zero))
    assert.equal(5, generators.make({ kind = "int", min = 5, max = 9 }, zero))
    assert.equal(-3, generators.make({ kind = "int", min = -9, max = -3 }, zero))
    assert.equal("", generators.make("text", zero))
    assert.same({}, generators.make({ kind = "list", of = "int" }, zero))
    assert.is_false(generators.make("bool", zero))
    assert.equal(0.0, generators.make("float", zero))
  end)

  it("say what is wrong with them", function()
    for problem, spec in pairs({
      ["`intt` is no generator: did you mean `int`?"] = "intt",
      ['a list needs a generator of its items: of = "int"'] = { kind = "list" },
      ["`one_of` must be a list with items"] = { one_of = {} },
      ['5 is no generator: name a kind, such as "int"'] = 5,
      ['true is no generator: name a kind, such as "int"'] = true,
      ['a function is no generator: name a kind, such as "int"'] = print,
      ['the generator has no `kind`: { kind = "int", … }'] = { nope = 1 },
      ['the generator has no `kind`: { kind = "word", … }'] = { word = {} },
      ['`kind` is 4, and not the name of a generator, such as "int"'] = { kind = 4 },
      ["`min` and `max` must be numbers, and NaN is none"] = { kind = "float", min = 0 / 0 },
      ["`min` is greater than `max`"] = { kind = "int", min = 3, max = 1 },
      ["int has no option `mx`"] = { kind = "int", mx = 1 },
      ["int: `min` must be a whole number"] = { kind = "int", min = 1.5 },
      ["`min` and `max` must be from 0 to 1000"] = { kind = "list", of = "int", max = 1 << 40 },
      ["`alphabet` must be a text of letters, or a list of texts"] =
        { kind = "list", of = { kind = "text", alphabet = "" } },
      ["`values` must be a list with items"] = { kind = "one_of", values = {} },
      ["`of` must be a table: name → generator"] = { kind = "table" },
      ["a: `x` is no generator"] = { kind = "table", of = { a = "x" } },
    }) do
      assert.equal(problem, (generators.problem(spec):gsub(": did you mean `%l+`%?$",
        problem:find("did you") and "%0" or "")))
    end
    for _, alphabet in ipairs({ "", 5, true, {}, { 1 }, { "a", 2 }, { a = "b" }, "\xff" }) do
      local spec = { kind = "text", alphabet = alphabet }
      assert.matches("`alphabet` must be", generators.problem(spec))
    end
    assert.is_nil(generators.problem({ kind = "text", alphabet = "äb" }))
    assert.is_nil(generators.problem({ kind = "text", alphabet = { "ab", "c" } }))
    local deep = "int"
    for _ = 1, 30 do
      deep = { kind = "list", of = deep }
    end
    assert.matches("too deeply", generators.problem(deep))
  end)

  it("refuse values that are too large at least, by parts that are no choices as well", function()
    local function of(least, inner)
      return { kind = "list", min = least, max = 1000, of = inner }
    end
    for parts, spec in pairs({
      ["10010"] = of(1, { kind = "table", of = { a = of(10, of(1000, "bool")), b = of(8, "int"),
          c = "int" } }),
      ["1000000"] = of(1000, of(1000, of(1000, "bool"))),
      ["10020"] = of(20, of(501, { kind = "table", of = {} })),
      ["11000"] = of(11, { kind = "text", min = 1000, max = 1000 }),
    }) do
      assert.equal(("a value has at least %s parts, and 10000 is the most"):format(parts),
        generators.problem(spec))
    end
    assert.is_nil(generators.problem(of(10, of(1000, "bool"))))
    assert.is_nil(generators.problem(of(0, of(1000, of(10, "bool")))))
  end)
end)
