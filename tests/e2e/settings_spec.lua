--- Settings as a user meets them: clnrm config, profiles, the user's own file.
local support = require("tests.e2e.support")

local json = require("core.json")

local TWO = support.HELLO .. [==[
[[scenario]]
name = "bad"
run = ["false"]
]==]

local USERS = { ui = true, record = true, repl = true }

--- Each value that a key can have; of kinds with countless values, some.
local function values_of(key)
  local list = {}
  if key.kind == "choice" then
    for i, value in ipairs(key.values) do
      list[i] = ("%q"):format(value)
    end
    return list
  elseif key.kind == "switch" then
    return { "true", "false" }
  elseif key.kind == "time" then
    return { '"1ms"', '"1h"' }
  end
  error("say which values to try of " .. key.name)
end

describe("settings", function()
  local dir, config
  before_each(function()
    dir = support.tempdir()
    config = dir .. "/home/.config/clnrm/config.toml"
    support.write(dir .. "/home/x", "")
    support.write(dir .. "/p/clnrm.toml", "[cli]\njobs = 3\n[profile.slow]\ncli.jobs = 1\n")
    support.write(dir .. "/p/two.clnrm.toml", TWO)
  end)
  after_each(function()
    support.remove(dir)
  end)

  local function run(argv, env)
    env = env or {}
    env.HOME = env.HOME or dir .. "/home"
    return support.run(argv, { cwd = dir .. "/p", env = env })
  end

  it("are printed with where they came from", function()
    support.write(config, '[ui]\nprogress = "none"\n')
    local got = run({ "config", "show", "--origin", "--profile", "slow", "-x" })
    assert.equal(2, got.code) -- -x is no option of config
    got = run({ "config", "show", "--profile", "slow" })
    assert.equal(0, got.code)
    assert.matches("\n# profile: slow %(%-%-profile%)\n", got.out)
    assert.matches("\ncli%.jobs +1 +# clnrm%.toml:4 %(profile slow%)\n", got.out)
    assert.matches("\nui%.progress +none +# " .. dir .. "/home/%.config/clnrm/config%.toml:2\n",
      got.out)
    assert.equal(got.out, run({ "config", "--profile", "slow" }).out)
    assert.equal("3\n", run({ "config", "get", "cli.jobs" }).out)
    assert.equal("3 # clnrm.toml:2\n", run({ "config", "cli.jobs", "--origin" }).out)
    local out = json.decode(run({ "config", "--json", "--profile", "slow" }).out)
    assert.equal("slow", out.profile)
    assert.same({ key = "cli.jobs", value = 1, origin = "clnrm.toml:4 (profile slow)" },
      out.values[4])
    assert.equal(2, run({ "config", "get" }).code)
    assert.matches("did you mean 'cli.jobs'", run({ "config", "get", "cli.jbos" }).err)
  end)

  it("say from which files they are read, also when these are wrong", function()
    assert.equal(("project  %s/p/clnrm.toml\nuser     %s (not there)\n"):format(dir, config),
      run({ "config", "path" }).out)
    support.write(config, "[cli]\n")
    support.write(dir .. "/p/clnrm.toml", "[")
    assert.equal(("project  %s/p/clnrm.toml\nuser     %s\n"):format(dir, config),
      run({ "config", "path" }).out)
  end)

  it("of a profile hold in a run, and the run tells it", function()
    local function begin(...)
      return json.decode(run({ "run", "-f", "events", ... }).out:match("^[^\n]+"))
    end
    assert.equal(3, begin().jobs)
    assert.is_nil(begin().profile)
    assert.equal(1, begin("--profile", "slow").jobs)
    assert.equal("slow", begin("--profile=slow").profile)
    local got = run({ "list", "--profile", "slwo" })
    assert.equal(2, got.code)
    assert.matches("E208", got.err)
  end)

  it("that a variable misspells are told of, once, and change nothing", function()
    local env = { XDG_CONFIG_HOME = dir, CLNRM_JOB = "1", CLNRM_TOKEN = "x", CLNRM_FILE = "y" }
    local function said(command)
      local got = support.sh("clnrm " .. command, { cwd = dir .. "/p", env = env })
      return got.err:match("warning: [^\n]*"), select(2, got.err:gsub("warning: ", "")), got.out
    end
    for _, command in ipairs({ "list", "run -f json", "config get cli.jobs" }) do
      local text, count = said(command)
      assert.equal("warning: CLNRM_JOB is no setting: did you mean CLNRM_JOBS?", text)
      assert.equal(1, count)
    end
    assert.matches("^3\n", select(3, said("config get cli.jobs")))
    assert.is_nil((said("list -q")))
    env.CLNRM_JOB = nil
    assert.is_nil((said("list")))
  end)

  it("of the user never change a verdict", function()
    local function outcome()
      local got = run({ "run", "--json" })
      local list = {}
      for _, result in ipairs(json.decode(got.out).results) do
        list[#list + 1] = ("%s %s"):format(result.id, result.verdict)
      end
      table.sort(list)
      return { got.code, table.unpack(list) }
    end
    local before = outcome()
    assert.same(3, #before)
    local tried = 0
    for _, key in ipairs(require("engine.config.keys").list) do
      local section, name = key.name:match("^(.-)%.(.*)$")
      for _, value in ipairs(USERS[section] and values_of(key) or {}) do
        support.write(config, ("[%s]\n%s = %s\n"):format(section, name, value))
        assert.same(before, outcome(), key.name .. " = " .. value)
        tried = tried + 1
      end
    end
    assert.is_true(tried >= 11, tried)
    support.write(config, "[cli]\nfail_fast = true\n")
    local got = run({ "run" })
    assert.equal(2, got.code)
    assert.matches("E207", got.err)
    assert.matches("config.toml:1:2", got.err, 1, true)
    assert.is_nil(got.out:find("PASS", 1, true))
  end)

  it("of the user are left out by --config none, and an unreadable file is told", function()
    support.write(config, "[cli]\njobs = 1\n")
    assert.equal(1, run({ "run", "--config", "none" }).code)
    support.remove(config)
    support.write(config .. "/x", "")
    local got = run({ "run" })
    assert.equal(2, got.code)
    assert.matches("settings of the user: ", got.err)
  end)

  it("are set in the project file, and every other byte of it stays", function()
    local path = dir .. "/p/clnrm.toml"
    support.write(path, "# of us\n[cli] # how\n  jobs = 3 # three\n[profile.slow]\ncli.jobs = 1\n")
    assert(os.execute("chmod 640 " .. path))
    local got = run({ "config", "set", "cli.jobs", "9" })
    assert.equal(0, got.code, got.err)
    assert.equal("clnrm.toml:3: cli.jobs = 9\n", got.out)
    assert.equal("", got.err)
    assert.equal("# of us\n[cli] # how\n  jobs = 9 # three\n[profile.slow]\ncli.jobs = 1\n",
      support.read(path))
    assert.equal("9\n", run({ "config", "get", "cli.jobs" }).out)
    assert.equal(416, require("core.fs").stat(path).mode & 511)
    assert.equal(0, run({ "config", "set", "cli.fail_fast", "true" }).code)
    assert.equal(0, run({ "config", "set", "test_execution.default_timeout", "1.5s" }).code)
    assert.equal("# of us\n[cli] # how\n  jobs = 9 # three\n  fail_fast = true\n[profile.slow]\n"
      .. 'cli.jobs = 1\n\n[test_execution]\ndefault_timeout = "1.5s"\n', support.read(path))
    assert.matches("as before", run({ "config", "set", "cli.jobs", "9" }).out)
    assert.equal(true, json.decode(run({ "config", "set", "cli.jobs", "4", "--json" }).out).changed)
  end)

  it("are set in a profile, and where another layer stands over it that is told", function()
    local got = run({ "config", "set", "cli.jobs", "2", "--profile", "ci" })
    assert.equal("clnrm.toml:7 (profile ci): cli.jobs = 2\n", got.out, got.err)
    assert.equal("2\n", run({ "config", "get", "cli.jobs", "--profile", "ci" }).out)
    assert.equal("3\n", run({ "config", "get", "cli.jobs" }).out)
    assert.equal(0, run({ "config", "set", "cli.jobs", "auto", "--profile", "slow" }).code)
    assert.equal("[cli]\njobs = 3\n[profile.slow]\ncli.jobs = \"auto\"\n\n[profile.ci.cli]\n"
      .. "jobs = 2\n", support.read(dir .. "/p/clnrm.toml"))
    got = run({ "config", "set", "cli.jobs", "5" }, { CLNRM_JOBS = "7" })
    assert.equal("note: here CLNRM_JOBS stands over it\n", got.err)
    assert.equal(0, got.code)
  end)

  it("are not set to what a run would refuse, nor in a file that it refuses", function()
    local path = dir .. "/p/clnrm.toml"
    local before = support.read(path)
    for _, case in ipairs({
      { { "cli.jobs", "0" }, "cli.jobs wants a number from 1 to 1024, or auto, not '0'" },
      { { "ui.color", "nevr" }, "did you mean 'never'?" },
      { { "record.enabled", "maybe" }, "true or false" },
      { { "cli.jbos", "3" }, "did you mean 'cli.jobs'?" },
      { { "cli.jobs" }, "needs a key and a value" },
      { { "cli.jobs", "3", "4" }, "does not take '4'" },
      { { "cli.jobs", "3", "--profile", "slwo" }, "E208" },
    }) do
      local got = run({ "config", "set", table.unpack(case[1]) })
      assert.equal(2, got.code, case[2])
      assert.matches(case[2], got.err, 1, true)
      assert.equal(before, support.read(path))
    end
    assert.matches("no project file", run({ "config", "set", "cli.jobs", "3", "-c", "none" }).err)
    support.write(path, "[cli]\njobs = 0\n")
    local got = run({ "config", "set", "cli.format", "tap" })
    assert.equal(2, got.code)
    assert.matches("E203", got.err)
    assert.equal("[cli]\njobs = 0\n", support.read(path))
  end)

  it("in cleanroom.toml hold, which is noted once", function()
    assert(os.rename(dir .. "/p/clnrm.toml", dir .. "/p/cleanroom.toml"))
    local got = run({ "run" })
    assert.equal(1, got.code)
    assert.equal("note: cleanroom.toml: its name is clnrm.toml now; cleanroom.toml is still read\n",
      got.err)
    assert.equal("3\n", run({ "config", "get", "cli.jobs" }).out)
    assert.equal("", run({ "run", "-q" }).err)
    support.write(dir .. "/p/clnrm.toml", "[cli]\njobs = 2\n")
    got = run({ "config", "get", "cli.jobs" })
    assert.equal("2\n", got.out)
    assert.equal("note: clnrm.toml: cleanroom.toml is not read: there is a clnrm.toml beside it\n",
      got.err)
  end)

  it("may ask for a version of clnrm, for each command that reads tests", function()
    support.write(dir .. "/p/clnrm.toml", 'required-version = ">=99, <100"\nunknown = 1\n')
    for _, command in ipairs({ "run", "list", "validate", "config" }) do
      local got = run({ command })
      assert.equal(2, got.code, command)
      assert.matches("E206", got.err)
      assert.is_nil(got.err:find("E201", 1, true))
    end
    assert.equal(0, run({ "list", "--config", "none" }).code)
  end)
end)
