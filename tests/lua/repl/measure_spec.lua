--- What code takes, measured.
local measure = require("engine.repl.measure")
local task = require("core.task")

describe("engine.repl.measure", function()
  it("finds quantiles, between samples in proportion", function()
    local list = { 1, 2, 3, 10 }
    assert.equal(1, measure.quantile(list, 0))
    assert.equal(2.5, measure.quantile(list, 0.5))
    assert.equal(10, measure.quantile(list, 1))
    assert.equal(7, measure.quantile({ 7 }, 0.25))
  end)

  it("writes times with three digits", function()
    local texts = {}
    for i, ms in ipairs({ 0.0000123, 0.0123, 1.234, 999, 12345 }) do
      texts[i] = measure.text(ms)
    end
    assert.same({ "12.3 ns", "12.3 us", "1.23 ms", "999 ms", "12.3 s" }, texts)
  end)

  it("measures short calls in batches, each sample of one size", function()
    local calls = 0
    local got = measure.bench(function()
      calls = calls + 1
    end)
    assert.is_true(got.batch > 1)
    assert.is_true(#got.samples >= 20)
    assert.is_true(calls > #got.samples * got.batch)
    for i = 2, #got.samples do
      assert.is_true(got.samples[i - 1] <= got.samples[i])
    end
  end)

  it("measures a call that waits one at a time", function()
    local got = measure.bench(function()
      task.sleep(20)
    end)
    assert.equal(1, got.batch)
    assert.is_true(got.samples[1] >= 19)
  end)

  describe("profile", function()
    local function spin(n)
      local sum = 0
      for i = 1, n do
        sum = sum + i
      end
      return sum
    end

    it("tells whose the instructions are, and who has called", function()
      local function outer()
        spin(200000)
        task.yield() -- a profiled function may wait
        spin(200000)
      end
      local got = measure.profile(outer)
      assert.is_true(got.samples >= 100)
      assert.matches("spin$", got.functions[1].name)
      local all
      for _, one in ipairs(got.functions) do
        all = one.name:find("outer") and one.all or all
      end
      assert.is_true(got.functions[1].own > got.samples * 0.9)
      assert.is_true(got.functions[1].own <= got.samples)
      assert.is_true((all or got.samples) >= got.functions[1].own)
    end)

    it("raises what the function raises", function()
      assert.has_error(function()
        measure.profile(function()
          error("no", 0)
        end)
      end, "no")
    end)
  end)
end)
