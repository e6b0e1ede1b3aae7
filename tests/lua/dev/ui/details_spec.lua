--- What is kept of the last run of each test.
local details = require("engine.dev.ui.details")
local waterfall = require("engine.dev.ui.waterfall")

describe("engine.dev.ui.details", function()
  local kept

  before_each(function()
    kept = details.new()
  end)

  local function take(event, fields)
    fields.event, fields.id = event, fields.id or "a"
    kept:on_event(fields)
  end

  local function step(number, text, verdict)
    take("step_begin", { step = number, name = "s" .. number, argv = { "echo", "x y" },
      at_ms = 110 })
    take("output", { step = number, stream = "stdout", text = text, bytes = #text, at_ms = 115 })
    take("step_end", { step = number, verdict = verdict or "pass", exit_code = 0, duration_ms = 4,
      at_ms = 120 })
  end

  it("has steps with times, ends and outputs, and keeps them when the test is over", function()
    take("scenario_begin", { at_ms = 100 })
    take("room_begin", { at_ms = 105, open_ms = 30 })
    step(1, "hello")
    local detail, is_running = kept:get("a")
    assert.is_true(is_running)
    take("scenario_end", { verdict = "pass", at_ms = 130, reason = "why" })
    detail, is_running = kept:get("a")
    assert.is_false(is_running)
    assert.same({ 30, "why", 0 }, { detail.ended_ms - detail.began_ms, detail.reason,
      detail.left_out })
    assert.same({ kind = "room", name = "room", from_ms = -25, to_ms = 5 }, detail.rows[1])
    assert.same({ kind = "step", name = "s1", from_ms = 16, to_ms = 20, verdict = "pass",
      exit_code = 0, command = "echo x y",
      outputs = { { stream = "stdout", text = "hello", bytes = 5 } } }, detail.rows[2])
  end)

  it("keeps what it had when a run was cut short", function()
    take("scenario_begin", { at_ms = 0 })
    step(1, "first")
    take("scenario_end", { verdict = "pass", at_ms = 200 })
    take("scenario_begin", { at_ms = 0 })
    step(1, "second")
    take("scenario_end", { verdict = "infra", failures = { { code = "V003" } }, at_ms = 200 })
    assert.equal("first", kept:get("a").rows[1].outputs[1].text)
    take("scenario_begin", { at_ms = 0 })
    take("run_end", {})
    assert.equal("first", kept:get("a").rows[1].outputs[1].text)
  end)

  it("has services, with their logs, and the lines of a Lua test", function()
    take("scenario_begin", { at_ms = 0 })
    take("service_begin", { service = "db", argv = { "db" }, at_ms = 1 })
    take("service_end", { service = "db", signal = 15, log = { lines = { "up", "down" } },
      at_ms = 9 })
    take("log", { text = "said", at_ms = 3 })
    local rows = kept:get("a").rows
    assert.same({ "service", "db", 9, 15, "up\ndown" },
      { rows[1].kind, rows[1].name, rows[1].to_ms, rows[1].signal, rows[1].outputs[1].text })
    assert.equal("said", rows[2].outputs[1].text)
  end)

  it("has hooks: its own, and those of its file that it waited for", function()
    take("scenario_begin", { file = "f", at_ms = 0 })
    take("scenario_begin", { id = "b", file = "g", at_ms = 0 })
    take("hook", { id = "f › hooks of the file", file = "f", hook = "before_all", verdict = "pass",
      duration_ms = 4, at_ms = 5, exit_code = 0 })
    take("hook", { file = "f", hook = "before_each", verdict = "error", duration_ms = 2, at_ms = 9,
      exit_code = 1 })
    assert.same({
      { kind = "hook", name = "hook before_all", from_ms = 1, to_ms = 5, verdict = "pass",
        exit_code = 0 },
      { kind = "hook", name = "hook before_each", from_ms = 7, to_ms = 9, verdict = "error",
        exit_code = 1 },
    }, kept:get("a").rows)
    assert.same({}, kept:get("b").rows)
    assert.matches("hook before_each: 2%.0 ms, error", tostring(waterfall.draw(kept:get("a"), 10)))
  end)

  it("cuts the outputs of a test in the middle, and says how much is left out", function()
    take("scenario_begin", { at_ms = 0 })
    step(1, ("a"):rep(60000) .. ("b"):rep(60000))
    step(2, ("c"):rep(60000) .. ("d"):rep(60000))
    local rows = kept:get("a").rows
    assert.is_nil(rows[1].outputs[1].cut)
    local second = rows[2].outputs[1]
    assert.matches("^c+d+$", second.text)
    assert.equal(120000 - #second.text, second.cut)
    step(3, "more")
    assert.same({ "", 4 }, { rows[3].outputs[1].text, rows[3].outputs[1].cut })
    assert.is_true(kept:get("a").bytes <= details.OUTPUT_MAX + details.ROWS_MAX * 300)
  end)

  it("keeps so many rows, and counts the others", function()
    take("scenario_begin", { at_ms = 0 })
    for i = 1, details.ROWS_MAX + 7 do
      take("step_begin", { step = i, name = "s", at_ms = 1 })
    end
    local detail = kept:get("a")
    assert.same({ details.ROWS_MAX, 7 }, { #detail.rows, detail.left_out })
  end)

  it("forgets the tests that ended first when all of them are too much", function()
    local each, count = 100000, details.ALL_MAX // 100000 + 10
    for i = 1, count do
      take("scenario_begin", { id = "t" .. i, at_ms = 0 })
      take("step_begin", { id = "t" .. i, step = 1, name = "s", at_ms = 1 })
      take("output", { id = "t" .. i, step = 1, stream = "stdout", text = ("x"):rep(each),
        bytes = each, at_ms = 1 })
      take("scenario_end", { id = "t" .. i, verdict = "pass", at_ms = 2 })
    end
    assert.is_nil((kept:get("t1")))
    assert.is_not_nil((kept:get("t" .. count)))
  end)

  it("is drawn with every bar at least one unit wide, and names made safe", function()
    take("scenario_begin", { at_ms = 0 })
    take("step_begin", { step = 1, name = "</text><script>", at_ms = 0 })
    take("step_end", { step = 1, verdict = "fail", duration_ms = 0, at_ms = 0 })
    take("step_begin", { step = 2, name = ("ü"):rep(100), at_ms = 0 })
    local svg = tostring(waterfall.draw(kept:get("a"), 5000))
    assert.is_nil(svg:find("<script>", 1, true))
    assert.matches("&lt;/text&gt;&lt;script&gt;", svg)
    assert.matches('width="1%.0"', svg)
    assert.matches(("ü"):rep(27) .. "…", svg)
    assert.is_nil(svg:find("style=", 1, true))
  end)

  it("is not drawn when there is nothing", function()
    take("scenario_begin", { at_ms = 0 })
    assert.is_nil(waterfall.draw(kept:get("a"), 10))
  end)
end)
