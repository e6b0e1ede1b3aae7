--- clnrm.property and clnrm.fake in tests and in plain programs.
local json = require("core.json")
local support = dofile("tests/e2e/support.lua")

describe("[property]", function()
  local dir

  before_each(function()
    dir = support.tempdir()
  end)

  after_each(function()
    support.remove(dir)
  end)

  local function run(body, ...)
    support.write(dir .. "/a.clnrm.toml", '[meta]\nname = "it"\n' .. body)
    local env = { HOME = dir .. "/h", XDG_STATE_HOME = dir }
    return support.run({ "run", ... }, { cwd = dir, env = env })
  end

  local GEN = '[property]\nruns = 8\nseed = 3\n[property.gen]\n'
    .. 'n = { kind = "int", min = 0, max = 1000 }\n'

  it("refuses lists in lists that no run could make, and many that are too large together",
    function()
      local got = run([==[
[property]
runs = 1
[property.gen]
a = { kind = "list", min = 100, max = 100, of = { kind = "text", min = 101, max = 101 } }
b = { kind = "list", min = 6, max = 6, of = { kind = "text", min = 1000, max = 1000 } }
c = { kind = "list", min = 5, max = 5, of = { kind = "text", min = 1000, max = 1000 } }
[[scenario]]
name = "values"
[[scenario.steps]]
name = "say"
command = 'echo "$a"'
]==])
      assert.equal(2, got.code)
      assert.matches("P103.-at least 10100 parts.-P103.-at least 11000 parts", got.out .. got.err)
    end)

  it("gives an empty list as JSON has it, and an empty table too", function()
    local got = run([==[
[property]
runs = 1
[property.gen]
list = { kind = "list", of = "int", max = 0 }
lists = { kind = "list", of = { kind = "list", of = "int", max = 0 }, min = 1, max = 1 }
none = { kind = "table", of = {} }
[[scenario]]
name = "values"
[[scenario.steps]]
name = "say"
command = 'echo "$list $lists $none"; exit 1'
]==])
    assert.matches("list = %[%], lists = %[%[%]%], none = {}", got.out .. got.err)
    assert.matches("stdout  │ %[%] %[%[%]%] {}", got.out .. got.err)
  end)

  it("runs each scenario on as many values, in fresh rooms, and tells one run", function()
    local got = run(GEN .. [==[
word = "word"
f = "float"
list = { kind = "list", of = "bool", min = 1, max = 1 }
[[scenario]]
name = "values"
[[scenario.steps]]
name = "a shell"
command = 'test "$n" -ge 0 && test -n "$word" && test ! -e seen && echo "$n $list" > seen'
[[scenario.steps]]
name = "argv"
command = ["sh", "-c", 'test "$(cat seen)" = "$1" && echo "$1"', "sh", "${n} ${list}"]
expect.stdout.matches = '^\d+ \[(true|false)\]$'
]==], "-f", "events")
    assert.equal(0, got.code, got.out)
    assert.equal(1, select(2, got.out:gsub('"event":"scenario_end"', "")))
    assert.matches("PASS [^\n]*› values  8 values\n", run(GEN .. [==[
[[scenario]]
name = "values"
[[scenario.steps]]
name = "x"
command = "true"
]==]).out)
    assert.matches('"values":{"of":8,"ran":8}', got.out, 1, true)
    assert.equal(2, select(2, got.out:gsub('"event":"step_end"', "")))
  end)

  it("tells the simplest values that fail, with the seed", function()
    local body = GEN .. [==[
word = "text"
[[steps]]
name = "compares"
command = ["test", "${n}", "-lt", "57"]
]==]
    local got = run(body)
    assert.equal(1, got.code)
    assert.matches("FAIL [^\n]*› it  %d of 8 values\n", got.out)
    assert.matches('it fails for n = 57, word = ""', got.out, 1, true)
    assert.matches("run %d of 8, %-%-seed 3", got.out)
    assert.matches("--seed 5", run(body, "--seed", "5").out, 1, true)
  end)

  it("is flaky where the value does not fail again", function()
    local got = run(GEN .. [==[
[[steps]]
name = "by chance"
command = 'test "$(od -An -N1 -tu1 /dev/urandom)" -ge 128'
]==])
    assert.is_true(got.code == 0 or got.code == 1, got.out)
    assert.matches(got.code == 0 and "flaky" or "it fails for", got.out:lower(), 1, true)
  end)

  it("is infra when somebody restarts its service in one run, and passes in the next", function()
    support.write(dir .. "/a.clnrm.toml", '[meta]\nname = "it"\n' .. GEN .. [==[
[services.web]
command = "echo up; exec sleep 60"
wait = { log = "up" }
[[scenario]]
name = "waits"
[[scenario.steps]]
name = "x"
service = "web"
command = "until grep -q go /project/go; do sleep 0.05; done"
]==])
    support.write(dir .. "/go", "")
    local got = support.sh([[
"$CLNRM" run --json > report.json 2> err & pid=$!
for i in $(seq 600); do
  "$CLNRM" services restart latest:waits web > /dev/null 2>&1 && break
  sleep 0.05
done
echo go > go
wait $pid; echo "run $?"]], { cwd = dir, deadline_s = 60,
      env = { CLNRM = support.clnrm, HOME = dir .. "/h", XDG_STATE_HOME = dir } })
    assert.equal("run 6\n", got.out, got.err)
    local report = assert(json.decode(support.read(dir .. "/report.json")))
    local result = report.results[1]
    assert.same({ "infra", "V009" }, { result.verdict, result.failures[1].code })
    assert.same({ ran = 1, of = 8 }, result.values)
    assert.same({ "infra", "pass" }, { result.attempts[1].verdict, result.attempts[2].verdict })
    assert.same({ "it was so for n = 0", "run 1 of 8, --seed 3" },
      { result.failures[1].notes[1], result.failures[1].notes[2] })
  end)

  it("refuses wrong generators at their places", function()
    for text, why in pairs({
      ['[property.gen]\nn = "intt"\n'] = "did you mean `int`?",
      ['[property.gen]\n"a-b" = "int"\n'] = "cannot be the name of a variable",
      ["[property]\nruns = 5\n"] = "`gen` is missing in [property]",
      ['[property.gen]\nn = "int"\n[[scenario]]\nname = "s"\nroom = "shared"\nrun = "true"\n'] =
        "in rooms of their own",
      ['[property.gen]\nn = "int"\n[[scenario]]\nname = "s"\n[[scenario.steps]]\nname = "c"\n'
        .. 'command = ["echo", "1"]\ncapture = { n = "stdout" }\n'] =
        "is generated by [property] too",
      ['[property.gen]\nn = "int"\n[[scenario]]\nname = "s"\nrun = ["echo", "${m}"]\n'] =
        "no step captures ${m}",
    }) do
      local got = run(text .. '[[scenario]]\nname = "t"\nrun = "true"\n')
      assert.equal(2, got.code, text)
      assert.matches(why, got.out, 1, true)
    end
  end)
end)

describe("clnrm.property", function()
  local dir

  before_each(function()
    dir = support.tempdir()
  end)

  after_each(function()
    support.remove(dir)
  end)

  --- Runs a file with one test.
  local function run(body, ...)
    support.write(dir .. "/a.clnrm.lua", 'local clnrm = require("clnrm")\n'
      .. 'clnrm.test("it", function(t)\n' .. body .. "\nend)\n")
    local env = { HOME = dir .. "/h", XDG_STATE_HOME = dir }
    return support.run({ "run", ... }, { cwd = dir, env = env })
  end

  it("passes where it holds, by what it returns or by its checks", function()
    assert.equal(0, run('clnrm.property("int", function(n) return n == n end)').code)
    assert.equal(0, run('clnrm.property("int", function(n) clnrm.expect(n):equals(n) end)').code)
  end)

  it("is no evidence where it checks nothing", function()
    local got = run('clnrm.property("int", function() end)')
    assert.equal(1, got.code)
    assert.matches("T704", got.out)
  end)

  it("tells the simplest value that fails, the seed, and the command to run it again", function()
    local got = run([[
  clnrm.property({ kind = "list", of = "int" }, function(list)
    clnrm.expect(#list):lt(3)
  end, { seed = 7 })]])
    assert.equal(1, got.code)
    assert.matches("the property does not hold for { 0, 0, 0 }", got.out, 1, true)
    assert.matches("run %d+ of 100, seed 7", got.out)
    assert.matches("first it failed for", got.out, 1, true)
    assert.matches("made simpler in", got.out, 1, true)
    assert.matches("rerun: clnrm run a.clnrm.lua", got.out, 1, true)
  end)

  it("fails for what is raised and for false, the same way in each run", function()
    local body = [[clnrm.property("text", function(s)
    assert(not s:find("%", 1, true), "a percent")
  end)]]
    local first = run(body).out
    assert.matches('does not hold for "%"', first, 1, true)
    assert.matches("a percent", first, 1, true)
    local function told(out)
      return out:match("run %d+ of 100, seed %d+"), out:match("first it failed for[^\n]*")
    end
    assert.same({ told(first) }, { told(run(body).out) })
    assert.not_equal((told(first)), (told(run(body, "--seed", "5").out)))
    assert.matches("does not hold for 1", run([[clnrm.property("int", function(n)
    return n < 1
  end, { runs = 500 })]]).out, 1, true)
  end)

  it("refuses what is no generator", function()
    for body, why in pairs({
      ['clnrm.property("intt", print)'] = "did you mean `int`",
      ['clnrm.property("int", 1)'] = "must be a function",
      ['clnrm.property("int", print, { run = 1 })'] = "no option 'run'",
      ['clnrm.property("int", print, { runs = 0 })'] = "from 1 to 100000",
      ['clnrm.fake.make("emial")'] = "did you mean 'email'",
      ['clnrm.fake.email({ size = 1 })'] = "has no option 'size'",
    }) do
      local got = run(body)
      assert.equal(2, got.code, body)
      assert.matches(why, got.out, 1, true)
    end
  end)

  it("draws fake data by the seed of the test", function()
    local body = 'error("<" .. clnrm.fake.name() .. "|" .. clnrm.fake.name() .. ">")'
    local function told(...)
      return run(body, ...).out:match("<([%a ]+)|([%a ]+)>")
    end
    local one, two = told()
    assert.is_string(two)
    assert.not_equal(one, two)
    assert.same({ one, two }, { told() })
    assert.not_same({ one, two }, { told("--seed", "9") })
  end)

  it("works in a plain program, and tells its seed", function()
    support.write(dir .. "/p.lua", [[
local clnrm = require("clnrm")
clnrm.property("int", function(n) return n == n end)
print(clnrm.fake.word({ seed = 1 }), #clnrm.fake.kinds() > 50)
clnrm.property("bool", function(b) return not b end)
]])
    local env = { HOME = dir .. "/h", XDG_STATE_HOME = dir }
    local got = support.run({ "p.lua" }, { cwd = dir, env = env })
    assert.matches("^%l+\ttrue", got.out)
    assert.equal(1, got.code)
    assert.matches("the property does not hold for true", got.err, 1, true)
  end)
end)
