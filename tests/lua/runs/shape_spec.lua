--- What a damaged record may hold: each field of each kind of event, changed to everything else.
local json = require("core.json")
local recorded = dofile("tests/lua/report/recorded.lua")
local shape = require("engine.runs.shape")

local FORMS = { "human", "line", "dot", "concise", "json", "junit", "tap", "md", "github" }

--- Kinds of events that the recorded run has none of, or without some of their fields.
local function more()
  local at = { file = "tests/db.clnrm.toml", line = 7, column = 3, offset = 10, length = 2 }
  local function failure(fields)
    local f = {
      code = "T101", severity = "error", message = "no", label = "l", help = "h", rerun = "x",
      step = 1, service = "db", verdict = "fail", expected = 1, actual = { 2 }, nearest = "x",
      notes = { "one", { title = "two", lines = { "a", "b" } } },
    }
    for key, value in pairs(at) do
      f[key] = value
    end
    for key, value in pairs(fields or {}) do
      f[key] = value
    end
    return f
  end
  local id = "more"
  return {
    { event = "scenario_begin", id = id, file = at.file, name = "m", line = 1, tags = { "a" },
      cell = "a=1", repetition = 2, worker = 1, steps = 2, at_ms = 1.5 },
    { event = "room_begin", id = id, isolation = { net = "none", limits = { "a" } }, open_ms = 1 },
    { event = "service_begin", id = id, service = "db", kind = "task", shell = "x" },
    { event = "service_failed", id = id, service = "db", failure = { code = "T601",
      message = "no", service = "db", verdict = "timeout", probe = "p", log = { "a" } } },
    { event = "service_end", id = id, service = "db", signal = 9, asked = false, ms = 3,
      log = { stdout = "a", stderr = "b", lines = { "a", "b" } } },
    { event = "step_begin", id = id, step = 1, name = "s", shell = "x", line = 3, attempt = 1,
      of = 2 },
    { event = "output", id = id, step = 1, stream = "stderr", text = "x\n", bytes = 9, cut = 4 },
    { event = "step_end", id = id, step = 1, name = "s", verdict = "fail", duration_ms = 3.5,
      signal = 9, timed_out = true, attempt = 1, of = 2, will_retry = true, stdout_bytes = 0,
      stderr_bytes = 9, rusage = { user_ms = 1.5, system_ms = 1, max_rss_kb = 9 },
      checks = { { ok = false, subject = "stdout", matcher = "equals", key = "k", implied = true,
        pos = { line = 1, column = 2, offset = 3, length = 4 } } } },
    { event = "step_left_out", id = id, step = 2, name = "t", line = 9, reason = "because" },
    { event = "hook", id = id, hook = "after_each", on = "host", module = "h.lua",
      verdict = "fail", exit_code = 1, duration_ms = 2.5 },
    { event = "hook", id = id, hook = "x", verdict = "fail", signal = 9, duration_ms = 2 },
    { event = "artifact", id = id, name = "a", error = "none" },
    { event = "artifact", id = id, name = "b", path = "p", bytes = 3 },
    { event = "log", id = id, text = "said", file = at.file, line = 2 },
    { event = "check", id = id, ok = false, code = "T701", matcher = "equal", negated = true,
      subject = "s", expected = 1, actual = "x", message = "m", file = at.file, line = 3 },
    { event = "attachment", id = id, name = "n", path = "p", bytes = 1 },
    { event = "snapshot", id = id, name = "n", path = "p", status = "differs", step = 1 },
    { event = "attempt_end", id = id, attempt = 1, of = 2, verdict = "fail", duration_ms = 1.5,
      failures = { failure() } },
    { event = "attempt_begin", id = id, attempt = 2, of = 2 },
    { event = "slow", id = id, file = at.file, name = "m", duration_ms = 10000.5, ms = 3 },
    { event = "suspended", at_ms = 2 }, { event = "resumed", at_ms = 3 },
    { event = "paused", at_ms = 2 }, { event = "continued", at_ms = 3 },
    { event = "status", at_ms = 4, running = { { id = id, file = at.file, name = "m",
      phase = "step", step = "s", pid = 3, last = "l", ms = 2 }, { id = id, phase = "services",
      steps = { "a", "b" }, awaits = { { service = "db", probe = "p" } } } } },
    { event = "scenario_end", id = id, file = at.file, name = "m", line = 1, verdict = "fail",
      duration_ms = 12.5, cell = "a=1", repetition = 2, marks = { "leak", "slow" },
      reason = "r", leaks = { { kind = "process", name = "p", step = 1 } }, leaks_more = 3,
      values = { ran = 3, of = 10 },
      unwatched = { "x" }, failures = { failure({ related = { failure() } }), failure() },
      attempts = { { attempt = 1, verdict = "fail", duration_ms = 1, failures = { failure() } },
        { attempt = 2, verdict = "fail", duration_ms = 2, failures = { failure() } } } },
    { event = "file_error", file = at.file, cell = "a=1", verdict = "fail",
      diagnostics = { failure(), failure({ related = { failure() } }) } },
    { event = "run_end", counts = { pass = 1, fail = 2, error = 3 }, duration_ms = 3.5,
      exit_code = 1, interrupted = "SIGINT", not_run = 3, outstanding = 2,
      workers = { peak = 1, rooms = 2, busy_ms = 3.5 }, memory = { rss_kb = 1, peak_kb = 2 } },
  }
end

--- The run of every kind of event: the recorded one, but for its end, and these.
local function all_events()
  local list = recorded.events()
  assert(list[#list].event == "run_end")
  table.remove(list)
  for _, e in ipairs(more()) do
    list[#list + 1] = json.decode(json.encode(e))
  end
  return list
end

local SOURCES = dofile("tests/lua/report/sample_run.lua").sources

local function tell(form, events, write)
  local report = require("engine.report." .. form).new({
    verbose = 2, width = 80, cwd = "/", warnings = {}, sources = SOURCES,
    write = write or function() end, warn = function() end,
  })
  for _, e in ipairs(events) do
    report:on_event(e)
  end
  report:finish()
end

--- Tells events in each form; returns the first that cannot, and why.
local function render(events)
  for _, form in ipairs(FORMS) do
    local ok, err = xpcall(tell, debug.traceback, form, events)
    if not ok then
      return form, err
    end
  end
end

--- Calls `fn` with each place of a value in a table, once for each kind of place.
local function each_place(value, path, seen, fn)
  local names = {}
  for key in pairs(value) do
    names[#names + 1] = key
  end
  for _, key in ipairs(names) do
    local at = ("%s.%s"):format(path, math.type(key) and "#" or key)
    if not seen[at] then
      seen[at] = true
      fn(value, key, at)
    end
    if type(value[key]) == "table" then
      each_place(value[key], at, seen, fn)
    end
  end
end

local OTHERS = {
  7, -1, 7.5, 1e300, math.maxinteger, "x", "", true, false, json.null, json.array(), { x = 1 },
  json.array({ 1 }), json.array({ "x" }), json.array({ { x = 1 } }), json.array({ json.null }),
}

describe("engine.runs.shape", function()
  it("takes what clnrm writes", function()
    for i, e in ipairs(all_events()) do
      assert.is_nil(shape.problem(e), ("%d: %s"):format(i, e.event))
    end
    assert.is_nil(render(all_events()))
  end)

  it("names the field that is wrong, however deep", function()
    local function problem(e)
      return shape.problem(e)
    end
    local bad = { event = "scenario_end", id = "a", file = "f", name = "n", duration_ms = 1 }
    assert.equal("`verdict` is not there", problem(bad))
    bad.verdict = 7
    assert.equal("`verdict` is not a verdict", problem(bad))
    bad.verdict = "fail"
    assert.is_nil(problem(bad))
    bad.failures = { { code = "T101", severity = "error", message = "m", line = 1.5 } }
    assert.equal("`line` is not a number of 0 or more in `failures`", problem(bad))
    bad.failures = { { code = "T101", severity = "error", message = "m", notes = { {} } } }
    assert.equal("`notes` is no list of texts and blocks in `failures`", problem(bad))
  end)

  it("lets nothing through that a reporter cannot tell", function()
    local tried, refused, broken = 0, 0, {}
    local events, seen = { recorded.events()[1] }, {}
    for i, e in ipairs(more()) do
      events[i + 1] = json.decode(json.encode(e))
    end
    for _, e in ipairs(events) do
      each_place(e, e.event, seen, function(at, key, place)
        local before = at[key]
        for i = 0, #OTHERS do
          at[key] = OTHERS[i] -- 0: it is not there
          if type(e.event) == "string" then
            tried = tried + 1
            if shape.problem(e) then
              refused = refused + 1
            else
              local form, err = render(events)
              broken[#broken + 1] = form and ("%s = %s (%d): %s: %s"):format(place,
                tostring(OTHERS[i]), i, form, err) or nil
            end
          end
        end
        at[key] = before
      end)
    end
    assert.equal("", table.concat(broken, "\n"))
    assert.is_true(tried > 3000 and refused > tried / 3, ("%d of %d"):format(refused, tried))
  end)

  it("lets no command to the terminal through, in whatever text it stands", function()
    local events, seen, tried, through = all_events(), {}, 0, {}
    for _, e in ipairs(events) do
      each_place(e, e.event, seen, function(at, key, place)
        local before = at[key]
        if type(before) ~= "string" or place:find("%.event$") then
          return
        end
        at[key] = before .. "\27[31m"
        for _, form in ipairs(shape.problem(e) and {} or FORMS) do
          tried = tried + 1
          tell(form, events, function(bytes)
            through[#through + 1] = bytes:find("\27", 1, true) and form .. ": " .. place or nil
          end)
        end
        at[key] = before
      end)
    end
    assert.equal("", table.concat(through, "\n"))
    assert.is_true(tried > 500, tried)
  end)

  it("minds no event that is missing, told twice, or at another place", function()
    local whole = all_events()
    for i = 1, #whole do
      local without, twice, later = {}, {}, {}
      for k, e in ipairs(whole) do
        without[#without + 1] = k ~= i and e or nil
        later[#later + 1] = k ~= i and e or nil
        twice[#twice + 1] = e
        twice[#twice + 1] = k == i and e or nil
      end
      later[#later + 1] = whole[i]
      for _, events in ipairs({ without, twice, later }) do
        local form, err = render(events)
        assert.is_nil(form, ("event %d, %s: %s"):format(i, whole[i].event, tostring(err)))
      end
    end
  end)
end)
