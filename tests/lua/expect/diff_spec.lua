local diff = require("engine.expect.diff")
local text = require("core.text")

local function rendered(expected, actual)
  return diff.render(text.lines(expected), text.lines(actual))
end

describe("engine.expect.diff of long texts", function()
  it("compares what follows their first difference, and says so", function()
    local lines = {}
    for i = 1, 200000 do
      lines[i] = "line " .. i
    end
    local a = table.concat(lines, "\n")
    lines[150000] = "another"
    local b = table.concat(lines, "\n")
    local out = diff.texts(a, b)
    assert.same({ "  (149999 equal lines)", "- line 150000", "+ another", "  line 150001" },
      table.move(out, 1, 4, 1, {}))
    assert.equal("(more behind it is not compared)", out[#out])
  end)

  it("looks at one huge line for no more than is shown", function()
    local out = diff.texts(("x"):rep(10000000), ("x"):rep(9999999) .. "y")
    assert.same({ "  (from byte 9999985)", "- xxxxxxxxxxxxxxxx" }, { out[1], out[2] })
    for _, line in ipairs(out) do
      assert.is_true(#line < 2000)
    end
  end)

  it("is nothing where all lines are the same", function()
    assert.same({}, diff.texts("a\n", "a"))
  end)
end)

describe("engine.expect.diff of long lines", function()
  it("shows them from near the place where they differ", function()
    local long = ("é"):rep(400) .. " "
    assert.same({
      "- (from byte 787) ééééééé cat",
      "                          ^^^",
      "+ (from byte 787) ééééééé dog",
      "                          ^^^",
    }, diff.render({ long .. "cat" }, { long .. "dog" }))
    assert.equal(4, diff.first_difference("abc", "abcd"))
    assert.equal(1, diff.first_difference("abc", "xbc"))
  end)
end)

describe("engine.expect.diff", function()
  it("leads from one list to the other, and is as short as it can be", function()
    math.randomseed(7)
    for _ = 1, 2000 do
      local a, b = {}, {}
      for i = 1, math.random(0, 12) do
        a[i] = math.random(3)
      end
      for i = 1, math.random(0, 12) do
        b[i] = math.random(3)
      end
      local made, at, edits = {}, 1, 0
      for _, op in ipairs(diff.compare(a, b)) do
        for i = 0, op.count - 1 do
          if op.kind ~= "+" then
            assert.equal(at, op.a + i)
            at = at + 1
          end
          if op.kind ~= "-" then
            made[#made + 1] = b[op.b + i]
          end
          if op.kind == "=" then
            assert.equal(a[op.a + i], b[op.b + i])
          end
          edits = edits + (op.kind ~= "=" and 1 or 0)
        end
      end
      assert.same(b, made)
      assert.equal(#a + 1, at)
      local row = {} -- the longest common subsequence, the slow way
      for k = 0, #b do
        row[k] = 0
      end
      for i = 1, #a do
        local before = 0
        for k = 1, #b do
          local kept = row[k]
          row[k] = a[i] == b[k] and before + 1 or math.max(row[k], row[k - 1])
          before = kept
        end
      end
      assert.equal(#a + #b - 2 * row[#b], edits)
    end
  end)

  it("shows changed lines with their neighbours, and marks the words", function()
    assert.same({
      "  (1 equal line)", "  b", "  c", "- one two three", "      ^^^", "+ one zwei three",
      "      ^^^^", "  e", "  f", "  (1 equal line)",
    }, rendered("a\nb\nc\none two three\ne\nf\ng\n", "a\nb\nc\none zwei three\ne\nf\ng\n"))
  end)

  it("marks nothing when all is another", function()
    assert.same({ "- abc", "+ xyz" }, rendered("abc\n", "xyz\n"))
  end)

  it("shows lines that come or go alone", function()
    assert.same({ "- a" }, rendered("a\n", ""))
    assert.same({ "+ a", "+ b" }, rendered("", "a\nb\n"))
    assert.same({}, rendered("", ""))
  end)

  it("escapes what a terminal would act on", function()
    assert.same({ "- a", "+ ␛[31m" }, rendered("a\n", "\27[31m\n"))
  end)

  it("is bounded in time and length, whatever differs", function()
    local a, b = {}, {}
    for i = 1, 20000 do
      a[i], b[i] = "a" .. i, "b" .. i
    end
    local began = os.clock()
    local lines = diff.render(a, b)
    assert.is_true(os.clock() - began < 2)
    assert.is_true(#lines <= 41)
    assert.matches("more lines", lines[#lines])
  end)
end)
