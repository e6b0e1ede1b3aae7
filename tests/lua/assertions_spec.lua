local rule = require("engine.assertions.rule")

local function step(fields)
  local all = {
    name = "s", verdict = "pass", exit_code = 0, timed_out = false, duration_ms = 1,
    stdout_bytes = 0, stderr_bytes = 0, max_rss_kb = 1024, leaked = {}, earlier_attempts = 0,
  }
  for key, value in pairs(fields or {}) do
    all[key] = value or nil
  end
  return all
end

local function seen(fields)
  local all = {
    name = "n", file = "f", duration_ms = 100, isolation = { net = "own namespace, loopback only" },
    allowed_hosts = {}, inherited = {}, published = {}, services = {}, steps = { step() },
  }
  for key, value in pairs(fields or {}) do
    all[key] = value or nil
  end
  return all
end

--- What a rule says, and each change of what was seen that must change its answer.
local CASES = {
  execution_should_be_hermetic = { true, seen(), {
    { seen({ isolation = { net = "host" } }), false },
    { seen({ isolation = { net = "" } }), false },
    { seen({ inherited = { "TOKEN" } }), false },
    { seen({ published = { "80 of web" } }), false },
    { seen({ allowed_hosts = { "example.org:443" } }), false },
    { seen({ isolation = false }), nil },
    { seen({ isolation = {} }), nil },
  } },
  container_should_have_executed_commands = { 2, seen({ steps = { step(), step() } }), {
    { seen(), false },
    { seen({ steps = {} }), false },
    { seen({ steps = { step(), step(), step() } }), false },
    { seen({ steps = { step(), step({ exit_code = false }) } }), false },
    { seen({ steps = { step(), step({ earlier_attempts = 1 }) } }), false },
  } },
  should_complete_within = { 100, seen(), { { seen({ duration_ms = 100.1 }), false } } },
  should_leave_no_processes = { true, seen(), {
    { seen({ steps = { step(), step({ leaked = { "sleep" } }) } }), false },
  } },
  stderr_should_be_empty = { true, seen(), {
    { seen({ steps = { step({ stderr_bytes = 1 }) } }), false },
    { seen({ steps = { step({ stderr_bytes = false }) } }), nil },
  } },
  should_use_at_most_memory_mb = { 1, seen(), {
    { seen({ steps = { step({ max_rss_kb = 1025 }) } }), false },
    { seen({ steps = { step({ max_rss_kb = false }) } }), nil },
  } },
}

describe("the rule", function()
  local cx = { project_dir = "/nonexistent" }

  for name, case in pairs(CASES) do
    it(name .. " holds, and does not when what was seen is another thing", function()
      local found = assert(rule.load(name, cx))
      assert.is_true((found.check(case[1], case[2])))
      for i, change in ipairs(case[3]) do
        local ok, why = found.check(case[1], change[1])
        assert.equal(change[2], ok, i)
        assert.is_string(why)
      end
    end)
  end

  it("is in the table, and in the document", function()
    local root = os.getenv("CLNRM_ROOT") or "."
    local page = assert(require("core.fs").read(root .. "/docs/assertions.md"))
    local names = rule.names("/nonexistent")
    assert.equal(6, #names)
    for _, name in ipairs(names) do
      assert.is_table(CASES[name], name)
      assert.matches("\n| `" .. name .. "` |", page, 1, true)
      assert.is_string(rule.load(name, cx).summary)
    end
  end)

  it("has a value of its kind", function()
    local values = rule.values
    assert.is_true(values["true"](true))
    for _, wrong in ipairs({ false, 1, "true" }) do
      assert.is_nil((values["true"](wrong)))
    end
    assert.equal(0, values.count(0))
    assert.is_nil((values.count(-1)))
    assert.is_nil((values.count(1.5)))
    assert.equal(5000, values.duration(5))
    assert.equal(500, values.duration("500ms"))
    for _, wrong in ipairs({ 0, "0s", "soon", 1.5, true }) do
      assert.is_nil((values.duration(wrong)))
    end
  end)

  it("of no such name is none, and no path leads elsewhere", function()
    for _, name in ipairs({ "x", "../x", "a/b", "", "engine.main", "init" }) do
      assert.is_nil((rule.load(name, cx)), name)
    end
  end)
end)
