--- Lua modules as hooks of files: where they run, what they get, what their failures are.
local json = require("core.json")
local support = dofile("tests/e2e/support.lua")

local HEAD = '[meta]\nname = "x"\n'

--- Runs a test file with a module hook.lua beside it; returns its exit code, verdicts by scenario,
--- hooks, failures and all events.
local function run(module, body, words, env)
  local dir = support.tempdir()
  support.write(dir .. "/clnrm.toml", "")
  support.write(dir .. "/tests/hook.lua", module)
  support.write(dir .. "/tests/x.clnrm.toml", HEAD .. body)
  local argv = { "run", "--format", "events", "-j", "2" }
  table.move(words or {}, 1, #(words or {}), #argv + 1, argv)
  argv[#argv + 1] = "tests/x.clnrm.toml"
  local got = support.run(argv, { cwd = dir, env = env })
  local all = { code = got.code, verdicts = {}, hooks = {}, events = {}, failures = {} }
  for line in got.out:gmatch("[^\n]+") do
    local event = assert(json.decode(line))
    all.events[#all.events + 1] = event
    if event.event == "hook" then
      all.hooks[#all.hooks + 1] = event.hook .. " " .. event.verdict
    elseif event.event == "scenario_end" then
      all.verdicts[event.name] = event.verdict
    end
    for _, told in ipairs(event.failures or event.diagnostics or {}) do
      all.failures[#all.failures + 1] = told
    end
  end
  for _, command in ipairs({ "validate", "list" }) do
    all[command] = support.run({ command, "tests/x.clnrm.toml" }, { cwd = dir })
  end
  for _, event in ipairs(all.events) do
    all.kept = event.event == "attachment" and support.read(dir .. "/" .. event.path) or all.kept
  end
  support.remove(dir)
  return all
end

local function names_of(events, name)
  local list = {}
  for _, event in ipairs(events) do
    list[#list + 1] = event.event == name and event or nil
  end
  return list
end

local STEP = '[[scenario]]\nname = "a"\nrun = "test -e /room/seed"\n'

describe("a module", function()
  it("gets the room of its scenario, and keeps values in t", function()
    local got = run([==[
local clnrm = require("clnrm")
local count = 0
return {
  before_all = function(t) t.room:put("/room/all", "1") end,
  before_each = function(t)
    count = count + 1
    t.mine = t.name
    local made = t.room:exec("echo " .. t.name .. " > seed; echo out", { check = true })
    clnrm.expect(made.stdout):equals("out\n")
  end,
  after_each = function(t)
    assert(t.mine == t.name)
    clnrm.expect(t.room:get("/room/seed")):equals(t.name .. "\n")
    clnrm.expect(t.room:exists("/room/all")):equals(false)
  end,
  after_all = function(t)
    assert(count == 2, count)
    assert(t.room:exists("/room/all"))
  end,
}]==], [==[
[hooks]
before_all = "hook.lua"
before_each = "./hook.lua"
after_each = { module = "hook.lua" }
after_all = { module = "hook.lua" }
]==] .. STEP .. '[[scenario]]\nname = "b"\nrun = "test $(cat /room/seed) = b"\n')
    assert.equal(0, got.code, got.failures[1] and got.failures[1].message)
    assert.same({ a = "pass", b = "pass" }, got.verdicts)
    assert.equal(6, #got.hooks)
    assert.equal("tests/hook.lua", names_of(got.events, "hook")[1].module)
    assert.equal(2, #names_of(got.events, "step_begin")) -- what a hook runs is no step
  end)

  it("that is one function is that hook, with the services of the scenario", function()
    local got = run([==[
return function(t)
  assert(t.room:exec({ "sh", "-c", "echo from $WHO" }, { service = "web" }).stdout == "from web\n")
  t.room:put("/room/seed", "x")
end]==], [==[
[hooks]
before_each = "hook.lua"
[services.web]
command = ["sleep", "600"]
env = { WHO = "web" }
[[scenario]]
name = "a"
service = "web"
run = "test -e /room/seed"
]==])
    assert.equal(0, got.code, got.failures[1] and got.failures[1].message)
  end)

  it("may start what the steps use, and what it logs and attaches is told", function()
    local got = run([==[
return function(t)
  t.room:start("until test -e /room/go; do sleep 0.01; done; echo 1 > /room/answer; sleep 600")
  t:log("prepared")
  t:attach("kept.txt", "bytes")
end]==], [==[
[hooks]
before_each = "hook.lua"
[[scenario]]
name = "a"
run = "touch /room/go; until test -e /room/answer; do sleep 0.01; done"
]==])
    assert.equal(0, got.code, got.failures[1] and got.failures[1].message)
    assert.equal("prepared", names_of(got.events, "log")[1].text)
    assert.equal("bytes", got.kept)
  end)

  it("is executed by run alone", function()
    local got =
      run('require("clnrm"); error("executed")', '[hooks]\nbefore_each = "hook.lua"\n' .. STEP)
    assert.equal(2, got.code)
    assert.same({ "P128", "tests/hook.lua", 1 },
      { got.failures[1].code, got.failures[1].file, got.failures[1].line })
    assert.matches("executed", got.failures[1].message)
    assert.equal(0, got.validate.code, got.validate.err)
    assert.equal(0, got.list.code)
  end)

  it("that does not compile is told by validate and list too", function()
    local got = run("return function( end", '[hooks]\nbefore_each = "hook.lua"\n' .. STEP)
    assert.same({ 2, 2, 2 }, { got.code, got.validate.code, got.list.code })
    assert.equal("P040", got.failures[1].code)
    assert.matches("P040", got.validate.err)
  end)

  it("that is none is an error", function()
    local cases = {
      { "return 1", "P128", "returns a number" },
      { "", "P128", "returns nothing" },
      { "return { after_each = function() end }", "P128", "without a function `before_each`" },
      { 'require("clnrm").test("a", function() end)', "P128", "registers tests" },
      { "while true do end", "P128", "" },
    }
    for _, case in ipairs(cases) do
      local got = run(case[1], '[hooks]\nbefore_each = "hook.lua"\n' .. STEP)
      assert.equal(2, got.code)
      assert.equal(case[2], got.failures[1].code, case[1])
      assert.matches(case[3], got.failures[1].message, 1, true)
      assert.same({}, got.verdicts)
    end
    local wrong = {
      { 'before_each = "gone.lua"', "P126" },
      { 'before_each = "../../x.lua"', "P122" },
      { 'before_each = { module = "hook.lua", command = "true" }', "P105" },
      { 'before_each = { module = "hook.lua", on = "host" }', "P103" },
      { 'before_each = { on = "room" }', "P104" },
      { 'before_each = { module = "x.clnrm.toml" }', "P128" },
    }
    for _, case in ipairs(wrong) do
      local got = run("return function() end", "[hooks]\n" .. case[1] .. "\n" .. STEP)
      assert.same({ 2, 2 }, { got.code, got.validate.code })
      assert.equal(case[2], got.failures[1].code, case[1])
    end
  end)
end)

describe("a module that fails", function()
  local HOOKS = '[hooks]\nbefore_each = "hook.lua"\nafter_each = { module = "hook.lua" }\n'

  local function failing(what)
    return run(("local clnrm = require('clnrm')\nreturn { before_each = function(t)\n%s\nend,\n"
      .. "after_each = function() end }"):format(what), HOOKS .. STEP)
  end

  it("is an error of its scenario, whose steps do not run; the teardown does", function()
    local cases = {
      { 'error("no seed")', "no seed" },
      { "clnrm.expect(1):equals(2)", "" },
      { "pcall(function() clnrm.expect(1):equals(2) end)", "caught" },
      { "assert(1 == 2)", "" },
      { 't.room:exec("exit 3", { check = true })', "exit 3" },
      { "clnrm.expect(1)", "no matcher" },
      { "clnrm.task.group():spawn(function() clnrm.task.sleep(60) end)", "a task of the hook" },
      { "t.room:close()", "the room is the scenario's" },
      { 't:use("db")', "there is no fixture 'db'" },
    }
    for _, case in ipairs(cases) do
      local got = failing(case[1])
      assert.equal(2, got.code, case[1])
      assert.same({ a = "error" }, got.verdicts)
      assert.same({ "before_each error", "after_each pass" }, got.hooks)
      assert.equal(0, #names_of(got.events, "step_begin"))
      local told = got.failures[1]
      assert.same({ "T510", "tests/hook.lua", 3 }, { told.code, told.file, told.line }, case[1])
      assert.matches("^hook before_each: ", told.message)
      assert.matches(case[2], told.message, 1, true)
    end
  end)

  it("by taking too long is ended at the deadline of its scenario", function()
    local got = run("return function(t) t.room:exec('sleep 600') end",
      '[hooks]\nbefore_each = "hook.lua"\n[[scenario]]\nname = "a"\ntimeout_ms = 1500\n'
      .. 'run = ["true"]\n')
    assert.equal(2, got.code)
    assert.same({ "before_each error" }, got.hooks)
    assert.matches("did not end before the deadline of its scenario", got.failures[1].message)
    got = run("return function() while true do end end",
      '[hooks]\nbefore_each = "hook.lua"\n[[scenario]]\nname = "a"\ntimeout_ms = 1500\n'
      .. 'run = ["true"]\n')
    assert.equal(2, got.code)
    assert.same({ "before_each error" }, got.hooks)
  end)

  it("behind the steps fails the scenario all the same", function()
    local got = run("return function() error('leftovers') end",
      '[hooks]\nafter_each = "hook.lua"\n[[scenario]]\nname = "a"\nrun = ["true"]\n')
    assert.same({ a = "error" }, got.verdicts)
    assert.matches("hook after_each: leftovers", got.failures[1].message)
  end)

  it("around the file fails all its scenarios, or the file", function()
    local got = run("return function() error('down') end",
      '[hooks]\nbefore_all = "hook.lua"\n' .. STEP)
    assert.same({ a = "error" }, got.verdicts)
    got = run("return function() error('down') end",
      '[hooks]\nafter_all = "hook.lua"\n[[scenario]]\nname = "a"\nrun = ["true"]\n')
    assert.equal(2, got.code)
    assert.same({ a = "pass" }, got.verdicts)
    assert.matches("hook after_all: down", got.failures[1].message)
  end)
end)

describe("checks of a module", function()
  it("are no evidence for its scenario", function()
    local got = run("return function(t) require('clnrm').expect(1):equals(1) end",
      '[hooks]\nbefore_each = "hook.lua"\n[[steps]]\nname = "s"\ncommand = ["true"]\n',
      { "--strict" })
    assert.same({ x = "error" }, got.verdicts)
    assert.equal("T508", got.failures[1].code)
    assert.equal(0, #names_of(got.events, "check"))
  end)
end)

describe("what the policy of the scenario forbids", function()
  it("is told of the hook that tried it", function()
    local got = run("return function(t) t.room:exec('od /dev/null') end",
      '[hooks]\nbefore_each = "hook.lua"\n[[scenario]]\nname = "a"\n'
      .. 'policy.disallowed_commands = ["od"]\nrun = ["true"]\n')
    assert.not_equal(0, got.code)
    assert.not_equal("pass", got.verdicts.a)
    assert.matches("hook before_each", json.encode(got.failures), 1, true)
  end)
end)

describe("a secret that a module asks for", function()
  it("is masked in what it logs and in its failure", function()
    local got = run("return function(t) t:log(t:secret('TOKEN')); error(t:secret('TOKEN')) end",
      '[hooks]\nbefore_each = "hook.lua"\n' .. STEP, nil, { TOKEN = "opensesame42" })
    assert.same({ a = "error" }, got.verdicts)
    assert.equal("***", names_of(got.events, "log")[1].text)
    assert.is_nil(json.encode(got.events):find("opensesame", 1, true))
  end)
end)

describe("a run that is stopped", function()
  it("ends a module that runs, and runs its teardown", function()
    local got = run([==[
return {
  before_each = function(t) t.room:exec("sleep 600", { timeout = "500s" }) end,
  after_each = function(t) assert(t.room:exec("true").ok) end,
}]==], '[hooks]\nbefore_each = "hook.lua"\nafter_each = "hook.lua"\n' .. STEP,
      { "--deadline", "1s" })
    assert.equal(124, got.code)
    assert.equal("after_each pass", got.hooks[2])
    assert.not_equal("pass", got.verdicts.a)
  end)
end)
