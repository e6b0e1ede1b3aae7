--- Reporters that a project writes in Lua.
local support = dofile("tests/e2e/support.lua")

local sh = support.sh

local REPORTER = [==[
local seen = {}
return {
  on_begin = function(report, run)
    report:write(("begin %d\n"):format(run.total))
  end,
  on_test_begin = function(report, test)
    report:write(("test %s %s %s\n"):format(test.id, test.name, test.line))
  end,
  on_step = function(report, step, test)
    local form = "step %s %s %s %s"
    report:write(form:format(test.name, step.name, step.exit_code, step.stdout.text))
  end,
  on_test_end = function(report, test)
    report:write(("end %s %s %d\n"):format(test.id, test.verdict, #test.steps))
  end,
  on_event = function(_, event)
    seen[#seen + 1] = event.event
  end,
  on_end = function(report, run)
    report:write(("over %d, %d passed, first %s\n"):format(run.exit_code, run.counts.pass, seen[1]))
  end,
}
]==]

local EXPECTED = [==[
begin 1
test a.clnrm.toml › hello hello 3
step hello say it 0 hello
end a.clnrm.toml › hello pass 1
over 0, 1 passed, first run_begin
]==]

describe("a reporter of the project", function()
  local dir

  before_each(function()
    dir = support.tempdir()
    support.write(dir .. "/a.clnrm.toml", support.HELLO)
  end)

  after_each(function()
    support.remove(dir)
  end)

  local function run(program, arguments)
    support.write(dir .. "/my.lua", program)
    return sh("clnrm run " .. arguments, { cwd = dir })
  end

  it("is told of everything, in order, and writes to a file", function()
    local got = run(REPORTER, "--report ./my.lua=r.txt --report my.lua=r2.txt")
    assert.equal(0, got.code, got.err)
    assert.equal(EXPECTED, support.read(dir .. "/r.txt"))
    assert.equal(EXPECTED, support.read(dir .. "/r2.txt"))
  end)

  it("writes beside what people read, and never into a document", function()
    local got = run(REPORTER, "-f dot --reporter my.lua")
    assert.matches("Summary", got.out)
    assert.is_truthy(got.out:find("over 0, 1 passed", 1, true))
    got = run(REPORTER, "-f json --report my.lua")
    assert.equal(EXPECTED, got.err)
    assert.is_table(require("core.json").decode(got.out))
  end)

  it("lets nothing of a test act on the terminal or a CI runner", function()
    support.write(dir .. "/a.clnrm.toml", [==[
meta.name = "escapes"
[[steps]]
name = "prints"
command = 'printf "\033[2J\n::error::x\n"'
]==])
    local got = run("return { on_step = function(r, s) r:write(s.stdout.text) end }",
      "-q -f dot --report my.lua")
    assert.is_nil(got.out:find("\27", 1, true))
    assert.is_nil(("\n" .. got.out):find("\n::", 1, true))
    assert.matches("␛%[2J", got.out)
  end)

  it("sees a file that cannot be read", function()
    support.write(dir .. "/a.clnrm.toml", "x = 1")
    local got = run(REPORTER, "--report my.lua=r.txt")
    assert.equal(2, got.code)
    assert.equal("begin 0\nend a.clnrm.toml error 0\nover 2, 0 passed, first run_begin\n",
      support.read(dir .. "/r.txt"))
  end)

  it("changes nothing, whatever it does with what it gets", function()
    local got = run([==[
return {
  on_event = function(_, event)
    for key in pairs(event) do event[key] = nil end
  end,
  on_test_end = function(_, test)
    test.verdict, test.failures = "fail", { { code = "T001", message = "forged" } }
    table.insert(test.steps, { name = "forged" })
  end,
  on_end = function(_, run) run.exit_code, run.counts.pass = 1, 0 end,
}]==], "--report my.lua --report json=r.json")
    assert.equal(0, got.code)
    assert.matches("1 run: 1 passed", got.out)
    assert.is_nil(support.read(dir .. "/r.json"):find("forged", 1, true))
  end)

  it("that fails is told once, with its place; verdicts stand, and the exit code is 2", function()
    for program, why in pairs({
      ["return {\n  on_event = function()\n    error('no')\n  end }"] = "no.-my%.lua:3:1",
      ["return {\n on_end = function()\n  error({ code = 'X' })\n end }"] =
        "an error with the code X.-my%.lua:3:1",
      ["return {\n on_end = function(r)\n  r:write({})\n end }"] = "a text is needed.-my%.lua:3:1",
      ["return { on_begin = function() local x = nil .. 'x' end }"] = "concatenate a nil",
      ["return { on_begin = function() while true do end end }"] = "an endless loop%?",
      -- more at once than there may be: a loop could meet the limit of time first
      ["return { on_begin = function() return ('x'):rep(300000000) end }"] = "not enough memory",
      ["return { on_end = function()\n require('clnrm').test('x', print) end }"] = "my%.lua:2",
    }) do
      local got = run(program, "--report my.lua --report junit=r.xml")
      assert.equal(2, got.code, program)
      assert.matches("1 run: 1 passed", got.out)
      assert.equal(1, select(2, got.err:gsub("error%[E221%]", "")), got.err)
      assert.matches(why, got.err)
      assert.matches("</testsuites>\n$", support.read(dir .. "/r.xml"))
    end
  end)

  it("that fails in a replay is told as in the run, and the exit code is 2", function()
    local env = { XDG_STATE_HOME = dir .. "/state" }
    support.write(dir .. "/my.lua",
      "return {\n  on_event = function()\n    error('no')\n  end }")
    for _, command in ipairs({ "run", "replay latest" }) do
      local got = sh("clnrm " .. command .. " --report my.lua --report junit=r.xml",
        { cwd = dir, env = env })
      assert.equal(2, got.code, command .. got.err)
      assert.matches("1 run: 1 passed", got.out)
      assert.equal(1, select(2, got.err:gsub("error%[E221%]", "")), got.err)
      assert.matches("no.-my%.lua:3:1", got.err)
      assert.matches("</testsuites>\n$", support.read(dir .. "/r.xml"))
    end
  end)

  it("in an override is clnrm's own, and its error ends run and replay alike: 3", function()
    local env = { XDG_STATE_HOME = dir .. "/state" }
    support.write(dir .. "/clnrm.toml", "")
    assert.equal(0, sh("clnrm run", { cwd = dir, env = env }).code)
    support.write(dir .. "/.clnrm/override/engine/report/tap.lua", [==[
local M = require("builtin.engine.report.tap")
function M.new()
  return { on_event = function() error("no more") end }
end
return M
]==])
    for _, command in ipairs({ "replay latest", "run" }) do
      local got = sh("clnrm " .. command .. " -f tap", { cwd = dir, env = env })
      assert.equal(3, got.code, command .. got.err)
      assert.matches("overridden: engine.report.tap by", got.err, 1, true)
    end
  end)

  it("that is wrong is refused before anything runs", function()
    for program, why in pairs({
      ["return { on_tset_end = print }"] = "did you mean 'on_test_end'%?",
      ["return 1"] = "returns a table of functions, not a number",
      ["return {}"] = "it would report nothing",
      ["return { on_end = 1 }"] = "'on_end' of a reporter is a function",
      ["x = "] = "error%[P040%].-my%.lua:1:3",
      ["\nerror('at once')"] = "at once.-my%.lua:2:1",
      ["while true do end"] = "an endless loop%?",
      ["error(setmetatable({}, { __tostring = function() while true do end end }))"] =
        "an endless loop%?",
      ["error(setmetatable({}, { __tostring = function() return 'said' end }))"] = "said",
      ["\27Lua"] = "error%[P041%]",
      ["return io.popen('id')"] = "my%.lua:1",
    }) do
      local got = run(program, "--report my.lua --report junit=r.xml")
      assert.equal(2, got.code, program)
      assert.equal("", got.out)
      assert.matches(why, got.err)
      assert.is_nil(support.read(dir .. "/r.xml"))
    end
    assert.matches("the reporter cannot be read: nowhere%.lua: no such file",
      sh("clnrm run --report nowhere.lua", { cwd = dir }).err)
    assert.matches("two reports go to one file: my%.lua=x and junit=x",
      run(REPORTER, "--report my.lua=x --report junit=x").err)
  end)

  it("may wait, and is waited for", function()
    local got = run([==[
local clnrm = require("clnrm")
return { on_test_end = function(report, test)
  clnrm.task.sleep(300)
  report:write(clnrm.json.encode({ test.verdict }) .. "\n")
end }]==], "--report my.lua=r.txt")
    assert.equal(0, got.code, got.err)
    assert.equal('["pass"]\n', support.read(dir .. "/r.txt"))
  end)

  it("is not executed by list and validate", function()
    support.write(dir .. "/my.lua", "io.stderr:write('executed')")
    assert.is_nil(sh("clnrm list; clnrm validate", { cwd = dir }).err:find("executed", 1, true))
    assert.matches("%-%-report is not an option of list",
      sh("clnrm list --report my.lua", { cwd = dir }).err)
  end)
end)
