--- No option and no key of clnrm.toml is read and ignored: each of them changes what a run does.
local json = require("core.json")
local options = require("engine.cli.options")
local support = dofile("tests/e2e/support.lua")

local TESTS = [==[
[meta]
name = "first"
tags = ["fast"]
[[steps]]
name = "say it"
command = ["echo", "hello"]
[[scenario]]
name = "second"
[[scenario.steps]]
name = "wait"
command = ["sleep", "0.12"]
]==]

local FAILING = [==[
[meta]
name = "failing"
[[scenario]]
name = "one"
run = ["false"]
[[scenario]]
name = "two"
run = ["false"]
[[scenario]]
name = "three"
run = ["false"]
]==]

describe("each option", function()
  local dir
  local tried = {} ---@type table<string, boolean>

  before_each(function()
    dir = support.tempdir()
    support.write(dir .. "/a.clnrm.toml", TESTS)
  end)

  after_each(function()
    support.remove(dir)
  end)

  --- Runs a command line and notes its options.
  local function run(...)
    for _, word in ipairs({ ... }) do
      local long, short = word:match("^%-%-([%w-]+)"), word:match("^%-(%w)")
      for _, option in ipairs(options) do
        if option.long == long or (option.short and option.short == short) then
          tried[option.long] = true
        end
      end
    end
    local env = { HOME = dir .. "/home", XDG_STATE_HOME = dir }
    return support.run({ ... }, { cwd = dir, env = env })
  end

  --- Runs and returns the events by type.
  local function events(...)
    local got, by_type = run("run", "-f", "events", ...), {}
    for line in got.out:gmatch("[^\n]+") do
      local e = assert(json.decode(line))
      by_type[e.event] = by_type[e.event] or {}
      table.insert(by_type[e.event], e)
    end
    return by_type, got
  end

  it("about what is run has its effect", function()
    assert.equal(2, events().run_begin[1].total)
    assert.equal("first", events("-k", "first").scenario_begin[1].name)
    assert.equal(1, events("--filter=not first").run_begin[1].total)
    assert.equal(1, events("--only", "sec*").run_begin[1].total)
    assert.equal(2, events("--tag", "fast", "--tag", "other").run_begin[1].total)
    assert.equal(4, run("run", "--tag", "other").code)
    assert.equal("a.clnrm.toml:7 › second  [fast]\n", run("list", "--only", "sec*").out)
  end)

  it("about how it is run has its effect", function()
    assert.equal(7, events("-j7").run_begin[1].jobs)
    assert.equal(3, events("--jobs", "3").run_begin[1].jobs)
    assert.is_true(events("-j7", "--parallel").run_begin[1].jobs ~= 7)
    local timed = events("--timeout", "40ms", "--only", "second")
    assert.equal("timeout", timed.scenario_end[1].verdict)
    assert.equal(124, run("run", "--deadline", "40ms").code)
    assert.equal("sandbox", events("--backend", "sandbox").run_begin[1].backend)
    support.write(dir .. "/a.clnrm.toml", FAILING)
    assert.equal(2, events("-j1", "-x").run_end[1].not_run)
    assert.equal(1, events("-j1", "--fail-fast=2").run_end[1].not_run)
    assert.equal(0, events("-j1").run_end[1].not_run)
  end)

  it("about what is chosen has its effect", function()
    local random = events("--order", "random", "--seed", "7").run_begin[1]
    assert.same({ "random", 7 }, { random.order, random.seed })
    assert.equal("1/2", events("--shard=1/2").run_begin[1].shard)
    support.write(dir .. "/t.json", '{"schema":"clnrm.timings/1","tests":{"x":1}}')
    assert.matches("^sha256:", events("--shard=1/2", "--timings", "t.json").run_begin[1].timings)
    assert.matches("not a git repository", run("list", "--since", "HEAD").err)
    assert.equal("slowest-first", events("--order=slowest-first").run_begin[1].order)
    assert.equal("failed-first", events("--failed-first").run_begin[1].order)
    assert.equal(4, run("run", "--failed").code)
  end)

  it("about attempts has its effect", function()
    assert.equal(6, #events("--repeat", "3").scenario_end)
    support.write(dir .. "/a.clnrm.toml", FAILING)
    assert.equal(3, #events("--only", "one", "--retries", "2").scenario_end[1].attempts)
    assert.equal("fail", events("--flaky", "fail").run_begin[1].flaky)
  end)

  it("about warnings has its effect", function()
    support.write(dir .. "/a.clnrm.toml", TESTS:gsub("tags", 'owner = "me"\ntags', 1))
    local got = run("run")
    assert.equal(0, got.code)
    assert.matches("warning%[P101%]", got.err)
    got = run("run", "--strict")
    assert.equal(2, got.code)
    assert.matches("error%[P101%]", got.out)
    assert.is_nil(got.out:find("PASS", 1, true))
  end)

  it("about what is shown has its effect", function()
    local plain = run("run").out
    assert.is_nil(plain:find("step 1", 1, true))
    assert.matches("step 1", run("run", "-v").out)
    assert.matches("hello", run("run", "--verbose", "--verbose").out)
    assert.is_nil(run("run", "--quiet").out:find("PASS", 1, true))
    assert.is_nil(plain:find("\27", 1, true))
    assert.matches("\27", run("run", "--color", "always").out)
    assert.matches("\27", run("run", "--force-color").out)
    assert.matches("^{", run("run", "--json").out)
    assert.matches("^<", run("run", "--format", "junit").out)
  end)

  it("about reports has its effect", function()
    assert.equal(0, run("run", "--report", "json=r.json", "--report-junit", "r.xml").code)
    assert.matches("^{", support.read(dir .. "/r.json"))
    assert.matches("^<", support.read(dir .. "/r.xml"))
  end)

  it("about records has its effect", function()
    local function count()
      return tonumber(support.sh("ls clnrm/runs/*.ndjson | wc -l", { cwd = dir }).out)
    end
    run("run", "--no-record")
    assert.equal(0, count())
    run("run")
    assert.equal(1, count())
    assert.equal(0, run("runs", "export", "latest", "--output", "e").code)
    assert.matches('"event":"run_end"', support.read(dir .. "/e"))
  end)

  it("about secrets has its effect", function()
    support.write(dir .. "/env", "PASSWORD=correct-horse\n")
    support.write(dir .. "/t/s.clnrm.toml", '[meta]\nname = "s"\n[secrets]\nPASSWORD = true\n'
      .. '[[steps]]\nname = "s"\ncommand = "test $PASSWORD = correct-horse"\n')
    assert.equal(2, run("run", "t").code)
    assert.equal(0, run("run", "t", "--env-file", "env").code)
  end)

  it("about snapshots has its effect", function()
    support.write(dir .. "/t/snapshots/gone.clnrm.toml/t/n.snap",
      "clnrm snapshot 1\nfile: gone.clnrm.toml\ntest: t\nname: n\nof: stdout\n---\nx\n")
    assert.matches("is not known", run("run", "--unreferenced", "warn", "t").err)
    assert.matches("no check refers", run("snapshots", "list", "--unreferenced=warn").err)
    assert.equal(2, run("run", "--review").code) -- there is no terminal: review_spec has one
  end)

  it("about where things are has its effect", function()
    support.write(dir .. "/p/clnrm.toml", "")
    support.write(dir .. "/p/mark", "in p")
    support.write(dir .. "/p/q/other.toml", "")
    support.write(dir .. "/p/q/mark", "in q")
    support.write(dir .. "/p/q/t/t.clnrm.toml", [==[
      [meta]
      name = "t"
      [[steps]]
      name = "look"
      command = "cat /project/mark 2>/dev/null || ls /project"
    ]==])
    local function seen(...)
      return (events(...).output or { { text = "nothing" } })[1].text
    end
    assert.equal("in p", seen("-C", "p/q"))
    assert.equal("in p", seen("--directory=p/q/t"))
    assert.equal("in q", seen("-C", "p/q", "-c", "other.toml"))
    assert.equal("t.clnrm.toml\n", seen("-C", "p/q", "--config", "none"))
  end)

  it("about init, config, overrides and scripts has its effect", function()
    assert.matches("created", run("init", "--template", "hello").out)
    assert.matches("replaced", run("init", "--force").out)
    assert.matches("Nothing is written", run("init", "--dry-run").out)
    assert.matches("# built in", run("config").out)
    assert.matches(" # built in", run("config", "get", "cli.jobs", "--origin").out)
    assert.matches("# profile: ci", run("config", "--profile", "ci").out)
    support.write(dir .. "/.clnrm/override/engine/report/human.lua", "error('no')")
    assert.equal(3, run("run").code)
    assert.equal(0, run("run", "--no-overrides").code)
    support.write(dir .. "/s.lua", "error('x')")
    assert.matches("lua/engine/", run("--trace", "--no-overrides", "s.lua").err)
    assert.matches("Usage", run("run", "--help").out)
    assert.matches("^clnrm %d", run("--version").out)
    assert.equal(0, run("run", "--no-overrides", "--keep").code)
    assert.matches("ended a%.clnrm%.toml", run("reap").out)
  end)

  it("about what is permitted has its effect", function()
    support.write(dir .. "/a.clnrm.toml",
      '[hooks]\nbefore_all = { command = ["touch", "made"], on = "host" }\n' .. support.HELLO)
    assert.matches("P129", run("run").out)
    assert.is_nil(support.read(dir .. "/made"))
    assert.equal(0, run("run", "--allow", "host-hooks").code)
    assert.equal("", support.read(dir .. "/made"))
  end)

  it("about progress has its effect", function()
    assert.matches("%(1/2%) a%.clnrm", run("run", "-j1").out)
    assert.is_nil(run("run", "-j1", "--progress", "none").out:find("(1/2)", 1, true))
    assert.matches("BEGIN a%.clnrm", run("run", "--progress", "plain").err)
    local first = run("run", "--progress=json").err:match("^[^\n]+")
    assert.equal("run_begin", json.decode(first).event)
    assert.matches("1 slow", run("run", "--slow-after", "100ms").out)
    assert.equal(0, run("run", "--no-input").code) -- its effect needs a terminal: tui_spec
  end)

  it("about what is told has its effect", function()
    assert.is_nil(run("run", "--status-level", "none").out:find("PASS", 1, true))
    assert.matches("Summary[^\n]*\n *PASS", run("run", "--final-status-level", "all").out)
    assert.matches("hello\n[^\n]*PASS[^\n]*second",
      run("run", "-j1", "--success-output", "immediate").out)
    assert.matches("\27%]8;;file://", run("run", "--final-status-level=pass",
      "--hyperlinks", "always").out)
    support.write(dir .. "/a.clnrm.toml", FAILING)
    assert.is_nil(run("run", "--failure-output", "never").out:find("T001%]"))
  end)

  it("about images is told where none is named", function()
    assert.equal(0, run("pull", "--locked").code) -- its effect: pull_spec
  end)

  it("was tried here", function()
    for _, option in ipairs(options) do
      if option.commands then
        assert.is_true(tried[option.long], "--" .. option.long)
      end
    end
  end)
end)

describe("each key of clnrm.toml", function()
  local dir

  before_each(function()
    dir = support.tempdir()
    support.write(dir .. "/a.clnrm.toml", FAILING)
  end)

  after_each(function()
    support.remove(dir)
  end)

  it("has its effect", function()
    local none = "no record" -- instead of a pattern
    local effects = {
      ["project.name"] = { '"shop"', "json", '"project":{[^}]*"name":"shop"' },
      ["project.version"] = { '"7"', "json", '"project":{[^}]*"version":"7"' },
      ["project.description"] = { '"sells"', "json", '"project":{[^}]*"description":"sells"' },
      ["cli.jobs"] = { "5", "json", '"jobs":5' },
      ["cli.fail_fast"] = { "true", "human", "2 not run", "-j1" },
      ["cli.format"] = { '"junit"', nil, "^<%?xml" },
      ["cli.backend"] = { '"sandbox"', "json", '"backend":"sandbox"' },
      ["test_execution.default_timeout"] = { '"1ms"', "human", "3 timed out" },
      ["test_execution.retries"] = { "1", "json", '"attempts":%[' },
      ["test_execution.flaky"] = { '"fail"', "json", '"flaky":"fail"' },
      ["test_execution.deadline"] = { '"1ms"', "human", "Stopped by the deadline of the run" },
      ["test_execution.slow_after"] = { '"10ms"', "human", "3 slow" },
      ["ui.progress"] = { '"none"', "human", "%] a%.clnrm%.toml › one" },
      ["ui.status_level"] = { '"none"', "human", "^    Starting[^\n]*\n\nerror" },
      ["ui.final_status_level"] = { '"none"', "human", "3 failed\n\n *rerun" },
      ["ui.failure_output"] = { '"never"', "human", "one\n *FAIL[^\n]*two\n", "-j1" },
      ["ui.success_output"] = { '"final"', "human", "PASS.*\n *step 1 [^\n]*say it: .*hello" },
      ["ui.hyperlinks"] = { '"always"', "human", "\27%]8;;file://" },
      ["ui.color"] = { '"always"', "human", "\27%[" },
      ["record.enabled"] = { "false", "human", none },
    }
    for _, key in ipairs(require("engine.config.keys").list) do
      local effect = assert(effects[key.name], key.name)
      local section, name = key.name:match("^(.-)%.(.*)$")
      support.write(dir .. "/clnrm.toml", ("[%s]\n%s = %s\n"):format(section, name, effect[1]))
      local tests = key.name == "ui.success_output" and TESTS or FAILING
      local fails = name == "retries" or name == "flaky"
      if section == "test_execution" and not fails then
        tests = FAILING:gsub('"false"', '"sleep", "1"')
      end
      support.write(dir .. "/a.clnrm.toml", tests)
      local argv = { "run", effect[4] }
      if effect[2] then
        table.move({ "-f", effect[2] }, 1, 2, #argv + 1, argv)
      end
      local got = support.run(argv, { cwd = dir, env = { XDG_STATE_HOME = dir .. "/state" } })
      local is_recorded = require("lfs").attributes(dir .. "/state") ~= nil
      assert.equal(effect[3] ~= none, is_recorded, key.name)
      if effect[3] ~= none then
        assert.matches(effect[3], got.out, 1, false, key.name)
        support.remove(dir .. "/state")
      end
    end
  end)
end)
