--- Scenarios with [property] in scripted rooms: what a run comes to that says nothing of its value.
package.path = package.path .. ";" .. (os.getenv("CLNRM_ROOT") or ".") .. "/tests/lua/?.lua"
local core = require("core.task")
local fake = require("run.fake")

local LOST = fake.error("ECONN", "gone")

--- A scenario of two steps or what is given, on so many values of n, from 0 to 1000.
local function plan(runs, fields)
  local scenario = { name = "t", steps = { "x" } }
  for key, value in pairs(fields or {}) do
    scenario[key] = value
  end
  return fake.plan({ scenario }, { property = { runs = runs, seed = 3, names = { "n" },
    gen = { n = { kind = "int", min = 0, max = 1000 } } } })
end

--- A backend whose command comes to what `answer(n, room)` says: an exit code, the fields of a
--- result, or an error; n counts the commands.
local function answers(answer, script)
  local n = 0
  script = script or {}
  script.exec = function(_, room)
    n = n + 1
    local got = answer(n, room)
    if type(got) == "table" and got.code then
      return nil, got
    end
    return fake.result(type(got) == "table" and got or { exit_code = got })
  end
  return script
end

local function of_kind(events, kind)
  local list = {}
  for _, event in ipairs(events) do
    list[#list + 1] = event.event == kind and event or nil
  end
  return list
end

local function one(made, script, opts)
  local summary, events, stats = fake.run(made, script, opts)
  local ends = of_kind(events, "scenario_end")
  assert.equal(1, #ends)
  return ends[1], summary, stats, events
end

--- What the attempts before the last one came to, and the last.
local function verdicts(ended)
  local list = {}
  for i, attempt in ipairs(ended.attempts or {}) do
    list[i] = attempt.verdict
  end
  return list
end

local function all_notes(failures)
  local list = {}
  for _, failure in ipairs(failures) do
    for _, note in ipairs(failure.notes or {}) do
      list[#list + 1] = type(note) == "string" and note or nil
    end
  end
  return table.concat(list, "\n")
end

describe("[property]", function()
  it("passes on as many values as were asked for, and says on how many", function()
    local ended, _, stats = one(plan(7), answers(function()
      return 0
    end))
    assert.equal("pass", ended.verdict)
    assert.same({ ran = 7, of = 7 }, ended.values)
    assert.equal(8, stats.opened) -- and the one that is told
    assert.is_nil(ended.attempts)
  end)

  it("takes as long as all of its runs, in its steps as long as one", function()
    for failing = 0, 1 do
      local ended, _, _, events = one(plan(5), answers(function()
        core.sleep(3)
        return failing
      end), { slow_ms = 5 })
      assert.is_true(ended.duration_ms > 3 * (failing == 1 and 2 or 5)) -- a wait is never shorter
      assert.same({ "slow" }, ended.marks)
      assert.equal(1, of_kind(events, "step_end")[1].duration_ms) -- as the backend says
    end
  end)

  it("is infra when the room of one run is lost, though the next one would be there", function()
    local ended, summary, stats = one(plan(10), answers(function(n)
      return n == 3 and LOST or 0
    end))
    assert.equal("infra", ended.verdict)
    assert.equal(6, summary.exit_code)
    assert.same({ "infra", "pass" }, verdicts(ended))
    assert.same({ ran = 3, of = 10 }, ended.values)
    assert.is_true(#ended.failures > 0)
    assert.matches("it was so for n = %d+", all_notes(ended.failures))
    assert.matches("run 3 of 10, --seed 3", all_notes(ended.failures), 1, true)
    assert.same({ stats.opened, stats.opened }, { stats.closed, 4 })
  end)

  it("is infra once when each run is lost", function()
    local ended = one(plan(10), answers(function()
      return LOST
    end))
    assert.equal("infra", ended.verdict)
    assert.matches("run 1 of 10, --seed 3", all_notes(ended.failures), 1, true)
  end)

  it("is infra when a service is restarted by hand in one run", function()
    local n, made = 0, plan(10)
    local judge = require("engine.run.judge")
    local real = judge.scenario
    judge.scenario = function(scenario, course) -- as engine.live.restart leaves it
      course.by_hand = n == 3 and { "db" } or nil
      return real(scenario, course)
    end
    local ended = one(made, answers(function(count)
      n = count
      return 0
    end))
    judge.scenario = real
    assert.equal("infra", ended.verdict)
    assert.equal("V009", ended.failures[1].code)
  end)

  it("is an error when a room ends in one, and infra when one could not be made", function()
    local closed = 0
    local ended = one(plan(10), answers(function()
      return 0
    end, { close = function()
      closed = closed + 1
      if closed == 3 then
        return nil, fake.error("EPROTO", "forged")
      end
      return { killed = 0 }
    end }))
    assert.equal("error", ended.verdict)
    assert.matches("run 3 of 10", all_notes(ended.failures), 1, true)
    local opened = 0
    ended = one(plan(10), answers(function()
      return 0
    end, { open = function()
      opened = opened + 1
      return opened == 3 and LOST or nil
    end }))
    assert.equal("infra", ended.verdict)
    assert.equal("V001", ended.failures[1].code)
  end)

  it("is what was forbidden, though it is not tried again", function()
    local judge = require("engine.run.judge")
    local real, n = judge.scenario, 0
    judge.scenario = function(scenario, course)
      course.guarded = n == 3 and { { verdict = "policy", code = "H001", message = "no" } } or nil
      return real(scenario, course)
    end
    local ended, summary = one(plan(10), answers(function(count)
      n = count
      return 0
    end))
    judge.scenario = real
    assert.same({ "policy", 1 }, { ended.verdict, summary.exit_code })
    assert.equal("H001", ended.failures[1].code)
  end)

  it("goes on behind a flaky run, and is flaky when no value fails", function()
    local made = plan(10, { steps = { { argv = { "x" }, retry = 1, retry_delay_ms = 0 } } })
    local ended, summary = one(made, answers(function(n)
      return n == 3 and 1 or 0
    end))
    assert.same({ "flaky", 0 }, { ended.verdict, summary.exit_code })
    assert.same({ ran = 10, of = 10 }, ended.values)
    assert.same({ "flaky", "pass" }, verdicts(ended))
    made = plan(10, { steps = { { argv = { "x" }, retry = 1, retry_delay_ms = 0 } } })
    ended = one(made, answers(function(n)
      return (n == 3 or n >= 8) and 1 or 0
    end))
    assert.equal("fail", ended.verdict)
  end)
end)

describe("[property] whose told run is another than when it was tried", function()
  it("says of which value it is, that it passed, and where", function()
    local ended = one(plan(3), answers(function(n)
      return n > 3 and 1 or 0
    end))
    assert.equal("fail", ended.verdict)
    assert.matches("it fails for n = %d+, for which it passed a moment before\nrun 3 of 3, "
      .. "%-%-seed 3", all_notes(ended.failures))
    ended = one(plan(3), answers(function(n)
      return n > 3 and LOST or 0
    end))
    assert.equal("infra", ended.verdict)
    assert.matches("it was so for n = %d+, for which it passed", all_notes(ended.failures))
  end)

  it("says so also when a run before was flaky", function()
    local made = plan(3, { steps = { { argv = { "x" }, retry = 1, retry_delay_ms = 0 } } })
    local ended = one(made, answers(function(n)
      return (n == 2 or n > 4) and 1 or 0
    end))
    assert.equal("fail", ended.verdict)
    assert.matches("it fails for n = %d+, for which it was flaky a moment before\nrun 2 of 3",
      all_notes(ended.failures))
  end)
end)

describe("[property] in a file whose time is over", function()
  --- Runs on values until the time of the file is over, which is soon: from then on each is late.
  local function late(answer)
    local made = plan(1000000)
    made.scenarios[1].suite.timeout_ms = 100
    return one(made, answers(function(n)
      core.sleep(2)
      return answer and answer(n) or 0
    end))
  end

  it("has no value that fails for that alone, and looks for no simpler one", function()
    local ended = late()
    assert.equal("timeout", ended.verdict)
    assert.equal("T006", ended.failures[1].code)
    local notes = all_notes(ended.failures)
    assert.is_nil(notes:find("fails", 1, true), notes)
    assert.matches("it was so for n = %d+", notes)
    assert.matches(("run %d of 1000000, --seed 3"):format(ended.values.ran), notes, 1, true)
    assert.is_true(ended.values.ran < 1000000)
  end)

  it("keeps the value that failed before, and says what ended the search", function()
    local ended = late(function()
      return 1
    end)
    local failed = ended.attempts and ended.attempts[1] or ended
    assert.equal("fail", failed.verdict)
    assert.matches("it fails for n = %d+", all_notes(failed.failures))
  end)
end)

describe("[property] that found a value, and has no time to tell it,", function()
  --- The codes of failures, in their order.
  local function codes(failures)
    local list = {}
    for i, failure in ipairs(failures) do
      list[i] = failure.code
    end
    return table.concat(list, " ")
  end

  it("says how that failed, and its seed, beside the end of the file's time", function()
    local made = plan(10)
    made.scenarios[1].suite.timeout_ms = 100
    local ended = one(made, answers(function(n)
      core.sleep(n > 1 and 150 or 0)
      return 1
    end))
    assert.equal("timeout", ended.verdict)
    assert.equal("T006 T001", codes(ended.failures))
    assert.same({ "fail", "timeout" }, verdicts(ended))
    assert.equal("T006", codes(ended.attempts[2].failures))
    local notes = all_notes({ ended.failures[2] })
    assert.matches("^it fails for n = %d+\nrun 1 of 10, %-%-seed 3", notes)
    notes = all_notes({ ended.failures[1] })
    assert.is_nil(notes:find("it fails", 1, true), notes)
  end)
end)

describe("[property] that found a value", function()
  it("fails when that fails again, and says what ended the search for a simpler one", function()
    local ended = one(plan(10), answers(function(n)
      return n < 3 and 0 or n == 5 and LOST or 1
    end))
    assert.equal("fail", ended.verdict)
    assert.matches("it fails for n = ", all_notes(ended.failures), 1, true)
    assert.matches("the search for a simpler one ended with n = %d+, which was infra",
      all_notes(ended.failures))
  end)

  it("is infra when that does not, and a room was lost meanwhile", function()
    local ended = one(plan(10), answers(function(n)
      return n == 3 and 1 or n == 4 and LOST or 0
    end))
    assert.equal("infra", ended.verdict)
    assert.same({ "fail", "infra", "pass" }, verdicts(ended))
    assert.matches("it fails for n = ", all_notes(ended.attempts[1].failures), 1, true)
    assert.matches("it was so for n = ", all_notes(ended.failures), 1, true)
  end)

  it("is flaky when that does not, and nothing else was", function()
    local ended = one(plan(10), answers(function(n)
      return n == 3 and 1 or 0
    end))
    assert.equal("flaky", ended.verdict)
    assert.same({ "fail", "pass" }, verdicts(ended))
  end)

  it("keeps it as an attempt when the run that is told is lost", function()
    local ended = one(plan(10), answers(function(n)
      return n < 3 and 0 or n == 3 and 1 or LOST
    end))
    assert.equal("infra", ended.verdict)
    assert.equal("fail", verdicts(ended)[1])
    assert.is_nil(all_notes(ended.failures):find("it fails for", 1, true))
  end)
end)

describe("[property] in a run that ends early", function()
  it("has all of its values when nothing new is begun", function()
    local begun = 0
    local property = plan(6)
    local other = fake.plan({ { name = "bad", steps = { "bad" } } })
    property.scenarios[2] = other.scenarios[1]
    local summary, events = fake.run(property, {
      exec = function(spec)
        if spec.argv[1] == "bad" then
          while begun < 2 do
            core.yield()
          end
          return fake.result({ exit_code = 1 })
        end
        begun = begun + 1
        core.sleep(5)
        return fake.result()
      end,
    }, { jobs = 2, fail_fast = 1 })
    assert.equal("fail-fast", summary.interrupted)
    assert.same({ 1, 1 }, { summary.counts.pass, summary.counts.fail })
    assert.equal(7, begun)
    for _, ended in ipairs(of_kind(events, "scenario_end")) do
      assert.same(ended.verdict == "pass" and { ran = 6, of = 6 } or nil, ended.values)
    end
  end)

  it("never passes when that is stopped", function()
    local summary, events = fake.run(plan(10000), answers(function()
      core.sleep(5)
      return 0
    end), { deadline_ms = 60 })
    assert.equal("deadline", summary.interrupted)
    local ended = of_kind(events, "scenario_end")[1]
    assert.equal("infra", ended.verdict)
    assert.equal("V003", ended.failures[1].code)
  end)
end)
