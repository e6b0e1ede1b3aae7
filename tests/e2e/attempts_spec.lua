--- Retries, repetitions and the quarantine, as a user drives them.
local json = require("core.json")
local support = dofile((os.getenv("CLNRM_ROOT") or ".") .. "/tests/e2e/support.lua")

--- A test in Lua that fails so often before it passes.
local function flips(failures, opts)
  return ([==[
    local clnrm = require("clnrm")
    local runs = 0
    clnrm.test("flips", { %s }, function(t)
      runs = runs + 1
      t.room:exec("touch /room/mark; ls /room | wc -l", { check = true })
      clnrm.expect(runs > %d):is_true()
    end)
  ]==]):format(opts or "", failures)
end

describe("clnrm run", function()
  local dir

  before_each(function()
    dir = support.tempdir()
    support.write(dir .. "/clnrm.toml", "")
  end)

  after_each(function()
    support.remove(dir)
  end)

  local function run(...)
    return support.run({ "run", ... }, { cwd = dir })
  end

  it("--retries makes a test that passes later flaky, and keeps every attempt", function()
    support.write(dir .. "/f.clnrm.lua", flips(2))
    assert.equal(1, run("--retries", "1").code)
    local got = run("--retries", "2")
    assert.equal(0, got.code, got.out)
    assert.matches("FLAKY", got.out)
    assert.matches("1 run: 1 flaky", got.out)
    local report = assert(json.decode(run("--retries", "2", "--json").out))
    local result = report.results[1]
    assert.same({ 1, 0 }, { report.counts.flaky, report.counts.pass })
    assert.equal("flaky", result.verdict)
    assert.same({ "fail", "fail", "pass" }, {
      result.attempts[1].verdict, result.attempts[2].verdict, result.attempts[3].verdict,
    })
    assert.equal("T715", result.attempts[1].failures[1].code)
    for i, holder in ipairs({ result.attempts[1], result.attempts[2], result }) do
      assert.equal(1, #holder.steps, i)
      assert.equal("1\n", holder.steps[1].stdout.text) -- each found an empty room
    end
  end)

  it("takes retries from the test, the settings, the environment, and first the flag", function()
    support.write(dir .. "/f.clnrm.lua", flips(1, "retries = 1"))
    assert.equal(0, run().code)
    assert.equal(1, run("--retries", "0").code)
    support.write(dir .. "/f.clnrm.lua", flips(1))
    assert.equal(1, run().code)
    support.write(dir .. "/clnrm.toml", "[test_execution]\nretries = 1\n")
    assert.equal(0, run().code)
    assert.equal(1, support.run({ "run" }, { cwd = dir, env = { CLNRM_RETRIES = "0" } }).code)
    support.write(dir .. "/clnrm.toml", "[test_execution]\nretries = -1\n")
    assert.matches("`test_execution.retries` wants a number from 0", run().err)
    assert.matches("a number from 0", run("--retries", "x").err)
  end)

  it("--flaky says what a flaky test does to the exit code", function()
    support.write(dir .. "/f.clnrm.lua", flips(1))
    assert.equal(0, run("--retries", "1", "--flaky", "pass").code)
    assert.equal(1, run("--retries", "1", "--flaky", "fail").code)
    assert.equal(1, run("--retries", "1", "--flaky=quarantine").code)
    support.write(dir .. "/clnrm.toml", '[test_execution]\nflaky = "fail"\n')
    assert.equal(1, run("--retries", "1").code)
    assert.equal(0, run("--retries", "1", "--flaky", "pass").code)
  end)

  it("reads the quarantine of the project from wherever one stands", function()
    support.write(dir .. "/t/f.clnrm.lua", flips(1))
    support.write(dir .. "/.clnrm/quarantine.toml",
      '[[test]]\nid = "t/f.clnrm.lua › flips"\nreason = "known"\n')
    local flags = { "run", "--retries", "1", "--flaky", "quarantine", "--json" }
    for _, cwd in ipairs({ dir, dir .. "/t" }) do
      local got = support.run(flags, { cwd = cwd })
      assert.equal(0, got.code, got.err)
      assert.same({ "quarantined" }, json.decode(got.out).results[1].marks)
    end
  end)

  it("tells what is wrong with the quarantine", function()
    support.write(dir .. "/f.clnrm.lua", flips(0))
    support.write(dir .. "/.clnrm/quarantine.toml", '[[test]]\nid = "x"\n')
    local got = run("--flaky", "quarantine")
    assert.equal(2, got.code)
    assert.matches("E210.*quarantine.toml:1", got.err)
    assert.equal("", got.out)
    support.write(dir .. "/.clnrm/quarantine.toml",
      '[[test]]\nid = "f.clnrm.lua › flops"\nreason = "y"\n')
    got = run("--flaky", "quarantine")
    assert.equal(0, got.code)
    assert.matches("warning%[E211%]: there is no such test", got.err)
    got = run("--flaky", "quarantine", "--strict")
    assert.equal(2, got.code)
    assert.matches("error%[E211%]: there is no such test", got.err)
  end)

  it("--repeat runs each test so often, or until it fails", function()
    support.write(dir .. "/f.clnrm.lua", [==[
      local clnrm = require("clnrm")
      local runs, fixtures = 0, 0
      clnrm.fixture("once", { scope = "run", setup = function() fixtures = fixtures + 1 end })
      clnrm.test("counts", function(t)
        runs = runs + 1
        t:use("once")
        clnrm.expect(fixtures):equals(1)
        clnrm.expect(runs):lt(6)
      end)
    ]==])
    local got = run("--repeat", "5")
    assert.equal(0, got.code, got.out)
    assert.matches("5 run: 5 passed", got.out)
    got = run("-j1", "--repeat", "until-fail=9")
    assert.equal(1, got.code)
    assert.matches("6 run: 5 passed, 1 failed", got.out)
    assert.matches("6 run: 5 passed, 1 failed", run("-j1", "--repeat", "until-fail").out)
    assert.equal(0, run("--repeat=until-fail=5").code)
    for _, wrong in ipairs({ "0", "x", "until-fail=", "until-fail=0", "until-failure" }) do
      got = run("--repeat", wrong)
      assert.equal(2, got.code, wrong)
      assert.matches("a number from 1 to 1000000, until%-fail, or until%-fail=N", got.err)
    end
  end)
end)
