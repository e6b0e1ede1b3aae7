--- Two ways lead from a file of spans to its tree: core.spans in one pass, and engine.trace span by
--- span.  Whatever the file, both must lead to one answer.
local compare = require("engine.diff.compare")
local files = dofile("tests/lua/diff/span_files.lua")
local input = require("engine.diff.input")
local json_view = require("engine.diff.view.json")
local trees = dofile("tests/lua/diff/trees.lua")

local NOTHING = { "no field has this name" }

--- Compares two texts; an --ignore of nothing makes both be read span by span.
local function diff(texts, opts)
  local sides, quick = {}, 0
  for i, text in ipairs(texts) do
    sides[i] = assert(input.recognise(text, "f" .. i))
    sides[i].shown = "f" .. i
    quick = quick + (sides[i].found and 1 or 0)
  end
  local kind = input.common(sides[1], sides[2])
  local ignored = assert(require("engine.diff.ignore").compile(opts.is_slow and NOTHING or {}))
  input.seal(sides[1], sides[2], opts.is_exact, ignored)
  local result = compare.compare(sides[1].root, sides[2].root, { across = true,
    is_whole = opts.all })
  return json_view.render(nil, { kind = kind, a = sides[1], b = sides[2], result = result,
    left_out = {}, all = opts.all }), quick, result
end

local function each_pair(count, visit)
  local forms = { "message", "messages", "spans" }
  for seed = 1, count do
    local random = trees.random(seed)
    local file = files.make(random, 2 + random(30))
    visit({ files.print(file, 0, forms[random(3)]),
      files.print(files.change(random, file), random(2) == 1 and 256 or 0, forms[random(3)]) },
      seed)
  end
end

describe("engine.diff.span_tree", function()
  it("gives the same answer as reading span by span", function()
    local quick, differing, ignored = 0, 0, 0
    each_pair(150, function(texts, seed)
      for _, opts in ipairs({ { all = false }, { all = true },
        { all = false, is_exact = true } }) do
        local got, both, result = diff(texts, opts)
        opts.is_slow = true
        assert.equal((diff(texts, opts)), got, "seed " .. seed)
        quick = quick + both
        differing = differing + (result.is_same and 0 or 1)
        ignored = ignored + result.ignored
      end
    end)
    assert.equal(900, quick) -- all of them are of the quick kind
    assert.is_true(differing > 300 and ignored > 100, differing .. " " .. ignored)
  end)

  it("finds nothing between a file and itself", function()
    each_pair(100, function(texts)
      local _, _, result = diff({ texts[1], texts[1] }, { is_lazy = true })
      assert.is_true(result.is_same)
      assert.equal(0, result.ignored)
    end)
  end)

  it("reads both files in one way when one of them is not of the quick kind", function()
    each_pair(60, function(texts, seed)
      local odd = texts[2]:gsub('"spanId"', '"other":null,"spanId"', 1)
      local got, quick = diff({ texts[1], odd }, { all = false })
      assert.equal(odd == texts[2] and 2 or 1, quick) -- no span may be left
      assert.equal((diff({ texts[1], texts[2] }, { all = false, is_slow = true })), got, seed)
    end)
  end)

  it("makes no nodes below what is the same", function()
    local file = files.make(trees.random(3), 2)
    for i = 1, 200 do
      file[i] = { id = i, parent = i > 1 and 1 or nil, name = "op" .. i, kind = 1, start = i,
        stop = i + 1, source = 1 }
    end
    local other = { sources = file.sources, table.unpack(file) }
    other[200] = setmetatable({ name = "new" }, { __index = file[200] })
    local _, quick, result = diff({ files.print(file, 0, "message"), files.print(other, 300,
      "message") }, { is_lazy = true })
    assert.equal(2, quick)
    assert.same({ 1, 1, 199 }, { result.counts.added, result.counts.removed, result.counts.same })
    local root = result.root.children[1]
    assert.is_true(root.children[5].is_one)
    assert.is_nil(rawget(root.children[5].a, "fields"))
    assert.is_nil(rawget(root.children[5].b, "children"))
  end)
end)
