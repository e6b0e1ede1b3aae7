local config = require("engine.config")
local keys = require("engine.config.keys")
local version = require("engine.config.version")

local function load(layers)
  local env = layers.env or {}
  return config.load({
    source = layers.text and { file = "clnrm.toml", text = layers.text },
    user = layers.user and { file = "user.toml", text = layers.user, is_users = true },
    env = function(name)
      return env[name]
    end,
    opts = layers.opts or {},
    version = layers.version,
  })
end

local function problem(layers)
  local got, list = load(layers)
  assert.is_nil(got)
  return list[1], list
end

describe("a profile", function()
  local TEXT = [==[
[cli]
jobs = 1
[profile.default]
cli.jobs = 2
[profile.ci.cli]
jobs = 3
fail_fast = true
[profile.fast]
cli.jobs = 4
]==]

  it("is default, what is asked for, or ci where CI is set", function()
    local function of(opts, env)
      local got = assert(load({ text = TEXT, opts = opts, env = env }))
      return { got.profile, got.profile_by, got.values["cli.jobs"], got.origin["cli.jobs"] }
    end
    assert.same({ "default", "built in", 2, "clnrm.toml:4 (profile default)" }, of())
    assert.same({ "ci", "CI", 3, "clnrm.toml:6 (profile ci)" }, of(nil, { CI = "true" }))
    assert.same({ "default", "built in", 2, "clnrm.toml:4 (profile default)" },
      of(nil, { CI = "" }))
    local env = { CI = "true", CLNRM_PROFILE = "fast" }
    assert.same({ "fast", "CLNRM_PROFILE", 4, "clnrm.toml:9 (profile fast)" }, of(nil, env))
    assert.same({ "ci", "--profile", 3, "clnrm.toml:6 (profile ci)" },
      of({ profile = "ci" }, env))
  end)

  it("stands over the file and below variables and flags", function()
    local env = { CLNRM_PROFILE = "ci", CLNRM_JOBS = "7" }
    assert.equal(7, load({ text = TEXT, env = env }).values["cli.jobs"])
    assert.equal(8, load({ text = TEXT, env = env, opts = { jobs = 8 } }).values["cli.jobs"])
    assert.equal(1, load({ text = TEXT, env = env }).values["cli.fail_fast"])
    assert.equal(false, load({ text = TEXT }).values["cli.fail_fast"])
  end)

  it("ci is there without a file, and the file stands over what it sets by itself", function()
    local got = load({ opts = { profile = "ci" } })
    assert.equal("counter", got.values["ui.progress"])
    assert.equal("built in (profile ci)", got.origin["ui.progress"])
    got = load({ opts = { profile = "ci" }, text = '[ui]\nprogress = "none"\n' })
    assert.equal("none", got.values["ui.progress"])
  end)

  it("that is not there is an error that names those that are", function()
    local d = problem({ text = TEXT, opts = { profile = "fsat" } })
    assert.equal("E208", d.code)
    assert.equal("did you mean 'fast'?", d.help)
    d = problem({ env = { CLNRM_PROFILE = "nightly" } })
    assert.matches("^CLNRM_PROFILE", d.message)
    assert.matches("ci, default", d.help)
  end)

  it("is checked also when another holds", function()
    for text, code in pairs({
      ["[profile.x.cli]\njbos = 1\n"] = "E201",
      ["[profile.x]\ncli.jobs = 'many'\n"] = "E203",
      ["[profile.x]\njobs = 1\n"] = "E201",
      ["[profile.x.vars]\na = 1\n"] = "E202",
      ["[profile]\nx = 1\n"] = "E203",
      ["profile = 1\n"] = "E203",
      ["[profile.x]\nrequired-version = '>=1'\n"] = "E201",
      ["[profile.x.profile.y]\ncli.jobs = 1\n"] = "E201",
      ["[profile.x]\ncli.jobs = 1\ntest_execution.max_parallel_tests = 2\n"] = "E204",
    }) do
      local d = problem({ text = text })
      assert.equal(code, d.code, text)
      assert.equal("clnrm.toml", d.file)
      assert.is_true(d.line >= 1)
    end
  end)
end)

describe("required-version", function()
  it("holds for the versions in its range", function()
    for range, versions in pairs({
      [">=1.2"] = { ["1.2.0"] = true, ["1.1.9"] = false, ["2.0.0"] = true, ["1.10.0"] = true },
      [">1.2"] = { ["1.2.0"] = false, ["1.2.1"] = true },
      ["<= 1"] = { ["1.0.0"] = true, ["1.0.1"] = false },
      ["=0.1.0"] = { ["0.1.0"] = true, ["0.1.1"] = false },
      [">=1.2, <2"] = { ["1.9.9"] = true, ["2.0.0"] = false, ["1.1.0"] = false },
    }) do
      for number, holds in pairs(versions) do
        assert.equal(holds, version.holds(range, number), range .. " " .. number)
      end
    end
  end)

  it("is read strictly", function()
    for _, range in ipairs({
      "", "1.2", ">=", ">= 1.2.3.4", ">=1.x", "=>1", "^1.2", "~1", ">=1.2 <2", ">=1,", "latest",
      ">=-1", ">=1..2", ">=01.2", ">=1.2-beta", ">=99999999999999999999", "==1", "<>1", ">=1.",
    }) do
      local holds, why = version.holds(range, "1.2.3")
      assert.is_nil(holds, range)
      assert.is_string(why)
    end
  end)

  it("that does not hold is the only thing that is said", function()
    local text = 'required-version = ">=9"\n[new_table]\nx = 1\n[cli]\njobs = "new"\n'
    local d, list = problem({ text = text, version = "0.1.0" })
    assert.equal("E206", d.code)
    assert.equal(1, #list)
    assert.equal(1, d.line)
    assert.matches("asks for clnrm >=9, and this is 0.1.0", d.message)
  end)

  it("that cannot be read is an error like others", function()
    assert.equal("E203", problem({ text = "required-version = 1.2\n" }).code)
    assert.equal("E203", problem({ text = 'required-version = "1.2"\n' }).code)
    local _, list = problem({ text = 'required-version = "1.2"\n[cli]\njobs = "x"\n' })
    assert.equal(2, #list)
    assert.matches("required%-version", problem({ text = 'required_version = "1"\n' }).help)
  end)
end)

describe("the user's own file", function()
  it("stands over what is built in and below the project", function()
    local user = '[ui]\nprogress = "none"\n[record]\nenabled = false\n'
    local got = assert(load({ user = user }))
    assert.equal("none", got.values["ui.progress"])
    assert.equal("user.toml:2", got.origin["ui.progress"])
    assert.equal(false, got.values["record.enabled"])
    got = assert(load({ user = user, text = "[record]\nenabled = true\n" }))
    assert.equal(true, got.values["record.enabled"])
    assert.equal("clnrm.toml:2", got.origin["record.enabled"])
  end)

  it("may set nothing but what is shown and what is kept", function()
    local may = 0
    for _, key in ipairs(keys.list) do
      local section, name = key.name:match("^(.-)%.(.*)$")
      local _, list = load({ user = ("[%s]\n%s = {}\n"):format(section, name) })
      -- That these change no verdict: tests/e2e/settings_spec.lua tries each value of each.
      local is_shown = section == "ui" or section == "record" or section == "repl"
      assert.equal(is_shown and "E203" or "E207", list[1].code, key.name)
      may = may + (is_shown and 1 or 0)
    end
    assert.is_true(may >= 3, may)
  end)

  it("is told where it says more", function()
    for _, text in ipairs({
      "[cli]\njobs = 1\n", "[profile.ci]\nui.color = 'never'\n", "required-version = '>=0'\n",
      "[test_execution]\n", "[vars]\na = 1\n", "anything = 1\n", "[project]\nname = 'x'\n",
    }) do
      local d = problem({ user = text })
      assert.equal("E207", d.code, text)
      assert.equal("user.toml", d.file)
      assert.equal(1, d.line)
    end
    assert.equal("E202", problem({ user = "[repl]\nhistory = 1\n" }).code)
    assert.equal("E201", problem({ user = "[ui]\ncolour = 'never'\n" }).code)
    assert.matches("^P0", problem({ user = "[ui\n" }).code)
  end)
end)
