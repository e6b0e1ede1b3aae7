--- Which tests are run, and in which order, as a user asks for it.
local json = require("core.json")
local support = dofile((os.getenv("CLNRM_ROOT") or ".") .. "/tests/e2e/support.lua")

--- A file of scenarios that pass, three lines each from line 3 on.
local function file_of(...)
  local lines = { '[meta]\nname = "file"' }
  for _, name in ipairs({ ... }) do
    lines[#lines + 1] = ('[[scenario]]\nname = "%s"\nrun = ["true"]'):format(name)
  end
  return table.concat(lines, "\n") .. "\n"
end

local LUA = [==[
local clnrm = require("clnrm")
clnrm.test("one", function()
  clnrm.expect(1):equals(1)
end)
local function shared(_, case)
  clnrm.expect(case):equals(case)
end
clnrm.test("two", { cases = { "a", "b" } }, shared)
]==]

describe("clnrm run", function()
  local dir, env

  before_each(function()
    dir = support.tempdir()
    env = { XDG_STATE_HOME = dir .. "/state" }
    for name, nowhere in pairs(support.NO_ENGINE) do
      env[name] = nowhere
    end
    assert(os.execute("mkdir " .. dir .. "/state"))
    support.write(dir .. "/p/clnrm.toml", "")
  end)

  after_each(function()
    support.remove(dir)
  end)

  local function clnrm(...)
    return support.run({ ... }, { cwd = dir .. "/p", env = env })
  end

  --- Runs; returns the names in their order, and the run_begin event.
  local function ran(...)
    local got = clnrm("run", "-j1", "-f", "events", ...)
    local names, begin = {}, nil
    for line in got.out:gmatch("[^\n]+") do
      local e = assert(json.decode(line))
      if e.event == "scenario_begin" then
        names[#names + 1] = e.name
      elseif e.event == "run_begin" then
        begin = e
      end
    end
    return table.concat(names, " "), begin, got
  end

  it("FILE:LINE runs the scenario that stands there", function()
    support.write(dir .. "/p/a.clnrm.toml", file_of("one", "two", "three"))
    support.write(dir .. "/p/b.clnrm.toml", file_of("four"))
    assert.equal("two", (ran("a.clnrm.toml:7")))
    assert.equal("one three", (ran("a.clnrm.toml:10", "a.clnrm.toml:3")))
    assert.equal("one four", (ran("a.clnrm.toml:4", "b.clnrm.toml")))
    assert.equal("one two three", (ran("a.clnrm.toml:4", "a.clnrm.toml")))
    assert.equal("a.clnrm.toml:6 › two\n", clnrm("list", "a.clnrm.toml:8").out)
    local got = clnrm("run", "a.clnrm.toml:1")
    assert.equal(2, got.code)
    assert.matches("E111.*no scenario stands at line 1.*'one' begins at line 3", got.err)
    got = clnrm("run", "c.clnrm.toml:1")
    assert.equal(2, got.code)
    assert.matches("E001.*c.clnrm.toml:1", got.err)
    assert.equal(2, clnrm("validate", "a.clnrm.toml:7").code) -- a file is valid, or is not
  end)

  it("FILE:LINE runs a file that really has such a name", function()
    support.write(dir .. "/p/a.clnrm.toml", file_of("other"))
    assert(os.execute(("cd %s/p && mkdir x && cp a.clnrm.toml a.clnrm.toml:3 && ls"):format(dir)))
    local got = clnrm("run", "a.clnrm.toml:3")
    assert.equal(2, got.code)
    assert.matches("E007", got.err) -- that file is meant, and its name is not one of a test
  end)

  it("FILE:LINE runs the test in Lua whose function holds the line, with all its cases", function()
    support.write(dir .. "/p/a.clnrm.lua", LUA)
    assert.equal("one", (ran("a.clnrm.lua:3")))
    assert.equal("one", (ran("a.clnrm.lua:2")))
    assert.equal("two[a] two[b]", (ran("a.clnrm.lua:8")))
    assert.equal("two[a] two[b]", (ran("a.clnrm.lua:6")))
    assert.matches("E111", clnrm("run", "a.clnrm.lua:1").err)
  end)

  it("--order random tells a seed, which repeats the order", function()
    support.write(dir .. "/p/a.clnrm.toml", file_of("1", "2", "3", "4", "5", "6", "7", "8"))
    local first, begin = ran("--order", "random")
    assert.equal("random", begin.order)
    local again, same = ran("--order", "random", "--seed", tostring(begin.seed))
    assert.equal(first, again)
    assert.equal(begin.seed, same.seed)
    assert.equal("6 5 1 2 7 4 8 3", (ran("--order", "random", "--seed", "42")))
    assert.equal("1 2 3 4 5 6 7 8", (ran("--order", "file")))
    local got = clnrm("run", "--order", "random")
    assert.matches("random order, %-%-seed %d+", got.out)
    assert.equal(2, clnrm("run", "--order", "random", "--seed", "-1").code)
    got = clnrm("run", "--order", "riks")
    assert.equal(2, got.code)
    assert.matches("did you mean 'risk'", got.err)
  end)

  it("--shard divides the tests, the same from everywhere, also by times", function()
    support.write(dir .. "/p/t/a.clnrm.toml", file_of("1", "2", "3", "4", "5", "6", "7", "8"))
    support.write(dir .. "/p/t/b.clnrm.lua", LUA)
    support.write(dir .. "/p/times.json", '{"schema":"clnrm.timings/1","tests":{'
      .. '"t/a.clnrm.toml › 1":900,"t/a.clnrm.toml › 2":100}}')
    for _, flags in ipairs({ {}, { "--timings", dir .. "/p/times.json" } }) do
      local seen, sizes = {}, {}
      for index = 1, 3 do
        local names, begin = ran("--shard", index .. "/3", table.unpack(flags))
        assert.equal(index .. "/3", begin.shard)
        assert.equal(flags[1] and "string" or "nil", type(begin.timings))
        sizes[index] = begin.total
        for name in names:gmatch("%S+") do
          assert.is_nil(seen[name])
          seen[name] = true
        end
        local below = support.run({ "run", "-j1", "--shard", index .. "/3", "-f", "json",
          table.unpack(flags) }, { cwd = dir .. "/p/t", env = env })
        local report = json.decode(below.out)
        assert.equal(begin.total, report and report.run.total or 0)
      end
      assert.equal(11, sizes[1] + sizes[2] + sizes[3])
      if flags[1] then
        assert.equal(1, math.min(table.unpack(sizes))) -- the long one is alone
      end
    end
    local got = clnrm("run", "--shard", "4/3")
    assert.equal(2, got.code)
    assert.matches("part I of M: 1/3 to 3/3", got.err)
    assert.equal(2, clnrm("run", "--shard", "0/3").code)
    got = clnrm("run", "--timings", "times.json")
    assert.matches("only with %-%-shard", got.err)
    got = clnrm("run", "--shard", "1/2", "--timings", "clnrm.toml")
    assert.equal(2, got.code)
    assert.matches("clnrm.toml: it tells of no test", got.err)
    assert.equal(2, clnrm("run", "--shard", "1/2", "--timings", "none.json").code)
    support.write(dir .. "/p/one.clnrm.toml", file_of("alone"))
    local codes = {}
    for index = 1, 2 do
      codes[clnrm("run", "one.clnrm.toml", "--shard", index .. "/2").code] = true
    end
    assert.same({ [0] = true, [4] = true }, codes)
  end)

  it("--since runs what a change can touch", function()
    local function git(command)
      local line = "cd %s/p && HOME=%s git -c user.name=n -c user.email=e@x %s >/dev/null 2>&1"
      assert(os.execute(line:format(dir, dir, command)))
    end
    support.write(dir .. "/p/a.clnrm.toml", file_of("a"))
    support.write(dir .. "/p/b.clnrm.toml", file_of("b"):gsub("%[meta%]",
      '[room]\nproject = "none"\n[meta]'))
    support.write(dir .. "/p/app.py", "1")
    git("init")
    git("add -A")
    git("commit -m first")
    assert.equal(4, clnrm("run", "--since", "HEAD").code)
    support.write(dir .. "/p/b.clnrm.toml", support.read(dir .. "/p/b.clnrm.toml") .. "\n")
    assert.equal("b", (ran("--since", "HEAD")))
    assert.matches("^b.clnrm.toml:%d › b\n$", clnrm("list", "--since", "HEAD").out)
    git("commit -am second")
    assert.equal("b", (ran("--since", "HEAD~1")))
    support.write(dir .. "/p/app.py", "2")
    assert.equal("a", (ran("--since", "HEAD")))
    support.write(dir .. "/p/clnrm.toml", "# changed\n")
    assert.equal("a b", (ran("--since", "HEAD")))
    git("checkout clnrm.toml app.py")
    support.write(dir .. "/p/new.txt", "untracked")
    assert.equal("a", (ran("--since", "HEAD")))
    local got = clnrm("run", "--since", "v9")
    assert.equal(2, got.code)
    assert.matches("%-%-since v9: there is no revision 'v9'", got.err)
  end)

  it("--since says when git cannot tell", function()
    support.write(dir .. "/p/a.clnrm.toml", file_of("a"))
    local got = clnrm("run", "--since", "HEAD")
    assert.equal(2, got.code)
    assert.matches("not a git repository", got.err)
    got = support.sh('PATH=/none "$CLNRM" run --since HEAD', { cwd = dir .. "/p", env = env })
    assert.equal(2, got.code)
    assert.matches("git is not installed", got.err)
  end)

  --- A file of scenarios, each with its command.
  local function commands(list)
    local lines = { '[meta]\nname = "file"' }
    for _, pair in ipairs(list) do
      lines[#lines + 1] = ('[[scenario]]\nname = "%s"\nrun = "%s"'):format(pair[1], pair[2])
    end
    support.write(dir .. "/p/a.clnrm.toml", table.concat(lines, "\n") .. "\n")
  end

  it("--failed runs what failed in the last run, wherever one stands", function()
    local got = clnrm("run", "--failed")
    assert.equal(4, got.code)
    commands({ { "a", "true" }, { "b", "false" }, { "c", "sleep 0.1; false" } })
    assert.matches("no run of this project is recorded", clnrm("run", "--failed").err)
    assert.equal(1, clnrm("run").code)
    assert.equal("b c", (ran("--failed")))
    got = support.run({ "run", "-j1", "--failed" }, { cwd = dir, env = env })
    assert.equal(4, got.code) -- of another project
    assert(os.execute("mkdir " .. dir .. "/p/below"))
    got = support.run({ "run", "--failed", ".." }, { cwd = dir .. "/p/below", env = env })
    assert.matches("2 run: 2 failed", got.out)
    commands({ { "a", "true" }, { "b", "true" }, { "c", "true" } })
    got = clnrm("run", "--failed")
    assert.equal(0, got.code, got.err)
    got = clnrm("run", "--failed")
    assert.equal(4, got.code)
    assert.matches("nothing failed in the last run %(%x+%)", got.err)
  end)

  it("--failed ends with 5 when it passes and earlier failures still stand", function()
    commands({ { "a", "true" }, { "b", "false" }, { "c", "false" } })
    assert.equal(1, clnrm("run").code)
    commands({ { "a", "true" }, { "b", "true" }, { "c", "false" } })
    local names, _, got = ran("--failed", "--only", "b")
    assert.equal("b", names)
    assert.equal(5, got.code)
    assert.matches('"event":"run_end","exit_code":5.-"outstanding":1', got.out)
    got = clnrm("run", "--only", "b", "--failed-first")
    assert.equal(0, got.code) -- nobody said that this is a rerun of what failed
    assert.equal("c", (ran("--failed")))
    assert.equal(1, clnrm("run", "--failed").code)
    got = clnrm("run", "--failed", "--only", "b")
    assert.equal(4, got.code)
    assert.matches("1 scenario failed before, and none of them is here", got.err)
  end)

  it("--failed runs all of a file that could not be read, or broke behind its tests", function()
    commands({ { "a", "false" } })
    support.write(dir .. "/p/b.clnrm.toml", (file_of("b1", "b2"):gsub("run", "rnu")))
    support.write(dir .. "/p/c.clnrm.toml", file_of("c1", "c2") .. '[hooks]\nafter_all = "false"\n')
    assert.equal(2, clnrm("run").code)
    commands({ { "a", "true" } })
    support.write(dir .. "/p/b.clnrm.toml", (file_of("b1", "b2"):gsub('"true"', '"false"', 1)))
    support.write(dir .. "/p/c.clnrm.toml", file_of("c1", "c2"))
    local names, _, got = ran("--failed", "a.clnrm.toml")
    assert.equal("a", names)
    assert.equal(5, got.code) -- the two files stand
    names, _, got = ran("--failed", "--only", "c1")
    assert.equal("c1", names)
    assert.matches('"outstanding":3', got.out) -- b1, b2, c2
    names, _, got = ran("--failed")
    assert.equal("b1 b2 c2", names)
    assert.equal(1, got.code)
    names, _, got = ran("--failed")
    assert.equal("b1", names)
    assert.equal(1, got.code)
  end)

  it("--failed runs what a run that was cut short has not reached", function()
    commands({ { "a", "false" }, { "b", "false" }, { "c", "true" } })
    local got = clnrm("run", "-j1", "--fail-fast")
    assert.matches("1 run: 1 failed, 2 not run", got.out)
    commands({ { "a", "true" }, { "b", "false" }, { "c", "true" } })
    local names, _, rerun = ran("--failed", "--only", "a")
    assert.same({ "a", 5 }, { names, rerun.code })
    assert.matches('"outstanding":2', rerun.out)
    got = clnrm("run", "--failed", "--only", "a")
    assert.equal(4, got.code)
    assert.matches("2 scenarios failed or did not run before, and none of them is here", got.err)
    names, _, rerun = ran("--failed")
    assert.same({ "b c", 1 }, { names, rerun.code })
    commands({ { "a", "true" }, { "b", "true" }, { "c", "true" } })
    names, _, rerun = ran("--failed")
    assert.same({ "b", 0 }, { names, rerun.code })
    got = clnrm("run", "--failed")
    assert.equal(4, got.code)
    assert.matches("nothing failed in the last run", got.err)
  end)

  it("--failed runs what was running when clnrm was killed", function()
    commands({ { "a", "true" }, { "b", "sleep 20" }, { "c", "true" } })
    local got = support.sh([==[
"$CLNRM" run -j1 --only a --only b >/dev/null 2>&1 & pid=$!
until grep -q '"event":"step_begin".*› b"' ../state/clnrm/runs/*.ndjson 2>/dev/null; do
  sleep 0.02
done
kill -9 $pid; wait $pid 2>/dev/null; echo killed]==], { cwd = dir .. "/p", env = env })
    assert.equal("killed\n", got.out, got.err)
    commands({ { "a", "true" }, { "b", "true" }, { "c", "true" } })
    got = clnrm("run", "--failed", "--only", "a")
    assert.equal(4, got.code)
    assert.matches("1 scenario failed or did not end before, and none of them is here", got.err)
    local names, _, rerun = ran("--failed")
    assert.same({ "b", 0 }, { names, rerun.code })
  end)

  it("--failed runs flaky tests where they made the run fail", function()
    commands({ { "a", "test -e n || { touch n; false; }" }, { "b", "true" } })
    local file = dir .. "/p/a.clnrm.toml"
    support.write(file, (support.read(file):gsub("run = \"test (.-)\"\n",
      '[[scenario.steps]]\nname = "s"\nretry = 1\ncommand = "test %1"\n', 1)))
    assert.equal(0, clnrm("run", "--flaky", "pass").code)
    assert.equal(4, clnrm("run", "--failed").code)
    assert.equal(1, clnrm("run", "--flaky", "fail").code)
    assert.equal("a", (ran("--failed")))
    assert.equal(1, clnrm("run", "--flaky", "quarantine").code)
    assert.equal("a", (ran("--failed")))
    support.write(dir .. "/p/.clnrm/quarantine.toml",
      '[[test]]\nid = "a.clnrm.toml › a"\nreason = "a clock"\n')
    assert.equal(0, clnrm("run", "--flaky", "quarantine").code)
    assert.equal(4, clnrm("run", "--failed").code)
  end)

  it("--order risk goes by failures, changes, steadiness and times", function()
    commands({ { "a", "true" }, { "b", "sleep 0.2" }, { "c", "false" }, { "d", "false" } })
    assert.equal("a b c d", (ran("--order", "risk"))) -- nothing is known
    commands({ { "a", "true" }, { "b", "sleep 0.2" }, { "c", "true" }, { "d", "false" } })
    assert.equal(1, clnrm("run").code)
    assert.equal("d c b a", (ran("--order", "risk")))
    support.write(dir .. "/p/z.clnrm.toml", file_of("new"))
    local names, _, got = ran("--order", "risk")
    assert.equal("d c new b a", names)
    assert.matches('"order":"risk"', got.out)
  end)

  it("--order risk takes a result without a verdict for none", function()
    support.write(dir .. "/p/z.clnrm.toml",
      '[meta]\nname = "z"\n[room]\nimage = "none:1"\n[[steps]]\nname = "s"\ncommand = "true"\n')
    commands({ { "a", "true" }, { "b", "false" } })
    assert.equal(6, clnrm("run").code)
    commands({ { "a", "true" }, { "b", "true" } })
    assert.equal(6, clnrm("run").code)
    assert.equal("b z a", (ran("--order", "risk")))
  end)

  it("--failed-first and --order slowest-first go by the last runs", function()
    commands({ { "a", "true" }, { "b", "sleep 0.3" }, { "c", "false" } })
    assert.equal(1, clnrm("run").code)
    assert.equal("c a b", (ran("--failed-first")))
    assert.equal("b", (ran("--order", "slowest-first"):match("^%S+")))
    commands({ { "a", "true" }, { "b", "sleep 0.3" }, { "c", "false" }, { "new", "true" } })
    assert.equal("new b", (ran("--order", "slowest-first"):match("^%S+ %S+")))
    assert.matches("exclude each other", clnrm("run", "--failed", "--failed-first").err)
  end)

  it("says of each failure how to run it again, also when the name cannot be shown", function()
    local names = { "plain one", "rtl \\u202e evil", "a\\ttab", "esc \\u001b[31m", "it's *",
      "at ***", "at *** (2)", "at x", "[a]{b,c}?", "a", "a\\\\", "-x" }
    support.write(dir .. "/p/a.clnrm.toml",
      (file_of(table.unpack(names)):gsub('"true"', '"false"')))
    local report = json.decode(clnrm("run", "-f", "json").out)
    assert.equal(#names, #report.results)
    for _, result in ipairs(report.results) do
      local rerun = result.failures[1].rerun
      assert.equal(rerun, require("core.text").escape(rerun, { line = true }))
      local got = support.sh(rerun .. " -f json", { cwd = dir .. "/p", env = env })
      local again = json.decode(got.out)
      assert.equal(1, #again.results, rerun)
      assert.equal(result.name, again.results[1].name)
    end
  end)
end)
