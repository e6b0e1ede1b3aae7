--- No option is read and ignored: each of them changes what a command does.
local json = require("core.json")
local options = require("engine.cli.options")
local sample = dofile("tests/e2e/options_sample.lua")
local support = dofile("tests/e2e/support.lua")

local TESTS, FAILING = sample.TESTS, sample.FAILING

describe("each option", function()
  local dir, state -- the record of a run is not in the project, where a room would see it change
  local engines = {} -- where they are, in the environment
  local tried = {} ---@type table<string, boolean>

  before_each(function()
    dir, state, engines = support.tempdir(), support.tempdir(), {}
    support.write(dir .. "/a.clnrm.toml", TESTS)
  end)

  after_each(function()
    support.remove(dir)
    support.remove(state)
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
    local env = { HOME = dir .. "/home", XDG_STATE_HOME = state, DOCKER_HOST = engines.DOCKER_HOST,
      CONTAINER_HOST = engines.CONTAINER_HOST }
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
    support.write(dir .. "/c.clnrm.toml", [==[
[meta]
name = "seen"
[[steps]]
name = "variables"
command = 'echo "$CLNRM_SEED $SOURCE_DATE_EPOCH"'
expected_output_contains = "7 1735689600"
]==])
    local time = "2025-01-01T00:00:00Z"
    assert.equal(0, run("run", "c.clnrm.toml", "--seed", "7", "--freeze", time).code)
    assert.equal(1, run("run", "c.clnrm.toml", "--seed", "7").code)
    assert.equal(1, run("run", "c.clnrm.toml", "--freeze", time).code)
    assert.equal(2, run("run", "--freeze", "yesterday").code)
    assert(os.remove(dir .. "/c.clnrm.toml"))
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
      return tonumber(support.sh("ls clnrm/runs/*.ndjson | wc -l", { cwd = state }).out)
    end
    run("run", "--no-record")
    assert.equal(0, count())
    run("run")
    assert.equal(1, count())
    assert.equal(0, run("runs", "export", "latest", "--output", "e").code)
    assert.matches('"event":"run_end"', support.read(dir .. "/e"))
  end)

  it("about the rooms of the REPL has its effect", function()
    local code = "clnrm.open():exec('true').ok"
    assert.equal("true\n", run("repl", "--backend", "sandbox", "-e", code).out)
    engines = support.NO_ENGINE
    local got = run("repl", "--backend", "docker", "-e", code)
    assert.same({ 1, "" }, { got.code, got.out })
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
    assert.equal(2, run("run", "--pdb").code) -- and pdb_spec
    assert.matches("only with %-%-pdb", run("run", "--break", "a.lua:1").err)
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
    assert.matches("minimal", run("init", "--list").out)
    assert.equal(run("template", "minimal").out, run("template", "minimal", "-o", "-").out)
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
    engines = support.NO_ENGINE -- the machine's may hold what other tests have just made
    assert.equal(0, run("run", "--no-overrides", "--keep").code)
    assert.matches("ended a%.clnrm%.toml", run("reap").out)
    assert.matches("no kept rooms", run("reap", "--others").out) -- docker_keep_spec
  end)

  it("about lint has its effect", function()
    local text = '[meta]\nname = "a"\n[[steps]]\nname = "s "\ncommand = ["ls -d /"]\n'
    support.write(dir .. "/a.clnrm.toml", text)
    assert.matches("L014.*\n.*L004", run("lint", "-f", "concise", "--select", "L004,L014").out)
    assert.matches("L014", run("lint", "--extend-select", "L014").out)
    assert.is_nil(run("lint", "--ignore", "L4").out:find("L403", 1, true))
    assert.equal(1, run("lint", "--deny-warnings").code)
    assert.equal(0, run("lint", "--deny-warnings", "--exit-zero").code)
    assert.matches("1  L004", run("lint", "--statistics").out)
    assert.matches("L004", run("lint", "--rules").out)
    assert.matches("^L004", run("lint", "--explain", "L004").out)
    assert.equal(4, run("lint", "--test-rules").code)
    assert.matches("x%.toml:1:1", run("lint", "--stdin-filename", "x.toml").out) -- it is empty
    assert.matches('\n%+command = "ls', run("lint", "--diff").out)
    assert.equal(text, support.read(dir .. "/a.clnrm.toml"))
    run("lint", "--fix", "--unsafe-fixes")
    assert.matches('"s"\ncommand = "ls', support.read(dir .. "/a.clnrm.toml"))
  end)

  it("about editors is taken; lsp_spec sees its effect", function()
    assert.matches("^error: the client is gone", run("lsp", "--trust").err)
    assert.matches("^error: the client is gone", run("lsp", "--stdio").err)
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
    assert.is_nil(run("run").out:find("%d slow"))
    assert.matches("[12] slow", run("run", "--slow-after", "100ms").out) -- 2 on a busy machine
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

  it("about rooms that are used again has its effect", function()
    support.write(dir .. "/a.clnrm.toml", '[meta]\nname = "a"\n[room]\nreuse = "verified"\n'
      .. '[[scenario]]\nname = "s"\nrun = "true"\n[[scenario]]\nname = "t"\nrun = "true"\n')
    assert.matches("1 used again", run("run", "-v", "-j1").out)
    local without = run("run", "-v", "-j1", "--no-cache")
    assert.equal(0, without.code)
    assert.is_nil(without.out:find("used again", 1, true))
  end)

  it("about rooms of engines is taken", function()
    assert.equal(0, run("doctor", "--rooms").code) -- its effect: docker_rungs_spec
  end)

  it("about logs is told where no room is", function()
    assert.equal(2, run("services", "logs", "x:y", "--follow").code) -- services_command_spec
  end)

  it("about images is told where none is named", function()
    assert.equal(0, run("pull", "--locked").code) -- its effect: pull_spec
  end)

  it("about values of tags has its effect", function()
    local text = '[vars]\nsaid = "hello"\nn = 1\n' .. TESTS:gsub('"hello"', '"{{ said }}"')
      .. "# {{ n }} {{ svc }} {{ rand_hex(n=4) }} {{ now_rfc3339() }}\n"
    support.write(dir .. "/a.clnrm.toml", text)
    support.write(dir .. "/v.json", '{"said": "from a file"}')
    local function said(...)
      return events("--only", "first", ...).output[1].text
    end
    assert.equal("hello\n", said())
    assert.equal("hi\n", said("-D", "said=hi"))
    assert.equal("hi = you\n", said("--map", "said=hi = you"))
    assert.equal("from a file\n", said("--vars", "v.json"))
    assert.equal("hi\n", said("-m", "said=hi", "--vars", "v.json"))
    for _, command in ipairs({ "run", "dry-run", "list", "validate", "lint", "render" }) do
      assert.matches("R015", run(command, "a.clnrm.toml", "--define", "n=x").err
        .. run(command, "a.clnrm.toml", "--define", "n=x").out, 1, true, command)
      assert.equal(2, run(command, "a.clnrm.toml", "--vars", "nowhere.toml").code, command)
    end
    assert.matches('said +"hi" +%-D, over %[vars%]\n', run("render", "a.clnrm.toml", "--show-vars",
      "-D", "said=hi").out)
    assert.matches(' 9│ a%.clnrm%.toml:9 +command = %["echo", "hello"%]',
      run("render", "a.clnrm.toml", "--line-map").out)
    local seeded = run("render", "a.clnrm.toml", "--seed", "7", "--freeze", "2001-02-03T04:05:06Z")
    assert.matches("2001%-02%-03T04:05:06Z\n$", seeded.out)
    assert.equal(seeded.out, run("render", "a.clnrm.toml", "--seed=7", "--no-cache",
      "--freeze=2001-02-03T04:05:06Z", "-o", "-").out)
    assert.equal("a.clnrm.toml: renders to TOML\n", run("render", "--check", "a.clnrm.toml").out)
  end)

  it("of the developer loop has its effect", function() -- with saves: dev_spec
    assert.matches("2 passed", run("run", "--watch", "--once", "--clear").out)
    assert.matches("%-%-bell: neither", run("run", "--watch", "--once", "--bell").err)
    assert.matches("%-%-notify: notify%-send", run("run", "--watch", "--once", "--notify").err)
    assert.equal(124, run("dev", "--inline", "--once", "--timebox", "40ms").code)
    assert.matches("Page http://127%.0%.0%.1:%d+/%x+/\n", run("run", "-w", "--once", "--ui").out)
    for mode, note in pairs({ ["--inline"] = "", [""] = "note: no full screen: standard input "
      .. "and output are not both a terminal; this is --inline\n" }) do
      local told = support.sh(([[rm -f log err; "$CLNRM" dev %s --only first >log 2>err & pid=$!
        for _ in $(seq 3000); do grep -q Waiting log && break; sleep 0.02; done
        kill -INT $pid; wait $pid; cat err]]):format(mode), { cwd = dir })
      assert.equal(note, told.out)
    end
    assert.matches("below 50", run("run", "-w", "--once", "--debounce-ms", "7").err)
  end)

  it("about formatting has its effect", function()
    local rough = "a=1\nb=[2]\n"
    local function write()
      support.write(dir .. "/f.toml", rough)
    end
    write()
    assert.equal(1, run("fmt", "--check", "f.toml").code)
    assert.equal(1, run("stubs", "--check").code)
    assert.matches("\n%+a = 1\n", run("fmt", "--diff", "f.toml").out)
    assert.equal(rough, support.read(dir .. "/f.toml"))
    assert.equal(0, run("fmt", "--range", "2:2", "f.toml").code)
    assert.equal("a=1\nb = [2]\n", support.read(dir .. "/f.toml"))
    assert.equal(0, run("fmt", "f.toml", "-o", "g.toml").code)
    assert.equal("a = 1\nb = [2]\n", support.read(dir .. "/g.toml"))
    assert.equal(0, run("fmt", "--verify", "f.toml").code)
    assert.equal(2, run("fmt", "--stdin", "f.toml").code)
    assert.equal(0, run("fmt", "--stdin-filename", "x.toml").code) -- its effect: fmt_spec
    assert.matches("not in this build", run("fmt", "--lua").err)
  end)

  it("about differences has its effect", function()
    support.write(dir .. "/x", "a = 1\n[t]\nb = 2\n")
    support.write(dir .. "/y", "a = 2\n[t]\nb = 2\n")
    assert.matches("hidden", run("diff", "x", "y", "--only-changes").out)
    assert.is_nil(run("diff", "x", "y", "--only-changes").out:find("[t]", 1, true))
    assert.matches("[t]", run("diff", "x", "y", "--all").out, 1, true)
    local both = run("diff", "x", "y", "--only-changes", "--all")
    assert.equal(2, both.code)
    assert.matches("--all and --only-changes exclude each other", both.err, 1, true)
    assert.equal(1, run("diff", "x", "y", "--exact").code) -- its effect: diff_spec
  end)

  it("of repl has its effect", function()
    support.write(dir .. "/f.lua", "local x = 20")
    assert.equal("1\n3\n", run("repl", "-e", "1", "--eval", "1 + 2").out)
    assert.equal("21\n", run("-i", "f.lua", "-e", "x + 1").out)
    assert.equal("20\n", run("repl", "--interactive=f.lua", "-e", "x").out)
  end)

  it("was tried here", function()
    for _, option in ipairs(options) do
      if option.commands then
        assert.is_true(tried[option.long], "--" .. option.long)
      end
    end
  end)
end)
