package.path = package.path .. ";" .. (os.getenv("CLNRM_ROOT") or ".") .. "/tests/lua/?.lua"
local core = require("core.task")
local fake = require("run.fake")
local task = require("clnrm.task")

local function kinds(events)
  local list = {}
  for i, event in ipairs(events) do
    list[i] = event.event
  end
  return list
end

local function verdicts(events)
  local by_name = {}
  for _, event in ipairs(events) do
    if event.event == "scenario_end" then
      by_name[event.name] = event.verdict
    end
  end
  return by_name
end

describe("engine.run", function()
  it("runs a scenario and tells it in order", function()
    local plan = fake.plan({ { name = "hello", steps = { "echo", "true" } } })
    local summary, events, stats = fake.run(plan, {
      exec = function(spec)
        return fake.result({ stdout = spec.argv[1] == "echo" and "hi\n" or "" })
      end,
    })
    assert.same({
      "run_begin", "scenario_begin", "room_begin", "step_begin", "output", "step_end", "step_begin",
      "step_end", "room_end", "scenario_end", "run_end",
    }, kinds(events))
    assert.equal(0, summary.exit_code)
    assert.equal(1, summary.counts.pass)
    assert.equal(1, stats.closed)
    assert.equal("hi\n", events[5].text)
    assert.equal(3, events[5].bytes)
    assert.is_true(events[6].checks[1].ok)
  end)

  it("stops a scenario at the first step that is no pass", function()
    local ended, events = fake.one({ "a", "b", "c" }, {
      exec = function(spec)
        return fake.result({ exit_code = spec.argv[1] == "b" and 3 or 0 })
      end,
    })
    assert.equal("fail", ended.verdict)
    assert.equal("T001", ended.failures[1].code)
    assert.equal("s2", ended.failures[1].step)
    assert.equal(2, #(function()
      local steps = {}
      for _, e in ipairs(events) do
        steps[#steps + 1] = e.event == "step_end" and e or nil
      end
      return steps
    end)())
  end)

  it("goes on behind a failure when the step says so, and stays red", function()
    local ended = fake.one({ { argv = { "a" }, continue_on_failure = true }, "b" }, {
      exec = function(spec)
        return fake.result({ exit_code = spec.argv[1] == "a" and 1 or 0 })
      end,
    })
    assert.equal("fail", ended.verdict)
    assert.equal(1, #ended.failures)
  end)

  it("keeps the fourth scenario waiting when three may run", function()
    local scenarios = {}
    for i = 1, 12 do
      scenarios[i] = { name = "n" .. i, steps = { "x" } }
    end
    local summary, _, stats = fake.run(fake.plan(scenarios), {
      exec = function()
        core.sleep(3)
        return fake.result()
      end,
    }, { jobs = 3 })
    assert.equal(12, summary.counts.pass)
    assert.equal(3, stats.most)
    assert.equal(12, stats.closed)
  end)

  it("keeps the order of the plan with one job", function()
    local scenarios = {}
    for i = 1, 8 do
      scenarios[i] = { name = "n" .. i, steps = { "x" } }
    end
    local opened = 0
    local _, _, stats = fake.run(fake.plan(scenarios), {
      open = function()
        opened = opened + 1
        core.sleep(opened % 3) -- rooms come in another order
      end,
    })
    for i = 1, 8 do
      assert.equal(("a.clnrm.toml › n%d/x"):format(i), stats.log[i])
    end
  end)

  it("opens the next room while a scenario runs", function()
    local during
    local scenarios = { { name = "a", steps = { "x" } }, { name = "b", steps = { "x" } } }
    local backend
    fake.run(fake.plan(scenarios), {
      exec = function(_, room)
        core.sleep(2)
        during = during or backend.stats.opened
        return fake.result({ stdout = room.name })
      end,
    }, { on_event = function() end, backend = (function()
      backend = fake.backend({
        exec = function()
          core.sleep(2)
          during = during or backend.stats.opened
          return fake.result()
        end,
      })
      return backend
    end)() })
    assert.equal(2, during)
  end)

  it("gives verdict infra when there is no room, and 6", function()
    local ended, _, summary = fake.one({ "x" }, {
      open = function()
        return fake.error("EROOM", "user namespaces are off")
      end,
    })
    assert.equal("infra", ended.verdict)
    assert.matches("user namespaces are off", ended.failures[1].message)
    assert.equal(6, summary.exit_code)
  end)

  it("gives verdict error when the agent was tampered with", function()
    local ended, _, summary = fake.one({ "x" }, {
      exec = function()
        return nil, fake.error("EPROTO", "a frame that nobody sent")
      end,
    })
    assert.equal("error", ended.verdict)
    assert.equal(2, summary.exit_code)
  end)

  it("is no pass when the room was not there at the end", function()
    local ended = fake.one({ "x" }, {
      close = function()
        return nil, fake.error("EAGENT", "the agent has ended")
      end,
    })
    assert.equal("infra", ended.verdict)
  end)

  it("fails a command that is not there, and should_fail does not make it a pass", function()
    for _, step in ipairs({ "nope", { argv = { "nope" }, should_fail = true } }) do
      local ended = fake.one({ step }, {
        exec = function()
          return nil, fake.error("COMMAND_NOT_FOUND", "no such command: nope")
        end,
      })
      assert.equal("fail", ended.verdict)
      assert.equal("T004", ended.failures[1].code)
    end
  end)

  it("fails a shell that found nothing to run, unless its code is asked for", function()
    local function with(code, step, fields)
      return (fake.one({ step }, {
        exec = function()
          return fake.result({ exit_code = code })
        end,
      }, fields))
    end
    for _, code in ipairs({ 126, 127 }) do
      for _, fields in ipairs({ {}, { expect_failure = true } }) do
        local ended = with(code, { shell = "nope", should_fail = true }, fields)
        assert.equal("fail", ended.verdict)
        assert.equal("T007", ended.failures[1].code)
        assert.matches("expected_exit_code = " .. code, ended.failures[1].help)
        assert.equal("fail", with(code, { shell = "nope" }, fields).verdict)
      end
      assert.equal("pass", with(code, { shell = "nope", exit_code = code }).verdict)
      assert.equal("pass", with(code, { shell = "nope", exit_code = { 1, code } }).verdict)
      assert.equal("fail", with(code, { shell = "nope", exit_code = { 1, 2 } }).verdict)
      assert.equal("pass", with(code, { argv = { "env" }, should_fail = true }).verdict)
    end
    assert.equal("pass", with(125, { shell = "nope", should_fail = true }).verdict)
  end)

  it("points at the command that could not start, its workdir, a timeout that was over", function()
    local text = [=[
[meta]
name = "x"
[[steps]]
name = "a"
command = ["nope"]
timeout = "2s"
workdir = "/nowhere"
[[scenario]]
name = "b"
run = "nope"
]=]
    local suite = assert(require("engine.model").parse(text, "/p/x.clnrm.toml"))
    local judge, failure = require("engine.run.judge"), require("engine.run.failure")
    local function place(scenario, observed)
      local step = scenario.steps[1]
      local findings = judge.step(step, observed).findings
      assert.equal(1, #findings)
      local got = failure.make(findings[1], { scenario = scenario, step = step })
      return { got.code, got.line, got.column, text:sub(got.offset + 1, got.offset + got.length) }
    end
    local output = { text = "", bytes = 0, cut = 0 }
    local function ended(fields)
      fields.duration_ms, fields.stdout, fields.stderr = 1, output, output
      return fields
    end
    local first, second = suite.scenarios[1], suite.scenarios[2]
    local missing = { error = fake.error("COMMAND_NOT_FOUND") }
    assert.same({ "T004", 5, 11, '["nope"]' }, place(first, missing))
    assert.same({ "T004", 10, 7, '"nope"' }, place(second, missing))
    local nowhere = { error = fake.error("ENOENT", "/nowhere: No such file or directory (chdir)") }
    assert.same({ "T004", 7, 11, '"/nowhere"' }, place(first, nowhere))
    assert.same({ "T004", 10, 7, '"nope"' }, place(second, nowhere)) -- nobody wrote a workdir
    local late = ended({ signal = 9, timed_out = true, timeout_of = "step" })
    assert.same({ "T005", 6, 11, '"2s"' }, place(first, late))
    assert.same({ "T005", 10, 7, '"nope"' }, place(second, late)) -- nobody wrote a timeout
    late.timeout_of = "scenario"
    assert.same({ "T006", 5, 11, '["nope"]' }, place(first, late))
    assert.same({ "T007", 10, 7, '"nope"' },
      place(second, ended({ exit_code = 127, timed_out = false })))
  end)

  it("hands the earliest deadline to the room and says whose it was", function()
    local seen = {}
    local function exec(spec)
      seen[#seen + 1] = spec.timeout_ms
      return fake.result({ timed_out = true, signal = 9, exit_code = require("core.json").null })
    end
    local ended = fake.one({ "x" }, { exec = exec })
    assert.equal(30000, seen[1])
    assert.equal("timeout", ended.verdict)
    assert.equal("T005", ended.failures[1].code)
    ended = fake.one({ { argv = { "x" }, timeout_ms = 500 } }, { exec = exec })
    assert.equal(500, seen[2])
    assert.matches("500 ms", ended.failures[1].message)
    ended = fake.one({ "x" }, { exec = exec }, { timeout_ms = 200 })
    assert.is_true(seen[3] <= 200)
    assert.equal("T006", ended.failures[1].code)
    ended = fake.one({ "x" }, { exec = exec }, { suite = { timeout_ms = 100 } })
    assert.is_true(seen[4] <= 100)
    assert.matches("file", ended.failures[1].message)
  end)

  it("tells the end of a scenario's time once, where it met a step", function()
    local function exec()
      require("core.task").sleep(40) -- the time of the scenario is over as well, by its own clock
      return fake.result({ timed_out = true, signal = 9, exit_code = require("core.json").null })
    end
    local ended = fake.one({ "x" }, { exec = exec }, { timeout_ms = 20 })
    local codes = {}
    for i, one in ipairs(ended.failures) do
      codes[i] = one.code
    end
    assert.same({ "timeout", { "T006" } }, { ended.verdict, codes })
  end)

  it("does not begin a step when the time of its scenario is up", function()
    local ended, events = fake.one({ "x", "y" }, {
      exec = function()
        core.sleep(30)
        return fake.result()
      end,
    }, { timeout_ms = 10 })
    assert.equal("timeout", ended.verdict)
    local begun = 0
    for _, e in ipairs(events) do
      begun = begun + (e.event == "step_begin" and 1 or 0)
    end
    assert.equal(1, begun)
  end)

  it("gives the time of a file to its scenarios together", function()
    local plan = fake.plan({
      { name = "a", steps = { "x" } },
      { name = "b", steps = { "x" } },
    }, { timeout_ms = 20 })
    local _, events = fake.run(plan, {
      exec = function()
        core.sleep(30)
        return fake.result()
      end,
    })
    local by_name = verdicts(events)
    assert.equal("timeout", by_name.b)
  end)

  it("turns expect_failure around, but only for a check that does not hold", function()
    local function with(result, err)
      return (fake.one({ "x" }, {
        exec = function()
          return result, err
        end,
      }, { expect_failure = true }))
    end
    local ended = with(fake.result({ exit_code = 1 }))
    assert.equal("pass", ended.verdict)
    assert.same({ "expected-failure" }, ended.marks)
    ended = with(fake.result())
    assert.equal("fail", ended.verdict)
    assert.equal("T505", ended.failures[1].code)
    assert.equal("fail", with(nil, fake.error("COMMAND_NOT_FOUND")).verdict)
    assert.equal("timeout", with(fake.result({ exit_code = 1, timed_out = true })).verdict)
    assert.equal("infra", with(nil, fake.error("EAGENT")).verdict)
  end)

  it("marks what left processes behind", function()
    local ended = fake.one({ "x" }, {
      exec = function()
        return fake.result({ leaked = { "sleep" } })
      end,
    })
    assert.equal("pass", ended.verdict)
    assert.same({ "leak" }, ended.marks)
  end)

  it("marks a slow scenario", function()
    local scenario = { name = "a", steps = { "x" } }
    local _, events = fake.run(fake.plan({ scenario }), {
      exec = function()
        core.sleep(15)
        return fake.result()
      end,
    }, { slow_ms = 10 })
    assert.same({ "slow" }, events[#events - 1].marks)
  end)

  it("begins nothing new after so many failures", function()
    local scenarios = {}
    for i = 1, 6 do
      scenarios[i] = { name = "n" .. i, steps = { "x" } }
    end
    local summary, events, stats = fake.run(fake.plan(scenarios), {
      exec = function()
        return fake.result({ exit_code = 1 })
      end,
    }, { fail_fast = 2 })
    assert.equal(2, summary.counts.fail)
    assert.equal(4, summary.not_run)
    assert.equal("fail-fast", summary.interrupted)
    assert.equal(1, summary.exit_code)
    assert.equal(stats.opened, stats.closed)
    assert.equal("run_end", events[#events].event)
  end)

  it("ends at its deadline: kills what runs, closes every room, 124", function()
    local scenarios = {}
    for i = 1, 6 do
      scenarios[i] = { name = "n" .. i, steps = { "x" } }
    end
    local summary, _, stats = fake.run(fake.plan(scenarios), {
      exec = function()
        local ok, err = core.sleep(60000)
        return ok and fake.result(), err
      end,
    }, { deadline_ms = 1000, jobs = 2 }) -- time enough for both to begin, on any machine
    assert.equal(124, summary.exit_code)
    assert.equal("deadline", summary.interrupted)
    assert.equal(2, summary.counts.infra)
    assert.equal(4, summary.not_run)
    assert.equal(stats.opened, stats.closed)
    assert.is_true(summary.duration_ms < 30000) -- not the 60 s of what ran
  end)

  it("counts a file without a suite as an error", function()
    local plan = fake.plan({ { name = "a", steps = { "x" } } })
    plan.broken = { { file = "b.clnrm.toml", diagnostics = { { code = "P102" } } } }
    local summary, events = fake.run(plan)
    assert.equal("file_error", events[2].event)
    assert.equal(1, summary.counts.error)
    assert.equal(2, summary.exit_code)
  end)

  it("ends with 4 when nothing is to be run", function()
    local summary = fake.run(fake.plan({}))
    assert.equal(4, summary.exit_code)
  end)

  it("is red for a scenario without steps and for one without checks", function()
    assert.equal("error", fake.one({}).verdict)
    assert.equal("error", fake.one({ { argv = { "x" }, no_exit_check = true } }).verdict)
  end)

  it("passes an error of its own on, and closes the rooms", function()
    local plan = fake.plan({ { name = "a", steps = { "x" } }, { name = "b", steps = { "x" } } })
    local backend = fake.backend({
      exec = function()
        error("a bug in a backend")
      end,
    })
    assert.error_matches(function()
      require("engine.run").execute(plan, { backend = backend, signals = false }, function() end)
    end, "a bug in a backend")
    assert.equal(backend.stats.opened, backend.stats.closed)
  end)

  it("is cancelled with the task that runs it", function()
    local plan = fake.plan({ { name = "a", steps = { "x" } } })
    local backend = fake.backend({
      exec = function()
        local ok, err = core.sleep(5000)
        return ok and fake.result(), err
      end,
    })
    local summary
    local t = core.spawn(function()
      summary = require("engine.run").execute(plan, { backend = backend, signals = false },
        function() end)
    end)
    core.sleep(10)
    t:cancel()
    t:join()
    assert.equal(1, backend.stats.closed)
    assert.are_not.equal(0, summary.exit_code)
    assert.equal(0, summary.counts.pass)
  end)

  it("says when a backend does not answer", function()
    local watchdog = require("engine.run.watchdog")
    local ok, err = watchdog.call(5, core.sleep, 10000)
    assert.is_nil(ok)
    assert.equal("EAGENT", err.code)
    assert.equal("fine", watchdog.call(1000, function()
      core.sleep(1)
      return "fine"
    end))
    local t = core.spawn(function()
      return watchdog.call(1000, core.sleep, 5000)
    end)
    core.sleep(1)
    t:cancel()
    ok, err = t:join()
    assert.is_nil(ok)
    assert.equal("ECANCELED", err.code)
  end)

  it("runs a thousand scenarios", function()
    local scenarios = {}
    for i = 1, 1000 do
      scenarios[i] = { name = "n" .. i, steps = { "x" } }
    end
    local summary, _, stats = fake.run(fake.plan(scenarios), {}, { jobs = 4 })
    assert.equal(1000, summary.counts.pass)
    assert.equal(1000, stats.closed)
    assert.is_true(stats.most <= 4)
  end)
end)

describe("a scenario that is a function", function()
  local step = require("engine.run.step")
  local before

  before_each(function()
    before = package.loaded["engine.run.script"]
  end)
  after_each(function()
    package.loaded["engine.run.script"] = before
  end)

  local function run_with(body, script)
    package.loaded["engine.run.script"] = { run = body }
    local scenario = { name = "a", steps = {}, fn = function() end }
    local summary, events, stats = fake.run(fake.plan({ scenario }), script)
    return events[#events - 1], events, stats, summary
  end

  it("is run by engine.run.script, which opens its rooms itself", function()
    local ended, _, stats = run_with(function(_, cx)
      cx.course.script = { ended = true, checks = 1, failed = 0, findings = {} }
    end)
    assert.equal("pass", ended.verdict)
    assert.equal(0, stats.opened)
  end)

  it("runs commands as steps, each in the course", function()
    local observed
    local ended, events, stats = run_with(function(run, cx)
      require("engine.run.room").open(run, cx.entry)
      require("engine.run.room").tell(run, cx)
      for _, name in ipairs({ "a", "b" }) do
        local item = step.new(cx, { name = name, line = 3, argv = { name } })
        step.begin(run, cx, item)
        observed = step.exec(run, cx, item)
        step.finish(run, cx, item, observed)
      end
      assert.equal(2, #cx.course.steps)
      cx.course.script = { ended = true, checks = 1, failed = 0, findings = {} }
    end, {
      exec = function(spec)
        return fake.result({ exit_code = 7, stdout = spec.argv[1] })
      end,
    })
    assert.equal("pass", ended.verdict)
    assert.same({
      "run_begin", "scenario_begin", "room_begin", "step_begin", "output", "step_end", "step_begin",
      "output", "step_end", "room_end", "scenario_end", "run_end",
    }, kinds(events))
    assert.equal(7, observed.exit_code)
    assert.equal("b", observed.stdout.text)
    assert.equal(2, events[9].step)
    assert.is_nil(events[9].verdict) -- the test judges
    assert.equal(1, stats.closed)
  end)

  it("shows the failure that it made, and lets no lost room pass", function()
    local ended = run_with(function(_, cx)
      local made = { message = "expected 1", file = "a.lua", line = 12, label = "2" }
      cx.course.script = { ended = true, checks = 1, failed = 1, findings = {
        { verdict = "fail", code = "T701", message = "expected 1", failure = made },
      } }
    end)
    assert.equal("fail", ended.verdict)
    assert.equal(1, #ended.failures)
    assert.equal(12, ended.failures[1].line)
    assert.equal("T701", ended.failures[1].code)
    ended = run_with(function(run, cx)
      require("engine.run.room").open(run, cx.entry)
      step.run(run, cx, step.new(cx, { name = "a", line = 3, argv = { "a" } }))
      cx.course.script = { ended = true, checks = 1, failed = 0, findings = {} }
    end, {
      exec = function()
        return nil, fake.error("EAGENT", "the agent has ended")
      end,
    })
    assert.equal("infra", ended.verdict)
    assert.equal("V002", ended.failures[1].code)
  end)
end)

describe("a group of the run", function()
  it("is left only when its tasks ended", function()
    assert.is_function(task.group)
  end)
end)
