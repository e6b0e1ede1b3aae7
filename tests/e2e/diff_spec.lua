--- clnrm diff: runs that were recorded, files of spans, snapshots, test files.
local support = require("tests.e2e.support")

local json = require("core.json")

local TESTS = [==[
[meta]
name = "db"
[[scenario]]
name = "migrates"
[[scenario.steps]]
name = "set up"
command = 'echo "up at $(date +%H:%M:%S) as pid $$, $(date +%s%N)"'
[[scenario.steps]]
name = "migrate"
command = ["printf", "one\\ntwo\\nthree\\n"]
[[scenario]]
name = "reads"
run = ["true"]
]==]

local SPANS = '{"resourceSpans":[{"scopeSpans":[{"spans":['
  .. '{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"run",'
  .. '"startTimeUnixNano":"1000","endTimeUnixNano":"9000"},'
  .. '{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b175","name":"query",'
  .. '"parentSpanId":"eee19b7ec3c1b174","startTimeUnixNano":"2000","endTimeUnixNano":"3000"}]}]}]}'

describe("clnrm diff", function()
  local dir, env
  before_each(function()
    dir = support.tempdir()
    env = { XDG_STATE_HOME = dir .. "/state" }
    support.write(dir .. "/p/clnrm.toml", "")
    support.write(dir .. "/p/t.clnrm.toml", TESTS)
  end)
  after_each(function()
    support.remove(dir)
  end)

  local function write(name, text)
    support.write(dir .. "/p/" .. name, text)
  end

  local function run(...)
    return support.run({ ... }, { cwd = dir .. "/p", env = env })
  end

  --- The result as data.
  local function data(...)
    local got = run("diff", "-f", "json", ...)
    assert.is_true(got.code < 2, got.err)
    local out = assert(json.decode(got.out))
    assert.equal("clnrm.diff/1", out.schema)
    assert.equal(out.same, got.code == 0)
    return out
  end

  --- Finds a change by the name of its node.
  local function change(out, name)
    for _, one in ipairs(out.changes) do
      if one.name == name then
        return one
      end
    end
  end

  it("finds nothing between two runs of the same tests, and says what it ignores", function()
    assert.equal(0, run("run").code)
    assert.equal(0, run("run").code)
    local out = data("latest~1", "latest")
    assert.same({ "run", true }, { out.kind, out.same })
    assert.is_true(out.ignored >= 1)
    assert.equal(0, run("diff", "latest~1").code)
    local exact = data("--exact", "latest~1", "latest")
    assert.is_false(exact.same)
    assert.is_truthy(change(exact, "set up"))
    assert.is_nil(change(exact, "migrate"))
  end)

  it("finds what is other in a run: outputs, verdicts, steps, scenarios", function()
    run("run")
    write("t.clnrm.toml", TESTS:gsub("three", "four"):gsub("%[\"true\"%]", "[\"false\"]")
      .. '[[scenario]]\nname = "new"\nrun = "true"\n')
    assert.equal(1, run("run").code)
    local out = data("latest~1", "latest")
    local migrate = change(out, "migrate")
    assert.same({ "run", "t.clnrm.toml › migrates" }, migrate.path)
    assert.same({
      name = "stdout", op = "changed", a = "one\ntwo\nthree\n", b = "one\ntwo\nfour\n",
    }, migrate.fields[2])
    local reads = change(out, "t.clnrm.toml › reads")
    assert.same({ name = "verdict", op = "changed", a = "pass", b = "fail" }, reads.fields[1])
    assert.equal("added", change(out, "t.clnrm.toml › new").op)
    local tree = run("diff", "latest~1", "latest")
    assert.equal(1, tree.code)
    assert.matches("\n%- [│ ]+three\n%+ [│ ]+four\n", tree.out)
    assert.matches("verdict  pass → fail\n", tree.out)
    assert.is_nil(tree.out:find("set up", 1, true))
    assert.matches("set up", run("diff", "--all", "latest~1", "latest").out)
  end)

  it("leaves out fields by --ignore, and says so", function()
    run("run")
    write("t.clnrm.toml", (TESTS:gsub("three", "four")))
    run("run")
    assert.equal(1, run("diff", "latest~1", "--ignore", "stdout").code)
    local got = run("diff", "latest~1", "--ignore", "std*,command")
    assert.equal(0, got.code, got.out)
    assert.matches("not compared, by %-%-ignore: command, stdout\n", got.out)
    got = run("diff", "latest~1", "--ignore", "command, exit codes ,stdout,") -- a blank in it
    assert.equal("warning: --ignore exit codes leaves nothing out: no field has such a name; did "
      .. "you mean exit code?\n", got.err)
    assert.equal(0, got.code)
    assert.equal(1, run("diff", "latest~1", "--ignore", "command stdout").code)
    assert.same({ "command", "stdout" },
      data("latest~1", "--ignore", "stdout", "--ignore", "command").left_out)
    got = run("diff", "latest~1", "--ignore", "std*,stdot,attr:command")
    assert.equal("warning: --ignore stdot leaves nothing out: no field has such a name; did you "
      .. "mean stdout?\nwarning: --ignore attr:command leaves nothing out: no field has such a "
      .. "name; did you mean command?\n", got.err)
    assert.equal("", run("diff", "latest~1", "-q", "--ignore", "stdot").err)
    got = run("diff", "latest~1", "--ignore", "[")
    assert.equal(2, got.code)
    assert.matches("%-%-ignore: '%[' is no glob", got.err)
  end)

  it("compares runs that were exported, also with records", function()
    write("t.clnrm.toml", TESTS:gsub(", %$%(date %+%%s%%N%)", "")) -- when it was is not exported
    run("run")
    run("runs", "export", "latest", "-o", "a.ndjson")
    local events = run("run", "-f", "events").out
    write("b.ndjson", events)
    assert.is_true(data("a.ndjson", "b.ndjson").same)
    assert.is_true(data("a.ndjson", "latest").same)
    local record = support.sh(("cat %s/state/clnrm/runs/*1-*.ndjson"):format(dir)).out
    write("c.ndjson", record)
    assert.is_true(data("c.ndjson", "latest").same)
    write("d.ndjson", (events:gsub('"stream":"stdout"', '"stream":"stdin"', 1)))
    local got = run("diff", "a.ndjson", "d.ndjson")
    assert.equal(2, got.code)
    assert.matches("d%.ndjson:%d+: `stream` is not stdout or stderr", got.err)
  end)

  it("says of a run without an end that it has none", function()
    local events = run("run", "-f", "events").out
    write("a.ndjson", events)
    write("b.ndjson", events:sub(1, events:find('"event":"step_end"', 1, true)))
    local got = run("diff", "a.ndjson", "b.ndjson")
    assert.equal(1, got.code)
    assert.matches("note: b%.ndjson has no end", got.err)
  end)

  it("compares files of spans", function()
    write("a.json", SPANS)
    write("b.json", (SPANS:gsub("c60c", "c60d"):gsub("eee19b7e", "0ee19b7e")))
    assert.is_true(data("a.json", "b.json").same)
    write("c.json", (SPANS:gsub('"query"', '"insert"')))
    local out = data("a.json", "c.json")
    assert.same({ 1, 1 }, { out.counts.added, out.counts.removed })
    local got = support.sh("clnrm diff a.json - <c.json", { cwd = dir .. "/p" })
    assert.equal(1, got.code)
    assert.matches("spans   a.json → standard input   2 → 2 spans", got.out)
    assert.equal("", run("diff", "-q", "a.json", "b.json").out)
    assert.matches("1 added", run("diff", "-q", "a.json", "c.json").out)
    local fields = run("diff", "-v", "a.json", "c.json").out
    assert.matches("\n%+ +kind  unspecified\n", fields)
    assert.is_nil(run("diff", "a.json", "c.json").out:find("unspecified", 1, true))
    write("d.ndjson", SPANS .. "\n" .. SPANS:gsub("60c", "60x") .. "\n")
    got = run("diff", "a.json", "d.ndjson")
    assert.equal(2, got.code)
    assert.matches("d.ndjson:2: resourceSpans[0].scopeSpans[0].spans[0].traceId: an id of 32",
      got.err, 1, true)
  end)

  it("compares a snapshot with the pending one", function()
    write("s.clnrm.toml", '[meta]\nname = "s"\n[[steps]]\nname = "say"\n'
      .. 'command = "echo a; echo b"\nexpect.stdout.snapshot = "said"\n')
    run("run", "s.clnrm.toml")
    run("snapshots", "accept")
    write("s.clnrm.toml", support.read(dir .. "/p/s.clnrm.toml"):gsub("echo b", "echo c"))
    run("run", "s.clnrm.toml")
    local path = support.sh("find . -name '*.snap'", { cwd = dir .. "/p" }).out:sub(3, -2)
    local got = run("diff", path)
    assert.equal(1, got.code)
    os.rename(dir .. "/p/" .. path .. ".new", dir .. "/kept")
    local lone = run("diff", path)
    assert.equal(2, lone.code)
    assert.matches("^error: " .. path:gsub("%p", "%%%0") .. " has no pending one beside it",
      lone.err)
    assert.matches("there is no file and no run 'gone.snap'", run("diff", "gone.snap").err)
    os.rename(dir .. "/kept", dir .. "/p/" .. path .. ".new")
    assert.matches("\n%- b\n%+ c\n  1 line added · 1 removed\n$", got.out)
    assert.equal(0, run("diff", path, path).code)
  end)

  it("compares test files by what they say, and other texts by their lines", function()
    write("b.toml", "# the same\n" .. TESTS)
    assert.is_true(data("t.clnrm.toml", "b.toml").same)
    write("b.toml", (TESTS:gsub("migrate\"", "migrate it\"")))
    local got = run("diff", "t.clnrm.toml", "b.toml")
    assert.equal(1, got.code)
    assert.matches("renamed%?", got.out)
    write("x", "one\ntwo\n")
    write("y", "one\nthree\n")
    assert.matches("\n  one\n%- two\n%+ three\n", run("diff", "x", "y").out)
    assert.equal(0, run("diff", "x", "x").code)
    write("y", "one\n::error::two\n")
    write("z", "::error::two\n")
    assert.is_nil(run("diff", "y", "z").out:find("\n *::error")) -- no command of a CI runner
  end)

  it("warns once of what is no record", function()
    run("run")
    support.write(dir .. "/state/clnrm/runs/90-aaaaaaaa.ndjson", "garbage\n")
    local got = run("diff", "latest", "latest")
    assert.equal(0, got.code)
    assert.matches("^warning: no record of a run: [^\n]+\n$", got.err)
  end)

  it("refuses what cannot be compared", function()
    write("a.json", SPANS)
    write("logs.json", '{"resourceLogs":[]}')
    for _, entry in ipairs({
      { {}, "takes two of a kind" },
      { { "a", "b", "c" }, "takes two of a kind" },
      { { "-", "-" }, "one side alone" },
      { { "a.json" }, "something to compare a.json with" },
      { { "a.json", "t.clnrm.toml" }, "of spans and t.clnrm.toml is a file of TOML" },
      { { "a.json", "nothere.json" }, "no file and no run 'nothere.json'" },
      { { "last", "latest" }, "did you mean 'latest'" },
      { { "last~1", "latest" }, "did you mean 'latest~1'" },
      { { "latest", "latest" }, "there is no run 'latest': 0 recorded" },
      { { "abc", "latest" }, "there is no run 'abc'" },
      { { "baseline", "latest" }, "baselines are not in this build" },
      { { ".", "." }, "%. is a folder" },
      { { "a.json", "logs.json" }, "a file of logs" },
      { { "/dev/zero", "a.json" }, "standard input" },
      { { "a.json", "a.json", "--review" }, "there is no terminal to ask at" },
      { { "a.json", "a.json", "-f", "junit" }, "diff has no format 'junit'" },
    }) do
      local got = run("diff", table.unpack(entry[1]))
      assert.equal(2, got.code, table.concat(entry[1], " "))
      assert.matches(entry[2], got.err)
      assert.equal("", got.out)
    end
  end)

  it("takes a word for a run when there is one, and for a file with a path before it", function()
    run("run")
    write("latest", "x\n")
    assert.is_true(data("latest", "latest").same)
    assert.equal("run", data("latest", "latest").kind)
    assert.equal("text", data("./latest", "./latest").kind)
  end)

  it("writes values of TOML in one way, of one line or several", function()
    write("x.toml", 'a = "x"\nb = "one\\ntwo \\"2\\"\\n"\nc = 5\n[old]\nd = "k\\nl"\n')
    write("y.toml", 'a = "one\\n"\nb = "one\\nthree"\nc = "5"\n')
    local out = data("x.toml", "y.toml")
    local fields = {}
    for _, one in ipairs(out.changes) do
      for _, field in ipairs(one.fields) do
        fields[field.name] = { field.a, field.b }
      end
    end
    assert.same({ '"x"', [["one\n"]] }, fields.a)
    assert.same({ [["one\ntwo \"2\"\n"]], [["one\nthree"]] }, fields.b)
    assert.same({ "5", '"5"' }, fields.c)
    assert.same({ [["k\nl"]] }, fields.d)
    assert.matches("\n~ *b\n", run("diff", "x.toml", "y.toml").out)
    local beside = run("diff", "x.toml", "y.toml", "-f", "side-by-side").out
    assert.matches("\n *> *\\ No newline at end of file\n", beside) -- below the line it is of
  end)

  it("writes each form, in the width there is", function()
    write("a.json", SPANS)
    write("c.json", (SPANS:gsub('"query"', '"insert"')))
    local tree = run("diff", "a.json", "c.json").out
    assert.equal(tree, run("diff", "a.json", "c.json", "-f", "tree", "--only-changes").out)
    assert.matches(" query .*<\n.*> .*insert",
      run("diff", "a.json", "c.json", "-f", "side-by-side").out)
    assert.matches("^%*%*spans%*%*, a.json", run("diff", "a.json", "c.json", "-f", "md").out)
    assert.matches("\27%[32m", run("diff", "a.json", "c.json", "--color", "always").out)
    env.COLUMNS, env.LANG = "40", "C"
    local narrow = run("diff", "a.json", "c.json").out
    assert.is_nil(narrow:find("[\128-\255]"))
    for line in narrow:gmatch("[^\n]+") do
      assert.is_true(#line <= 40, line)
    end
  end)
end)
