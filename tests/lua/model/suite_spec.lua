--- What a Suite says, key by key.
local duration = require("engine.model.duration")
local json = require("core.json")
local model = require("engine.model")

local function load(text)
  local suite, list = model.parse(text, "/p/x.toml", { file = "x.toml" })
  local first = list[1] and list[1].message
  return assert(suite, first), list
end

--- The one step of a file with these lines in it.
local function step(lines)
  return load('meta.name = "x"\n[[steps]]\nname = "s"\ncommand = ["true"]\n' .. lines)
    .scenarios[1].steps[1]
end

--- The checks of such a step but the first, without their places.
local function checks(lines)
  local out = {}
  for i, check in ipairs(step(lines).checks) do
    assert.is_true(check.pos.line >= 2 and check.pos.column >= 1)
    check.pos = nil
    out[i] = check
  end
  return table.unpack(out, 2)
end

describe("a command", function()
  local function command(text)
    local suite = load(('meta.name = "x"\nsteps = [{ name = "s", command = %s }]'):format(text))
    local made = suite.scenarios[1].steps[1]
    return made.argv or made.shell
  end

  it("is an argv when it is a list, and for the shell when it is text", function()
    assert.same({ "echo", "a b", "" }, command('["echo", "a b", ""]'))
    assert.equal("echo $HOME", command('"echo $HOME"'))
    assert.same({ "true" }, command('["true"]'))
  end)

  it("is for the shell when it is a list of one item with blanks", function()
    assert.equal("echo a", command('["echo a"]'))
    assert.equal("echo\ta", command('["echo\\ta"]'))
  end)
end)

describe("the exit code", function()
  it("has one check, the first, whatever is said", function()
    local function first(lines)
      local made = step(lines).checks
      local count = 0
      for _, check in ipairs(made) do
        count = count + (check.subject == "exit_code" and 1 or 0)
      end
      assert.equal(1, count)
      return { made[1].matcher, made[1].expected, made[1].key, made[1].implied }
    end
    assert.same({ "equals", 0, "expected_exit_code", true }, first(""))
    assert.same({ "equals", 3, "expected_exit_code" }, first("expected_exit_code = 3"))
    assert.same({ "equals", 3, "exit_code" }, first("exit_code = 3"))
    assert.same({ "equals", 4, "expect.exit_code" },
      first('expect.stdout.contains = "a"\nexpect.exit_code = 4'))
    assert.same({ "fails", true, "should_fail" }, first("should_fail = true"))
    assert.same({ "equals", 2, "exit_code" }, first("should_fail = true\nexit_code = 2"))
    assert.same({ "equals", 0, "expected_exit_code", true }, first("should_fail = false"))
  end)
end)

describe("a check", function()
  local function one(lines)
    return (checks(lines))
  end

  it("has its subject, matcher, value and key", function()
    assert.same({ subject = "stdout", matcher = "equals", expected = "a\n",
      key = "expect.stdout.equals" }, one('expect.stdout.equals = "a\\n"'))
    assert.same({ subject = "stderr", matcher = "not_matches", expected = "a+",
      key = "expect.stderr.not_matches" }, one('expect.stderr.not_matches = "a+"'))
    assert.same({ subject = "stderr", matcher = "contains", expected = "a",
      key = "expected_output_contains_stderr" }, one('expected_output_contains_stderr = "a"'))
    assert.same({ subject = "stdout", matcher = "not_matches", expected = "a",
      key = "expected_output_regex_not" }, one('expected_output_regex_not = "a"'))
    assert.same({ subject = "duration_ms", matcher = "lt", expected = 2.5,
      key = "expect.duration_ms.lt" }, one("expect.duration_ms.lt = 2.5"))
  end)

  it("is one of many for a list", function()
    local a, b = checks('expect.stdout.contains = ["a", "b"]')
    assert.equal("a", a.expected)
    assert.equal("b", b.expected)
    a, b = checks("expected_output_regex = ['a', 'b']")
    assert.equal("matches", b.matcher)
    assert.equal("ab", a.expected .. b.expected)
  end)

  it("keeps the order of the file", function()
    local order = {}
    for i, check in ipairs({ checks([[
expect.stdout.contains = "1"
expected_output_contains = "2"
expect.stderr.equals = "3"
expect.duration_ms.lt = 4
]]) }) do
      order[i] = check.key:match("[^.]+$")
    end
    assert.same({ "contains", "equals", "lt", "expected_output_contains" }, order)
  end)

  it("of lines is a number or a list", function()
    assert.equal(3, one("expect.stdout.lines = 3").expected)
    assert.same({ "a", "" }, one('expect.stdout.lines = ["a", ""]').expected)
    assert.same({}, one("expect.stdout.lines = []").expected)
  end)

  it("of JSON has path, steps and a value that compares with decoded JSON", function()
    local a, b = checks('expect.stdout.json = { "$.a[0]" = [1, [], {}], "$[\'b c\']" = true }')
    assert.equal('expect.stdout.json."$.a[0]"', a.key)
    assert.equal("$.a[0]", a.expected.path)
    assert.same({ "a", 0 }, a.expected.steps)
    assert.equal(json.encode(json.decode("[1,[],{}]")), json.encode(a.expected.value))
    assert.is_true(json.is_array(a.expected.value[2]))
    assert.is_false(json.is_array(a.expected.value[3]))
    assert.same({ "b c" }, b.expected.steps)
  end)

  it("of a file has its path, permission bits as a number, the digest in small letters", function()
    local digest = ("AB"):rep(32)
    local exists, mode, sha, other = checks(([[
expect.file."out put".exists = true
expect.file."out put".mode = "0644"
expect.file."out put".sha256 = "sha256:%s"
expect.file."/b" = { mode = 0o1755, contains = ["x"] }
]]):format(digest))
    assert.same({ subject = "file", path = "out put", matcher = "exists", expected = true,
      key = 'expect.file."out put".exists' }, exists)
    assert.equal(420, mode.expected)
    assert.equal(digest:lower(), sha.expected)
    assert.equal("/b", other.path)
    assert.equal(1005, other.expected)
  end)
end)

describe("durations", function()
  it("are whole seconds or text with units", function()
    local function ms(text)
      return step("timeout = " .. text).timeout_ms
    end
    assert.equal(10000, ms("10"))
    assert.equal(500, ms('"500ms"'))
    assert.equal(10000, ms('"10s"'))
    assert.equal(120000, ms('"2m"'))
    assert.equal(3600000, ms('"1h"'))
    assert.equal(90000, ms('"1m30s"'))
    assert.equal(5405006, ms('"1h30m5s6ms"'))
    assert.is_nil(step("").timeout_ms)
  end)

  it("of other forms are none", function()
    for _, text in ipairs({ "", "1", "s", "1 s", "1d", "-1s", "1.5s", "1s1m", "1s1s", "1S",
      "1sx", "9999999999999999999s", "367d", "9000h", "٣s" }) do
      assert.is_nil(duration.parse(text), text)
    end
    assert.equal("1h", duration.format(3600000))
    assert.equal("90s", duration.format(90000))
    assert.equal("1500ms", duration.format(1500))
    assert.equal("0ms", duration.format(0))
  end)
end)

describe("the environment", function()
  it("keeps the order of the file; numbers and booleans become text", function()
    assert.same({ { "B", "x" }, { "A", "1" }, { "C", "true" }, { "D", "0.5" }, { "E", "" } },
      step('env = { B = "x", A = 1, C = true, D = 0.5, E = "" }').env)
    assert.same({ { "B", "x=y" }, { "A", "" } }, step('env = ["B=x=y", "A="]').env)
    assert.same({}, step("").env)
  end)

  it("of the room comes apart", function()
    local suite = load([[
meta.name = "x"
steps = [{ name = "s", command = "true" }]
[room]
project = "none"
env = { A = "b" }
inherit_env = "HOME"
]])
    assert.same({ project = "none", env = { { "A", "b" } }, inherit_env = { "HOME" } }, suite.room)
  end)
end)

describe("identity", function()
  local STEPS = '\n[[steps]]\nname = "s"\ncommand = ["true"]\n'

  it("may be spelt in three ways, also spread over them", function()
    for _, table_name in ipairs({ "meta", "test", "test.metadata" }) do
      local suite = load(("[%s]\nname = 'n'\nversion = '1'\ndescription = 'd'\nauthor = 'a'\n"
        .. "tags = ['t']\ntimeout = 5\n"):format(table_name) .. STEPS)
      assert.same({ "n", "1", "d", "a", "t", 5000 }, {
        suite.name, suite.version, suite.description, suite.author, suite.tags[1], suite.timeout_ms,
      })
    end
    local suite = load("[test]\nname = 'n'\n[test.metadata]\ntags = ['t']\n" .. STEPS)
    assert.equal("n", suite.name)
    assert.same({ "t" }, suite.tags)
  end)
end)

describe("scenarios", function()
  it("come behind the file's own steps, in the order of the file, in both spellings", function()
    local suite = load([=[
meta = { name = "x", tags = ["file"] }
[[scenarios]]
name = "b"
run = ["one"]
timeout_ms = 7
tags = ["own", "file"]
[[scenario]]
name = "a"
run = "two"
expect_failure = true
timeout = "1s"
[[scenario.steps]]
name = "then"
command = ["three"]
[[steps]]
name = "s"
command = ["true"]
]=])
    local names = {}
    for i, scenario in ipairs(suite.scenarios) do
      names[i] = scenario.id
      assert.equal(suite, scenario.suite)
    end
    assert.same({ "x.toml › x", "x.toml › b", "x.toml › a" }, names)
    local own, b, a = table.unpack(suite.scenarios)
    assert.same({ "file" }, own.tags)
    assert.same({ "file", "own" }, b.tags)
    assert.equal(7, b.timeout_ms)
    assert.equal(1000, a.timeout_ms)
    assert.is_true(a.expect_failure)
    assert.same({ "run", "then" }, { a.steps[1].name, a.steps[2].name })
    assert.same({ 1, 2 }, { a.steps[1].index, a.steps[2].index })
    assert.equal("two", a.steps[1].shell)
    assert.same({ 2, 7, 9, 12 }, { b.line, a.line, a.steps[1].line, a.steps[2].line })
  end)

  it("have ids of their own, also when one is named like the file", function()
    local suite = load([=[
meta.name = "x"
[[steps]]
name = "s"
command = ["true"]
[[scenario]]
name = "x"
run = ["true"]
]=])
    assert.equal("x.toml › x (steps)", suite.scenarios[1].id)
    assert.equal("x.toml › x", suite.scenarios[2].id)
  end)
end)

describe("names", function()
  it("may be those of our own fields", function()
    for _, name in ipairs({ "order", "list", "has", "t", "k", "value", "name", "__index" }) do
      local suite = load(([=[
meta.name = "%s"
[[steps]]
name = "%s"
command = ["true"]
[[scenario]]
name = "%s (2)"
run = ["true"]
[room]
env = { %s = "x" }
]=]):gsub("%%s", name))
      assert.equal(name, suite.scenarios[1].steps[1].name)
      assert.equal(name, suite.room.env[1][1])
    end
    local _, list = model.parse([=[
meta.name = "x"
[services.order]
command = ["true"]
depends_on = ["list", "t"]
[services.list]
command = ["true"]
depends_on = ["order"]
[services.t]
command = ["true"]
[[steps]]
name = "order"
command = ["true"]
service = "has"
depends_on = ["order"]
]=], "/p/x.toml")
    local codes = {}
    for i, d in ipairs(list) do
      codes[i] = d.code
    end
    assert.same({ "P114", "P113", "P114" }, codes)
  end)
end)

describe("what is not enforced", function()
  it("may be given with the value that holds without it", function()
    assert.equal("s", step([[
retry = 0
parallel = false
]]).name)
    assert.is_table(load([=[
meta.name = "x"
[[scenario]]
name = "s"
run = ["true"]
room = "fresh"
concurrent = false
[services]
[vars]
]=]))
  end)
end)

describe("a file that is read", function()
  it("keeps its text, and warnings of what it describes", function()
    local suite, list = load('meta = { name = "x", owner = "me" }\nsteps = [{ name = "s", '
      .. 'command = "true" }]\n')
    assert.matches("owner", suite.text)
    assert.equal(suite.warnings, list)
    assert.equal("warning", list[1].severity)
  end)

  it("has its scenarios and services in the order in which tags make them", function()
    local suite = load([=[
meta.name = "x"
{% for i in range(end=9) %}
[services.s{{ i }}]
command = ["true"]
[[scenario]]
name = "a{{ i }}"
run = ["true"]
[[scenarios]]
name = "b{{ i }}"
run = ["true"]
{% endfor %}
]=])
    for i, scenario in ipairs(suite.scenarios) do
      assert.equal(("ab"):sub(2 - i % 2, 2 - i % 2) .. (i - 1) // 2, scenario.name)
    end
    for i, service in ipairs(suite.services) do
      assert.equal("s" .. i - 1, service.name)
    end
    assert.equal(27, #suite.scenarios + #suite.services)
  end)
end)
