package.path = package.path .. ";" .. (os.getenv("CLNRM_ROOT") or ".") .. "/tests/lua/?.lua"
local core = require("core.task")
local fake = require("run.fake")
local rule = require("engine.run.judge.attempts")

--- A backend whose commands end with these codes, one after the other for each room name.
local function codes(list)
  local at = {}
  return {
    exec = function(_, room)
      at[room.name] = (at[room.name] or 0) + 1
      local code = list[at[room.name]]
      assert(code, "one attempt too many")
      return fake.result(type(code) == "table" and code or { exit_code = code })
    end,
  }
end

local function one(list, opts, scenario)
  scenario = scenario or { name = "t" }
  scenario.steps = scenario.steps or { "x" }
  local summary, events, stats = fake.run(fake.plan({ scenario }), codes(list), opts)
  local ended
  for _, event in ipairs(events) do
    ended = event.event == "scenario_end" and event or ended
  end
  return ended, events, summary, stats
end

local function of_kind(events, kind)
  local list = {}
  for _, event in ipairs(events) do
    list[#list + 1] = event.event == kind and event or nil
  end
  return list
end

describe("the judge of attempts", function()
  it("tries fail and timeout again, and nothing else", function()
    local again = {}
    for _, name in ipairs(require("engine.verdict").names) do
      again[#again + 1] = rule.again(name) and name or nil
    end
    assert.same({ "fail", "timeout" }, again)
  end)

  it("calls a pass behind a failure flaky, and never lets anything else make up for one", function()
    local function settle(last, ...)
      local earlier = {}
      for i, name in ipairs({ ... }) do
        earlier[i] = { attempt = i, verdict = name }
      end
      return rule.settle(last, earlier)
    end
    assert.equal("pass", rule.settle("pass"))
    assert.equal("flaky", rule.settle("flaky"))
    assert.equal("flaky", settle("pass", "fail"))
    assert.equal("flaky", settle("pass", "timeout", "fail"))
    assert.equal("flaky", settle("flaky", "fail"))
    assert.equal("fail", settle("skip", "fail")) -- the lie: skipped the second time
    assert.equal("timeout", settle("skip", "timeout"))
    assert.equal("timeout", settle("timeout", "fail"))
    assert.equal("error", settle("error", "fail"))
    assert.equal("infra", settle("infra", "fail"))
    assert.equal("flaky", settle("pass", "flaky"))
  end)

  it("lets nothing make up for one that broke, and says which one stands", function()
    local function settle(last, ...)
      local earlier = {}
      for i, name in ipairs({ ... }) do
        earlier[i] = { attempt = i, verdict = name }
      end
      local verdict, of = rule.settle(last, earlier)
      return { verdict, of and of.attempt }
    end
    assert.same({ "infra", 1 }, settle("pass", "infra")) -- the lie: it was there the second time
    assert.same({ "infra", 1 }, settle("fail", "infra"))
    assert.same({ "infra", 1 }, settle("skip", "infra"))
    assert.same({ "infra", 2 }, settle("pass", "fail", "infra"))
    assert.same({ "error", 2 }, settle("pass", "infra", "error"))
    assert.same({ "error" }, settle("error", "infra"))
    assert.same({ "infra" }, settle("infra", "infra"))
    assert.same({ "policy", 1 }, settle("pass", "policy"))
    assert.same({ "infra" }, settle("infra", "policy"))
    assert.same({ "skip", 1 }, settle("pass", "skip"))
    assert.same({ "flaky" }, settle("pass", "fail", "skip"))
    assert.same({ "fail", 1 }, settle("skip", "fail"))
  end)
end)

describe("the time of a file", function()
  local clock = require("engine.run.clock")
  local ms = clock.ms

  after_each(function()
    clock.ms = ms
  end)

  --- Runs scenarios that take two seconds each, in a file that has three.
  local function counts_of(names, opts)
    local skipped = 0
    clock.ms = function()
      return ms() + skipped
    end
    local scenarios = {}
    for i, name in ipairs(names) do
      scenarios[i] = { name = name, steps = { "x" } }
    end
    opts.jobs, opts.timeout_ms = 1, 3600000
    return fake.run(fake.plan(scenarios, { timeout_ms = 3000 }), {
      exec = function()
        skipped = skipped + 2000
        return fake.result()
      end,
    }, opts).counts
  end

  it("is for all of its scenarios", function()
    local counts = counts_of({ "a", "b", "c" }, {})
    assert.same({ 2, 1 }, { counts.pass, counts.timeout })
  end)

  it("begins anew with each repetition", function()
    assert.equal(4, counts_of({ "a" }, { repetitions = 4 }).pass)
    assert.equal(4, counts_of({ "a", "b" }, { repetitions = 2 }).pass)
  end)
end)

describe("attempts of a scenario", function()
  it("are one without retries", function()
    local ended, events, summary = one({ 1 })
    assert.equal("fail", ended.verdict)
    assert.is_nil(ended.attempts)
    assert.equal(0, #of_kind(events, "attempt_end"))
    assert.equal(1, summary.exit_code)
  end)

  it("end with the first that passes, which makes it flaky", function()
    local ended, events, summary, stats = one({ 1, 1, 0 }, { retries = 5 })
    assert.equal("flaky", ended.verdict)
    assert.equal(0, summary.exit_code)
    assert.equal(1, summary.counts.flaky)
    assert.equal(0, summary.counts.pass)
    assert.equal(3, #ended.attempts)
    assert.equal("fail", ended.attempts[2].verdict)
    assert.equal("T001", ended.attempts[1].failures[1].code)
    assert.equal("pass", ended.attempts[3].verdict)
    assert.same({}, ended.failures)
    assert.equal(1, #of_kind(events, "scenario_begin"))
    assert.equal(1, #of_kind(events, "scenario_end"))
    local ends, begins = of_kind(events, "attempt_end"), of_kind(events, "attempt_begin")
    assert.same({ 2, 2 }, { #ends, #begins })
    assert.same({ 1, 6, "fail" }, { ends[1].attempt, ends[1].of, ends[1].verdict })
    assert.same({ 2, 6 }, { begins[1].attempt, begins[1].of })
    assert.equal(3, #of_kind(events, "room_begin"))
    assert.same({ 3, 3 }, { stats.opened, stats.closed })
  end)

  it("each have a room of their own, which is closed before the next is opened", function()
    local live, most = 0, 0
    local tried = 0
    fake.run(fake.plan({ { name = "t", steps = { "x" } } }), {
      open = function()
        live = live + 1
        most = math.max(most, live)
      end,
      close = function()
        live = live - 1
        return { killed = 0 }
      end,
      exec = function()
        tried = tried + 1
        return fake.result({ exit_code = tried < 4 and 1 or 0 })
      end,
    }, { retries = 3 })
    assert.same({ 4, 1 }, { tried, most })
  end)

  it("are at most one more than there are retries, and the verdict is the last one's", function()
    local late = { timed_out = true, signal = 9, exit_code = require("core.json").null }
    local ended, _, summary = one({ 1, late }, { retries = 1 })
    assert.equal("timeout", ended.verdict)
    assert.equal(2, #ended.attempts)
    assert.equal("fail", ended.attempts[1].verdict)
    assert.equal(1, summary.exit_code)
  end)

  it("are no more when the environment broke", function()
    local tried = 0
    local ended = fake.one({ "x" }, {
      exec = function()
        tried = tried + 1
        return nil, fake.error("ECONN", "gone")
      end,
    })
    assert.equal("infra", ended.verdict)
    assert.equal(1, tried)
  end)

  it("are infra when one of them is lost, whatever came before, and none follows", function()
    local tried = 0
    local summary, events = fake.run(fake.plan({ { name = "t", steps = { "x" } } }), {
      exec = function()
        tried = tried + 1
        if tried == 2 then
          return nil, fake.error("ECONN", "gone")
        end
        return fake.result({ exit_code = tried == 1 and 1 or 0 })
      end,
    }, { retries = 5 })
    local ended = of_kind(events, "scenario_end")[1]
    assert.same({ 2, 6 }, { tried, summary.exit_code })
    assert.same({ "infra", "fail", "infra" },
      { ended.verdict, ended.attempts[1].verdict, ended.attempts[2].verdict })
  end)

  it("are as many as the test itself says, unless the command line says it", function()
    local own = { name = "t", steps = { "x" }, retries = 2 }
    assert.equal("flaky", one({ 1, 1, 0 }, { retries = 0 }, own).verdict)
    own = { name = "t", steps = { "x" }, retries = 2 }
    assert.equal("fail", one({ 1 }, { retries = 0, own_retries = false }, own).verdict)
  end)

  it("begin no more when the run is halted", function()
    local plan = fake.plan({
      { name = "bad", steps = { "bad" } }, { name = "slow", steps = { "slow" }, retries = 9 },
    })
    local tried, is_bad = 0, core.event()
    local summary, events = fake.run(plan, {
      exec = function(spec)
        if spec.argv[1] == "slow" then
          tried = tried + 1
          is_bad:wait()
          core.sleep(20)
        else
          while tried == 0 do
            core.yield()
          end
          is_bad:set()
        end
        return fake.result({ exit_code = 1 })
      end,
    }, { jobs = 2, fail_fast = 1 })
    assert.equal("fail-fast", summary.interrupted)
    assert.equal(1, tried)
    assert.equal(2, #of_kind(events, "scenario_end"))
    assert.same({ 2, 0 }, { summary.counts.fail, summary.not_run })
  end)

  it("that end in an error stop a run with fail-fast before the next scenario", function()
    local summary, events = fake.run(fake.plan({
      { name = "bad", steps = { "x" } }, { name = "other", steps = { "y" } },
    }), {
      exec = function()
        return fake.result({ exit_code = 1 })
      end,
      close = function()
        return nil, fake.error("EPROTO", "forged")
      end,
    }, { retries = 3, fail_fast = 1 })
    assert.equal("fail-fast", summary.interrupted)
    assert.same({ 1, 1 }, { summary.not_run, summary.counts.error })
    assert.equal(0, #of_kind(events, "attempt_end")) -- an error is not tried again
  end)

  it("do not make fail-fast stop the run when one passes", function()
    local at = 0
    local summary = fake.run(fake.plan({
      { name = "flips", steps = { "flip" } }, { name = "other", steps = { "y" } },
    }), {
      exec = function(spec)
        at = at + (spec.argv[1] == "flip" and 1 or 0)
        return fake.result({ exit_code = spec.argv[1] == "flip" and at == 1 and 1 or 0 })
      end,
    }, { retries = 1, fail_fast = 1 })
    assert.is_nil(summary.interrupted)
    assert.same({ 1, 1 }, { summary.counts.flaky, summary.counts.pass })
  end)
end)

describe("repetitions", function()
  local function run(opts, exec)
    local plan = fake.plan({ { name = "a", steps = { "a" } }, { name = "b", steps = { "b" } } })
    return fake.run(plan, { exec = exec }, opts)
  end

  it("run each scenario so often, round by round, each under its own id", function()
    local summary, events = run({ repetitions = 3 })
    assert.equal(6, summary.counts.pass)
    assert.equal(6, events[1].total)
    local ids, numbers = {}, {}
    for i, event in ipairs(of_kind(events, "scenario_begin")) do
      ids[i], numbers[i] = event.id:gsub("^.- › ", ""), event.repetition
    end
    assert.same({ "a", "b", "a #2", "b #2", "a #3", "b #3" }, ids)
    assert.same({ 1, 1, 2, 2, 3, 3 }, numbers)
    assert.equal(3, of_kind(events, "scenario_end")[6].repetition)
  end)

  it("end with the first that is not good, when they are to", function()
    local at = 0
    local summary, events = run({ repetitions = 1000, until_fail = true }, function()
      at = at + 1
      return fake.result({ exit_code = at == 7 and 1 or 0 })
    end)
    assert.equal("until-fail", summary.interrupted)
    assert.equal(1, summary.exit_code)
    assert.same({ 6, 1, 1 }, { summary.counts.pass, summary.counts.fail, summary.not_run })
    assert.equal(2, events[1].total)
  end)

  it("end with a lost one, which no later one makes up for", function()
    for _, opts in ipairs({ { repetitions = 4 }, { repetitions = 9, until_fail = true } }) do
      local at = 0
      local summary = run(opts, function()
        at = at + 1
        if at == 3 then
          return nil, fake.error("ECONN", "gone")
        end
        return fake.result()
      end)
      assert.same({ 1, 6 }, { summary.counts.infra, summary.exit_code })
      assert.equal(opts.until_fail and "until-fail" or nil, summary.interrupted)
      assert.equal(opts.until_fail and 3 or 8, at)
    end
  end)

  it("end with a flaky one as well", function()
    local at = 0
    local summary = run({ repetitions = 9, until_fail = true, retries = 1 }, function()
      at = at + 1
      return fake.result({ exit_code = at == 3 and 1 or 0 })
    end)
    assert.equal("until-fail", summary.interrupted)
    assert.equal(1, summary.counts.flaky)
  end)

  it("end green at their bound", function()
    local summary = run({ repetitions = 4, until_fail = true })
    assert.same({ 8, 0, 0 }, { summary.counts.pass, summary.exit_code, summary.not_run })
    assert.is_nil(summary.interrupted)
  end)

  it("end at the deadline, and at a stop", function()
    local summary = run({ repetitions = 1000000, until_fail = true, deadline_ms = 50 })
    assert.equal("deadline", summary.interrupted)
    assert.equal(124, summary.exit_code)
  end)
end)

describe("a quarantine", function()
  local quarantines = require("engine.plan.quarantine")
  local TEXT = '[[test]]\nid = "a.clnrm.toml › t"\nreason = "known"\n'

  local function run(list, text)
    local quarantine = assert(quarantines.parse(text, "q.toml", "2026-11-28"))
    return one(list, { retries = 1, flaky = "quarantine", quarantine = quarantine })
  end

  it("excuses a flaky test that it lists, and marks it", function()
    local ended, _, summary = run({ 1, 0 }, TEXT)
    assert.same({ "flaky", { "quarantined" }, 0 },
      { ended.verdict, ended.marks, summary.exit_code })
  end)

  it("excuses no other flaky test", function()
    local ended, _, summary = run({ 1, 0 }, "")
    assert.same({ "flaky", {}, 1 }, { ended.verdict, ended.marks, summary.exit_code })
    _, _, summary = run({ 1, 0 }, TEXT:gsub("› t", "› other"))
    assert.equal(1, summary.exit_code)
  end)

  it("excuses no test that fails each time", function()
    local ended, _, summary = run({ 1, 1 }, TEXT)
    assert.same({ "fail", { "quarantined" }, 1 },
      { ended.verdict, ended.marks, summary.exit_code })
  end)

  it("says nothing of a test that passes", function()
    local ended = run({ 0 }, TEXT)
    assert.same({ "pass", {} }, { ended.verdict, ended.marks })
  end)
end)
