--- `clnrm FILE.lua`: programs, and programs that register tests.
local fs = require("core.fs")
local proc = require("core.proc")

local clnrm = assert(os.getenv("CLNRM"))

local top

local function run(...)
  local process <close> = assert(proc.spawn({ argv = { clnrm, ... }, cwd = top }))
  local result = assert(process:wait())
  return { code = result.code, out = process:stdout(), err = process:stderr() }
end

local function file(name, text)
  assert(fs.write_atomic(top .. "/" .. name, text))
  return name
end

local TESTS = [[
local clnrm = require("clnrm")
print("loaded with", ...)
clnrm.test("holds", function() local sum = 1 + 1; assert(sum == 2) end)
clnrm.test("does not", function() assert(1 + 1 == 3, "sum") end)
]]

describe("a file of Lua", function()
  before_each(function()
    top = assert(fs.tempdir())
  end)

  after_each(function()
    assert(fs.remove_tree(top))
  end)

  it("that registers tests runs them when it has ended", function()
    local got = run(file("x.lua", TESTS), "a", "b")
    assert.equal(1, got.code)
    assert.matches("^loaded with\ta\tb\n", got.out)
    assert.matches("2 run: 1 passed, 1 failed", got.out)
    assert.matches("2 == 3 is false", got.out)
    assert.matches("x.lua:4:42", got.out)
  end)

  it("does so also where the engine's Lua is read from a tree", function()
    local process <close> = assert(proc.spawn({ cwd = top, argv = { "env",
      "CLNRM_LUA_DIR=" .. assert(fs.getcwd()), clnrm, file("x.lua", TESTS) } }))
    assert.equal(1, assert(process:wait()).code)
    assert.matches("2 run: 1 passed, 1 failed", process:stdout())
    assert.equal("", process:stderr())
  end)

  it("gives the exit codes of run", function()
    assert.equal(2, run(file("y.lua",
      "require('clnrm').test('raises', function() error('x') end)")).code)
    local got = run(file("z.lua", "require('clnrm').test('x', print)\nerror('on the way')"))
    assert.equal(1, got.code)
    assert.matches("z.lua:2: on the way", got.err)
    assert.not_matches(" run: ", got.out)
  end)

  it("is a plain program when it registers none", function()
    local got = run(file("x.lua", "local clnrm = require('clnrm')\nprint(type(clnrm), io.popen)"))
    assert.equal(0, got.code)
    assert.matches("^table\tfunction: ", got.out)
    assert.equal(1, run(file("x.lua", "require('clnrm') assert(1 == 2)")).code)
  end)

  it("warns where it has switched that on", function()
    local result = run(file("x.lua",
      'warn("one") warn("@on") warn("two", " of it") warn("@off") warn("three")'))
    assert.equal("Lua warning: two of it\n", result.err)
  end)

  it("cannot leave its tests out by os.exit", function()
    for _, text in ipairs({ TESTS .. "os.exit(0)",
      "require('clnrm').test('x', function() os.exit(true) end)" }) do
      local got = run(file("x.lua", text))
      assert.equal(2, got.code)
      assert.matches("os.exit ended the program before its %d registered tests? had run", got.err)
    end
    assert.equal(7, run(file("x.lua", TESTS .. "os.exit(7)")).code)
  end)

  it("ends with 1 when a check of it failed or asked for nothing", function()
    local head = "local clnrm = require('clnrm')\n"
    local got = run(file("x.lua", head .. "clnrm.expect(1)"))
    assert.equal(1, got.code)
    assert.matches("x.lua:2: .*no matcher said what", got.err)
    for _, ending in ipairs({ "", "\nos.exit(0)" }) do
      got = run(file("x.lua", head .. "pcall(function() clnrm.expect(1):equals(2) end)" .. ending))
      assert.equal(1, got.code)
      assert.matches("x.lua:2: a check did not hold, and its error was caught: 1 is not 2", got.err)
    end
    assert.equal(0, run(file("x.lua", head .. [[
      clnrm.expect(function() clnrm.expect(1):equals(2) end):raises()
      clnrm.expect((pcall(function() assert(1 == 2) end))):equals(false)]])).code)
  end)

  it("that is named as one of tests runs in their environment", function()
    local name = file("x.clnrm.lua", [[
      local clnrm = require("clnrm")
      clnrm.test("has no io.popen", function() assert(io.popen == nil) end)]])
    assert.equal(0, run(name).code)
    local got = run(name, "argument")
    assert.equal(2, got.code)
    assert.matches("takes no arguments", got.err)
  end)

  it("that is no Lua is told where", function()
    local got = run(file("x.lua", "local clnrm = require('clnrm')\nlocal x = = 1\n"))
    assert.equal(2, got.code)
    assert.matches("P040", got.err)
    assert.matches("x.lua:2:11", got.err)
  end)

  it("that loops or eats memory ends, and what comes after it runs", function()
    local name = file("x.clnrm.lua", [[
      local clnrm = require("clnrm")
      clnrm.test("loops", { timeout = "300ms" }, function() while true do end end)
      clnrm.test("swallows", { timeout = "300ms" }, function()
        while true do pcall(function() while true do end end) end
      end)
      clnrm.test("matches", { timeout = "300ms" }, function()
        return (("a"):rep(60):find(("a-"):rep(7) .. "b"))
      end)
      clnrm.test("eats", function()
        local s = "x"
        while true do s = s .. s end
      end)
      clnrm.test("later", function() assert(#("x"):rep(1 << 20) == 1 << 20) end)]])
    local got = run("run", "-j", "1", name)
    assert.equal(2, got.code)
    assert.matches("5 run: 1 passed, %d timed out, %d in error", got.out)
    assert.matches("TIMEOUT %[[^]]*%] %(%d/%d%) x.clnrm.lua › loops", got.out)
    assert.matches("TIMEOUT %[[^]]*%] %(%d/%d%) x.clnrm.lua › swallows", got.out)
    assert.matches("the tests hold more memory than the 256 MiB they may\n *┌─ x.clnrm.lua:11:",
      got.out)
    assert.matches("PASS %[[^]]*%] %(%d/%d%) x.clnrm.lua › later", got.out)
  end)

  it("shows an error of a required module in that module", function()
    assert(fs.mkdir_p(top .. "/tests"))
    file("tests/helper.lua", "local M = {}\nfunction M.go()\n  error('in the helper')\nend\n"
      .. "return M\n")
    file("tests/broken.lua", "return (\n")
    local name = file("tests/x.clnrm.lua", [[
      local clnrm = require("clnrm")
      clnrm.test("calls", function() require("helper").go() end)
      clnrm.test("requires", function() require("tests.broken") end)
      clnrm.test("table", function() error({ code = 7 }) end)
      clnrm.test("nil", function() error(nil) end)
      clnrm.test("angry", function()
        error(setmetatable({}, { __tostring = function() error("no") end }))
      end)
      clnrm.test("in a coroutine", function()
        coroutine.wrap(function() error("deep") end)()
      end)]])
    file("clnrm.toml", "")
    local got = run("run", name)
    assert.equal(2, got.code)
    assert.matches("in the helper\n *┌─ tests/helper.lua:3:", got.out)
    assert.matches("<eof>\n *┌─ tests/broken.lua:1:", got.out)
    assert.matches("an error with the code 7", got.out)
    assert.matches("an error that is nil\n *┌─ tests/x.clnrm.lua:5:", got.out)
    assert.matches("an error that cannot be shown", got.out)
    assert.matches("deep\n *┌─ tests/x.clnrm.lua:10:", got.out)
    assert.not_matches("lua/engine", got.out)
  end)
end)
