--- Steps of real rooms that overlap.
local json = require("core.json")
local support = dofile("tests/e2e/support.lua")

--- Runs a test file; returns its exit code and its events, by name.
local function run(body)
  local dir = support.tempdir()
  support.write(dir .. "/x.clnrm.toml", '[meta]\nname = "x"\n' .. body)
  local got = support.run({ "run", "--format", "events", "x.clnrm.toml" }, { cwd = dir })
  support.remove(dir)
  local events = {}
  for line in got.out:gmatch("[^\n]+") do
    local event = assert(json.decode(line))
    events[event.event] = events[event.event] or {}
    table.insert(events[event.event], event)
  end
  return got.code, events, got
end

describe("steps of a graph", function()
  it("meet: each waits for the other's file, and the last for all of them", function()
    local code, events = run([==[
[[steps]]
name = "ping"
parallel = true
command = "touch a; until test -e b; do sleep 0.01; done"
[[steps]]
name = "pong"
parallel = true
command = "until test -e a; do sleep 0.01; done; touch b"
[[steps]]
name = "early"
depends_on = []
command = "touch c"
[[steps]]
name = "last"
command = ["ls", "a", "b", "c"]
]==])
    assert.equal(0, code)
    assert.equal(4, #events.step_end)
    assert.equal("last", events.step_end[4].name)
  end)

  it("take no verdict of each other: outputs and exit codes stay with their own", function()
    local steps = {}
    for i = 1, 20 do
      steps[i] = ('[[scenario.steps]]\nname = "s%d"\ncommand = "echo out %d; echo err %d >&2; '
        .. 'exit %d"\nexit_code = %d\nexpect.stdout.equals = "out %d\\n"\n'
        .. 'expect.stderr.equals = "err %d\\n"\n'):format(i, i, i, i, i, i, i)
    end
    local code, events = run('[[scenario]]\nname = "all"\nconcurrent = true\n'
      .. table.concat(steps))
    assert.equal(0, code)
    assert.equal(20, #events.step_end)
  end)

  it("are told as left out, and shown so with -v", function()
    local body = [==[
[[steps]]
name = "a"
command = ["false"]
[[steps]]
name = "b"
depends_on = "a"
command = ["true"]
[[steps]]
name = "c"
depends_on = []
command = ["true"]
]==]
    local code, events = run(body)
    assert.equal(1, code)
    assert.equal("b", events.step_left_out[1].name)
    assert.equal(2, #events.step_end)
    local dir = support.tempdir()
    support.write(dir .. "/x.clnrm.toml", '[meta]\nname = "x"\n' .. body)
    local shown = support.run({ "run", "-v", "x.clnrm.toml" }, { cwd = dir })
    local report = support.run({ "run", "-f", "json", "x.clnrm.toml" }, { cwd = dir })
    support.remove(dir)
    assert.matches('step 2 +b: left out +step "a" did not pass', shown.out)
    local result = assert(json.decode(report.out)).results[1]
    assert.same({ "b" }, { result.steps_left_out[1].name })
  end)

  it("are all killed at the deadline of the scenario, and all are told", function()
    local code, events = run([==[
[[scenario]]
name = "slow"
timeout_ms = 1500
concurrent = 2
steps = [
  { name = "a", command = ["sleep", "60"] }, { name = "b", command = ["sleep", "60"] },
  { name = "c", command = ["true"] },
]
]==])
    assert.equal(1, code)
    assert.equal("timeout", events.scenario_end[1].verdict)
    assert.equal(2, #events.step_end)
  end)
end)
