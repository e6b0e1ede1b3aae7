--- Prometheus' text of what the loop counts.
local buckets = require("engine.dev.ui.buckets")
local prometheus = require("engine.dev.ui.prometheus")
local states = require("engine.dev.state")

describe("engine.dev.ui.prometheus", function()
  local metrics, state, of_loop

  before_each(function()
    metrics, state = prometheus.new(), states.new()
    of_loop = require("engine.dev.metrics").new()
    state:follow(function(_, event)
      metrics:on_event(state, event)
    end)
  end)

  local function reload(stages, interrupted)
    state:apply({ event = "reload_begin", cycle = 1, changed = {}, affected = {}, total = 1,
      began_ms = 0 })
    if not interrupted then
      of_loop:add(stages)
    end
    state:apply({ event = "reload_end", stages = stages, metrics = of_loop:told(),
      interrupted = interrupted })
  end

  --- The value of a sample.
  local function value(name)
    for line in metrics:text(state):gmatch("[^\n]+") do
      if line:sub(1, #name + 1) == name .. " " then
        return tonumber(line:sub(#name + 2))
      end
    end
  end

  it("counts reloads up to each bound, in seconds", function()
    reload({ parse = 0.4, total = 40 })
    reload({ parse = 2, total = 200000 })
    assert.equal(1, value('clnrm_dev_reload_stage_seconds_bucket{stage="parse",le="0.0005"}'))
    assert.equal(2, value('clnrm_dev_reload_stage_seconds_bucket{stage="parse",le="0.0025"}'))
    assert.is_near(0.0024, value('clnrm_dev_reload_stage_seconds_sum{stage="parse"}'), 1e-9)
    assert.equal(1, value('clnrm_dev_reload_seconds_bucket{le="120"}'))
    assert.equal(2, value('clnrm_dev_reload_seconds_bucket{le="+Inf"}'))
    assert.equal(2, value("clnrm_dev_reload_seconds_count"))
    assert.equal(0.02, value('clnrm_dev_reload_stage_budget_seconds{stage="parse"}'))
  end)

  it("takes no reload that another save overtook for one", function()
    reload({ parse = 1, total = 1 }, "save")
    reload({ parse = 1, total = 1 }, "order")
    reload({ parse = 1, total = 1 }, "SIGINT")
    assert.equal(0, value("clnrm_dev_reload_seconds_count"))
    assert.equal(2, value('clnrm_dev_runs_total{end="overtaken"}'))
    assert.equal(1, value('clnrm_dev_runs_total{end="stopped"}'))
    assert.equal(0, value('clnrm_dev_runs_total{end="done"}'))
  end)

  it("takes no run that was refused for one that was done", function()
    state:apply({ event = "reload_begin", cycle = 1, changed = {}, affected = {}, total = 1,
      began_ms = 0 })
    state:apply({ event = "reload_end", stages = { total = 1 }, metrics = of_loop:told(),
      exit_code = 2, refused = { message = "nothing was run", exit_code = 2 } })
    assert.equal(1, value('clnrm_dev_runs_total{end="refused"}'))
    assert.equal(0, value('clnrm_dev_runs_total{end="done"}'))
  end)

  it("counts verdicts that stand, and those that were reached", function()
    state:apply({ event = "file_read", path = "/p/a", file = "a", tests = {
      { id = "x", name = "x", tags = {} }, { id = "y", name = "y", tags = {} } } })
    state:apply({ event = "reload_begin", cycle = 1, changed = {}, affected = {}, total = 1,
      began_ms = 0 })
    for _, verdict in ipairs({ "fail", "pass" }) do
      state:apply({ event = "scenario_end", id = "x", verdict = verdict, duration_ms = 1 })
    end
    state:apply({ event = "scenario_end", id = "x", verdict = "infra",
      failures = { { code = "V003" } } })
    assert.equal(1, value('clnrm_dev_tests{verdict="pass"}'))
    assert.equal(0, value('clnrm_dev_tests{verdict="fail"}'))
    assert.equal(1, value('clnrm_dev_tests{verdict="none"}'))
    assert.equal(1, value('clnrm_dev_test_runs_total{verdict="fail"}'))
    assert.equal(0, value('clnrm_dev_test_runs_total{verdict="infra"}'))
    assert.equal(1, value("clnrm_dev_running"))
  end)

  it("names no file and no test", function()
    state:apply({ event = "file_read", path = "/home/someone/a", file = "secret-file", tests = {
      { id = "secret-id", name = "secret-name", tags = { "secret-tag" } } } })
    local text = metrics:text(state)
    assert.is_nil(text:find("secret", 1, true))
    assert.is_nil(text:find("/home", 1, true))
  end)

  it("puts a value on a bound below it", function()
    local one, out = buckets.new(), {}
    one:add(0.0005)
    one:write(out, "x")
    assert.equal('x_bucket{le="0.0005"} 1\n', out[1])
  end)
end)
