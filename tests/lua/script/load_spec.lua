local fs = require("core.fs")
local load = require("engine.script.load")
local operands = require("core.operands")
local rewrite = require("engine.script.rewrite")

--- Runs a text as a test file, with what its asserts told.
local function run(text, opts)
  opts = opts or {}
  opts.name = opts.name or "x.clnrm.lua"
  local told = {}
  function opts.tell(ok, failure)
    told[#told + 1] = failure or ok
  end
  local fn, env = load.chunk(text, opts)
  if not fn then
    return nil, env
  end
  local results = table.pack(pcall(fn))
  results.told, results.env = told, env
  return results
end

local function sides(text)
  local results = run(text)
  local last = results.told[#results.told]
  assert.is_table(last, tostring(results[2]))
  return last
end

describe("a rewritten assert", function()
  it("knows both sides and their source", function()
    local failure = sides("local rows = {1, 2, 3}\nlocal want = 4\nassert(#rows == want)\n")
    assert.equal(3, failure.a)
    assert.equal(4, failure.b)
    assert.equal("#rows", failure.site.source_a)
    assert.equal("want", failure.site.source_b)
    assert.equal("==", failure.site.op)
    assert.equal(3, failure.line)
    assert.equal("x.clnrm.lua:3: assertion failed!", failure.value)
  end)

  it("knows sides that are nil, none and several", function()
    local failure = sides("local function none() end\nassert(none() == 1)")
    assert.is_nil(failure.a)
    assert.equal(1, failure.b)
    failure = sides("local function two() return 1, 2 end\nassert(3 == two())")
    assert.equal(1, failure.b)
  end)

  it("is known by its frame, also when a side runs the same assert", function()
    local failure = sides([[
local function f(n)
  if n > 0 then
    pcall(f, n - 1)
  end
  assert(n == (function() return 7 end)(), (function() pcall(f, 0) return n end)())
end
f(2)]])
    assert.equal(2, failure.a)
    assert.equal(7, failure.b)
  end)

  it("keeps the sides of each when one stands in another", function()
    local failure = sides("assert(assert(1 == 1) == 2)")
    assert.is_true(failure.a)
    assert.equal(2, failure.b)
    failure = sides("assert(assert(1 == 2) == 2)")
    assert.equal(1, failure.a)
    assert.equal("1", failure.site.source_a)
  end)

  it("does not give its sides to another assert", function()
    assert.is_nil(sides("assert(1 == 1)\nassert(false)").site)
    assert.is_nil(sides("pcall(function() assert(1 == 2) end) assert(false)").site)
    assert.is_nil(sides("pcall(function() assert(1 == 2, error('x')) end) assert(false)").site)
    assert.is_nil(sides("local check = assert\nlocal t = { n = 1 }\n"
      .. "assert(t.n == 2, check(false))").site)
    assert.is_nil(sides("do local assert = type\nassert(1 == 2) end\nassert(nil, 'm')").site)
  end)

  it("is not one whose name stands on the line for something else", function()
    assert.is_nil(sides("local a = assert; assert(1 == 2)").site)
    assert.is_nil(sides("assert(1 == 2, assert(true))").site)
    assert.is_nil(sides("assert(1 == 2, assert(1 == 1))").site)
  end)

  it("gives all of its arguments back", function()
    local results = run("return assert(1 == 1, 'a', nil, 'b', nil)")
    assert.equal(6, results.n)
    assert.same({ true, true, "a", nil, "b" }, { table.unpack(results, 1, 5) })
  end)

  it("says what failed in words", function()
    local function compared(text)
      return load.compared(sides(text))
    end
    assert.same({
      op = "==", left = 1, right = 2, left_text = "t . a", right_text = "b",
      message = "not equal", file = "x.clnrm.lua", line = 2, offset = 35, length = 14,
    }, compared("local t, b = { a = 1 }, 2\n  assert(t -- c\n.a == b, 'not equal')"))
    assert.same({ op = ">", left = 1, right = 2, left_text = "1", right_text = "2", offset = 7,
      length = 5, file = "x.clnrm.lua", line = 1 }, compared("assert(1 > 2)"))
    assert.same({ message = { 1 }, file = "x.clnrm.lua", line = 1 },
      compared("assert(false, { 1 })"))
  end)

  it("leaves alone what is not a comparison", function()
    for _, text in ipairs({
      "assert(a)", "assert(a == b and c)", "assert(a or b == c)", "x.assert(a == b)",
      "x:assert(a == b)", "assert 'a == b'", "assert { a == b }",
      "assert((a == b))", "assert(f(a == b))", "-- assert(a == b)", "local s = [[assert(a == b)]]",
      "function assert(a) return a == b end", "local s = 'assert(a == b)'",
      "assert(function() return a == b end)", "assert(a[1 == 2])", "assert(x, a == b)",
      "assert(_ENV.a == b)",
    }) do
      assert.is_nil(rewrite.rewrite(text, "@x"), text)
    end
  end)

  it("leaves alone a local that the other side assigns to", function()
    local text = "local n = 1\nlocal function f() n = 2 return 2 end\nassert(n == f())"
    assert.is_nil(rewrite.rewrite(text, "@x"))
    assert.is_true(run(text)[1])
    assert.is_string((rewrite.rewrite("local n = 1\nn = 2\nassert(n == f())", "@x")))
  end)
end)

describe("core.operands", function()
  it("refuses sites that it could not tell apart", function()
    assert.has_error(function()
      return (operands.sides({ { depth = 8 } }))
    end, "bad argument #1 to 'sides' (a depth must be 0 to 7)")
  end)

  it("makes an assert that raises what Lua's does", function()
    local own = operands.assert()
    assert.same({ false, "assertion failed!" }, { pcall(own, false) })
    assert.same({ false, "m" }, { pcall(own, nil, "m") })
    assert.same({ false, 1 }, { pcall(own, false, 1, 2) })
    assert.same({ n = 2, false }, table.pack(pcall(own, nil, nil)))
    assert.same({ false, "bad argument #1 to '?' (value expected)" }, { pcall(own) })
    assert.same({ true, 1, nil, 2 }, { pcall(own, 1, nil, 2) })
  end)
end)

describe("engine.script.load", function()
  it("tells where a text is no Lua", function()
    local _, list = load.chunk("local x = 1\nlocal y = = 2\n", { name = "a.lua" })
    assert.equal(1, #list)
    local d = list[1]
    assert.equal("P040", d.code)
    assert.same({ "a.lua", 2, 11, 22, 1 }, { d.file, d.line, d.column, d.offset, d.length })
    assert.equal("unexpected symbol near '='", d.message)
  end)

  it("tells where a text ends too early", function()
    local _, list = load.chunk("if x then\n", { name = "a.lua" })
    assert.equal("P040", list[1].code)
    assert.equal(1, list[1].line)
  end)

  it("refuses bytecode", function()
    local _, list = load.chunk(string.dump(function() end), { name = "a.lua" })
    assert.equal("P041", list[1].code)
    local results = run("return load('\\27Lua')")
    assert.is_nil(results[2])
    assert.matches("attempt to load a binary chunk", results[3])
  end)

  it("passes over a byte order mark and a first line that starts with #", function()
    local results = run("\xEF\xBB\xBF#!/usr/bin/clnrm\nreturn (select(2, pcall(error, 'x', 2)))")
    assert.is_true(results[1])
    results = run("#!/usr/bin/clnrm\nerror('here')")
    assert.equal("x.clnrm.lua:2: here", results[2])
  end)
end)

describe("the environment of tests", function()
  it("is each file's own", function()
    run("shared = 1\nstring.gsub = 1")
    assert.is_nil(rawget(_G, "shared"))
    assert.is_function(string.gsub)
    assert.is_nil(run("return shared")[2])
  end)

  it("has no way out", function()
    for _, name in ipairs({
      "debug", "dofile", "loadfile", "io.popen", "io.output", "io.stdout", "os.execute", "os.exit",
      "os.remove", "os.rename", "os.setlocale", "os.tmpname", "package.loadlib", "package.cpath",
      "package.searchers", "package.preload", "string.dump", "coroutine.running.x",
    }) do
      local code = ("local v = _G for w in ('%s'):gmatch('[^.]+') do "
        .. "v = type(v) == 'table' and v[w] or nil end return v"):format(name)
      assert.is_nil(run(code)[2], name)
    end
  end)

  it("refuses finalizers and protects metatables", function()
    assert.matches("tests have no __gc", run("setmetatable({}, { __gc = print })")[2])
    assert.is_true(run("setmetatable({}, { __index = print })")[1])
    assert.is_false(run("return getmetatable('')")[2])
    assert.matches("protected metatable",
      run("setmetatable(setmetatable({}, { __metatable = 1 }), {})")[2])
  end)

  it("leaves the collector to the engine", function()
    assert.matches("the collector is the engine's", run("collectgarbage('stop')")[2])
    assert.is_number(run("return collectgarbage('count')")[2])
  end)

  it("gives print to who asked for it", function()
    local lines = {}
    run("print(1, nil, 'x') io.write('a', 2)", {
      print = function(text)
        lines[#lines + 1] = text
      end,
    })
    assert.same({ "1\tnil\tx\n", "a2" }, lines)
  end)
end)

describe("require in a test", function()
  local top, opts

  before_each(function()
    top = assert(fs.tempdir())
    assert(fs.mkdir_p(top .. "/tests"))
    opts = { name = "tests/a.clnrm.lua", path = top .. "/tests/a.clnrm.lua", project_dir = top }
  end)

  after_each(function()
    assert(fs.remove_tree(top))
  end)

  local function file(name, text)
    assert(fs.write_atomic(top .. "/" .. name, text))
  end

  it("finds the project's modules, once each, in the file's environment", function()
    file("tests/helpers.lua", "count = (count or 0) + 1\nreturn { name = ... }")
    local results = run([[
      local a, b = require("tests.helpers"), require("helpers")
      return a == b, count, a.name]], opts)
    assert.same({ true, true, 1, "tests.helpers" }, { table.unpack(results, 1, 4) })
  end)

  it("loads nothing from outside of the project", function()
    local outside = assert(fs.tempdir())
    assert(fs.write_atomic(outside .. "/evil.lua", "return 1"))
    assert(fs.symlink(top .. "/linked.lua", outside .. "/evil.lua"))
    assert.matches("leads outside of the project", run("require('linked')", opts)[2])
    assert.matches("not the name of a module", run("require('../x')", opts)[2])
    assert.matches("not the name of a module", run("require('/etc/x')", opts)[2])
    assert.matches("the engine's own", run("require('core.fs')", opts)[2])
    assert.matches("the engine's own", run("require('engine.run')", opts)[2])
    assert(fs.remove_tree(outside))
  end)

  it("names the files it looked for", function()
    assert.matches("no file 'tests/gone.lua'", run("require('gone')", opts)[2])
  end)

  it("raises the diagnostics of a module that is no Lua", function()
    file("broken.lua", "return (\n")
    local results = run("require('broken')", opts)
    assert.is_true(require("engine.script.problem").is(results[2]))
    assert.equal("broken.lua:1: unexpected symbol near <eof>", tostring(results[2]))
  end)

  it("ends modules that require each other", function()
    file("x.lua", "return require('y')")
    file("y.lua", "return require('x')")
    assert.matches("requires itself", run("require('x')", opts)[2])
  end)

  it("reads files of the project and no others", function()
    file("data.txt", "text")
    assert.equal("text", run("return io.open('data.txt'):read('a')", opts)[2])
    assert.equal("text", run("for l in io.lines('data.txt') do return l end", opts)[2])
    assert.matches("not below the project", run("return io.open('/etc/passwd')", opts)[3])
    assert.matches("only read files", run("return io.open('data.txt', 'w')", opts)[3])
  end)
end)
