local recorded = dofile("tests/lua/report/recorded.lua")
local sample = dofile("tests/lua/report/sample_run.lua")
local tap = dofile("tests/lua/report/tap_reader.lua")
local text = require("core.text")

local function scenario(fields)
  fields.event, fields.id = "scenario_end", fields.name
  fields.file = fields.file or "a.toml"
  fields.duration_ms, fields.failures = 1, fields.failures or {}
  fields.marks = fields.marks or {}
  return fields
end

local END = { event = "run_end", counts = {}, duration_ms = 1, exit_code = 0 }

local function render(events)
  events[#events + 1] = END
  return tap.read(recorded.render("tap", {}, events))
end

describe("the strict TAP reader", function()
  it("refuses what is not TAP", function()
    for _, wrong in ipairs({
      "", "TAP version 13\n1..0\n", "TAP version 14\n", "TAP version 14\n1..2\nok 1\n",
      "TAP version 14\n1..1\nok 1\nhello\n", "TAP version 14\n1..1\nok 1\n  ---\n  x: 1\n",
      "TAP version 14\n1..1\nok 1\n1..1\n", "TAP version 14\n1..2\nok 1\nok 1\n",
      "TAP version 14\n    1..1\n    ok 1\n1..0\n",
    }) do
      assert.is_false(pcall(tap.read, wrong), wrong)
    end
  end)

  it("reads the examples of the specification", function()
    local path = (os.getenv("CLNRM_CORPORA") or "../shared/corpora")
      .. "/tap/tap-version-14-specification.md"
    local f = io.open(path)
    if not f then
      pending("no " .. path)
      return
    end
    local page = f:read("a")
    f:close()
    local first = tap.read(page:match("```tap\n(TAP version 14\n1%.%.4\n.-)```"))
    assert.equal(4, #first.points)
    assert.equal("TODO", first.points[4].directive)
    assert.equal("message: 'First line invalid'", first.points[2].yaml[1])
    local escapes = tap.read(page:match("### Escaping Examples.-```tap\n(.-)```"))
    assert.same({ "hello", "hello # todo", "hello", "hello", "hello \\", "hello \\",
      "hello # description", "hello \\\\\\# todo" }, {
      escapes.points[1].description, escapes.points[2].description, escapes.points[3].description,
      escapes.points[4].description, escapes.points[5].description, escapes.points[6].description,
      (escapes.points[7].description:gsub(" # todo$", "")), escapes.points[8].description,
    })
    assert.equal("hash # character", escapes.points[5].reason)
  end)
end)

describe("engine.report.tap", function()
  local got = recorded.render("tap", {})
  local document = tap.read(got)

  it("has a test point for each scenario and broken file, and the plan at the end", function()
    assert.equal(16, document.plan)
    assert.is_true(document.plan_at_end)
  end)

  it("fails what failed, and nothing else", function()
    local failed = {}
    for _, point in ipairs(document.points) do
      if not point.ok and point.directive ~= "TODO" then
        failed[#failed + 1] = point.yaml[1]
      end
    end
    assert.same({
      'verdict: "fail"', 'verdict: "timeout"', 'verdict: "infra"', 'verdict: "fail"',
      'verdict: "policy"', 'verdict: "error"',
    }, failed)
  end)

  it("skips with the reason, whatever is in it", function()
    local skipped = {}
    for _, point in ipairs(document.points) do
      if point.directive == "SKIP" then
        skipped[#skipped + 1] = point.reason
      end
    end
    assert.equal("requires docker", skipped[1])
    assert.matches("^needs docker .-::error::.-##%[error%]x$", skipped[2])
    assert.equal(2, #skipped)
  end)

  it("takes no directive from a name", function()
    local name = "a # TODO b # SKIP c\\"
    local point = render({ scenario({ name = name, verdict = "fail" }) }).points[1]
    assert.is_nil(point.directive)
    assert.equal("a.toml › a # TODO b # SKIP c\\", point.description)
    assert.is_false(point.ok)
  end)

  it("says that a quarantined failure changes nothing", function()
    local marked = scenario({ name = "q", verdict = "fail", marks = { "quarantined" } })
    local point = render({ marked }).points[1]
    assert.same({ false, "TODO", "quarantined" }, { point.ok, point.directive, point.reason })
  end)

  it("names cells and repetitions", function()
    local point = render({
      scenario({ name = "n", verdict = "pass", cell = "a=1", repetition = 2 }),
    }).points[1]
    assert.equal("a.toml[a=1] › n #2", point.description)
  end)

  it("has the steps as a subtest; those that may fail are TODO", function()
    local by_name = {}
    for _, point in ipairs(document.points) do
      by_name[point.description:match("› (.*)$")] = point.subtest
    end
    assert.is_false(by_name["rolls back"].points[1].ok)
    assert.is_nil(by_name["rolls back"].points[1].directive)
    local retried = by_name["retries a step"]
    assert.equal("attempt 1 of 3", retried.points[1].reason)
    assert.is_true(retried.points[2].ok)
    local expected = render({
      { event = "scenario_begin", id = "x", file = "a", name = "x" },
      { event = "step_begin", id = "x", step = 1, name = "s" },
      { event = "step_end", id = "x", step = 1, name = "s", verdict = "fail" },
      scenario({ name = "x", verdict = "pass", marks = { "expected-failure" } }),
    }).points[1]
    assert.same({ false, "TODO" }, {
      expected.subtest.points[1].ok, expected.subtest.points[1].directive,
    })
  end)

  it("tells of an attempt before the last one only its failures", function()
    for _, point in ipairs(document.points) do
      if point.yaml[1] == 'verdict: "flaky"' and point.description:find("migrates", 1, true) then
        assert.equal(1, #point.subtest.points)
        assert.matches('code: "T001"', table.concat(point.yaml, "\n"))
        assert.equal("attempts: 2", point.yaml[3])
        return
      end
    end
    error("no flaky scenario")
  end)

  it("keeps every line of a test inside the quotes of YAML", function()
    local points = tap.read(sample.render("tap", {})).points
    assert.equal(8, #points)
    for _, source in ipairs({ sample.render("tap", {}), got }) do
      assert.is_nil(text.bad_utf8(source))
      assert.is_nil(source:find("[\0-\9\11-\31\127]"))
      for _, hidden in ipairs({ "\u{202e}", "\u{2028}", "\u{9b}" }) do
        assert.is_nil(source:find(hidden, 1, true))
      end
      for line in source:gmatch("[^\n]+") do
        assert.is_nil(line:find("^%s*::"))
        assert.is_nil(line:find("^%s*##%["))
      end
    end
    assert.matches('\n        %- title: "stdout"\n          lines:\n            %- "Applied 4 mig',
      sample.render("tap", {}))
  end)

  it("bails out where the run was stopped, or never ended", function()
    local events = { scenario({ name = "n", verdict = "pass" }) }
    assert.equal("the run did not end", tap.read(recorded.render("tap", {}, events)).bail)
    events[2] = { event = "run_end", counts = {}, interrupted = "SIGINT", not_run = 3 }
    assert.equal("stopped by SIGINT, 3 not run", tap.read(recorded.render("tap", {}, events)).bail)
  end)

  it("plans nothing where nothing ran", function()
    assert.equal(0, render({}).plan)
  end)
end)
