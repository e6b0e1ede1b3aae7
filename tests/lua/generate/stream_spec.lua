local stream = require("engine.generate.stream")

describe("engine.generate.stream", function()
  it("is SplitMix64", function()
    local s = stream.of(1, "x", 0)
    s.state = 0 -- the published first numbers of this state
    assert.equal("e220a8397b1dcdaf", ("%016x"):format(s:u64()))
    assert.equal("6e789e6aa1b965f4", ("%016x"):format(s:u64()))
    assert.equal("06c45d188009454f", ("%016x"):format(s:u64()))
  end)

  it("begins by seed, name and call, on every machine alike", function()
    local first = {}
    for _, key in ipairs({
      { 42, "a", 0 }, { 42, "a", 1 }, { 42, "b", 0 }, { 43, "a", 0 }, { "42", "a", 0 },
    }) do
      first[#first + 1] = ("%016x"):format(stream.of(table.unpack(key)):u64())
    end
    assert.same({
      "bb47926849750150", "d5b107d8ee197521", "c7bad0d328e269cc", "0abc1a0bb94d24e7",
      "d9a39712bb901f13",
    }, first)
  end)

  it("draws below a count, each number about as often", function()
    local s, seen = stream.of(7, "below", 0), {}
    for _ = 1, 6000 do
      local n = s:below(6)
      seen[n] = (seen[n] or 0) + 1
    end
    for n = 0, 5 do
      assert.is_true(seen[n] > 850 and seen[n] < 1150, n .. ": " .. seen[n])
    end
    assert.is_nil(seen[6])
  end)

  it("draws between any two integers", function()
    local s = stream.of(7, "between", 0)
    for _, range in ipairs({ { 5, 5 }, { -3, 3 }, { math.mininteger, math.maxinteger },
      { math.maxinteger - 1, math.maxinteger }, { 0, math.maxinteger } }) do
      for _ = 1, 50 do
        local n = s:between(range[1], range[2])
        assert.is_true(n >= range[1] and n <= range[2])
      end
    end
  end)

  it("draws floats from 0 up to 1, texts, bytes and digits of any length", function()
    local s = stream.of(7, "x", 0)
    for count = 0, 20 do
      local float = s:float()
      assert.is_true(float >= 0 and float < 1)
      assert.equal(count, #s:bytes(count))
      assert.equal(count, #s:hex(count))
      assert.equal(("a"):rep(count), s:text("a", count))
    end
  end)

  it("keeps what it shuffles", function()
    local list = { 1, 2, 3, 4, 5, 6, 7, 8 }
    local shuffled = stream.of(7, "x", 0):shuffle(list)
    assert.same({ 1, 2, 3, 4, 5, 6, 7, 8 }, list)
    assert.not_same(list, shuffled)
    table.sort(shuffled)
    assert.same(list, shuffled)
  end)
end)
