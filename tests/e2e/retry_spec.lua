--- Steps that are tried again, and values that they leave, in real rooms.
local json = require("core.json")
local support = dofile("tests/e2e/support.lua")

--- Runs a test file; returns its exit code, the report and what was shown.
local function run(body, words)
  local dir = support.tempdir()
  support.write(dir .. "/x.clnrm.toml", '[meta]\nname = "x"\n' .. body)
  local argv = { "run", "--format", "json" }
  table.move(words or {}, 1, #(words or {}), #argv + 1, argv)
  argv[#argv + 1] = "x.clnrm.toml"
  local got = support.run(argv, { cwd = dir })
  support.remove(dir)
  local report = assert(json.decode(got.out))
  return got.code, report.results[1], report
end

describe("a step with retry", function()
  local FLAKY = '[[steps]]\nname = "a"\ncommand = "echo x >> n; test $(wc -l < n) = 3"\n'

  it("finds what the attempt before left, and is flaky", function()
    local code, result = run(FLAKY .. "retry = 4\n")
    assert.equal(0, code)
    assert.equal("flaky", result.verdict)
    assert.equal(3, #result.steps)
    for i, step in ipairs(result.steps) do
      assert.same({ i, 5, i < 3 and "fail" or "pass" }, { step.attempt, step.of, step.verdict })
    end
    assert.same({ "T506", "warning" }, { result.failures[1].code, result.failures[1].severity })
  end)

  it("is red where flaky tests are", function()
    assert.equal(1, (run(FLAKY .. "retry = true\nretry_delay = 0\n")))
    assert.equal(1, (run(FLAKY .. "retry = 4\n", { "--flaky", "fail" })))
  end)

  it("is tried again after its own timeout, not after the scenario's", function()
    local code, result = run('[[steps]]\nname = "a"\ntimeout = "2s"\nretry_on_failure = true\n'
      .. 'command = "test -e n || { touch n; sleep 60; }"\n')
    assert.equal(0, code)
    assert.equal("flaky", result.verdict)
    code, result = run('[[scenario]]\nname = "s"\ntimeout_ms = 1500\n[[scenario.steps]]\n'
      .. 'name = "a"\nmax_retries = 3\ncommand = "sleep 60"\n')
    assert.equal(1, code)
    assert.equal("timeout", result.verdict)
    assert.equal(1, #result.steps)
  end)
end)

describe("a captured value", function()
  it("reaches argv, the environment and scripts, and no text is spliced", function()
    local code, result = run([==[
[[steps]]
name = "make"
command = ["printf", '{"t": "a; touch /room/spliced $(id)", "n": 1.50}']
capture = { t = "json:$.t", n = 'regex:"n": ([\d.]+)' }
[[steps]]
name = "argv"
command = ["printf", "%s|%s|%s", "<${t}>", "${n}", "$${n}"]
expect.stdout.equals = "<a; touch /room/spliced $(id)>|1.50|${n}"
[[steps]]
name = "text"
command = "echo \"$t\""
expect.stdout.equals = "a; touch /room/spliced $(id)\n"
[[steps]]
name = "script"
command = ["sh", "-c", "echo \"${t}\"; test ! -e /room/spliced"]
expect.stdout.equals = "a; touch /room/spliced $(id)\n"
]==])
    assert.equal(0, code, result.failures[1] and result.failures[1].message)
  end)

  it("of an output that was cut is an error", function()
    local code, result = run('[[steps]]\nname = "a"\ncommand = "yes | head -c 70000000"\n'
      .. 'capture = { x = "stdout" }\n')
    assert.equal(2, code)
    assert.equal("T402", result.failures[1].code)
  end)

  it("leaves out the step that needs it when there is none", function()
    local code, result = run([==[
[[steps]]
name = "make"
command = "echo 7; exit 1"
continue_on_failure = true
capture = { id = "stdout" }
[[steps]]
name = "text"
command = "test -z \"$id\""
[[steps]]
name = "use"
command = ["echo", "${id}"]
]==])
    assert.equal(1, code)
    assert.equal(2, #result.steps)
    assert.equal("use", result.steps_left_out[1].name)
  end)
end)

describe("the user of a step", function()
  it("is the one that a room has", function()
    local code = run('[[steps]]\nname = "a"\nuser = 1000\ncommand = "id -u"\n'
      .. 'expect.stdout.equals = "1000\\n"\n')
    assert.equal(0, code)
  end)
end)
