local config = require("engine.config")
local keys = require("engine.config.keys")

local function load(text, env, opts)
  return config.load({
    source = text and { file = "clnrm.toml", text = text },
    env = function(name)
      return env and env[name]
    end,
    opts = opts or {},
  })
end

local function problem(text, env)
  local got, list = load(text, env)
  assert.is_nil(got)
  return list[1], list
end

describe("engine.config", function()
  it("has built-in values", function()
    local got = assert(load())
    assert.equal("auto", got.values["cli.jobs"])
    assert.equal(30000, got.values["test_execution.default_timeout"])
    assert.equal("built in", got.origin["cli.jobs"])
  end)

  it("lets each later layer stand over the earlier, and says which did", function()
    local text = "[cli]\njobs = 2\n"
    local env = { CLNRM_JOBS = "3" }
    local got = assert(load(text))
    assert.equal(2, got.values["cli.jobs"])
    assert.equal("clnrm.toml:2", got.origin["cli.jobs"])
    got = assert(load(text, env))
    assert.equal(3, got.values["cli.jobs"])
    assert.equal("CLNRM_JOBS", got.origin["cli.jobs"])
    got = assert(load(text, env, { jobs = 4 }))
    assert.equal(4, got.values["cli.jobs"])
    assert.equal("--jobs", got.origin["cli.jobs"])
  end)

  it("takes the older names of keys and variables", function()
    assert.equal(5, load("[test_execution]\nmax_parallel_tests = 5\n").values["cli.jobs"])
    assert.equal("json", load("[cli]\noutput_format = 'json'\n").values["cli.format"])
    assert.equal(7, load(nil, { CLEANROOM_JOBS = "7" }).values["cli.jobs"])
    assert.equal(8, load(nil, { CLEANROOM_JOBS = "7", CLNRM_JOBS = "8" }).values["cli.jobs"])
  end)

  it("reads a variable for each key that has a flag, by either name", function()
    local samples = {
      jobs = "3", time = "2s", switch = "false", switch_or_count = "2", count_from_0 = "4",
      ms = "70",
    }
    for _, key in ipairs(require("engine.config.keys").list) do
      if key.flag then
        assert.is_string(key.env, key.name)
        local sample = samples[key.kind] or key.values[1] ~= key.default and key.values[1]
          or key.values[2]
        for _, prefix in ipairs({ "CLNRM_", "CLEANROOM_" }) do
          local got = assert(load(nil, { [prefix .. key.env] = sample }))
          assert.equal(prefix .. key.env, got.origin[key.name])
          assert.is_not_nil(got.values[key.name])
          assert.is_not.equal(key.default, got.values[key.name], key.name)
        end
      end
    end
    assert.equal(1, load(nil, { CLNRM_FAIL_FAST = "true" }).values["cli.fail_fast"])
    assert.equal(2, load(nil, { CLNRM_FAIL_FAST = "2" }).values["cli.fail_fast"])
    assert.equal(false, load(nil, { CLNRM_FAIL_FAST = "0" }).values["cli.fail_fast"])
    assert.is_nil((load(nil, { CLNRM_FAIL_FAST = "maybe" })))
    local got = assert(load(nil, { CLEANROOM_PROFILE = "ci", CI = "" }))
    assert.same({ "ci", "CLEANROOM_PROFILE" }, { got.profile, got.profile_by })
  end)

  it("reads each kind of value", function()
    local text = '[cli]\nfail_fast = true\n[test_execution]\ndefault_timeout = "1.5s"\n'
    local got = assert(load(text))
    assert.equal(1, got.values["cli.fail_fast"])
    assert.equal(1500, got.values["test_execution.default_timeout"])
    assert.equal(false, load("[cli]\nfail_fast = false\n").values["cli.fail_fast"])
    assert.equal(3, load("[cli]\nfail_fast = 3\n").values["cli.fail_fast"])
    assert.equal(9000, load("[test_execution]\ndeadline = 9\n").values["test_execution.deadline"])
  end)

  it("refuses unknown keys, and names what was meant", function()
    local d = problem("[cli]\njbos = 1\n")
    assert.same({ "E201", 2, 1, 4, "did you mean `jobs`?" },
      { d.code, d.line, d.column, d.length, d.help })
    assert.equal("did you mean `cli`?", problem("[clii]\njobs = 1\n").help)
    assert.equal("E201", problem("jobs = 1\n").code)
    d = problem("[ui]\nzzz = 1\n")
    assert.same({ "E201", "unknown key `ui.zzz`" }, { d.code, d.message })
    assert.matches("^known in %[ui%]: color, ", d.help)
    assert.equal("did you mean `color`?", problem("[ui]\ncolour = 'never'\n").help)
  end)

  it("refuses what has no effect in this build", function()
    assert.equal("E202", problem("[cache]\nx = []\n").code)
    assert.equal("E202", problem("[cli]\ninteractive_mode = true\n").code)
    assert.equal("E202", problem("[ui]\ndev = 'inline'\n").code)
    assert.is_table(load("[cache]\n"))
  end)

  it("refuses wrong values with their place", function()
    for _, text in ipairs({
      "[cli]\njobs = 0\n", "[cli]\njobs = 'x'\n", "[cli]\njobs = 1.5\n", "[cli]\nfail_fast = 'x'\n",
      "[cli]\nfail_fast = 0\n", "[cli]\nformat = 'sarif'\n", "[cli]\nformat = 1\n", "cli = 1\n",
      "[test_execution]\ndeadline = 'soon'\n", "[project]\nname = 1\n",
      "[cli]\njobs = 1979-05-27\n",
    }) do
      local d, list = problem(text)
      assert.equal("E203", d.code, text)
      assert.equal(1, #list)
      assert.equal(text:match("^%[") and 2 or 1, d.line, text)
    end
    assert.equal("E205", problem(nil, { CLNRM_JOBS = "many" }).code)
  end)

  it("refuses one setting under two names", function()
    assert.equal("E204", problem("[test_execution]\ntimeout = 1\ndefault_timeout = 2\n").code)
  end)

  it("tells all problems of a file at once, also when it is no TOML", function()
    local _, list = problem("[cli]\na = 1\nb = 2\nc = 3\n", { CLNRM_JOBS = "x" })
    assert.equal(4, #list)
    assert.equal("P", problem("[cli\njobs = 1\n").code:sub(1, 1))
  end)

  it("has a reader, a meaning and a flag that exists for each key", function()
    local flags = {}
    for _, option in ipairs(require("engine.cli.options")) do
      flags[option.key or option.long] = true
    end
    for _, key in ipairs(keys.list) do
      assert.is_string(key.text, key.name)
      assert.is_true(key.flag == nil or flags[key.flag], key.name)
    end
  end)

  it("reads the groups and locks that a project has", function()
    local got = assert(load('[groups.browser]\nmax = 2\n'
      .. '[locks.db]\nscope = "machine"\n[locks.x]\n'))
    local resources = require("engine.config.resources")
    assert.same({ browser = 2 }, resources.of(got.values, "groups"))
    assert.same({ db = "machine", x = "run" }, resources.of(got.values, "locks"))
    assert.equal("clnrm.toml:1", got.origin["groups.browser.max"])
    for text, want in pairs({
      ["[groups.a]\n"] = "E203 `groups.a.max` is missing: how many may run at once",
      ["[groups.a]\nmax = 0\n"] = "E203 `groups.a.max` wants a number from 1",
      ["[groups]\na = 2\n"] = "E203 `groups.a` is a table: [groups.a]",
      ["[groups.a]\nmax = 1\nmx = 1\n"] = "E201 unknown key `groups.a.mx`",
      ['[locks.a]\nscope = "host"\n'] = 'E203 `locks.a.scope` wants "run" or "machine"',
      ["[locks.a]\nscop = 1\n"] = "E201 unknown key `locks.a.scop`",
    }) do
      local first = problem(text)
      assert.equal(want, first.code .. " " .. first.message)
    end
  end)
end)
