local lines = require("engine.service.lines")

--- Counts in pieces; returns the count after each of them.
local function counts(pattern, pieces)
  local counter = assert(lines.new(pattern))
  local list = {}
  for i, piece in ipairs(pieces) do
    assert(counter:add(piece))
    list[i] = counter.count
  end
  return list, counter
end

describe("engine.service.lines", function()
  it("counts lines that match, once they have ended", function()
    local pieces = { "up", " and running\n", "not up\n", "up\nx\nup\n" }
    assert.same({ 0, 1, 1, 3 }, counts("^up", pieces))
    assert.same({ 0, 0 }, counts("ready$", { "ready", " not\n" }))
    assert.same({ 1 }, counts("ready$", { "x\r\nready\r\n" }))
    assert.same({ 1 }, counts("^$", { "a\n\nb\n" }))
    assert.same({ 2 }, counts("up", { "up up up\nup" .. "\n" }))
  end)

  it("looks at one line at a time, whatever the pattern", function()
    local text = "one two\nthree\ntwo one\n"
    for pattern, count in pairs({
      ["two\\s+three"] = 0,
      ["one[^x]*two"] = 1,
      ["\\Atwo"] = 1,
      ["one\\z"] = 1,
      ["^(?!.*two).*$"] = 1,
      ["(?i)TWO"] = 2,
      ["\\w++$"] = 3,
      ["two$|^three"] = 2,
    }) do
      assert.same({ count }, counts(pattern, { text }), pattern)
      local pieces = {}
      for byte in text:gmatch(".") do
        pieces[#pieces + 1] = byte
      end
      local list = counts(pattern, pieces)
      assert.equal(count, list[#pieces], pattern)
    end
  end)

  it("looks at the last line when nothing follows, and never twice", function()
    local _, counter = counts("login", { "x\nlogin: " })
    assert.equal(0, counter.count)
    assert.is_true(counter:has_rest())
    assert(counter:pause())
    assert.equal(1, counter.count)
    assert.is_false(counter:has_rest())
    assert(counter:add("more login\nlogin\n"))
    assert.equal(2, counter.count)
    local _, other = counts("more", { "log" })
    assert(other:pause())
    assert(other:add("in more\n"))
    assert.equal(1, other.count)
  end)

  it("forgets a line whose end was lost", function()
    local _, counter = counts("^up$", { "u" })
    counter:lose()
    assert(counter:add("p\n"))
    assert.equal(0, counter.count)
  end)

  it("looks at a line of any length in parts", function()
    local _, counter = counts("x", {})
    for _ = 1, 40 do
      assert(counter:add(("x"):rep(100000)))
    end
    assert.equal(1, counter.count)
    assert(counter:add("x\nx\n"))
    assert.equal(2, counter.count)
    local _, other = counts("y", {})
    for _ = 1, 40 do
      assert(other:add(("x"):rep(100000)))
      assert.is_true(other.size <= 2 << 20)
    end
    assert(other:add("y\n"))
    assert.equal(1, other.count)
  end)

  it("says what is wrong with a pattern, and when one takes too long", function()
    assert.equal("EREGEX", select(2, lines.new("(")).code)
    local counter = assert(lines.new("^(a+)+$"))
    local ok, err = counter:add(("a"):rep(100000) .. "b\n")
    assert.is_nil(ok)
    assert.equal("EBUDGET", err.code)
  end)
end)
