--- The run of a scenario with services, against scripted ones.
package.path = package.path .. ";" .. (os.getenv("CLNRM_ROOT") or ".") .. "/tests/lua/?.lua"
local core = require("core.task")
local fake = require("run.fake")

local function failure(code, verdict, fields)
  local f = { service = "db", code = code, verdict = verdict, message = "it exited with 1" }
  f.log, f.exit, f.probe = { "one", "two" }, { code = 1 }, "connection refused"
  f.pos = { line = 4, column = 8, offset = 40, length = 4 }
  for key, value in pairs(fields or {}) do
    f[key] = value
  end
  return f
end

describe("a run with services", function()
  local before, scripts, module

  before_each(function()
    before = package.loaded["engine.service"]
    scripts = {}
    module = fake.services(scripts)
    package.loaded["engine.service"] = module
  end)

  after_each(function()
    package.loaded["engine.service"] = before
  end)

  local function spec(name, kind)
    return { name = name, kind = kind or "daemon", line = 3, depends_on = {} }
  end

  --- Runs one scenario of steps; each needs `db` unless it says otherwise.
  local function one(steps, script, scenario)
    scenario = scenario or {}
    scenario.services = scenario.services or { "db" }
    scenario.suite = scenario.suite or {}
    scenario.suite.services = scenario.suite.services or { spec("db"), spec("unused") }
    for i, step in ipairs(steps) do
      step = type(step) == "string" and { argv = { step } } or step
      step.needs = step.needs or { "db" }
      steps[i] = step
    end
    return fake.one(steps, script, scenario)
  end

  it("starts what the step needs, then runs it in the place of its service", function()
    local spec_seen, state
    local ended = one({ { argv = { "x" }, service = "db" } }, {
      open = function(open_spec)
        assert.equal("hosts of 1", open_spec.hosts)
      end,
      exec = function(exec)
        spec_seen, state = exec, module.sets[1]:get("db").state
        return fake.result()
      end,
    })
    assert.equal("pass", ended.verdict)
    assert.equal("ready", state)
    assert.equal("db", spec_seen.service.name)
    assert.same({ "prefetch db", "start db", "close" }, module.sets[1].log)
  end)

  it("starts a service of a near step in the background, at once with those needed now", function()
    local ended = one({ { argv = { "x" } }, { argv = { "y" }, needs = { "web" } } }, {}, {
      services = { "db", "web" },
      suite = { services = { spec("db"), spec("web") } },
    })
    assert.equal("pass", ended.verdict)
    assert.same({ "prefetch db web", "start db", "start web", "close" }, module.sets[1].log)
  end)

  it("says which services a step that failed could not count on", function()
    local ended = one({ { argv = { "x" }, service = "db", needs = { "db" } } }, {
      exec = function()
        return fake.result({ exit_code = 1 })
      end,
    }, {
      services = { "db" },
      suite = { services = { spec("db"), spec("web") } },
    })
    assert.equal("not ready then: web, which this step does not need; `depends_on` of its service "
      .. "would make it wait", ended.failures[1].notes[1])
  end)

  it("starts one that only a far step needs when that is near", function()
    local steps = {}
    for i = 1, 13 do
      steps[i] = { argv = { "x" }, needs = {} }
    end
    steps[13].needs = { "web" }
    local ended = one(steps, {
      exec = function()
        module.sets[1].log[#module.sets[1].log + 1] = "step"
        return fake.result()
      end,
    }, { services = { "web" }, suite = { services = { spec("web") } } })
    assert.equal("pass", ended.verdict)
    local log = table.concat(module.sets[1].log, " ")
    assert.equal(("step "):rep(2) .. "prefetch web " .. ("step "):rep(10) .. "start web step close",
      log)
  end)

  it("makes no set where a scenario needs no service", function()
    local ended = one({ { argv = { "x" }, needs = {} } }, {
      open = function(open_spec)
        assert.is_nil(open_spec.hosts)
      end,
    }, { services = {} })
    assert.equal("pass", ended.verdict)
    assert.equal(0, #module.sets)
  end)

  it("does not run a step whose service is not ready, also when it may fail", function()
    local codes = { timeout = "T601", fail = "T602", error = "T608", infra = "V004" }
    for verdict, code in pairs(codes) do
      scripts.db = {
        start = function()
          return nil, failure(code, verdict)
        end,
      }
      for _, scenario in ipairs({ {}, { expect_failure = true } }) do
        local steps = { { argv = { "x" }, should_fail = true, continue_on_failure = true }, "y" }
        local ended, events = one(steps, {}, scenario)
        assert.equal(verdict, ended.verdict)
        assert.equal(1, #ended.failures)
        assert.equal(code, ended.failures[1].code)
        for _, event in ipairs(events) do
          assert.are_not.equal("step_begin", event.event)
        end
      end
    end
  end)

  it("shows where the service stands, its last probe, its end and its log", function()
    scripts.db = {
      start = function()
        return nil, failure("T601", "timeout")
      end,
    }
    local got = one({ "x" }).failures[1]
    assert.equal(4, got.line)
    assert.equal(8, got.column)
    assert.equal("db", got.service)
    assert.equal("it exited with 1", got.message)
    assert.same({
      { title = "last probe", lines = { "connection refused" } },
      { title = "end of db", lines = { "exit 1" } },
      { title = "log of db", lines = { "one", "two" } },
    }, got.notes)
  end)

  it("shows the last words of its services with the failure of a step", function()
    scripts.db = { log = { "listening", "no such table" } }
    local ended = one({ "x" }, {
      exec = function()
        return fake.result({ exit_code = 1, stderr = "oh" })
      end,
    })
    assert.same({
      { title = "stderr", lines = { "oh" } },
      { title = "log of db", lines = { "listening", "no such table" } },
    }, ended.failures[1].notes)
  end)

  it("kills the command whose service dies, and blames the service", function()
    for verdict, code in pairs({ fail = "T603", infra = "V004" }) do
      local killed
      for _, result in ipairs({ fake.result(), fake.result({ exit_code = 1 }) }) do
        for _, fields in ipairs({ {}, { should_fail = true } }) do
          fields.argv, fields.continue_on_failure = { "x" }, true
          local ended, events = one({ fields, "y" }, {
            exec = function(_, room)
              module.sets[#module.sets]:die("db", failure(code, verdict))
              killed = room.was_killed
              return result
            end,
          })
          assert.is_true(killed)
          assert.equal(verdict, ended.verdict)
          assert.equal(code, ended.failures[1].code)
          assert.equal("s1", ended.failures[1].step)
          local begun = 0
          for _, event in ipairs(events) do
            begun = begun + (event.event == "step_begin" and 1 or 0)
          end
          assert.equal(1, begun) -- the second needs the service as well
        end
      end
    end
  end)

  it("kills each of several commands that needs the service, and no other", function()
    local begun, killed = 0, {}
    local all_begun = core.event()
    local steps = {
      { argv = { "a" } }, { argv = { "b" }, needs = { "web" } }, { argv = { "c" } },
      { argv = { "d" } },
    }
    local after = { {}, {}, {}, { { index = 2 } } } -- d begins behind b, when db is gone
    local ended, events = one(steps, {
      exec = function(exec)
        local name = exec.argv[1]
        begun = begun + 1
        exec.on_start({
          kill = function()
            killed[#killed + 1] = name
          end,
        })
        if begun == 3 then
          module.sets[1]:die("db", failure("T603", "fail"))
          all_begun:set()
        end
        all_begun:wait()
        return fake.result()
      end,
    }, {
      services = { "db", "web" },
      suite = { services = { spec("db"), spec("web") } },
      graph = { after = after, width = 16 },
    })
    table.sort(killed)
    assert.same({ "a", "c" }, killed)
    assert.equal("fail", ended.verdict)
    local blamed, passed = {}, {}
    for _, got in ipairs(ended.failures) do
      blamed[#blamed + 1] = got.step
      assert.equal("T603", got.code)
    end
    for _, event in ipairs(events) do
      if event.event == "step_end" and event.verdict == "pass" then
        passed[#passed + 1] = event.name
      end
    end
    table.sort(blamed)
    assert.same({ "s1", "s3" }, blamed)
    assert.same({ "s2" }, passed)
  end)

  it("tells all services that steps wait for, each once", function()
    local of = require("engine.run.awaited").of
    local function waits(names)
      return {
        names = names,
        services = {
          pending = function(_, list)
            local out = {}
            for i, name in ipairs(list) do
              out[i] = { service = name, state = "starting" }
            end
            return out
          end,
        },
      }
    end
    assert.is_nil(of({}))
    assert.is_nil(of({ awaits = {} }))
    local awaited = of({
      awaits = { [waits({ "web", "db" })] = true, [waits({ "db" })] = true },
    })
    assert.same({ "db", "web" }, { awaited[1].service, awaited[2].service })
    assert.equal(2, #awaited)
  end)

  it("lets a command alone whose service lives; the dead one is found at the end", function()
    local was_killed
    local ended = one({ { argv = { "x" } }, { argv = { "y" }, needs = { "web" } } }, {
      exec = function(exec, room)
        if exec.argv[1] == "y" then
          module.sets[1]:die("db", failure("T603", "fail"))
          was_killed = room.was_killed
        end
        return fake.result()
      end,
    }, { services = { "db", "web" }, suite = { services = { spec("db"), spec("web") } } })
    assert.is_nil(was_killed)
    assert.equal("fail", ended.verdict)
    assert.equal("T603", ended.failures[1].code)
    assert.equal(1, #ended.failures)
  end)

  it("finds the service that dies behind the last step", function()
    scripts.close = function(set)
      set.runtimes.db.state = "dead"
    end
    local ended = one({ "x" })
    assert.equal("fail", ended.verdict)
    assert.equal("T603", ended.failures[1].code)
  end)

  it("tells a death once, with the step that it hit", function()
    local ended = one({ "x" }, {
      exec = function()
        module.sets[1]:die("db", failure("T603", "fail"))
        return fake.result()
      end,
    })
    assert.equal(1, #ended.failures)
    assert.equal("s1", ended.failures[1].step)
  end)

  it("does not take a dead service for the failure that a test expects", function()
    local ended = one({ "x" }, {
      exec = function()
        return fake.result({ exit_code = 1 })
      end,
    }, { expect_failure = true })
    assert.equal("pass", ended.verdict)
    ended = one({ "x" }, {
      exec = function()
        module.sets[#module.sets].runtimes.db.state = "dead" -- just before the step has failed
        return fake.result({ exit_code = 1 })
      end,
    }, { expect_failure = true })
    assert.equal("fail", ended.verdict)
  end)

  it("counts the start of services to the scenario's time, and says what it waited for", function()
    scripts.db = {
      start = function(runtime)
        runtime.last_probe = "port 5432: connection refused"
        return core.sleep(5000)
      end,
    }
    local ended = one({ "x" }, {}, { timeout_ms = 500 })
    assert.equal("timeout", ended.verdict)
    assert.equal("T006", ended.failures[1].code)
    assert.matches('waited for service "db": port 5432: connection refused',
      ended.failures[1].message)
  end)

  it("says on request which service is awaited, and what was seen of it", function()
    local status
    local services, run_of = require("engine.run.services"), nil
    local original = services.open
    services.open = function(run, ...)
      run_of = run
      return original(run, ...)
    end
    scripts.db = {
      start = function(runtime)
        runtime.last_probe = "connection refused"
        status = run_of:running()
        return true
      end,
    }
    one({ "x" })
    services.open = original
    assert.same({ { service = "db", state = "starting", probe = "connection refused" } },
      status[1].awaits)
    assert.is_nil(status[1].step)
  end)

  it("is stopped while a service starts: infra, and nothing is waited for", function()
    scripts.db = {
      start = function()
        local ok, err = core.sleep(5000)
        return ok, err
      end,
    }
    local plan = fake.plan({ {
      name = "one",
      services = { "db" },
      steps = { { argv = { "x" }, needs = { "db" } } },
    } }, { services = { spec("db") } })
    local summary, events = fake.run(plan, {}, { deadline_ms = 30 })
    assert.equal(124, summary.exit_code)
    assert.equal("infra", events[#events - 1].verdict)
    assert.equal("V003", events[#events - 1].failures[1].code)
    assert.equal("close now", module.sets[1].log[3])
  end)

  it("is no pass when nobody says why a service did not start", function()
    scripts.db = {
      start = function()
        return nil
      end,
    }
    local ended = one({ "x" })
    assert.equal("error", ended.verdict)
    assert.equal("T609", ended.failures[1].code)
  end)

  it("is no pass when a service only says that it was started", function()
    scripts.db = {
      start = function(_, set)
        set.get = function(self, name)
          self.runtimes[name].state = "starting"
          return self.runtimes[name]
        end
        return true
      end,
    }
    local ended = one({ "x" })
    assert.equal("error", ended.verdict)
    assert.equal("T609", ended.failures[1].code)
  end)
end)
