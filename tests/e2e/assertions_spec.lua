--- [assertions] as a user meets them: rules of the engine and of the project.
local support = require("tests.e2e.support")

local json = require("core.json")

local STEPS = '[[steps]]\nname = "one"\ncommand = ["echo", "1"]\n'
  .. '[[steps]]\nname = "two"\ncommand = ["true"]\n'

describe("[assertions]", function()
  local dir
  before_each(function()
    dir = support.tempdir()
  end)
  after_each(function()
    support.remove(dir)
  end)

  local function run(assertions, ...)
    support.write(dir .. "/a.clnrm.toml",
      '[meta]\nname = "a"\n[assertions]\n' .. assertions .. STEPS)
    local got = support.run({ "run", "-f", "json", ... }, { cwd = dir })
    return json.decode(got.out).results[1], got
  end

  it("pass when each of them holds, and are told as checks", function()
    local result, got = run("execution_should_be_hermetic = true\n"
      .. "container_should_have_executed_commands = 2\nshould_complete_within = '1m'\n"
      .. "should_leave_no_processes = true\nstderr_should_be_empty = true\n"
      .. "should_use_at_most_memory_mb = 500\n")
    assert.equal(0, got.code, got.out)
    assert.equal(6, #result.checks)
    assert.equal("execution_should_be_hermetic", result.checks[1].matcher)
    assert.equal("assertion", result.checks[1].subject)
    assert.is_true(result.checks[1].ok)
    assert.equal(4, result.checks[1].line)
  end)

  it("fail with what was seen, at their place in the file", function()
    local result, got = run("container_should_have_executed_commands = 3\n")
    assert.equal(1, got.code)
    local failure = result.failures[1]
    assert.equal("T520", failure.code)
    assert.matches("2 were executed, not 3", failure.message)
    assert.equal(4, failure.line)
  end)

  it("know each way in which a room is not hermetic", function()
    for text, wanted in pairs({
      ["[[scenario]]\nname = 's'\nrun = ['true']\n"
        .. "policy.allowed_network_hosts = ['example.org:443']\n"] = "reach example.org",
      ["[room]\ninherit_env = ['PATH']\n[[steps]]\nname = 's'\ncommand = ['true']\n"] = "PATH",
      ["[services.web]\ncommand = ['sleep', '60']\nports = ['0:8000']\n"
        .. "[[steps]]\nname = 's'\ncommand = ['true']\n"] = "8000 of web",
    }) do
      support.write(dir .. "/a.clnrm.toml",
        "meta.name = 'a'\n[assertions]\nexecution_should_be_hermetic = true\n" .. text)
      local got = support.run({ "run" }, { cwd = dir })
      assert.matches("T520.*" .. wanted, got.out)
      assert.equal(1, got.code)
    end
  end)

  it("are an expectation for --strict, and one that may be expected to fail", function()
    assert.equal(0, select(2, run("should_leave_no_processes = true\n", "--strict")).code)
    support.write(dir .. "/a.clnrm.toml", '[meta]\nname = "a"\n[assertions]\n'
      .. 'container_should_have_executed_commands = 9\n'
      .. '[[scenario]]\nname = "s"\nexpect_failure = true\nrun = ["true"]\n')
    local got = support.run({ "run" }, { cwd = dir })
    assert.equal(0, got.code, got.out)
    assert.matches("XFAIL", got.out)
  end)

  it("are errors of the file when no rule has the name, or the value is wrong", function()
    for text, wanted in pairs({
      ["execution_should_be_hermtic = true\n"] =
        'P113.*did you mean "execution_should_be_hermetic"',
      ["all_is_well = true\n"] = "P113.*assertions/NAME.lua",
      ["should_leave_no_processes = false\n"] = "P103",
      ["container_should_have_executed_commands = 'two'\n"] = "P103.*a number from 0",
      [""] = "P112",
    }) do
      local _, got = run(text)
      assert.equal(2, got.code, text)
      local validated = support.run({ "validate" }, { cwd = dir })
      assert.equal(2, validated.code, text)
      assert.matches(wanted, validated.err .. validated.out)
    end
  end)

  it("can be the project's own, which only run executes", function()
    support.write(dir .. "/assertions/prints.lua", [==[
      assert(not ran, "once")
      return {
        value = "count",
        check = function(value, seen)
          return seen.steps[1].stdout_bytes == value, "it printed " .. seen.steps[1].stdout_bytes
        end,
      }
    ]==])
    assert.equal(0, select(2, run("prints = 2\n")).code)
    local result = run("prints = 3\n")
    assert.equal("T520", result.failures[1].code)
    assert.matches("prints: it printed 2", result.failures[1].message)
    support.write(dir .. "/assertions/prints.lua", "error('it was executed')")
    local got = support.run({ "validate" }, { cwd = dir })
    assert.equal(0, got.code, got.err)
    got = support.run({ "run" }, { cwd = dir })
    assert.equal(2, got.code)
    assert.matches("P127.*it was executed", got.out)
  end)

  it("without an answer, or with an endless loop, are errors and not passes", function()
    for name, body in pairs({
      silent = "return nil", odd = "return 'yes'", raises = "error('x')",
      raises_table = "error({})", loops = "while true do end",
    }) do
      support.write(dir .. "/assertions/" .. name .. ".lua",
        ("return { check = function() %s end }"):format(body))
      local result, got = run(name .. " = true\n")
      assert.equal(2, got.code, name)
      assert.equal("T521", result.failures[1].code, name)
    end
  end)

  it("have no more memory and time than tests, also in what a reason is made of", function()
    for name, case in pairs({
      hoards = { "local s = 'x' for _ = 1, 60 do s = s .. s end return true", "256 MiB" },
      catches = { "local s = 'x' local ok, why = pcall(function() for _ = 1, 60 do s = s .. s end "
        .. "end) assert(ok, why) return true", "not enough memory" },
      searches = { "local s = ('a'):rep(10000) for _ = 1, 1e5 do s:find('a*a*b') end return true",
        "processor" },
      explains = { "return nil, setmetatable({}, { __tostring = function() while true do end "
        .. "end })", "instructions" },
    }) do
      support.write(dir .. "/assertions/" .. name .. ".lua",
        ("return { check = function() %s end }"):format(case[1]))
      local result, got = run(name .. " = true\n")
      assert.equal(2, got.code, name)
      assert.equal("T521", result.failures[1].code, name)
      assert.matches(case[2], result.failures[1].message)
    end
  end)

  it("count each attempt of a step", function()
    support.write(dir .. "/a.clnrm.toml", '[meta]\nname = "a"\n[assertions]\n'
      .. 'container_should_have_executed_commands = 2\n[[steps]]\nname = "twice"\nretry = 2\n'
      .. 'command = "test -e /room/x || { touch /room/x; exit 1; }"\n')
    local got = support.run({ "run", "-f", "json" }, { cwd = dir })
    assert.equal("flaky", json.decode(got.out).results[1].verdict, got.out)
  end)

  it("say nothing of a scenario that was not run", function()
    support.write(dir .. "/a.clnrm.toml", '[meta]\nname = "a"\nrequires = "docker"\n'
      .. '[assertions]\ncontainer_should_have_executed_commands = 9\n' .. STEPS)
    local got = support.run({ "run", "-f", "json" }, { cwd = dir })
    assert.equal(4, got.code)
    assert.equal("skip", json.decode(got.out).results[1].verdict)
  end)
end)
