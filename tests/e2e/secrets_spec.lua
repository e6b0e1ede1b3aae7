--- Secrets: given to rooms, and in nothing that is written, in whatever form it was printed.
local support = dofile("tests/e2e/support.lua")

local ROOT = os.getenv("CLNRM_ROOT")
local COUNT = 40

local function secrets_table()
  local list = {}
  for i = 0, COUNT - 1 do
    list[#list + 1] = ("CANARY_%02d = true"):format(i)
  end
  return table.concat(list, "\n")
end

local SHOW = "python3 /project/canaries.py show"

--- Prints all of them: on both outputs, as a failure shows them, cut, captured, from a service.
local STEPS = ([==[
[meta]
name = "canaries"
[secrets]
%s
[services.talks]
command = "%s; %s >&2; touch /tmp/ready; sleep 60"
wait = { cmd = ["true"] }
[[scenario]]
name = "prints and fails"
[[scenario.steps]]
name = "both outputs"
command = "%s; %s >&2; exit 3"
expect.stdout.contains = "what is not there"
expect.stdout.equals = "another text"
continue_on_failure = true
[[scenario.steps]]
name = "a snapshot"
command = "%s"
expect.stdout.snapshot = "all of them"
continue_on_failure = true
[[scenario.steps]]
name = "one long line, and the seam of what is kept"
command = "%s | tr '\\n' ' ' >/tmp/all; for i in $(seq 12); do cat /tmp/all; done; exit 3"
continue_on_failure = true
[[scenario.steps]]
name = "the environment"
command = "env; env >&2; env | base64; exit 3"
continue_on_failure = true
[[scenario.steps]]
name = "captures"
command = "printf %%s \"$CANARY_00\""
capture = { taken = "stdout" }
continue_on_failure = true
[[scenario.steps]]
name = "uses what was captured"
command = ["sh", "-c", "echo $0; exit 3", "${taken}"]
depends_on = ["captures"]
]==]):format(secrets_table(), SHOW, SHOW, SHOW, SHOW, SHOW, SHOW)

local LUA = [==[
local clnrm = require("clnrm")
local function all(t)
  local env = {}
  for i = 0, 39 do
    local name = ("CANARY_%02d"):format(i)
    env[name] = t:secret(name)
  end
  return env
end
local SHOW = { "python3", "/project/canaries.py", "show" }

clnrm.test("a check fails", function(t)
  local result = t.room:exec(SHOW, { env = all(t) })
  t:log(result.stdout)
  t:attach("shown.txt", result.stdout)
  t:attach("name-" .. t:secret("CANARY_00") .. ".txt", "named")
  clnrm.expect(result.stdout):contains("what is not there")
end)
clnrm.test("a value differs", function(t)
  local result = t.room:exec(SHOW, { env = all(t) })
  clnrm.expect({ result.stdout, key = all(t) }):equals({ "a", key = {} })
end)
clnrm.test("a snapshot", function(t)
  local result = t.room:exec(SHOW, { env = all(t) })
  clnrm.expect({ all = all(t), out = result.stdout }):snapshot("value")
end)
clnrm.test("an assert, an error, an argument", function(t)
  local env = all(t)
  t.room:exec({ "echo", env.CANARY_00, env.CANARY_07 })
  t.room:exec("echo '" .. env.CANARY_00 .. "' >&2; false")
  local ok, err = pcall(error, "with " .. env.CANARY_01 .. " in it")
  assert(not ok and t.room:exec({ "false", env.CANARY_03 }).ok, err .. env.CANARY_04)
end)
clnrm.test("raises it", function(t)
  error("the password is " .. t:secret("CANARY_05") .. " and " .. t:secret("CANARY_06"))
end)
]==]

local OFF = [==[
local function same(s) return s end
return { MASK = "***", new = function() return { raw = same, stars = same, values = {},
  text = function(_, s) return s end, output = function(_, o) return o end } end }
]==]

describe("forty secrets in every form", function()
  local dir, out, env_file

  before_each(function()
    dir = support.tempdir()
    out = support.tempdir()
    env_file = out .. "-env"
    support.write(dir .. "/clnrm.toml", "")
    support.write(dir .. "/canaries.py", support.read(ROOT .. "/tests/tools/canaries.py"))
    support.write(dir .. "/steps.clnrm.toml", STEPS)
    support.write(dir .. "/lua.clnrm.lua", LUA)
    support.sh(("python3 %s/canaries.py env %s"):format(dir, env_file))
  end)
  after_each(function()
    support.remove(dir)
    support.remove(out)
    os.remove(env_file)
  end)

  --- Runs clnrm; what it printed goes into a file of `out`, with all else that it may write.
  local function run(name, argv, on_tty)
    local env =
      { XDG_STATE_HOME = out, COLUMNS = "120", GITHUB_STEP_SUMMARY = out .. "/summary.md" }
    local words = on_tty and { "python3", dir .. "/canaries.py", "tty", support.clnrm }
      or { "clnrm" }
    for _, word in ipairs({ "run", "--env-file", env_file, table.unpack(argv) }) do
      words[#words + 1] = support.quote(word)
    end
    local got = support.sh(table.concat(words, " "), { cwd = dir, env = env, deadline_s = 300 })
    support.write(out .. "/" .. name .. ".out", got.out)
    support.write(out .. "/" .. name .. ".err", got.err)
    return got
  end

  local function find(where)
    return support.sh(("python3 %s/canaries.py find %s %s"):format(dir, env_file, where),
      { deadline_s = 300 }).out
  end

  --- Every kind of report in one run, which tries again what failed; plain and on a terminal.
  local function runs()
    local tty = { "-vv", "--color", "always", "--retries", "1" }
    for _, kind in ipairs(require("engine.cli.values").report_kinds) do
      table.insert(tty, "--report")
      table.insert(tty, ("%s=%s/report-%s"):format(kind, out, kind))
    end
    return {
      { "v", { "-vv" } },
      { "tty", tty, true },
      { "kept", { "--keep", "-k", "'prints and fails'" } },
    }
  end

  it("are looked for in every format of standard output", function()
    local kinds = { auto = true, human = true }
    for _, kind in ipairs(require("engine.cli.values").report_kinds) do
      kinds[kind] = true
    end
    local formats = require("engine.cli.run").formats
    assert.is_true(#formats > 0)
    for _, format in ipairs(formats) do
      assert.is_true(kinds[format], format .. " is no kind of report: give it a run of its own")
    end
  end)

  it("are found nowhere", function()
    local listed = runs()
    for _, one in ipairs(listed) do
      local got = run(one[1], one[2], one[3])
      assert.is_true(got.code == 1 or got.code == 2, one[1] .. ": " .. got.out .. got.err)
    end
    support.sh("clnrm reap", { env = { XDG_STATE_HOME = out } })
    os.execute(("cp -r %s/snapshots %s/.clnrm %s"):format(dir, dir, out))
    local found = find(out)
    assert.matches("^0 of %d+ forms of 40 values in %d+ files\n$", found)
    assert.is_true(tonumber(found:match("in (%d+) files")) >= 2 * #listed + 3, found)
    for _, kind in ipairs(require("engine.cli.values").report_kinds) do
      assert.is_true(#support.read(out .. "/report-" .. kind) > 0, kind)
    end
    assert.matches('"event":"attempt_end"', support.read(out .. "/report-events"))
    local report = support.read(out .. "/report-json")
    for _, word in ipairs({ "both outputs", "T802", "T710", "T701", "c_39 base64" }) do
      assert.is_truthy(report:find(word, 1, true), word) -- it was really printed
    end
    assert.is_truthy(support.read(dir .. "/.clnrm/artifacts/lua.clnrm.lua/a_check_fails/shown.txt"))
  end)

  it("are found by this search when the mask is off", function()
    support.write(dir .. "/.clnrm/override/engine/secrets/mask.lua", OFF)
    run("json", { "--format", "json" })
    run("v", { "-vv" })
    os.execute(("cp -r %s/snapshots %s/.clnrm/artifacts %s"):format(dir, dir, out))
    local found = find(out)
    local seen, all = found:match("(%d+) of (%d+) forms of 40 values")
    assert.is_true(tonumber(seen) > 0.98 * tonumber(all), found:sub(-300))
  end)
end)

describe("[secrets]", function()
  local dir

  before_each(function()
    dir = support.tempdir()
  end)
  after_each(function()
    support.remove(dir)
  end)

  local function run(text, opts, ...)
    support.write(dir .. "/s.clnrm.toml", text)
    opts = opts or {}
    opts.cwd = dir
    return support.run({ "run", "s.clnrm.toml", ... }, opts)
  end

  local function file(table_text, command)
    return ('[meta]\nname = "s"\n[secrets]\n%s\n[[steps]]\nname = "x"\ncommand = %s\n'):format(
      table_text, support.quote(command))
  end

  local GIVEN = { DB_PASSWORD = "correct-horse" }

  it("gives a variable to the steps, of that or of another name", function()
    for body, name in pairs({
      ["DB_PASSWORD = true"] = "DB_PASSWORD",
      ['PGPASSWORD = "DB_PASSWORD"'] = "PGPASSWORD",
      ['X = { env = "DB_PASSWORD" }'] = "X",
    }) do
      local got = run(file(body, ("test \"$%s\" = correct-horse"):format(name)), { env = GIVEN })
      assert.equal(0, got.code, body .. got.out)
    end
    local got = run('secrets = ["DB_PASSWORD"]\n[meta]\nname = "s"\n[[steps]]\nname = "x"\n'
      .. "command = 'test $DB_PASSWORD = correct-horse'\n", { env = GIVEN })
    assert.equal(0, got.code, got.out)
  end)

  it("is an error of the test when one is missing, empty or too short", function()
    for value, code in pairs({ [""] = "T811", abc = "T812" }) do
      local got = run(file("DB_PASSWORD = true", "true"), { env = { DB_PASSWORD = value } })
      assert.equal(2, got.code)
      assert.matches(code, got.out)
      assert.matches(":4:1", got.out)
      assert.equal(value == "", got.out:find("it is empty in the environment", 1, true) ~= nil)
      assert.equal(value == "", got.out:find("not given", 1, true) ~= nil)
    end
    local got = run(file("DB_PASSWORD = true", "touch /project/ran"))
    assert.equal(2, got.code)
    assert.matches("T811", got.out)
  end)

  it("runs no step when one is missing", function()
    local got = run(file("DB_PASSWORD = true", "echo it ran"), nil, "--format", "json")
    assert.is_nil(got.out:find('"name":"x"', 1, true))
  end)

  it("runs no hook either, and nothing in a shared room", function()
    local text = '[meta]\nname = "s"\n[secrets]\nGONE = true\n[hooks]\nbefore_all = "echo it ran"\n'
      .. 'before_each = "echo it ran"\nafter_each = "echo it ran"\nafter_all = "echo it ran"\n'
    for _, room in ipairs({ "fresh", "shared" }) do
      local scenario = '[[scenario]]\nname = "a"\nrun = "echo it ran"\nroom = "%s"\n'
      local got = run(text .. scenario:format(room), nil, "--format", "events")
      assert.equal(2, got.code, got.out)
      assert.matches("T811", got.out)
      assert.is_nil(got.out:find('"event":"hook"', 1, true), got.out)
      assert.is_nil(got.out:find('"event":"step_begin"', 1, true), got.out)
    end
  end)

  it("is in the environment of hooks, and masked in what they print", function()
    local got = run('[meta]\nname = "s"\n[secrets]\nDB_PASSWORD = true\n[hooks]\n'
      .. 'before_each = "echo pw $DB_PASSWORD; false"\n[[steps]]\nname = "x"\ncommand = "true"\n',
      { env = GIVEN }, "-vv")
    assert.equal(2, got.code, got.out)
    assert.matches("pw %*%*%*", got.out)
    assert.is_nil(got.out:find("correct-horse", 1, true))
  end)

  it("leaves an optional one out", function()
    local got = run(file("DB_PASSWORD = { required = false }", "test -z ${DB_PASSWORD+x}"))
    assert.equal(0, got.code, got.out)
  end)

  it("are not in the environment of a file that does not ask", function()
    local got = run('[meta]\nname = "s"\n[[steps]]\nname = "x"\n'
      .. "command = 'test -z ${DB_PASSWORD+x}'\n", { env = GIVEN })
    assert.equal(0, got.code, got.out)
  end)

  it("takes the file of --env-file before the environment", function()
    support.write(dir .. "/env", "DB_PASSWORD=from-the-file\n")
    os.execute("chmod 600 " .. dir .. "/env")
    local test = file("DB_PASSWORD = true", 'test "$DB_PASSWORD" = from-the-file')
    local got = run(test, { env = GIVEN }, "--env-file", "env")
    assert.same({ 0, "" }, { got.code, got.err })
    os.execute("chmod 644 " .. dir .. "/env")
    got = run(file("DB_PASSWORD = true", "true"), nil, "--env-file", "env")
    assert.equal(0, got.code)
    assert.matches("can be read by everybody", got.err)
  end)

  it("refuses a file that is wrong, by its place and without its text", function()
    for text, place in pairs({
      ["A=1\nhunter2hunter2\n"] = "2:", ["A='hunter2hunter2\n"] = "1:3",
      ["A=hunter2$hunter2\n"] = "1:10",
      ["=hunter2\n"] = "1:1", ["A=hunter2\nA=hunter2\n"] = "2:1", ['A="hunter2\\q"\n'] = "1:11",
      ["A='hunter2' hunter2\n"] = "1:13", ["A =hunter2\n"] = "1:2", ["A=hunter2\0\n"] = "1:10",
    }) do
      support.write(dir .. "/env", text)
      local got = run(support.HELLO, nil, "--env-file", "env")
      assert.equal(2, got.code, text)
      assert.is_truthy(got.err:find("env:" .. place, 1, true), text .. got.err)
      assert.is_nil(got.err:find("hunter2", 1, true), got.err)
    end
    assert.equal(2, run(support.HELLO, nil, "--env-file", "gone").code)
  end)

  it("is masked in the frames of the file, and the columns stay", function()
    local got = run(file("DB_PASSWORD = true", "echo x")
      .. 'expect.stdout.contains = "correct-horse"\n', { env = GIVEN })
    assert.equal(1, got.code)
    assert.is_nil((got.out .. got.err):find("correct-horse", 1, true))
    assert.matches('contains = "%*%*%*%*%*%*%*%*%*%*%*%*%*"', got.out)
  end)

  it("compares with what was really printed", function()
    local got = run(file("DB_PASSWORD = true", "echo $DB_PASSWORD")
      .. 'expect.stdout.equals = "correct-horse\\n"\n', { env = GIVEN })
    assert.equal(0, got.code, got.out)
    got = run(file("DB_PASSWORD = true", "echo $DB_PASSWORD")
      .. 'expect.stdout.equals = "***\\n"\n', { env = GIVEN })
    assert.equal(1, got.code, got.out)
  end)

  it("is in no snapshot, and the snapshot of another value is the same", function()
    local text = file("DB_PASSWORD = true", "echo pw $DB_PASSWORD; echo $DB_PASSWORD | base64")
      .. 'expect.stdout.snapshot = "out"\n'
    run(text, { env = GIVEN })
    support.run({ "snapshots", "accept" }, { cwd = dir })
    local stored = support.read(dir .. "/snapshots/s.clnrm.toml/s/out.snap")
    assert.matches("\npw %*%*%*\n", stored)
    assert.equal(0, run(text, { env = GIVEN }).code)
  end)

  it("masks inherited variables that are named like secrets", function()
    local text = '[meta]\nname = "s"\n[room]\ninherit_env = ["API_KEY", "MODE"]\n[[steps]]\n'
      .. 'name = "x"\ncommand = "echo $API_KEY $MODE; false"\n'
    local got = run(text, { env = { API_KEY = "correct-horse", MODE = "something" } })
    assert.equal(1, got.code)
    assert.is_nil(got.out:find("correct-horse", 1, true))
    assert.matches("%*%*%* something", got.out)
  end)

  it("is given to a Lua test by t:secret, which is an error without", function()
    support.write(dir .. "/s.clnrm.lua", 'local clnrm = require("clnrm")\n'
      .. 'clnrm.test("s", function(t)\n  local ok, value = pcall(t.secret, t, "DB_PASSWORD")\n'
      .. '  t:log("it is " .. tostring(value))\n  clnrm.expect(ok and value or "")'
      .. ':equals("correct-horse")\nend)\n')
    local got = support.run({ "run", "s.clnrm.lua", "-vv" }, { cwd = dir, env = GIVEN })
    assert.equal(0, got.code, got.out)
    assert.is_nil(got.out:find("correct-horse", 1, true))
    got = support.run({ "run", "s.clnrm.lua" }, { cwd = dir })
    assert.equal(2, got.code)
    assert.matches("T811", got.out)
  end)
end)
