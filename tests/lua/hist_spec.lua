local hist = require("core.hist")

local function random(seed)
  return function(n)
    seed = (seed * 6364136223846793005 + 1442695040888963407)
    return (seed >> 33) % n
  end
end

--- The value at a percentage by definition: the nearest rank of the sorted values.
local function exact(sorted, percent)
  return sorted[math.max(1, math.ceil(percent / 100 * #sorted))]
end

local PERCENTS = { 0, 0.1, 1, 5, 25, 50, 75, 90, 95, 99, 99.9, 99.99, 100 }

describe("core.hist", function()
  it("tells nothing of nothing", function()
    local h = hist.open()
    assert.same({ 0, 0, 0, 0, 0 }, { h:count(), h:min(), h:max(), h:mean(), h:percentile(50) })
  end)

  it("is exact for small values", function()
    local h, sorted = hist.open(), {}
    for value = 0, 255 do
      h:record(value)
      sorted[#sorted + 1] = value
    end
    for percent = 0, 100 do
      assert.equal(exact(sorted, percent), h:percentile(percent))
    end
    assert.same({ 256, 0, 255, 127.5 }, { h:count(), h:min(), h:max(), h:mean() })
  end)

  it("keeps within its error for values of every size", function()
    local rand = random(5)
    for bits = 1, 62 do
      local h, sorted, sum = hist.open(), {}, 0.0
      for i = 1, 400 do
        local value = ((rand(1 << 31) << 31) | rand(1 << 31)) >> (62 - bits)
        sorted[i] = value
        sum = sum + value
        h:record(value)
      end
      table.sort(sorted)
      for _, percent in ipairs(PERCENTS) do
        local right = exact(sorted, percent)
        assert.is_true(math.abs(h:percentile(percent) - right) * 256.0 <= right, bits)
      end
      assert.equal(sorted[1], h:min())
      assert.equal(sorted[400], h:max())
      assert.is_true(math.abs(h:mean() - sum / 400) <= sum / 400 * 1e-12)
    end
  end)

  it("keeps within its error at the edges of its buckets", function()
    for shift = 0, 62 do
      for offset = -1, 1 do
        local value = (1 << shift) + offset
        local h = hist.open()
        h:record(0)
        h:record(value, 3)
        h:record(math.maxinteger)
        assert.is_true(math.abs(h:percentile(50) - value) * 256.0 <= value)
        assert.equal(math.maxinteger, h:percentile(100))
      end
    end
  end)

  it("merges as if all was recorded in one", function()
    local rand, a, b, both = random(9), hist.open(), hist.open(), hist.open()
    for i = 1, 2000 do
      local value = rand(1 << (1 + i % 30))
      local h = i % 3 == 0 and a or b
      h:record(value)
      both:record(value)
    end
    a:merge(b)
    a:merge(hist.open())
    for _, percent in ipairs(PERCENTS) do
      assert.equal(both:percentile(percent), a:percentile(percent))
    end
    assert.same({ both:count(), both:min(), both:max() }, { a:count(), a:min(), a:max() })
    local empty = hist.open()
    empty:merge(both)
    assert.equal(both:min(), empty:min())
    a:merge(a)
    assert.equal(2 * both:count(), a:count())
  end)

  it("counts many at once, and resets", function()
    local h = hist.open()
    h:record(10, 1000000000000)
    h:record(20, 0)
    assert.equal(1000000000000, h:count())
    assert.equal(10, h:max())
    h:reset()
    assert.equal(0, h:count())
    h:record(7)
    assert.same({ 1, 7, 7, 7 }, { h:count(), h:min(), h:max(), h:percentile(99) })
  end)

  it("raises on misuse", function()
    local h = hist.open()
    assert.has_error(function() h:record(-1) end)
    assert.has_error(function() h:record(1, -1) end)
    assert.has_error(function() h:record(1.5) end)
    assert.has_error(function() return h:percentile(101) end)
    assert.has_error(function() return h:percentile(0 / 0) end)
    h:close()
    h:close()
    assert.has_error(function() h:record(1) end)
  end)
end)
