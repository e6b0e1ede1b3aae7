--- What the stages of reloads took, and whether that is within the budget.
local metrics = require("engine.dev.metrics")

describe("engine.dev.metrics", function()
  it("tells percentiles of each stage, and the share within its budget", function()
    local m = metrics.new()
    for ms = 1, 100 do
      m:add({ parse = ms / 2, total = ms })
    end
    local told = m:told()
    assert.equal(100, told.reloads)
    assert.is_near(50, told.stages.total.p50, 0.5)
    assert.is_near(95, told.stages.total.p95, 0.5)
    assert.is_near(99, told.stages.total.p99, 0.5)
    assert.equal(0.4, told.stages.parse.within)
    assert.equal(1, told.stages.total.within)
    assert.equal(0.4, told.within)
    assert.is_nil(told.stages.render)
  end)

  it("names the stages over the budget", function()
    assert.same({ "debounce", "total" },
      metrics.over({ debounce = 31, parse = 20, total = 301, own = 1000 }))
  end)

  it("has a budget of a tenth of what is published", function()
    assert.same({ 5, 30, 20, 20, 100, 80 }, { metrics.BUDGET.detect, metrics.BUDGET.debounce,
      metrics.BUDGET.render, metrics.BUDGET.parse, metrics.BUDGET.room, metrics.BUDGET.test })
  end)

  it("tells of nothing before the first reload", function()
    local told = metrics.new():told()
    assert.same({ 0, 1, {} }, { told.reloads, told.within, told.stages })
  end)
end)
