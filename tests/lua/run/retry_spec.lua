--- Steps that are tried again, in scripted rooms.
package.path = package.path .. ";" .. (os.getenv("CLNRM_ROOT") or ".") .. "/tests/lua/?.lua"
local core = require("core.task")
local fake = require("run.fake")

--- Runs one step with `retry`; `ends` says how each attempt ends, by exit code or by an error.
local function run(retry, ends, scenario, fields)
  local begun = 0
  local item = { argv = { "x" }, retry = retry, retry_delay_ms = 0 }
  for key, value in pairs(fields or {}) do
    item[key] = value
  end
  local ended, events = fake.one({ item }, {
    exec = function(spec)
      begun = begun + 1
      local how = ends[begun] or ends[#ends]
      if type(how) == "function" then
        how = how(spec)
      end
      if type(how) == "table" then
        return nil, how
      end
      return fake.result({ exit_code = how, stdout = "try " .. begun })
    end,
  }, scenario)
  return ended, events, begun
end

local function of_kind(events, kind)
  local list = {}
  for _, event in ipairs(events) do
    list[#list + 1] = event.event == kind and event or nil
  end
  return list
end

describe("a step with retry", function()
  it("passes at once as any other, and says which attempt that was", function()
    local ended, events, begun = run(2, { 0 })
    assert.equal("pass", ended.verdict)
    assert.equal(1, begun)
    assert.same({}, ended.failures)
    local last = of_kind(events, "step_end")[1]
    assert.same({ 1, 3 }, { last.attempt, last.of })
    assert.is_nil(last.will_retry)
  end)

  it("is flaky when it passes later, with what the attempts before came to", function()
    local ended, events, begun = run(3, { 1, 2, 0 })
    assert.equal("flaky", ended.verdict)
    assert.equal(3, begun)
    assert.equal(1, #ended.failures)
    local told = ended.failures[1]
    assert.same({ "T506", "warning", "s1" }, { told.code, told.severity, told.step })
    assert.equal("attempts", told.notes[1].title)
    assert.matches("^1: .*exit code 1", told.notes[1].lines[1])
    assert.matches("^2: .*exit code 2", told.notes[1].lines[2])
    assert.equal(2, #told.notes[1].lines)
    local begins, outputs, ends = of_kind(events, "step_begin"), of_kind(events, "output"),
      of_kind(events, "step_end")
    for i = 1, 3 do
      assert.same({ i, 4 }, { begins[i].attempt, begins[i].of })
      assert.equal(i, outputs[i].attempt)
      assert.same({ i, 4, i < 3 or nil }, { ends[i].attempt, ends[i].of, ends[i].will_retry })
    end
    assert.equal("fail", ends[1].verdict)
    assert.equal("T001", ends[1].failures[1].code)
    assert.is_nil(ends[3].failures)
  end)

  it("fails when its attempts are used up, and tells the last", function()
    local ended, _, begun = run(2, { 1, 2, 3 })
    assert.equal("fail", ended.verdict)
    assert.equal(3, begun)
    assert.equal(1, #ended.failures)
    assert.matches("exit code 3", ended.failures[1].message)
    local note = ended.failures[1].notes[#ended.failures[1].notes]
    assert.equal("earlier attempts", note.title)
    assert.equal(2, #note.lines)
  end)

  it("is tried again after a timeout", function()
    local begun = 0
    local ended = fake.one({ { argv = { "x" }, retry = 1, retry_delay_ms = 0 } }, {
      exec = function()
        begun = begun + 1
        return fake.result({ timed_out = begun == 1 })
      end,
    })
    assert.equal("flaky", ended.verdict)
  end)

  it("is not tried again when nothing is known, or it is wrong", function()
    for code, verdict in pairs({ EAGENT = "infra", EPROTO = "error" }) do
      local ended, _, begun = run(3, { fake.error(code) })
      assert.equal(verdict, ended.verdict)
      assert.equal(1, begun)
    end
    local check = fake.check("stdout", "no such matcher", "x") -- it cannot be evaluated
    local ended, _, begun = run(3, { 0 }, nil, { checks = { check } })
    assert.equal("error", ended.verdict)
    assert.equal(1, begun)
  end)

  it("has no attempt for which the scenario has no time", function()
    local ended, _, begun = run(5, { 1 }, { timeout_ms = 60000 }, { retry_delay_ms = 120000 })
    assert.equal("fail", ended.verdict)
    assert.equal(1, begun)
  end)

  it("ends with the run that is stopped while it waits for the next attempt", function()
    local plan = fake.plan({ { name = "one", steps = {
      { argv = { "x" }, retry = 5, retry_delay_ms = 3600000 },
    } } })
    local summary, events = fake.run(plan, {
      exec = function()
        return fake.result({ exit_code = 1 })
      end,
    }, { deadline_ms = 50 })
    assert.equal("deadline", summary.interrupted)
    local ended = of_kind(events, "scenario_end")[1]
    assert.equal("infra", ended.verdict)
    assert.equal("T001", ended.failures[1].code)
  end)

  it("keeps its attempts apart from those of a step beside it", function()
    local met = core.event()
    local tries = { a = 0, b = 0 }
    local ended = fake.one({
      { argv = { "a" }, retry = 1, retry_delay_ms = 0 },
      { argv = { "b" }, retry = 1, retry_delay_ms = 0 },
    }, {
      exec = function(spec)
        local name = spec.argv[1]
        tries[name] = tries[name] + 1
        if name == "a" and tries.a == 1 then
          met:wait()
        elseif tries.b == 2 then
          met:set()
        end
        return fake.result({ exit_code = name == "a" and 4 or 5 })
      end,
    }, { graph = { after = { {}, {} }, width = 2 } })
    assert.equal("fail", ended.verdict)
    assert.equal(2, #ended.failures)
    for _, told in ipairs(ended.failures) do
      local note = told.notes[#told.notes]
      assert.same({ "earlier attempts", 1 }, { note.title, #note.lines })
      assert.matches(told.step == "s1" and "exit code 4" or "exit code 5", note.lines[1])
    end
  end)
end)
