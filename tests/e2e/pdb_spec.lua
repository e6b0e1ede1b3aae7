--- The debugger of `clnrm run --pdb`, as somebody at a terminal uses it.
local json = require("core.json")
local support = dofile("tests/e2e/support.lua")
local tmux = dofile("tests/tools/tmux.lua")

describe("clnrm run --pdb", function()
  local dir, screen

  before_each(function()
    dir = support.tempdir()
    support.write(dir .. "/clnrm.toml", "")
  end)

  after_each(function()
    if screen then
      screen:close()
      screen = nil
    end
    support.remove(dir)
  end)

  --- Runs a file at a terminal, up to the first stop.
  local function start(name, text, options)
    support.write(dir .. "/" .. name, text)
    screen = tmux.open(dir, { width = 100, height = 50 })
    screen:type(('clear; "$CLNRM" run --pdb --report json=out.json %s %s; echo "exit=$?"'):format(
      options or "", name))
    screen:wait("\npdb%[1%]>\n+$")
  end

  --- Types a line and waits for a prompt below what it gives.
  local function enter(text, wanted)
    screen:type(text)
    return screen:wait((wanted or "") .. "[^\n]*\npdb%[%d+%]>\n+$")
  end

  --- Goes on and returns the report, with the exit code of the run.
  local function leave(line)
    screen:type(line)
    local text = screen:wait("\nexit=%d+\n", true)
    return assert(json.decode(support.read(dir .. "/out.json"))),
      tonumber(text:match("\nexit=(%d+)\n"))
  end

  local function test(body, more)
    return 'local clnrm = require("clnrm")\nlocal expect = clnrm.expect\n' .. (more or "")
      .. '\nclnrm.test("one", function(t)\n' .. body .. "\nend)\n"
  end

  describe("at a Lua test", function()
    it("opens where an error is raised, with what each frame sees", function()
      start("a.clnrm.lua", test([[
  local room <close> = t:open()
  room:put("note", "kept")
  local rows = { { price = 2 }, {} }
  expect(total(rows)):equals(2)]], [[
local function total(rows)
  local sum = 0
  for _, row in ipairs(rows) do
    sum = sum + row.price
  end
  return sum
end]]))
      enter("locals", "rows  { { price = 2 }, {} }\n  sum   2\n  _     2\n  row   {}")
      enter("sum + 1", "%[1%] = 3")
      enter("bt", "> 0  a%.clnrm%.lua:6  in 'total'\n  1  a%.clnrm%.lua:14  in the test")
      enter("up", "> 1  a%.clnrm%.lua:14  in the test\n> 14│   expect%(total%(rows%)%)")
      enter("up", "error: this is the outermost frame")
      enter("room:exec('cat note').stdout", '%[2%] = "kept"')
      enter("sum", "sum")
      enter("list", "11│   local room <close> = t:open%(%)[^>]*> 14│.*")
      local report, code = leave("c")
      assert.same({ "error", 2 }, { report.results[1].verdict, code })
      assert.equal("T702", report.results[1].failures[1].code)
    end)

    it("stops at a check that does not hold, at an assert and in before_each", function()
      start("a.clnrm.lua", test("  local n = 1\n  assert(n == 2)", [[
clnrm.before_each(function(t)
  local name = t.name
  if name == "two" then error("not this one") end
end)
clnrm.test("two", function() end)
clnrm.test("three", function() local got = 7 expect(got):equals(8) end)]]))
      enter("name .. '!'", '"two!"')
      screen:type("continue")
      screen:wait("T710.*\npdb%[1%]>\n+$")
      enter("got", "= 7")
      screen:type("continue")
      screen:wait("T701.*\npdb%[1%]>\n+$")
      enter("n", "= 1")
      local report, code = leave("continue")
      local verdicts = {}
      for _, result in ipairs(report.results) do
        verdicts[result.name] = result.verdict .. " " .. result.failures[1].code
      end
      assert.same({ two = "error T707", three = "fail T710", one = "fail T701" }, verdicts)
      assert.equal(2, code)
    end)

    it("lets no line change the verdict, and takes names before commands", function()
      start("a.clnrm.lua", test([[
  local c, up = 5, 'high'
  t.room:exec('true')
  error('boom')]]))
      enter("t:skip('not now')", "error.*")
      enter("expect(1):equals(2)", "T710.*")
      enter("t.room:exec('exit 3').exit_code", "= 3")
      enter("c", "= 5")
      enter("up", '= "high"')
      enter(":step", "error: step: the test has failed, and is over")
      local report, code = leave(":continue")
      assert.same({ "error", 1, 2 },
        { report.results[1].verdict, #report.results[1].failures, code })
    end)

    it("closes what is to be closed when it is left", function()
      start("a.clnrm.lua", test([[
  local value <close> = setmetatable({}, { __close = function()
    clnrm.task.sleep(1)
    t:attach("closed", "yes")
  end })
  local room <close> = t:open()
  error("boom")]]))
      enter("room:exec('true').ok", "= true")
      local report = leave("c")
      assert.equal(1, #report.results[1].failures)
      assert.equal("yes", support.sh("cat $(find .clnrm -name closed)", { cwd = dir }).out)
    end)

    it("lets deadlines stand still, and stops where time was over", function()
      start("a.clnrm.lua", [[
local clnrm = require("clnrm")
clnrm.test("late", { timeout = "200ms" }, function(t)
  local turns = 0
  while true do
    turns = turns + 1
    clnrm.task.sleep("20ms")
  end
end)
clnrm.test("in time", { timeout = "10s" }, function() clnrm.expect(1):equals(1) end)]],
        "--deadline 2s")
      enter("turns > 3", "= true")
      enter("clnrm.task.sleep('3s')", "%[2%] = true")
      local report, code = leave("c")
      assert.same({ "timeout", "pass", 1 },
        { report.results[1].verdict, report.results[2].verdict, code })
      assert.is_true(report.results[1].duration_ms < 3000)
    end)

    it("begins nothing more after quit", function()
      start("a.clnrm.lua", test("  error('boom')",
        'clnrm.test("zero", function(t) error("first") end)'))
      local report, code = leave("quit")
      assert.same({ 1, "debugger", 2 }, { #report.results, report.interrupted, code })
    end)

    it("interrupts a line at Ctrl-C, and the run goes on", function()
      start("a.clnrm.lua", test("  error('boom')"))
      screen:type("print('go') while true do end")
      screen:wait("\ngo\n")
      screen:press("C-c")
      screen:wait("interrupted\npdb%[2%]>\n+$")
      enter("6 * 7", "= 42")
      local _, code = leave("c")
      assert.equal(2, code)
    end)

    it("shows no secret", function()
      support.write(dir .. "/env", "PASSWORD=correct-horse\n")
      start("a.clnrm.lua", test("  local word = t:secret('PASSWORD')\n  error('boom')"),
        "--env-file env")
      local text = enter("locals", "word  \"%*+\"") .. enter("word .. '!'", "%[1%] = \"%*+!\"")
      assert.is_nil(text:find("correct-horse", 1, true))
      leave("c")
    end)
  end)

  describe("at a line", function()
    local TEXT = test([[
  local n = twice(1)
  t.room:exec("true")
  n = n + 1
  expect(n):equals(30)]], [[
local function twice(k)
  local m = k * 2
  return m
end]])

    it("stops before it, steps, and what is assigned there counts", function()
      start("a.clnrm.lua", TEXT, "--break a.clnrm.lua:9")
      enter("next", "before this line\n> 0  a%.clnrm%.lua:10  in the test\n> 10│   n = n %+ 1")
      enter("n", "= 2")
      enter("t:skip('not now')", "skipped: not now.*")
      enter("n = 29", "n = 29")
      enter("next", "a%.clnrm%.lua:11  in the test\n[^\n]*")
      local report, code = leave("continue")
      assert.same({ "pass", 0 }, { report.results[1].verdict, code })
    end)

    it("steps into a function and out of it, with breakpoints of its own", function()
      start("a.clnrm.lua", TEXT, "--break a.clnrm.lua:8")
      enter("step", "> 0  a%.clnrm%.lua:4  in 'twice'\n> 4│   local m = k %* 2")
      enter("bt", "> 0  a%.clnrm%.lua:4  in 'twice'\n  1  a%.clnrm%.lua:8  in the test")
      enter("m == nil", "= true") -- is not there yet
      enter("next", "a%.clnrm%.lua:5  in 'twice'\n[^\n]*")
      enter("m", "= 2")
      enter("finish", "a%.clnrm%.lua:9  in the test\n[^\n]*")
      enter(":break 11", ":break 11")
      enter(":break", "a%.clnrm%.lua:8\n  a%.clnrm%.lua:11")
      enter(":clear 8", ":clear 8")
      enter(":break", ":break\n  a%.clnrm%.lua:11")
      enter("c", "a%.clnrm%.lua:11  in the test\n[^\n]*")
      enter("c", "T710.*") -- where it fails
      local _, code = leave("c")
      assert.equal(1, code)
    end)

    it("lets the time of the test stand still", function()
      start("a.clnrm.lua", [[
local clnrm = require("clnrm")
clnrm.test("one", { timeout = "500ms" }, function(t)
  t.room:exec("true")
  clnrm.expect(t.room:exec("true").ok):is_true()
end)]], "--break a.clnrm.lua:4")
      enter("clnrm.task.sleep('1200ms')", "= true")
      local report, code = leave("c")
      assert.same({ "pass", 0 }, { report.results[1].verdict, code })
    end)
  end)

  describe("at a step of a file", function()
    local TEXT = [==[
[meta]
name = "s"
[[scenario]]
name = "one"
timeout = "10s"
[[scenario.steps]]
name = "make"
command = "echo kept > note; echo 42"
capture = { answer = "stdout" }
[[scenario.steps]]
name = "look"
command = "echo out; echo err >&2; exit 3"
[[scenario.steps]]
name = "never"
command = "touch never"
[[scenario]]
name = "two"
[[scenario.steps]]
name = "fine"
command = "true"
]==]

    it("opens with how it ended and with its room, and goes on", function()
      start("s.clnrm.toml", TEXT)
      enter("step.exit_code", "= 3")
      enter("step.stdout .. step.stderr", '= "out␊err␊"')
      enter("step.failures[1]", '"T001: step')
      enter("room:exec('cat note').stdout", '= "kept␊"')
      enter("captured.answer", '= "42"')
      enter("locals", "captured  { answer = \"42\" }\n  room +clnrm.Room")
      enter("bt", "error: there is no frame here.*")
      enter(":help", "bt  up  c  q ... +need no colon.*")
      enter(":next", "error: next: a step is a command.*")
      enter(":break 3", "error: a file of steps has no breakpoints")
      local report, code = leave("continue")
      assert.same({ "fail", "pass", 1 },
        { report.results[1].verdict, report.results[2].verdict, code })
      assert.equal("T001", report.results[1].failures[1].code)
      assert.equal(1, #report.results[1].failures)
    end)

    it("lets the time of its test stand still", function()
      start("s.clnrm.toml", (TEXT:gsub("10s", "2s")
        :gsub('name = "look"', 'name = "look"\ncontinue_on_failure = true')))
      enter("clnrm.task.sleep('2500ms')", "= true")
      local report, code = leave("c")
      assert.same({ "fail", 1 }, { report.results[1].verdict, code })
      assert.is_true(report.results[1].duration_ms < 2000)
    end)
  end)

  it("is refused where nobody sits", function()
    support.write(dir .. "/a.clnrm.lua", test("  error('boom')"))
    local function refused(argv, env)
      local got = support.run(argv, { cwd = dir, env = env })
      assert.same({ 2, "" }, { got.code, got.out })
      return got.err
    end
    assert.matches("needs a terminal", refused({ "run", "--pdb" }))
    assert.matches("CI is set", refused({ "run", "--pdb" }, { CI = "true" }))
    assert.matches("written as json", refused({ "run", "--pdb", "-f", "json" }))
    assert.matches("for one run", refused({ "run", "--pdb", "--watch" }))
    assert.matches("no%-input", refused({ "run", "--pdb", "--no-input" }))
    assert.matches("no FILE:LINE", refused({ "run", "--pdb", "--break", "x" }))
    assert.matches("no file of Lua", refused({ "run", "--pdb", "--break", "s.toml:1" }))
    assert.matches("there is no file", refused({ "run", "--pdb", "--break", "b.lua:1" }))
    support.write(dir .. "/tests/deep/c.clnrm.lua", test("  error('boom')"))
    assert.matches("there is no file", refused({ "run", "--pdb", "--break", "p/c.clnrm.lua:1" }))
    assert.matches("needs a terminal", refused({ "run", "--pdb", "--break", "c.clnrm.lua:1" }))
    assert.matches("needs a terminal",
      refused({ "run", "--pdb", "--break", "deep/c.clnrm.lua:1" }))
  end)
end)
