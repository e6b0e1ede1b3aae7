--- Hooks on the machine itself: only with --allow host-hooks, ended with all that they started.
local json = require("core.json")
local lfs = require("lfs")
local support = dofile("tests/e2e/support.lua")

local STEP = '[[scenario]]\nname = "a"\nrun = ["true"]\n'
local HEAD = '[meta]\nname = "x"\n'

local dir

before_each(function()
  dir = support.tempdir()
  support.write(dir .. "/clnrm.toml", "")
end)

after_each(function()
  support.remove(dir)
end)

local function run(body, words, opts)
  support.write(dir .. "/tests/x.clnrm.toml", HEAD .. body)
  local argv = { "run", "--format", "events" }
  table.move(words or { "--allow", "host-hooks" }, 1, 10, #argv + 1, argv)
  argv[#argv + 1] = "tests/x.clnrm.toml"
  local more = opts or {}
  more.cwd = dir
  local got = support.run(argv, more)
  local all = { code = got.code, err = got.err, verdicts = {}, hooks = {}, failures = {} }
  for line in got.out:gmatch("[^\n]+") do
    local event = assert(json.decode(line))
    if event.event == "hook" then
      all.hooks[#all.hooks + 1] = event
    elseif event.event == "scenario_end" then
      all.verdicts[event.name] = event.verdict
    end
    for _, told in ipairs(event.failures or event.diagnostics or {}) do
      all.failures[#all.failures + 1] = told
    end
  end
  return all
end

--- Whether somebody still sleeps for so long.
local function sleeps(seconds)
  for pid in lfs.dir("/proc") do
    local line = pid:match("^%d+$") and support.read(("/proc/%s/cmdline"):format(pid))
    if line == "sleep\0" .. seconds .. "\0" then
      return true
    end
  end
  return false
end

describe("a hook on the host", function()
  local TOUCH = '[hooks]\nbefore_all = { command = ["touch", "made"], on = "host" }\n' .. STEP

  it("is refused without the flag, which is named, and nothing of it runs", function()
    local got = run(TOUCH, {})
    assert.equal(2, got.code)
    assert.same({ "P129", 4, 50 },
      { got.failures[1].code, got.failures[1].line, got.failures[1].column })
    assert.matches("--allow host-hooks", got.failures[1].help, 1, true)
    assert.same({}, got.verdicts)
    assert.is_nil(support.read(dir .. "/made"))
    for _, command in ipairs({ "validate", "list" }) do
      assert.equal(0, support.run({ command, "tests/x.clnrm.toml" }, { cwd = dir }).code)
    end
  end)

  it("runs in the project's folder with the flag", function()
    local got = run(TOUCH)
    assert.equal(0, got.code, got.failures[1] and got.failures[1].message)
    assert.same({ a = "pass" }, got.verdicts)
    assert.equal("", support.read(dir .. "/made"))
    assert.equal("host", got.hooks[1].on)
  end)

  it("is known by no other name of the flag", function()
    assert.equal(2, run(TOUCH, { "--allow", "host-hoks" }).code)
    local got = run(TOUCH, { "--allow", "privileged" })
    assert.equal(2, got.code)
    assert.matches("would run on the machine itself", got.failures[1].message)
  end)

  it("has clnrm's environment, and what hook it is", function()
    local got = run([==[
[hooks]
before_each = { command = "env > one", on = "host" }
after_all = { command = "env > all", on = "host" }
]==] .. STEP, nil, { env = { MINE = "yes", CLNRM_HOOK = "wrong" } })
    assert.equal(0, got.code)
    local one, all = support.read(dir .. "/one"), support.read(dir .. "/all")
    for _, line in ipairs({ "MINE=yes", "CLNRM_HOOK=before_each", "CLNRM_SCENARIO=a",
      "CLNRM_FILE=" .. dir .. "/tests/x.clnrm.toml" }) do
      assert.matches("\n" .. line .. "\n", "\n" .. one, 1, true)
    end
    assert.is_nil(one:find("wrong", 1, true))
    assert.matches("CLNRM_HOOK=after_all\n", all, 1, true)
    assert.is_nil(all:find("CLNRM_SCENARIO", 1, true))
  end)

  it("that fails is told as other hooks are", function()
    local got = run([==[
[hooks]
before_each = { command = "echo no disk >&2; exit 4", on = "host" }
after_each = { command = ["touch", "after"], on = "host" }
]==] .. STEP)
    assert.equal(2, got.code)
    assert.same({ a = "error" }, got.verdicts)
    local told = got.failures[1]
    assert.same({ "T510", 4 }, { told.code, told.line })
    assert.equal("hook before_each: exit code 4, expected 0", told.message)
    assert.matches("no disk", json.encode(told.notes), 1, true)
    assert.matches("--allow host-hooks", told.rerun, 1, true)
    assert.equal("", support.read(dir .. "/after"))
  end)

  it("that is not there, or is none, is an error", function()
    local got =
      run('[hooks]\nbefore_all = { command = ["no-such-program"], on = "host" }\n' .. STEP)
    assert.equal(2, got.code)
    assert.same({ a = "error" }, got.verdicts)
    assert.matches("hook before_all", got.failures[1].message)
  end)

  it("is killed at its deadline, with its group", function()
    local seconds = "987" .. tostring(os.time()):sub(-4)
    local got = run((([==[
[hooks]
before_each = { command = "echo waiting; sleep N & sleep N", on = "host" }
[[scenario]]
name = "a"
timeout_ms = 2000
run = ["true"]
]==]):gsub("N", seconds)))
    assert.equal(2, got.code)
    assert.same({ a = "error" }, got.verdicts)
    assert.is_true(got.hooks[1].timed_out)
    assert.matches("killed at the timeout", got.failures[1].message)
    assert.matches("waiting", json.encode(got.failures[1].notes), 1, true)
    assert.is_false(sleeps(seconds))
  end)

  it("is ended when the run is, and its teardown runs", function()
    local seconds = "986" .. tostring(os.time()):sub(-4)
    support.write(dir .. "/tests/x.clnrm.toml", HEAD .. ([==[
[hooks]
before_all = { command = "touch begun; sleep %s", on = "host" }
after_all = { command = ["touch", "after"], on = "host" }
]==]):format(seconds) .. STEP)
    local got = support.sh([[
"$CLNRM" run --allow host-hooks --format events tests/x.clnrm.toml & pid=$!
until test -e begun; do sleep 0.02; done
kill -INT $pid; wait $pid]], { cwd = dir })
    assert.equal(130, got.code, got.err)
    assert.equal("", support.read(dir .. "/after"))
    assert.is_false(sleeps(seconds))
    assert.is_nil(got.out:find('"verdict":"pass"[^\n]*"scenario_end"'))
  end)
end)
