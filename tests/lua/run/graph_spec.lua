--- Steps that overlap, in scripted rooms: when each is run, and what the judge makes of lies.
package.path = package.path .. ";" .. (os.getenv("CLNRM_ROOT") or ".") .. "/tests/lua/?.lua"
local core = require("core.task")
local fake = require("run.fake")
local judge = require("engine.run.judge")

--- Makes a graph of lists: of indexes that each step waits for; a negative one must have passed.
local function graph(lists, width)
  local after = {}
  for i, list in ipairs(lists) do
    after[i] = {}
    for k, index in ipairs(list) do
      after[i][k] = { index = math.abs(index), must_pass = index < 0 or nil }
    end
  end
  return { after = after, width = width or 16 }
end

--- Runs steps as a graph; `at` says what each does, by its command.
local function run(steps, lists, at, width)
  local order = {}
  local ended, events = fake.one(steps, {
    exec = function(spec)
      local name = spec.argv[1]
      order[#order + 1] = "+" .. name
      local result = at and at[name] and at[name](spec)
      order[#order + 1] = "-" .. name
      return result or fake.result()
    end,
  }, { graph = graph(lists, width) })
  return ended, order, events
end

local function place(list, what)
  for i, entry in ipairs(list) do
    if entry == what then
      return i
    end
  end
  error(what .. " is not there")
end

local function fails()
  return fake.result({ exit_code = 1 })
end

describe("steps of a graph", function()
  it("overlap where nothing orders them", function()
    local met = core.event()
    local ended = run({ "a", "b" }, { {}, {} }, {
      a = function()
        assert(met:wait()) -- for ever, if b came behind it
      end,
      b = function()
        met:set()
      end,
    })
    assert.equal("pass", ended.verdict)
  end)

  it("begin when what they wait for has ended, in the order of the file", function()
    local function slow()
      core.sleep(1)
    end
    local lists = { {}, {}, { 1, 2 }, { 3 } }
    local _, order = run({ "a", "b", "c", "d" }, lists, { a = slow, b = slow })
    assert.is_true(place(order, "+c") > place(order, "-a"))
    assert.is_true(place(order, "+c") > place(order, "-b"))
    assert.is_true(place(order, "+d") > place(order, "-c"))
    assert.is_true(place(order, "+a") < place(order, "+b"))
  end)

  it("run no more at once than the graph is wide", function()
    local now, most = 0, 0
    local function count()
      now = now + 1
      most = math.max(most, now)
      core.yield()
      core.yield()
      now = now - 1
    end
    local steps, lists, at = {}, {}, {}
    for i = 1, 12 do
      steps[i], lists[i], at["s" .. i] = "s" .. i, {}, count
    end
    local ended = run(steps, lists, at, 3)
    assert.equal("pass", ended.verdict)
    assert.equal(3, most)
  end)

  it("are left out behind what did not pass, and told; the others run", function()
    local ended, order, events =
      run({ "a", "b", "c", "d" }, { {}, { -1 }, { 2 }, {} }, { a = fails })
    assert.equal("fail", ended.verdict)
    assert.equal(1, #ended.failures)
    assert.same({ "+a", "+d", "-a", "-d" }, (function()
      table.sort(order)
      return order
    end)())
    local told = {}
    for _, event in ipairs(events) do
      if event.event == "step_left_out" then
        told[#told + 1] = event.name .. ": " .. event.reason
      end
    end
    assert.same({ 's2: step "s1" did not pass', 's3: step "s1" did not pass' }, told)
  end)

  it("go on behind a failure that may be continued, but not where it is named", function()
    local first = { argv = { "a" }, continue_on_failure = true }
    local ended, order = run({ first, "b", "c" }, { {}, { 1 }, { -1 } }, { a = fails })
    assert.equal("fail", ended.verdict)
    assert.same({ "+a", "-a", "+b", "-b" }, order)
  end)

  it("go on beside a command that is not there", function()
    local begun = {}
    local ended = fake.one({ "a", "b", "c" }, {
      exec = function(spec)
        begun[#begun + 1] = spec.argv[1]
        if spec.argv[1] == "a" then
          return nil, fake.error("COMMAND_NOT_FOUND")
        end
        return fake.result()
      end,
    }, { graph = graph({ {}, {}, { 1 } }, 1) })
    assert.same({ "a", "b" }, begun)
    assert.equal("fail", ended.verdict)
    assert.equal("T004", ended.failures[1].code)
    assert.equal(1, #ended.failures)
  end)

  it("begin no more once the room is lost", function()
    local ended = fake.one({ "a", "b" }, {
      exec = function(spec)
        assert.equal("a", spec.argv[1])
        return nil, fake.error("EAGENT")
      end,
    }, { graph = graph({ {}, {} }, 1) })
    assert.equal("infra", ended.verdict)
  end)

  it("are listed as running, each of them", function()
    local module = require("engine.run.graph")
    local original, the_run, seen = module.run, nil, nil
    module.run = function(run_seen, ...)
      the_run = run_seen
      return original(run_seen, ...)
    end
    local met = core.event()
    run({ "a", "b", "c" }, { {}, {}, { 1 } }, {
      a = function()
        met:wait()
      end,
      b = function()
        seen = the_run:running()[1]
        met:set()
      end,
      c = function()
        assert.equal("s3", the_run:running()[1].step)
      end,
    })
    module.run = original
    assert.same({ "s1", "s2" }, seen.steps)
    assert.equal("s1", seen.step)
  end)
end)

describe("a graph is proven:", function()
  local function case()
    local steps, entries = {}, {}
    for i = 1, 3 do
      steps[i] = { name = "s" .. i, index = i, checks = {}, continue_on_failure = false }
      entries[i] = { step = steps[i], judgement = { verdict = "pass", findings = {} },
        began = 2 * i - 1, ended = 2 * i }
    end
    local scenario = { name = "one", steps = steps, graph = graph({ {}, {}, { 1, -2 } }) }
    return scenario, { steps = entries, duration_ms = 1 }
  end

  local function judged(edit)
    local scenario, course = case()
    edit(course.steps, scenario, course)
    local judgement = judge.scenario(scenario, course)
    return judgement.verdict, judgement.findings[1] and judgement.findings[1].message
  end

  it("what is true passes, in whatever order it ended", function()
    assert.equal("pass", (judged(function() end)))
    assert.equal("pass", (judged(function(e)
      e[1], e[2] = e[2], e[1]
    end)))
  end)

  local lies = {
    ["a step was left out"] = { 'step "s2" was left out', function(e)
      table.remove(e, 3)
      table.remove(e, 2)
    end },
    ["the last step was left out"] = { 'step "s3" was left out', function(e)
      e[3] = nil
    end },
    ["nothing was run"] = { 'step "s1" was left out', function(e)
      e[1], e[2], e[3] = nil, nil, nil
    end },
    ["a step was run twice"] = { 'step "s1" was run twice', function(e)
      e[4] = e[1]
    end },
    ["something else was run"] = { "no step of the test", function(e)
      e[4] = { step = { name = "s4" }, judgement = e[1].judgement, began = 7, ended = 8 }
    end },
    ["a step was run before what it waits for had ended"] = {
      'step "s3" was run before step "s2" had ended', function(e)
        e[2].ended = 7
      end },
    ["a step began when what it waits for ended"] = {
      'step "s3" was run before step "s2" had ended', function(e)
        e[2].ended = 5
      end },
    ["nobody saw when a step ran"] = { 'nobody saw when step "s2" ran', function(e)
      e[2].ended = nil
    end },
    ["a step ended before it began"] = { 'nobody saw when step "s2" ran', function(e)
      e[2].ended = 3
    end },
  }
  for name, lie in pairs(lies) do
    it(name .. ": error", function()
      local verdict, message = judged(lie[2])
      assert.equal("error", verdict)
      assert.matches(lie[1], message, 1, true)
      local rule = judge.scenario_rules.complete
      judge.scenario_rules.complete = function() end
      local without = judged(lie[2])
      judge.scenario_rules.complete = rule
      assert.equal("pass", without)
    end)
  end

  it("a step that was run behind one that did not pass: error", function()
    local verdict = judged(function(e)
      e[2].judgement = { verdict = "fail", findings = {} }
    end)
    assert.equal("error", verdict)
  end)

  it("a failure that may be continued opens what waits by order, and not what names it", function()
    local function continued(index)
      return judged(function(e)
        e[index].judgement = { verdict = "fail", findings = {} }
        e[index].step.continue_on_failure = true
      end)
    end
    assert.equal("fail", (continued(1)))
    assert.equal("error", (continued(2)))
  end)

  it("an independent step that was left out beside a failure: error", function()
    local verdict = judged(function(e)
      e[1].judgement = { verdict = "fail", findings = {} }
      e[2], e[3] = nil, nil
    end)
    assert.equal("error", verdict)
  end)

  it("what a lost room or a stopped run left out is told by that alone", function()
    for _, edit in ipairs({
      function(_, _, course)
        course.stopped = "SIGINT"
      end,
      function(e)
        e[1].error = { code = "EAGENT", message = "gone" }
        e[1].judgement = { verdict = "infra", findings = {} }
      end,
    }) do
      local verdict = judged(function(e, scenario, course)
        e[2], e[3] = nil, nil
        edit(e, scenario, course)
      end)
      assert.equal("infra", verdict)
    end
  end)
end)
