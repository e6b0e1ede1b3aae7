package.path = package.path .. ";" .. (os.getenv("CLNRM_ROOT") or ".") .. "/tests/?.lua"
local error_new = require("core.error").new
local judge = require("engine.run.judge")
local mutate = require("mutants.mutate")
local passing = require("mutants.passing")
local service_mutants = require("mutants.services")
local verdict = require("engine.verdict")

local FEWEST = 60

--- Names the mutants that a judgement calls a pass.
local function survivors(mutants, decide)
  local names = {}
  for _, mutant in ipairs(mutants) do
    local ok, judgement = pcall(decide, mutant)
    if ok and judgement.verdict == "pass" then
      names[#names + 1] = mutant.name
    elseif not ok then
      names[#names + 1] = mutant.name .. " (raised: " .. tostring(judgement) .. ")"
    elseif #judgement.findings == 0 then
      names[#names + 1] = mutant.name .. " (no reason is given)"
    end
  end
  table.sort(names)
  return names
end

local function judge_step(mutant)
  return judge.step(mutant.step, mutant.observed)
end

describe("the cases from which mutants are made", function()
  it("pass, and hold every matcher", function()
    local seen = {}
    for _, case in ipairs(passing.cases()) do
      local judgement = judge.step(case.step, case.observed)
      local why = judgement.findings[1] and judgement.findings[1].message
      assert.equal("pass", judgement.verdict, case.name .. ": " .. tostring(why))
      for _, check in ipairs(case.step.checks) do
        seen[check.matcher] = true
      end
    end
    for name, matcher in pairs(require("engine.expect.matchers")) do
      -- what only Lua tests have is in tests/mutants/values.lua
      assert.is_true(seen[name] or next(matcher.subjects) == nil, name .. " is in no case")
    end
  end)
end)

describe("mutants", function()
  it("of what was observed: none stays green", function()
    local mutants = mutate.observations()
    assert.is_true(#mutants >= FEWEST, #mutants)
    assert.same({}, survivors(mutants, judge_step))
  end)

  it("of what was evaluated: none stays green", function()
    local mutants = mutate.results()
    assert.is_true(#mutants >= FEWEST, #mutants)
    assert.same({}, survivors(mutants, function(mutant)
      local results = judge.evaluate(mutant.step, mutant.observed)
      mutant.edit(results)
      return judge.decide(mutant.step, mutant.observed, results)
    end))
  end)

  it("of what is asked for: none stays green", function()
    local mutants = mutate.steps()
    assert.is_true(#mutants >= FEWEST, #mutants)
    assert.same({}, survivors(mutants, judge_step))
  end)

  it("say how many they are", function()
    local count = #mutate.observations() + #mutate.results() + #mutate.steps()
    assert.is_true(count >= 300, count .. " mutants")
  end)
end)

local function judged(name)
  local findings = name == "pass" and {} or { { verdict = name, code = "T001", message = "x" } }
  return { verdict = name, findings = findings, results = {} }
end

--- A scenario of three steps that passes.
local function scenario_case()
  local scenario = { name = "x", steps = {}, expect_failure = false }
  local course = { steps = {}, duration_ms = 10, timeout_ms = 1000 }
  for i = 1, 3 do
    scenario.steps[i] = { index = i }
    course.steps[i] = { step = scenario.steps[i], judgement = judged("pass") }
  end
  return scenario, course
end

local function error_of(code)
  return error_new({ code = code, message = code })
end

--- Mutants of a scenario's course: name → edit.
local COURSES = {
  ["the first step is missing"] = function(_, c)
    table.remove(c.steps, 1)
  end,
  ["the second step is missing"] = function(_, c)
    table.remove(c.steps, 2)
  end,
  ["the last step is missing"] = function(_, c)
    c.steps[3] = nil
  end,
  ["no step was run"] = function(_, c)
    c.steps = {}
  end,
  ["there is no step"] = function(s, c)
    s.steps, c.steps = {}, {}
  end,
  ["two steps changed places"] = function(_, c)
    c.steps[1], c.steps[2] = c.steps[2], c.steps[1]
  end,
  ["a step was run twice instead of the next"] = function(_, c)
    c.steps[2] = c.steps[1]
  end,
  ["a step more than there are"] = function(_, c)
    c.steps[4] = c.steps[3]
  end,
  ["the room could not be made"] = function(_, c)
    c.open_error = error_of("EROOM")
  end,
  ["the room was lost"] = function(_, c)
    c.close_error = error_of("EAGENT")
  end,
  ["the agent was tampered with"] = function(_, c)
    c.close_error = error_of("EPROTO")
  end,
  ["the room did not close in time"] = function(_, c)
    c.close_error = error_of("ETIMEDOUT")
  end,
  ["it was stopped"] = function(_, c)
    c.stopped = "SIGINT"
  end,
  ["somebody restarted a service"] = function(_, c)
    c.by_hand = { "db" }
  end,
  ["its time was up"] = function(_, c)
    c.over = "scenario"
  end,
  ["the file's time was up"] = function(_, c)
    c.over = "file"
  end,
  ["it took longer than it may"] = function(_, c)
    c.duration_ms = 1001
  end,
  ["it passed, though it should fail"] = function(s)
    s.expect_failure = true
  end,
  ["it should fail, and had no room"] = function(s, c)
    s.expect_failure, c.open_error, c.steps = true, error_of("EROOM"), {}
  end,
  ["it should fail, and had no steps"] = function(s, c)
    s.expect_failure, s.steps, c.steps = true, {}, {}
  end,
}
for i = 1, 3 do
  for _, name in ipairs(verdict.names) do
    if name ~= "pass" then
      COURSES[("step %d is %s"):format(i, name)] = function(_, c)
        c.steps[i].judgement = judged(name)
      end
      COURSES[("step %d is %s, and it should fail"):format(i, name)] = function(s, c)
        s.expect_failure = true
        c.steps[i].judgement = judged(name) -- not by a check
      end
    end
  end
end

describe("mutants of a scenario", function()
  it("start from one that passes", function()
    assert.equal("pass", judge.scenario(scenario_case()).verdict)
  end)

  it("none stays green", function()
    local mutants = {}
    for name, edit in pairs(COURSES) do
      mutants[#mutants + 1] = { name = name, edit = edit }
    end
    assert.is_true(#mutants >= FEWEST, #mutants)
    assert.same({}, survivors(mutants, function(mutant)
      local scenario, course = scenario_case()
      mutant.edit(scenario, course)
      local judgement = judge.scenario(scenario, course)
      judgement.findings[1] = judgement.findings[1] or { "told with the step" }
      return judgement
    end))
  end)
end)

describe("mutants of what was seen of services", function()
  it("start from a course that passes", function()
    assert.equal("pass", judge.scenario(service_mutants.case()).verdict)
  end)

  it("none stays green", function()
    local mutants = service_mutants.list()
    assert.is_true(#mutants >= 2 * FEWEST, #mutants)
    assert.same({}, survivors(mutants, function(mutant)
      local scenario, course = service_mutants.case()
      mutant.edit(scenario, course)
      return judge.scenario(scenario, course)
    end))
  end)

  it("of a step whose service died: none stays green", function()
    for _, case in ipairs(passing.cases()) do
      for verdict_name, code in pairs({ fail = "T603", infra = "V004", error = "T608" }) do
        local death = { service = "db", verdict = verdict_name, code = code, message = "x" }
        case.observed.death = death
        local judgement = judge.step(case.step, case.observed)
        assert.equal(verdict_name, judgement.verdict, case.name)
        assert.equal(code, judgement.findings[1].code)
      end
    end
  end)
end)

--- A Lua test that passes.
local function script_case()
  local scenario = { name = "x", steps = {}, expect_failure = false, fn = function() end }
  local step = { index = 1, by_script = true, checks = {} }
  local course = {
    steps = { { step = step, judgement = judged("pass") } },
    duration_ms = 10,
    script = { ended = true, checks = 2, failed = 0, findings = {} },
  }
  return scenario, course
end

--- Mutants of what became of a Lua test: name → edit.
local SCRIPTS = {
  ["nothing is known of it"] = function(_, c)
    c.script = nil
  end,
  ["it did not end"] = function(_, c)
    c.script.ended = nil
  end,
  ["a word for its end"] = function(_, c)
    c.script.ended = "true"
  end,
  ["no check was evaluated"] = function(_, c)
    c.script.checks = 0
  end,
  ["checks were not counted"] = function(_, c)
    c.script.checks = nil
  end,
  ["half a check was evaluated"] = function(_, c)
    c.script.checks = 0.5
  end,
  ["a check did not hold"] = function(_, c)
    c.script.failed = 1
  end,
  ["checks that did not hold were not counted"] = function(_, c)
    c.script.failed = nil
  end,
  ["there is a failure"] = function(_, c)
    c.script.findings[1] = { verdict = "fail", code = "T701", message = "x" }
  end,
  ["there is an error"] = function(_, c)
    c.script.findings[1] = { verdict = "error", code = "T702", message = "x" }
  end,
  ["a command of it lost its room"] = function(_, c)
    c.steps[1].judgement = judged("infra")
  end,
  ["its room could not be made"] = function(_, c)
    c.open_error = error_of("EROOM")
  end,
  ["its room was lost"] = function(_, c)
    c.close_error = error_of("EAGENT")
  end,
  ["it was stopped"] = function(_, c)
    c.stopped = "SIGINT"
  end,
  ["somebody restarted a service"] = function(_, c)
    c.by_hand = { "db" }
  end,
  ["its time was up"] = function(_, c)
    c.over = "scenario"
  end,
  ["it was skipped after its checks"] = function(_, c)
    c.script.skipped = "not today"
  end,
  ["it was skipped before it checked anything"] = function(_, c)
    c.script.skipped, c.script.checks = "not today", 0
  end,
}

describe("mutants of a Lua test", function()
  it("start from one that passes", function()
    assert.equal("pass", judge.scenario(script_case()).verdict)
  end)

  for name, edit in pairs(SCRIPTS) do
    it("is no pass: " .. name, function()
      local scenario, course = script_case()
      edit(scenario, course)
      assert.are_not.equal("pass", judge.scenario(scenario, course).verdict)
    end)
  end

  it("that lost its room before it could check anything is told that alone", function()
    local scenario, course = script_case()
    course.script.checks, course.steps[1].judgement = 0, judged("infra")
    local judgement = judge.scenario(scenario, course)
    assert.equal("infra", judgement.verdict)
    assert.equal(1, #judgement.findings)
  end)

  it("that checked nothing is an error when the run is strict", function()
    local scenario, course = script_case()
    course.script.checks = 0
    assert.equal("fail", judge.scenario(scenario, course).verdict)
    course.strict = true
    assert.equal("error", judge.scenario(scenario, course).verdict)
  end)
end)

describe("a service that was needed, and that nobody saw ready,", function()
  local function codes_of(by_hand)
    local scenario, course = scenario_case()
    scenario.steps[2].needs, course.by_hand = { "db" }, by_hand
    course.services = { { name = "db", needed = true, ready = false, died = false,
      ended_well = false } }
    local judgement, codes = judge.scenario(scenario, course), {}
    for i, found in ipairs(judgement.findings) do
      codes[i] = found.code
    end
    return { judgement.verdict, table.concat(codes, " ") }
  end

  it("is an error, told once", function()
    assert.same({ "error", "T609" }, codes_of(nil))
    assert.same({ "error", "V009 T609" }, codes_of({ "web" }))
  end)

  it("is infra where somebody restarted it", function()
    assert.same({ "infra", "V009" }, codes_of({ "db" }))
  end)
end)

describe("a command of a Lua test", function()
  local function verdict_of(edit, step_edit)
    local case = passing.cases()[1]
    case.step.by_script, case.step.checks = true, {}
    edit(case.observed)
    if step_edit then
      step_edit(case.step)
    end
    return judge.step(case.step, case.observed).verdict
  end

  it("may exit as it likes: the test judges it", function()
    assert.equal("pass", verdict_of(function() end))
    assert.equal("pass", verdict_of(function(o)
      o.exit_code = 3
    end))
    assert.equal("pass", verdict_of(function(o)
      o.exit_code, o.signal, o.timed_out = nil, 9, true
    end))
    assert.equal("pass", verdict_of(function(o)
      o.error = error_of("COMMAND_NOT_FOUND")
    end))
  end)

  it("is no pass when its room, its end or its output was lost", function()
    for name, edit in pairs({
      ["the room"] = function(o)
        o.error = error_of("EAGENT")
      end,
      ["the agent"] = function(o)
        o.error = error_of("EPROTO")
      end,
      ["the end"] = function(o)
        o.exit_code = nil
      end,
      ["output"] = function(o)
        o.stdout.bytes = o.stdout.bytes + 1
      end,
      ["the time"] = function(o)
        o.duration_ms = nil
      end,
    }) do
      assert.are_not.equal("pass", verdict_of(edit), name)
    end
  end)

  it("is judged as a step when it has a check", function()
    local check = passing.cases()[1].step.checks[1]
    local function with_check(step)
      step.checks = { check }
    end
    assert.equal("pass", verdict_of(function() end, with_check))
    assert.equal("fail", verdict_of(function(o)
      o.exit_code = 3
    end, with_check))
    assert.equal("fail", verdict_of(function(o)
      o.error = error_of("COMMAND_NOT_FOUND")
    end, with_check))
    assert.equal("timeout", verdict_of(function(o)
      o.timed_out = true
    end, with_check))
  end)
end)

--- The lie that each rule of a step stops: about what was observed, or about what was evaluated.
---@type table<string, { observed?: fun(o: table, step: table), results?: fun(r: table[]) }>
local STEP_LIES = {
  ran = {
    observed = function(o)
      o.error = error_of("EAGENT") -- the room was lost, and yet there is a whole result
    end,
  },
  service = {
    observed = function(o)
      o.death = { service = "db", verdict = "fail", code = "T603", message = "it ended" }
    end,
  },
  exit_status = {
    observed = function(o)
      o.signal = 9
    end,
  },
  output = {
    observed = function(o)
      o.stdout.bytes = o.stdout.bytes + 100
    end,
  },
  duration = {
    observed = function(o)
      o.duration_ms = 0 / 0
    end,
  },
  deadline = {
    observed = function(o)
      o.timed_out = true -- killed, trapped the signal, exited with 0
    end,
  },
  found = {
    observed = function(o, step)
      step.argv, step.shell = nil, "no-such-program" -- its shell has failed, as it should
      o.exit_code = 127
    end,
  },
  evaluated = {
    results = function(r)
      r[2] = nil
    end,
  },
  held = {
    results = function(r)
      r[2].ok = false
    end,
  },
  clear = {
    results = function(r)
      r[2].ok = nil
    end,
  },
  captured = {
    observed = function(_, step)
      step.capture = { { name = "id", from = "json", stream = "stdout", path = "$", steps = {},
        pos = { line = 1, column = 1, offset = 0, length = 1 } } } -- of a text that is no JSON
    end,
  },
}

local SCENARIO_LIES = {
  required = function(_, c)
    c.unmet = "it requires docker" -- and the steps seem to have passed all the same
  end,
  asserted = function(s)
    s.suite = { assertions = { { name = "x", check = { pos = { line = 1, column = 1 } } } } }
    -- and nobody asked it
  end,
  valued = function(_, c)
    c.values = { ran = 3, of = 10 } -- all of which held
  end,
  expects = function(_, c)
    c.strict = true -- and no step has a check that somebody wrote
  end,
  opened = function(_, c)
    c.open_error = error_of("EROOM")
  end,
  stopped = function(_, c)
    c.stopped = "SIGINT"
  end,
  untouched = function(_, c)
    c.by_hand = { "db" } -- and the steps went well with the one that was started anew
  end,
  guarded = function(_, c)
    c.guarded = { { verdict = "policy", code = "H008", message = "out of memory" } }
  end,
  in_time = function(_, c)
    c.duration_ms = 1001
  end,
  started = function(_, c)
    c.service_failure =
      { service = "db", verdict = "fail", code = "T602", message = "it ended", log = {} }
  end,
  ready = function(s)
    s.steps[2].needs = { "db" } -- and nothing was seen of it
  end,
  alive = function(_, c)
    c.services =
      { { name = "db", needed = true, ready = true, ended_well = false, died = true } }
  end,
  steps = function(_, c)
    c.steps[2].judgement = judged("fail")
  end,
  steady = function(s, c)
    s.steps[2].retry = 2
    c.steps[2].attempts = { { verdict = "fail", duration_ms = 1, failures = {} } }
  end,
  disturbed = function(_, c) c.faults = { { what = "x", at = "5s" } } end, -- and nobody made it
  secrets = function(_, c)
    c.missing_secret = { code = "E020", message = "TOKEN was not given" }
  end,
  hooked = function(s) s.suite = { hooks = { after_each = {} } } end, -- and nobody saw it run
  complete = function(_, c)
    c.steps[3] = nil
  end,
  closed = function(_, c)
    c.close_error = error_of("EAGENT")
  end,
}

--- Lies of a Lua test, for rules that a scenario of steps does not have.
local SCRIPT_LIES = {
  ended = function(_, c)
    c.script.ended = false
  end,
  held = function(_, c)
    c.script.findings[1] = { verdict = "fail", code = "T701", message = "x" }
  end,
  skipped = function(_, c)
    c.script.skipped = "not today"
  end,
  caught = function(_, c)
    c.script.failed = 1
  end,
  counted = function(_, c)
    c.script.checks = 0
  end,
}

--- Returns the verdict that a lie gets; the checks themselves were evaluated on the truth.
local function verdict_of_step_lie(lie)
  local case
  for _, candidate in ipairs(passing.cases()) do
    case = candidate.name == "stdout contains (2)" and candidate or case
  end
  local results = judge.evaluate(case.step, case.observed)
  if lie.observed then
    lie.observed(case.observed, case.step)
  else
    lie.results(results)
  end
  return judge.decide(case.step, case.observed, results).verdict
end

describe("hooks", function()
  local function judged_with(hooks, seen, edit)
    local scenario, course = scenario_case()
    scenario.suite, course.hooks = { hooks = hooks }, seen
    if edit then
      edit(course)
    end
    local judgement = judge.scenario(scenario, course)
    return judgement.verdict
  end

  local ALL = { before_all = {}, before_each = {}, after_each = {}, after_all = {} }

  local function passed(name, instead)
    local seen = { before_all = { verdict = "pass" }, before_each = { verdict = "pass" },
      after_each = { verdict = "pass" } }
    if name then
      seen[name] = instead and { verdict = instead } or nil
    end
    return seen
  end

  it("that were run and passed change nothing", function()
    assert.equal("pass", judged_with(ALL, passed()))
    assert.equal("pass", judged_with({}, nil))
  end)

  it("that were not run, or failed, make no test green", function()
    for _, name in ipairs({ "before_all", "before_each", "after_each" }) do
      assert.equal("error", judged_with(ALL, passed(name)), name)
      assert.equal("error", judged_with(ALL, passed(name, "error")), name)
      assert.equal("infra", judged_with(ALL, passed(name, "infra")), name)
    end
  end)

  it("after_all that was not run, or failed, is found when the file is over", function()
    local function found(hooks, seen)
      local list = judge.torn_down({ hooks = hooks }, seen)
      return list[1] and list[1].verdict, list[1] and list[1].is_told
    end
    assert.equal("error", (found(ALL, nil)))
    assert.same({ "infra", true }, { found(ALL, { verdict = "infra" }) })
    assert.is_nil((found(ALL, { verdict = "pass" })))
    assert.is_nil((found({}, nil)))
    assert.is_nil((found(nil, nil)))
  end)

  it("that failed before are the reason why no step was run; others are none", function()
    local function no_steps(course)
      course.steps = {}
    end
    assert.equal("error", judged_with(ALL, { before_all = { verdict = "error" } }, no_steps))
    assert.equal("error", judged_with(ALL, passed(), no_steps))
    assert.equal("error", judged_with(ALL, passed("after_each", "error"), no_steps))
    assert.equal("infra", judged_with(ALL, passed("before_each", "infra"), no_steps))
    assert.equal("error", judged_with(ALL, { before_each = { verdict = "infra" } }, no_steps))
  end)
end)

describe("attempts of a step", function()
  local function verdict_of(retry, verdicts, last)
    local scenario, course = scenario_case()
    local entry = course.steps[2]
    entry.step.retry, entry.attempts = retry, {}
    for i, name in ipairs(verdicts) do
      entry.attempts[i] = { verdict = name, duration_ms = 1, failures = {} }
    end
    if last then
      entry.judgement = judged(last)
    end
    return judge.scenario(scenario, course).verdict, scenario
  end

  it("that failed make a pass flaky, and leave a failure one", function()
    assert.equal("flaky", (verdict_of(2, { "fail" })))
    assert.equal("flaky", (verdict_of(2, { "timeout", "fail" })))
    assert.equal("fail", (verdict_of(2, { "fail", "fail" }, "fail")))
    assert.equal("pass", (verdict_of(2, {})))
  end)

  it("that must not be tried again are an error, whatever came of it", function()
    for _, name in ipairs({ "error", "infra", "policy", "pass", "flaky" }) do
      assert.equal("error", (verdict_of(2, { name })), name)
      assert.equal("error", (verdict_of(2, { "fail", name }, "fail")), name)
    end
  end)

  it("are no more than the file says", function()
    assert.equal("error", (verdict_of(1, { "fail", "fail" })))
    assert.equal("error", (verdict_of(nil, { "fail" })))
  end)

  it("do not make a test fail that is expected to", function()
    local _, scenario = verdict_of(2, { "fail" })
    local judgement = judge.expect_failure({ expect_failure = true }, { steps = {} },
      { verdict = "flaky", findings = {}, marks = {} })
    assert.equal("fail", judgement.verdict)
    assert.equal("T505", judgement.findings[1].code)
    assert.is_table(scenario)
  end)
end)

describe("each rule of the judge carries weight:", function()
  --- Calls `fn` with a rule taken away.
  local function without(rules, name, fn)
    local rule = rules[name]
    rules[name] = function() end
    local ok, result = pcall(fn)
    rules[name] = rule
    assert(ok, result)
    return result
  end

  for name in pairs(judge.step_rules) do
    it(("without '%s' a step lies its way to a pass"):format(name), function()
      local lie = STEP_LIES[name]
      assert.is_table(lie, "there is no lie for the rule " .. name)
      assert.are_not.equal("pass", verdict_of_step_lie(lie))
      assert.equal("pass", without(judge.step_rules, name, function()
        return verdict_of_step_lie(lie)
      end))
    end)
  end

  for name in pairs(judge.scenario_rules) do
    it(("without '%s' a scenario lies its way to a pass"):format(name), function()
      local make = SCENARIO_LIES[name] and scenario_case or script_case
      local lie = SCENARIO_LIES[name] or SCRIPT_LIES[name]
      assert.is_function(lie, "there is no lie for the rule " .. name)
      local function verdict_of_lie()
        local scenario, course = make()
        lie(scenario, course)
        return judge.scenario(scenario, course).verdict
      end
      assert.are_not.equal("pass", verdict_of_lie())
      assert.equal("pass", without(judge.scenario_rules, name, verdict_of_lie))
    end)
  end

  it("every rule is applied", function()
    local applied = {}
    for _, order in ipairs({
      judge.step_evidence, judge.script_evidence, judge.step_checks, judge.scenario_order,
      judge.script_order,
    }) do
      for _, name in ipairs(order) do
        applied[name] = true
      end
    end
    for name in pairs(judge.step_rules) do
      assert.is_true(applied[name], name)
    end
    for name in pairs(judge.scenario_rules) do
      assert.is_true(applied[name], name)
    end
  end)

  it("without expect_failure a test that should fail passes", function()
    local scenario, course = scenario_case()
    scenario.expect_failure = true
    assert.equal("fail", judge.scenario(scenario, course).verdict)
    local rule = judge.expect_failure
    judge.expect_failure = function(_, _, judgement)
      return judgement
    end
    local judgement = judge.scenario(scenario, course)
    judge.expect_failure = rule
    assert.equal("pass", judgement.verdict)
  end)
end)

describe("mutants of the counts of a run", function()
  it("none ends with 0", function()
    local function code(edit, opts)
      local counts = verdict.counts()
      counts.pass = 5
      edit(counts)
      return verdict.exit_code(counts, opts or { total = 5 })
    end
    assert.equal(0, code(function() end))
    for _, name in ipairs(verdict.names) do
      if name ~= "pass" then
        assert.are_not.equal(0, code(function(counts)
          counts[name] = counts[name] + 1
        end), name .. " more than there were")
      end
      if not verdict.is_good(name) then
        assert.are_not.equal(0, code(function(counts)
          counts.pass, counts[name] = 4, 1
        end), name)
      end
    end
    for _, count in ipairs({ 4, 6, 0, -5, 5.5 }) do
      assert.are_not.equal(0, code(function(counts)
        counts.pass = count
      end))
    end
    for _, why in ipairs({ "SIGINT", "SIGTERM", "SIGHUP", "deadline", "cancelled", "?" }) do
      assert.are_not.equal(0, code(function() end, { total = 5, stopped = why }))
    end
  end)
end)
