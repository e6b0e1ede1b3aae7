--- Steps in real rooms: what they are given, what is checked of them, what is said when it fails.
local json = require("core.json")
local support = dofile("tests/e2e/support.lua")

local HEAD = '[meta]\nname = "x"\n'

--- Runs a test file; returns the verdict of each scenario, the codes and messages of its failures.
local function run(body, argv)
  local dir = support.tempdir()
  support.write(dir .. "/x.clnrm.toml", HEAD .. body)
  local words = { "run", "--format", "json", "x.clnrm.toml" }
  table.move(argv or {}, 1, #(argv or {}), #words + 1, words)
  local got = support.run(words, { cwd = dir })
  support.remove(dir)
  local report, err = json.decode(got.out)
  assert(report, tostring(err) .. got.out .. got.err)
  local all = { code = got.code, verdicts = {}, failures = {}, results = report.results }
  for _, result in ipairs(report.results) do
    all.verdicts[result.name or result.file] = result.verdict
    for _, failure in ipairs(result.failures or result.diagnostics) do
      all.failures[#all.failures + 1] = failure
    end
  end
  return all
end

--- Requires that a step with these lines passes.
local function passes(lines)
  local got = run('[[steps]]\nname = "a"\n' .. lines)
  local first = got.failures[1]
  assert.equal(0, got.code, first and first.message)
end

--- Requires that a step with these lines fails, with a code and a message.
local function fails(lines, code, pattern, verdict)
  local got = run('[[steps]]\nname = "a"\n' .. lines)
  local first = got.failures[1] or {}
  assert.equal(code, first.code)
  assert.matches(pattern, first.message)
  assert.equal(verdict or "fail", first.verdict)
end

describe("a step", function()
  it("gets an argv as it is, a text through the shell, its input and its variables", function()
    passes('command = ["printf", "%s|", "a b", "$HOME", "*"]\n'
      .. 'expect.stdout.equals = "a b|$HOME|*|"')
    passes("command = 'printf \"%s\" \"$((1 + 2))\"'\nexpect.stdout.equals = \"3\"")
    passes('command = ["cat"]\nstdin = "first\\nsecond"\nexpect.stdout.lines = ["first", "second"]')
    passes('command = ["wc", "-c"]\nexpect.stdout.equals = "0\\n"')
    passes('command = "echo $A-$B"\nenv = { A = 1, B = "x y" }\nexpect.stdout.equals = "1-x y\\n"')
    passes('command = "mkdir -p /room/sub"\ncontinue_on_failure = true\n'
      .. '[[steps]]\nname = "b"\ncommand = ["pwd"]\nworkdir = "sub"\n'
      .. 'expect.stdout.equals = "/room/sub\\n"')
  end)

  it("is checked by its exit code", function()
    passes('command = "exit 7"\nexpected_exit_code = 7')
    passes('command = "exit 7"\nshould_fail = true')
    fails('command = "exit 7"', "T001", "exit code 7, expected 0")
    fails('command = "exit 0"\nexpected_exit_code = 7', "T001", "exit code 0, expected 7")
    fails('command = "exit 0"\nshould_fail = true', "T003", "should fail")
    fails('command = "kill -9 $$"', "T002", "SIGKILL")
  end)

  it("is checked by its output", function()
    passes('command = "echo hello; echo warn >&2"\nexpected_output_contains = "hello"\n'
      .. 'expected_output_contains_stderr = "warn"\nexpected_output_regex = "^h.llo$"\n'
      .. 'expected_output_regex_not = "warn"')
    fails('command = "echo hello"\nexpect.stdout.equals = "hello"', "T105", "not the expected text")
    fails('command = "echo hello"\nexpect.stdout.lines = 2', "T107", "has 1 line, not 2")
    fails('command = "echo hello"\nexpect.stderr.starts_with = "h"', "T106", "does not start")
    fails('command = "echo \'{}\'"\nexpect.stdout.json = { "$.a" = 1 }', "T108", "there is no $.a")
  end)

  it("is checked by its duration", function()
    passes('command = "sleep 0.05"\nexpect.duration_ms = { gt = 40, lt = 20000 }')
    fails('command = "sleep 0.05"\nexpect.duration_ms = { lt = 20 }', "T201", "not less than 20")
  end)

  it("is checked by the files it leaves", function()
    local sum = "a948904f2f0f479b8f8197694b30184b0d2ed1c1cd2a1ec0fb85d299a192a447"
    passes("command = \"echo 'hello world' > f; chmod 640 f; mkdir d\"\n"
      .. 'expect.file."f" = { exists = true, equals = "hello world\\n", contains = "world", '
      .. 'mode = "0640", sha256 = "' .. sum .. '" }\n'
      .. 'expect.file."/room/f".exists = true\nexpect.file."./f".exists = true\n'
      .. 'expect.file."gone".exists = false\n'
      .. 'expect.file."d".exists = true')
    fails('command = "true"\nexpect.file."f".equals = "x"', "T301", "does not exist")
    fails('command = "echo x > f"\nexpect.file."f".mode = "0600"', "T302", "is 0644, not 0600")
    fails('command = "echo x > f"\nexpect.file."f".sha256 = "' .. ("0"):rep(64) .. '"', "T303",
      "SHA%-256")
  end)

  it("is in error when a file cannot be looked at", function()
    fails('command = "true"\nexpect.file."/etc".equals = "x"', "T401", "a directory", "error")
    fails('command = "mkfifo f"\nexpect.file."f".contains = "x"', "T401", "a FIFO", "error")
    fails('command = "head -c 20000000 /dev/zero > f"\nexpect.file."f".contains = "x"', "T401",
      "20000000 bytes", "error")
    fails('command = "mkdir d; echo > d/f; chmod 0 d"\nexpect.file."d/f".exists = false', "T401",
      "could not be looked at", "error")
  end)

  it("is red when its command cannot start, and says why", function()
    fails('command = ["nope"]', "T004", "nope: command not found")
    fails('command = ["/etc/passwd"]', "T004", "Permission denied")
    fails('command = ["true"]\nworkdir = "/etc/passwd"', "T004", "Not a directory")
    fails('command = ["true"]\nworkdir = "/nowhere"', "T004", "No such file")
    local many = {}
    for i = 1, 5000 do
      many[i] = '"x"'
    end
    fails('command = ["true", ' .. table.concat(many, ",") .. "]", "T004", "5001 arguments")
    for i = 1, 5000 do
      many[i] = "A" .. i .. " = 1"
    end
    fails('command = ["true"]\nenv = { ' .. table.concat(many, ", ") .. " }", "T004", "variables")
  end)

  it("points at the command when nothing else is to blame", function()
    local got = run('[[steps]]\nname = "a"\ncommand = ["nope"]\n')
    assert.same({ 5, 11 }, { got.failures[1].line, got.failures[1].column })
  end)

  it("is killed at its deadline with all that it started, and what it printed is shown", function()
    local got = run('[[steps]]\nname = "a"\ntimeout = "300ms"\n'
      .. 'command = "echo begun; sleep 50 & trap \'\' TERM; sleep 50"\n')
    assert.equal(1, got.code)
    assert.equal("timeout", got.verdicts.x)
    assert.matches("begun", got.failures[1].notes[1])
    assert.is_true(got.results[1].duration_ms < 5000)
  end)

  it("keeps to the timeout of the command line when it has none of its own", function()
    local body = '[[steps]]\nname = "a"\ncommand = ["sleep", "20"]\n'
    assert.equal("timeout", run(body, { "--timeout", "200ms" }).verdicts.x)
  end)

  it("leaves its files to the next one, and its processes to nobody", function()
    local got = run('[[steps]]\nname = "a"\ncommand = "echo x > f; sleep 40 & exit 0"\n'
      .. '[[steps]]\nname = "b"\ncommand = "cat f; ps ax | grep -c \'[s]leep 40\'"\n'
      .. 'expected_exit_code = 1\nexpect.stdout.equals = "x\\n0\\n"\n')
    assert.equal(0, got.code, got.failures[1] and got.failures[1].message)
    assert.same({ "leak" }, got.results[1].marks)
  end)
end)

describe("a scenario", function()
  it("has a room of its own, and the file's own steps have one too", function()
    local got = run('[[steps]]\nname = "a"\ncommand = "echo x > /room/f"\n'
      .. '[[scenario]]\nname = "other"\nrun = "test ! -e /room/f"\n')
    assert.same({ x = "pass", other = "pass" }, got.verdicts)
  end)

  it("is expected to fail, and does", function()
    local got = run('[[scenario]]\nname = "known"\nexpect_failure = true\nrun = ["false"]\n')
    assert.equal(0, got.code)
    assert.same({ "expected-failure" }, got.results[1].marks)
  end)

  it("is chosen by expression, glob and tag; nothing chosen is 4", function()
    local body = '[[scenario]]\nname = "one"\nrun = ["true"]\n'
      .. '[[scenario]]\nname = "two"\nrun = ["true"]\n'
    assert.same({ two = "pass" }, run(body, { "-k", "not one" }).verdicts)
    assert.same({ one = "pass" }, run(body, { "--only", "o*" }).verdicts)
    local none = run(body, { "-k", "three" })
    assert.same({ 4, {} }, { none.code, none.verdicts })
  end)
end)
