--- What the report for people tells: levels, outputs, words; and the recorded run as agreed.
local human = require("engine.report.human")
local levels = require("engine.report.human.levels")
local recorded = dofile("tests/lua/report/recorded.lua")
local text = require("core.text")

local check_golden = dofile("tests/tools/golden.lua")("tests/fixtures/golden/%s.txt")

--- Renders a run of scenarios that end as given; returns the text.
local function render(show, ends, more)
  local out = {}
  local o = { width = 100, fits = true, utf8 = true, show = show, quiet = more and more.quiet }
  o.verbose = more and more.verbose
  function o.write(bytes)
    out[#out + 1] = bytes
  end
  local report = human.new(o)
  report:on_event({ event = "run_begin", total = #ends, files = 1, backend = "b", jobs = 1,
    run_id = "r", version = "1", isolation = {} })
  local counts = {}
  for i, e in ipairs(ends) do
    local id = "a › " .. e.name
    report:on_event({ event = "scenario_begin", id = id, file = "a", name = e.name, line = i })
    for _, before in ipairs(e.before or {}) do
      before.id = id
      report:on_event(before)
    end
    report:on_event({ event = "step_begin", id = id, step = 1, name = "s" })
    report:on_event({ event = "output", id = id, step = 1, stream = "stdout", bytes = 6,
      text = "said " .. e.name })
    report:on_event({ event = "step_end", id = id, step = 1, name = "s", exit_code = 0,
      duration_ms = 1 })
    report:on_event({ event = "scenario_end", id = id, file = "a", name = e.name, line = i,
      verdict = e.verdict, duration_ms = 5, marks = e.marks or {}, failures = e.failures or {},
      reason = e.reason, leaks = e.leaks, attempts = e.attempts })
    counts[e.verdict] = (counts[e.verdict] or 0) + 1
  end
  report:on_event({ event = "run_end", counts = counts, duration_ms = 9, exit_code = 1,
    workers = more and more.workers, memory = more and more.memory, pool = more and more.pool })
  return table.concat(out)
end

local FAILURE = { severity = "error", code = "T001", message = "went wrong" }
local TRY = { event = "attempt_end", attempt = 1, of = 3, verdict = "timeout", duration_ms = 3,
  failures = { { severity = "error", code = "T005", message = "the first try" } } }

local function ends()
  return {
    { name = "failed", verdict = "fail", failures = { FAILURE } },
    { name = "was tried", verdict = "flaky", before = { TRY }, attempts = { {}, {} } },
    { name = "took long", verdict = "pass", marks = { "slow" },
      before = { { event = "slow", file = "a", name = "took long", ms = 10000 } } },
    { name = "passed", verdict = "pass" },
    { name = "was skipped", verdict = "skip", reason = "no docker" },
  }
end

describe("a status level", function()
  local LINES = {
    fail = { "FAIL [^\n]*failed" },
    retry = { "TRY 1 TMT [^\n]*was tried", "FLAKY 2/3 [^\n]*was tried" },
    slow = { "SLOW %[> 10%.000s%] a › took long", "SLOW %[   0%.005s%] a › took long" },
    pass = { "PASS [^\n]*passed" },
    skip = { "SKIP [^\n]*was skipped  no docker" },
  }
  local ORDER = { "none", "fail", "retry", "slow", "pass", "skip", "all" }

  for i, level in ipairs(ORDER) do
    it(level .. " tells what it says, and what those before it do", function()
      local got = render({ status = level, final_status = "none" }, ends())
      for k, other in ipairs(ORDER) do
        for _, pattern in ipairs(LINES[other] or {}) do
          assert.equal(k <= i, got:find(pattern) ~= nil, level .. ": " .. pattern .. "\n" .. got)
        end
      end
    end)

    it(level .. " tells the same again below the sum", function()
      local below = render({ status = "none", final_status = level }, ends()):match("Summary.*")
      for k, other in ipairs(ORDER) do
        local patterns = LINES[other] or {}
        local pattern = patterns[#patterns]
        if pattern then
          pattern = pattern:gsub("a › took", "a:3 › took")
          assert.equal(k <= i, below:find(pattern) ~= nil, pattern .. "\n" .. below)
        end
      end
    end)
  end

  it("is fail when it shall be quiet, and what was asked for by name stands over that", function()
    local got = render({}, ends(), { quiet = true })
    assert.is_nil(got:find("PASS", 1, true) or got:find("FLAKY", 1, true))
    assert.matches("FAIL", got)
    assert.matches("PASS", render({ status = "pass" }, ends(), { quiet = true }))
  end)
end)

describe("the output of", function()
  local function places(pattern, show)
    local got = render(show, ends())
    local sum = assert(got:find("─ *\n     Summary"))
    local list, from = {}, 1
    while true do
      local first, last = got:find(pattern, from)
      if not first then
        return table.concat(list, " ")
      end
      local passed = got:find("PASS[^\n]*passed")
      list[#list + 1] = first > sum and "below" or first > (passed or 0) and "late" or "early"
      from = last + 1
    end
  end

  it("a failure is shown when it is wanted", function()
    assert.equal("early", places("went wrong", {}))
    assert.equal("late", places("went wrong", { failure_output = "final" }))
    assert.equal("early late", places("went wrong", { failure_output = "immediate-final" }))
    assert.equal("", places("went wrong", { failure_output = "never" }))
  end)

  it("a success is shown when it is wanted", function()
    assert.equal("", places("said passed", {}))
    assert.equal("late", places("said passed", { success_output = "immediate" }))
    assert.equal("late late", places("said passed", { success_output = "immediate-final" }))
    assert.equal("", places("said failed", { success_output = "immediate" }))
  end)

  it("an expected failure is a line for each, and a frame with -v", function()
    local one = { name = "known", verdict = "pass", marks = { "expected-failure" }, failures = {
      { severity = "error", code = "T105", message = "stdout is\nnot so", help = "look" },
      { severity = "error", code = "T101", message = "exit 1" },
    } }
    local got = render({}, { one })
    assert.matches("XFAIL [^\n]*a › known\n    expected stdout is␊not so  T105\n"
      .. "    expected exit 1  T101\n───", got)
    assert.matches("error%[T105%]: .*= help: look", render({}, { one }, { verbose = 1 }))
    assert.is_nil(render({ failure_output = "never" }, { one }):find("not so", 1, true))
    assert.is_nil(render({ status = "slow" }, { one }):find("not so", 1, true))
    assert.matches("known\n    expected .-XFAIL [^\n]*known\n    expected ",
      render({ failure_output = "immediate-final" }, { one }))
  end)

  it("failures above the sum is bounded, and says so", function()
    local many = {}
    for i = 1, 60 do
      many[i] = { name = "n" .. i, verdict = "fail",
        failures = { { severity = "error", code = "T001", message = ("x"):rep(100000) } } }
    end
    local got = render({ failure_output = "final" }, many)
    assert.is_true(#got < 8 << 20)
    assert.matches("%d+ more outputs not shown again", got)
  end)
end)

describe("a word", function()
  local function word(record)
    record.marks = record.marks or {}
    return (human.word(record))
  end

  it("says what became of a test", function()
    assert.equal("XFAIL", word({ verdict = "pass", marks = { "expected-failure" } }))
    assert.equal("XPASS", word({ verdict = "fail", failures = { { code = "T505" } } }))
    assert.equal("LEAK", word({ verdict = "pass", marks = { "leak", "slow" } }))
    assert.equal("SLOW", word({ verdict = "pass", marks = { "slow" } }))
    assert.equal("ABORT", word({ verdict = "infra", failures = { { code = "V003" } } }))
    assert.equal("INFRA", word({ verdict = "infra", failures = { { code = "V100" } } }))
    assert.equal("TIMEOUT", word({ verdict = "timeout" }))
    assert.equal("FAIL", word({ verdict = "fail", marks = { "leak" } }))
  end)

  it("is told at its level", function()
    assert.equal("retry", levels.of({ verdict = "fail", marks = { "quarantined" } }))
    assert.equal("slow", levels.of({ verdict = "pass", marks = { "leak" } }))
    assert.equal("fail", levels.of({ verdict = "policy", marks = { "leak" } }))
    assert.equal("skip", levels.of({ verdict = "skip", marks = {} }))
  end)
end)

describe("the sum", function()
  local leak = { kind = "port", name = "8080", process = "nc\27[2J", step = "s" }

  it("names what has leaked, unless -v has", function()
    local list = { { name = "one", verdict = "pass", marks = { "leak" }, leaks = { leak } } }
    local got = render({}, list)
    assert.matches("1 passed %(1 leaky%)\n      leaked port 8080 of nc␛%[2J  a › one\n", got)
    got = render({}, list, { verbose = 1 })
    assert.matches("leaked port 8080 of nc␛%[2J  step s\n", got)
    assert.is_nil(got:match("Summary.*"):find("leaked", 1, true))
  end)

  it("counts among those that passed no mark of one that failed", function()
    local got = render({}, {
      { name = "one", verdict = "fail", marks = { "leak", "slow" } },
      { name = "two", verdict = "pass", marks = {} },
    })
    assert.matches("2 run: 1 passed, 1 failed\n", got)
  end)

  it("says how to run again what failed, when that can be", function()
    assert.matches("\n   rerun failed   clnrm run %-%-failed\n",
      render({ rerun = "clnrm run --failed" }, ends()))
    assert.is_nil(render({}, ends()):find("rerun failed", 1, true))
    local good = render({ rerun = "x" }, { { name = "p", verdict = "pass" } })
    assert.is_nil(good:find("rerun", 1, true))
  end)

  it("says what the command to run again lacks, or why there is none", function()
    local got = render({ rerun = "clnrm run --failed", rerun_note = "give it" }, ends())
    assert.matches("\n   rerun failed   clnrm run %-%-failed\n        note give it\n", got)
    got = render({ rerun_note = "no command" }, ends())
    assert.matches("\n        note no command\n", got)
    assert.is_nil(got:find("rerun failed", 1, true))
  end)

  it("sends no command of the terminal with the one to run again", function()
    local got = render({ rerun = "clnrm \27[31m\27]0;x\7" }, ends())
    assert.is_nil(got:find("[\27\7]"))
    assert.matches("rerun failed   clnrm ␛[31m␛]0;x␇\n", got, 1, true)
  end)

  it("tells why a room was not used again with -v", function()
    local list = { { name = "passed", verdict = "pass",
      before = { { event = "room_end", killed = 0, not_reused = "files: /tmp/\27x" } } } }
    local got = render({ status = "all" }, list, { verbose = 1 })
    assert.matches("room not used again: files: /tmp/[^\27]*x\n", got)
    assert.is_nil(render({ status = "all" }, list, { verbose = 0 }):find("used again"))
  end)

  it("tells what the pool did with -v, and in any case which room it could not close", function()
    local pool = { made = 4, made_ms = 250, taken = 3, ready = 2, again = 0, dirty = 0, dead = 1,
      wasted = 1, wait_ms = 300, not_closed = { "no answer" } }
    local got = render({}, ends(), { verbose = 1, pool = pool })
    assert.matches("pool 4 rooms made, 250 ms each, 3 taken: 2 were ready, 1 dead, 1 not needed; "
      .. "waited 0.300 s", (got:gsub("%s+", " ")))
    assert.matches("a room that nobody took is not gone: no answer", (render({}, ends(),
      { verbose = 0, pool = pool }):gsub("%s+", " ")))
  end)

  it("tells of workers and memory with -v, as far as they were measured", function()
    local more = { verbose = 1, workers = { peak = 4, rooms = 9, busy_ms = 18 },
      memory = { rss_kb = 2048, peak_kb = 4096 } }
    local got = render({}, ends(), more)
    assert.matches("workers 4 at once at most, 9 rooms, busy 0.018 s %(50 %%%)\n", got)
    assert.matches("memory 2.0 MiB of clnrm now, 4.0 MiB at most\n", got)
    assert.is_nil(render({}, ends(), { verbose = 1 }):find("workers", 1, true))
  end)
end)

describe("the recorded run", function()
  for _, width in ipairs({ 40, 80, 120, 200 }) do
    for _, charset in ipairs({ "ascii", "utf8" }) do
      for _, ink in ipairs({ "mono", "color" }) do
        local name = ("people-%d-%s-%s"):format(width, charset, ink)
        it("is told to people as agreed: " .. name, function()
          local got = recorded.render("human", {
            width = width, fits = true, utf8 = charset == "utf8", color = ink == "color",
            verbose = 1, show = { counter = true, final_status = "slow" },
          })
          check_golden(name, got)
          got = got:gsub("\27%[[%d;]*m", "")
          assert.is_nil(got:find("[\0-\9\11-\31\127]"))
          assert.is_nil(text.bad_utf8(got))
          assert.is_true(charset == "utf8" or not got:find("[\128-\255]"))
        end)
      end
    end
  end
end)
