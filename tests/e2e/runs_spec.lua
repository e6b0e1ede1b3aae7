--- clnrm runs, replay and slow: what records tell.
local support = require("tests.e2e.support")

local fs = require("core.fs")
local json = require("core.json")
local lock = require("core.lock")

local MIXED = [==[
[meta]
name = "mixed"
[[scenario]]
name = "good"
[[scenario.steps]]
name = "say it"
command = ["printf", "h\\377llo"]
[[scenario]]
name = "bad"
[[scenario.steps]]
name = "compare"
command = ["echo", "one"]
expect.stdout.equals = "two\n"
[[scenario]]
name = "slowest"
run = ["sleep", "0.3"]
]==]

describe("clnrm", function()
  local dir, env
  before_each(function()
    dir = support.tempdir()
    env = { XDG_STATE_HOME = dir .. "/state" }
    support.write(dir .. "/p/clnrm.toml", "")
    support.write(dir .. "/p/t/mixed.clnrm.toml", MIXED)
  end)
  after_each(function()
    support.remove(dir)
  end)

  local function run(argv, cwd)
    return support.run(argv, { cwd = cwd or dir .. "/p", env = env })
  end

  local function ids()
    local list = {}
    for _, info in ipairs(json.decode(run({ "runs", "--json" }).out).runs) do
      list[#list + 1] = info.id
    end
    return list
  end

  local function path_of(id)
    local command = ("ls %s/state/clnrm/runs/*-%s.ndjson"):format(dir, id)
    return (support.sh(command).out:sub(1, -2))
  end

  it("runs lists the runs of the project, the last one at the end", function()
    assert.equal("no run is recorded\n", run({ "runs" }).out)
    run({ "run" })
    run({ "run", "-k", "good" })
    local got = run({ "runs" })
    assert.equal(0, got.code)
    local first, second = got.out:match("^([^\n]+)\n([^\n]+)\n$")
    assert.matches("^  %x+  %d+%-%d+%-%d+ %d+:%d+:%d+Z +[%d.]+s +%d+ KB  2 passed, 1 failed$",
      first)
    assert.matches("1 passed  %*latest$", second)
    local list = ids()
    assert.matches(list[1], second)
    assert.matches(list[2], first)
    support.write(dir .. "/q/clnrm.toml", "")
    assert.equal("no run of this project is recorded, 2 of others: clnrm runs -v\n",
      run({ "runs" }, dir .. "/q").out)
    local all = run({ "runs", "list", "-v" }, dir .. "/q").out
    assert.matches("2 passed, 1 failed  " .. dir .. "/p\n", all, 1, true)
    assert.is_nil(all:find("latest", 1, true))
  end)

  it("runs paints the part of an id that tells it from all others", function()
    run({ "run" })
    local id = ids()[1]
    assert.matches("\27%[35;1m" .. id:sub(1, 1) .. "\27%[0m\27%[2m" .. id:sub(2),
      run({ "runs", "--color", "always" }).out)
  end)

  it("runs info tells what is known of one", function()
    run({ "run", "-k", "bad" })
    local got = run({ "runs", "info", "latest" })
    assert.equal(0, got.code)
    assert.matches("\n +result  1 failed\n", got.out)
    assert.matches("\n +exit code  1\n", got.out)
    assert.matches("\n +command  clnrm run %-k bad\n", got.out)
    local info = json.decode(run({ "runs", "info", ids()[1]:sub(1, 5), "--json" }).out)
    assert.equal("clnrm.runs/1", info.schema)
    assert.equal("complete", info.state)
    assert.equal(dir .. "/p", info.project)
  end)

  it("runs refuses what it cannot mean", function()
    for _, entry in ipairs({
      { { "runs", "lst" }, "did you mean 'list'" },
      { { "runs", "info" }, "needs a run" },
      { { "runs", "info", "latest" }, "0 recorded" },
      { { "runs", "info", "../../etc" }, "is no run" },
      { { "runs", "list", "x" }, "does not take 'x'" },
      { { "runs", "list", "-f", "events" }, "has no format 'events'; it has: human, json" },
      { { "runs", "list", "-o", "x" }, "%-%-output is for export" },
      { { "runs", "export", "latest", "--json" }, "json'; it has: human, events, timings" },
      { { "replay" }, "takes one run" },
      { { "replay", "latest" }, "0 recorded" },
      { { "slow", "0" }, "a number from 1" },
    }) do
      local got = run(entry[1])
      assert.equal(2, got.code, table.concat(entry[1], " "))
      assert.matches(entry[2], got.err)
    end
  end)

  it("runs export writes the events as run does, and the time of each test", function()
    local live = run({ "run", "-f", "events", "-j1" }).out
    local got = run({ "runs", "export", "latest" })
    assert.equal(0, got.code)
    assert.equal(live, got.out)
    assert.equal(0, run({ "runs", "export", "latest", "-f", "events", "-o", "e" }).code)
    assert.equal(live, support.read(dir .. "/p/e"))
    local timings = json.decode(run({ "runs", "export", "latest", "-f", "timings" }).out)
    assert.equal("clnrm.timings/1", timings.schema)
    assert.is_true(timings.tests["t/mixed.clnrm.toml › slowest"] >= 300)
    run({ "runs", "export", "latest", "-f", "timings", "-o", "timings.json" })
    local shard = run({ "list", "--shard", "1/2", "--timings", "timings.json" })
    assert.equal(0, shard.code, shard.err)
    assert.equal("t/mixed.clnrm.toml:14 › slowest\n", shard.out)
    assert.equal(6, run({ "runs", "export", "latest", "-o", "no/such/x" }).code)
  end)

  it("runs prune removes the one that is meant, and none whose run goes on", function()
    for _ = 1, 3 do
      run({ "run", "-k", "good" })
    end
    local list = ids()
    local path = path_of(list[1])
    local held = assert(lock.try(path))
    local got = run({ "runs", "prune", "latest" })
    assert.equal(1, got.code)
    assert.matches("goes on", got.err)
    held:close()
    got = run({ "runs", "prune", "latest", "latest~1" })
    assert.equal(("removed %s\nremoved %s\n"):format(list[1], list[2]), got.out)
    assert.same({ list[3] }, ids())
    assert.equal("removed 0 of the records, 0 B\n", run({ "runs", "prune" }).out)
  end)

  it("warns once of what is no record, and goes on", function()
    run({ "run", "-k", "good" })
    for i = 1, 3 do
      support.write(("%s/state/clnrm/runs/9%d-aaaaaaa%d.ndjson"):format(dir, i, i), "garbage\n\0")
    end
    local got = run({ "runs" })
    assert.equal(0, got.code)
    assert.matches("^warning: no record of a run: [^\n]+ and 2 more\n$", got.err)
    assert.matches("1 passed  %*latest\n$", got.out)
    assert.equal(0, run({ "run", "-k", "good" }).code)
  end)

  it("replay tells a run as it was told, in each form", function()
    for _, form in ipairs({ "human", "json", "junit", "events", "tap" }) do
      local live = run({ "run", "-j1", "-f", form, "--progress", "none" })
      support.write(dir .. "/p/t/mixed.clnrm.toml", "gone = true\n") -- the record has the text
      local got = run({ "replay", "latest", "-f", form })
      support.write(dir .. "/p/t/mixed.clnrm.toml", MIXED)
      assert.equal(1, live.code)
      assert.equal(0, got.code, got.err)
      -- What `run --failed` would take is said of the run itself alone: it goes by the last one.
      assert.equal((live.out:gsub("\n +rerun failed +[^\n]+\n", "")), got.out, form)
    end
  end)

  it("replay tells Lua tests, whose commands have no verdict of their own", function()
    support.write(dir .. "/p/t/mixed.clnrm.toml", "")
    os.remove(dir .. "/p/t/mixed.clnrm.toml")
    support.write(dir .. "/p/t/a.clnrm.lua", [==[
local clnrm = require("clnrm")
clnrm.test("says", function(t)
  t:log("here")
  clnrm.expect(t.room:exec("echo one").stdout):equals("two\n")
end)
]==])
    for _, form in ipairs({ "human", "json", "junit", "events", "tap", "md", "github", "line" }) do
      local live = run({ "run", "-j1", "-f", form, "--progress", "none" })
      local got = run({ "replay", "latest", "-f", form })
      assert.same({ 1, 0 }, { live.code, got.code }, got.err)
      assert.equal((live.out:gsub("\n +rerun failed +[^\n]+\n", "")), got.out, form)
    end
  end)

  it("replay tells more, and writes reports, when that is asked for", function()
    run({ "run", "-q" })
    local got = run({ "replay", ids()[1], "-vv", "--report", "junit=r.xml" })
    assert.equal(0, got.code)
    assert.matches("h\\xffllo", got.out)
    assert.matches("<testsuite", support.read(dir .. "/p/r.xml"))
  end)

  it("replay says of a record without an end that it is incomplete", function()
    run({ "run", "-k", "good" })
    local path = path_of(ids()[1])
    local text = fs.read(path)
    support.write(path, text:sub(1, text:find('"event":"scenario_end"', 1, true)))
    local got = run({ "replay", "latest" })
    assert.equal(0, got.code)
    assert.matches("the record of run %x+ is incomplete: clnrm was killed, or could not", got.err)
    assert.matches("%(incomplete%)", run({ "runs" }).out)
    assert.matches("^{.*}\n$", run({ "replay", "latest", "-f", "json" }).out)
  end)

  it("replay says that a record is damaged, in each form, and writes no report", function()
    run({ "run" })
    local path = path_of(ids()[1])
    local whole = fs.read(path)
    for _, damage in ipairs({
      { '"verdict":"fail"', '"verdict":7' }, { '"duration_ms":[%d.]+', '"duration_ms":[]' },
      { '"failures":%b[]', '"failures":true' }, { '"event":"step_end"', '"event":"scenario_end"' },
      { '"message":"[^"]*"', '"message":{}' },
    }) do
      assert(fs.write_atomic(path, (whole:gsub(damage[1], damage[2]))))
      for _, format in ipairs({ "human", "json", "junit", "tap", "md", "line" }) do
        local got = run({ "replay", "latest", "-vv", "-f", format, "--report", "json=r.json" })
        assert.is_true(got.code == 0 or got.code == 2, damage[1] .. format .. got.err)
        assert.is_nil(got.err:find("internal error", 1, true), got.err)
        assert.equal(got.code == 2, got.err:find("it is damaged", 1, true) ~= nil, got.err)
        assert.equal(got.code == 0, fs.exists(dir .. "/p/r.json") == true)
        os.remove(dir .. "/p/r.json")
      end
    end
    assert(fs.write_atomic(path, (whole:gsub('"verdict":"fail"', '"verdict":7'))))
    assert.equal(2, run({ "replay", "latest", "-vv" }).code)
  end)

  it("replay says which field of a damaged record is wrong, before anything is told", function()
    run({ "run" })
    local path = path_of(ids()[1])
    local whole = fs.read(path)
    assert(fs.write_atomic(path, (whole:gsub('"verdict":"fail"', '"verdict":7'))))
    local got = run({ "replay", "latest" })
    assert.equal(2, got.code)
    assert.equal("", got.out)
    assert.matches("it is damaged", got.err)
    assert.matches("\n  event %d+, step_end: `verdict` is not a verdict\n", got.err)
  end)

  it("takes a file for no record whose id is none: it would be shown as it is", function()
    run({ "run" })
    local path = path_of(ids()[1])
    local whole = fs.read(path)
    assert(fs.write_atomic(path, (whole:gsub('"id":"', '"id":"\\u001b[31m', 1))))
    local got = run({ "runs" })
    assert.equal(0, got.code)
    assert.is_nil((got.out .. got.err):find("\27", 1, true))
    assert.equal(2, run({ "replay", "latest" }).code)
  end)

  it("replay refuses a record with lines that no run writes there", function()
    run({ "run", "-j1" })
    local path = path_of(ids()[1])
    local whole = fs.read(path)
    local header = whole:match("^[^\n]*\n")
    local ending = whole:match("[^\n]*\n$")
    local function before_end(line)
      return whole:sub(1, -#ending - 1) .. line .. ending
    end
    for what, text in pairs({
      ["event 2: it cannot be read"] = whole:gsub('"event":"scenario_begin"', '"event:', 1),
      ["event %d+: it cannot be read"] = before_end("\0\0\0\n"),
      ["event %d+: a second header"] = before_end(header),
      ["event %d+: no run tells such an event"] = before_end('{"event":"other"}\n'),
      ["event %d+: it is no event"] = before_end('{"name":"other"}\n'),
      ["event %d+: it stands behind the end of the record"] = whole .. ending,
      ["event %d+: it stands behind the end"] = whole .. "x",
      ["it tells of 0 with the verdict fail, and its run_end of 1"] =
        whole:gsub('"verdict":"fail"', '"verdict":"pass"'),
      ["it tells of 1 with the verdict pass, and its run_end of 2"] =
        whole:gsub('\n[^\n]*"event":"scenario_end"[^\n]*', "", 1),
    }) do
      assert.is_true(text ~= whole, what)
      assert(fs.write_atomic(path, text))
      local got = run({ "replay", "latest" })
      assert.equal(2, got.code, what .. got.out .. got.err)
      assert.equal("", got.out)
      assert.matches("it is damaged", got.err)
      assert.matches("\n  " .. what, got.err)
    end
    assert(fs.write_atomic(path, whole:sub(1, -#ending - 1)))
    assert.equal(0, run({ "replay", "latest" }).code)
  end)

  it("replay tells the run whose step was ended at the deadline", function()
    support.write(dir .. "/p/slow.clnrm.toml", support.SLOW)
    run({ "run", "slow.clnrm.toml", "--deadline", "500ms" })
    assert.matches('"event":"step_end"', fs.read(path_of(ids()[1])))
    for _, format in ipairs({ "human", "json", "junit", "tap", "md" }) do
      local got = run({ "replay", "latest", "-vv", "-f", format })
      assert.equal(0, got.code, format .. got.err)
    end
  end)

  it("replay does not take the error of a reporter for a damaged record", function()
    run({ "run" })
    local root = support.quote(os.getenv("CLNRM_ROOT") or ".")
    support.sh(("mkdir tree && cp -r %s/lua %s/stdlib tree"):format(root, root), { cwd = dir })
    local path = dir .. "/tree/lua/engine/report/tap.lua"
    support.write(path, (support.read(path):gsub("return M%s*$", [[
M.new = function()
  return { on_event = function() error("a bug") end }
end
return M
]])))
    local got = support.run({ "replay", "latest", "-f", "tap" }, {
      cwd = dir .. "/p", env = { XDG_STATE_HOME = dir .. "/state", CLNRM_LUA_DIR = dir .. "/tree" },
    })
    assert.equal(3, got.code, got.err)
    assert.is_nil(got.err:find("damaged", 1, true), got.err)
    assert.matches("a bug", got.err)
  end)

  it("does not take records that cannot be listed for none", function()
    support.sh(("mkdir -p %s/state/clnrm && ln -s runs %s/state/clnrm/runs"):format(dir, dir))
    for _, argv in ipairs({ { "runs" }, { "runs", "info", "latest" }, { "runs", "prune" },
      { "runs", "prune", "latest" }, { "runs", "export", "latest" }, { "replay", "latest" },
      { "slow" }, { "run", "--failed" } }) do
      local got = run(argv)
      assert.equal(6, got.code, table.concat(argv, " ") .. got.out .. got.err)
      assert.matches("the records cannot be", got.err)
    end
    assert.equal(1, run({ "run" }).code) -- the verdicts stand
  end)

  it("run --failed says that a record is of a newer clnrm, and is not green then", function()
    run({ "run" })
    run({ "run", "-k", "good" })
    local path = path_of(ids()[1])
    assert(fs.write_atomic(path, (fs.read(path):gsub("clnrm.run/1", "clnrm.run/9"))))
    assert.matches("warning: a newer clnrm has written " .. path:gsub("%p", "%%%0"),
      run({ "runs" }).err)
    support.write(dir .. "/p/t/mixed.clnrm.toml", (MIXED:gsub("two", "one")))
    local got = run({ "run", "--failed" })
    assert.equal(5, got.code, got.out .. got.err)
    assert.matches("what failed in [^\n]* is not known: a newer clnrm has written it", got.err)
    assert.equal(0, run({ "run" }).code)
    assert.equal(4, run({ "run", "--failed" }).code)
  end)

  it("alone tells of the last run of the project", function()
    assert.is_nil(run({}).out:find("Last run", 1, true))
    run({ "run" })
    assert.matches("\nLast run: 2 passed, 1 failed, %d+%-%d+%-%d+ %d+:%d+:%d+Z\n", run({}).out)
  end)

  it("slow lists the slowest tests of the project, from wherever they were run", function()
    assert.equal(4, run({ "slow" }).code)
    run({ "run" })
    run({ "run", "mixed.clnrm.toml" }, dir .. "/p/t")
    local got = run({ "slow", "2" }, dir .. "/p/t")
    assert.equal(0, got.code)
    assert.matches("^%[ +0%.%d+s%] t/mixed%.clnrm%.toml › slowest\n[^\n]+\n$", got.out)
    local tests = json.decode(run({ "slow", "--json" }).out)
    assert.equal(2, tests.runs)
    assert.equal(3, #tests.tests)
  end)
end)
