local load_text = require("engine.script.load")
local save = require("engine.repl.save")
local sessions = require("engine.repl.session")

local function line(n, text, ...)
  local is_expression = load("return " .. text) ~= nil
  return { n = n, text = text, is_expression = is_expression, values = is_expression
    and table.pack(...) or nil }
end

describe("engine.repl.save", function()
  it("makes a test of what was tried", function()
    local failed = line(5, "room:oops()")
    failed.failure = {}
    local saved = save.file({
      line(1, 'room = clnrm.open({ files = { a = "x\\n" } })'),
      line(2, 'room:exec("cat a")', {}),
      line(3, "_.stdout", "x\n"),
      line(4, 'room:exec("true")', {}),
      failed,
      line(6, "1 + 1", 2),
      line(7, "room", {}),
      line(8, "expect(_2.ok):is_true()"),
      line(9, "local a = 1"),
      line(10, "a = 2"),
    }, 'it "works"')
    assert.equal([==[
local clnrm = require("clnrm")
local expect = clnrm.expect

clnrm.test("it \"works\"", function(t)
  local room = t:open({ files = { a = "x\n" } })
  local _2 = room:exec("cat a")
  expect(_2.stdout):equals("x\n")
  room:exec("true")
  expect(1 + 1):equals(2)
  expect(_2.ok):is_true()
  local a = 1
  a = 2
end)
]==], saved.text)
    assert.equal(3, saved.expectations)
    assert.equal(2, saved.left_out)
    assert.is_function(load_text.compile(saved.text, "x"))
  end)

  it("takes a name for what it is, not for a part of another", function()
    local saved = save.file({ line(1, "x.clnrm.open = _1"), line(2, 'a = "clnrm.open"') }, "n")
    assert.matches("\n  x.clnrm.open = _1\n  local a = \"clnrm.open\"\n", saved.text)
  end)

  it("makes a statement and an expectation of what is statements and an expression", function()
    local tail = line(1, "")
    tail.text, tail.first, tail.is_expression = "local q = 5\nq + 1", 13, true
    tail.values = table.pack(6)
    local saved = save.file({ tail }, "tail")
    assert.matches("\n  local q = 5\n  expect%(q %+ 1%):equals%(6%)\n", saved.text)
  end)

  describe("of a session", function()
    local session

    before_each(function()
      session = sessions.open(function() end)
    end)

    after_each(function()
      session:close()
    end)

    local function saved_of(...)
      for _, text in ipairs({ ... }) do
        session:run(text)
      end
      return save.file(session.list, "n", { session = session.env, test = _G })
    end

    --- Runs what was saved; gives its body.
    local function body_of(...)
      local saved, why = saved_of(...)
      assert(saved, why)
      local written, ran = {}, 0
      local env = setmetatable({}, {
        __index = function(_, name)
          return name == "require" and function()
            return { expect = require("clnrm").expect, test = function(_, fn)
              ran = ran + 1
              fn({ open = function() return {} end })
            end }
          end or _G[name]
        end,
        __newindex = function(_, name)
          written[#written + 1] = name
        end,
      })
      assert(load(saved.text, "=saved", "t", env))()
      assert.same({ 1, {} }, { ran, written }, saved.text)
      return saved.text:match("\nclnrm.test.-\n(.*)end%)\n$"), saved
    end

    it("cuts a comment off an expression", function()
      assert.equal("  expect(1 + 1):equals(2)\n", (body_of("1 + 1 -- two")))
      session:reset()
      assert.equal("  local _1 = ('a'):rep(2)\n  expect(_1):equals(\"aa\")\n"
        .. "  expect(#_1):equals(2)\n", (body_of("('a'):rep(2) -- twice; ", "#_ --[[ of it ]] ;")))
    end)

    it("takes the value of a return, and what returns from a block as a call", function()
      assert.equal("  expect(5):equals(5)\n  local x = 3\n  expect(x):equals(3)\n  x = 4\n",
        (body_of("return 5", "local x = 3; return x; -- it", "x = 4 return")))
      session:reset()
      local body, saved = body_of("if true then local q = 1 return 7 end", "do return end",
        "local q = 8; if q then return end", "q")
      assert.equal(2, saved.expectations)
      assert.matches("\n  expect%(q%):equals%(8%)\n$", body)
    end)

    it("gives the test a name that no line has for something else", function()
      local body, saved = body_of("local t = { open = 1 }", "r = { t.open }", "o = clnrm.open",
        "function f() return clnrm.open{} end", "t.open")
      assert.equal("  local t = { open = 1 }\n  local r = { t.open }\n"
        .. "  local o = function(...) return test:open(...) end\n"
        .. "  local function f() return test:open{} end\n  expect(t.open):equals(1)\n", body)
      assert.matches('clnrm.test%("n", function%(test%)\n', saved.text)
    end)

    it("gives each name one local, where all that speak of it see it", function()
      for _, lines in ipairs({
        { "  local x, y = 1, 2\n", "x, y = 1, 2" },
        { "  local a = 1; local b = 2\n", "a = 1; b = 2" },
        { "  local x = 1\n  local z\n  x, z = 2, 3\n", "x = 1", "x, z = 2, 3" },
        { "  local n\n  for i = 1, 2 do n = i end\n  expect(n):equals(2)\n",
          "for i = 1, 2 do n = i end", "n" },
        { "  local f\n  f = function(i) return i < 1 and 0 or f(i - 1) end\n"
          .. "  expect(f(3)):equals(0)\n",
          "local f = function(i) return i < 1 and 0 or f(i - 1) end", "f(3)" },
        { "  local g\n  local function f() return g() end\n  function g() return 1 end\n"
          .. "  expect(f()):equals(1)\n", "function f() return g() end",
          "local function g() return 1 end", "f()" },
        { "  local n = 1\n  local function get() return n end\n  n = 2\n"
          .. "  expect(get()):equals(2)\n",
          "local n = 1", "function get() return n end", "local n = 2", "get()" },
        { "  local c         = 1\n  c = 2\n  expect(c):equals(2)\n",
          "local c <const> = 1", "c = 2", "c" },
        { "  local x\n  ;(function() x = 1 end)()\n  expect(x):equals(1)\n",
          "(function() x = 1 end)()", "x" },
        { "  local type = type\n  expect(type(1)):equals(\"number\")\n  type = nil\n",
          "type(1)", "type = nil" },
        { "  local t = { a = 1 }\n  t.a, t.b = 2, 3\n  local function t2() local t = 1 end\n",
          "t = { a = 1 }", "t.a, t.b = 2, 3", "function t2() local t = 1 end" },
      }) do
        session:reset()
        assert.equal(lines[1], (body_of(table.unpack(lines, 2))))
      end
    end)

    it("leaves texts of several lines, and lines that begin with a bracket, be", function()
      local body = body_of("s = [[a\nb]] ..\n'c'", "#s", "(s):len()", "(s):rep(2):len()",
        "math.mininteger", "(s == '') and {}", "'\\r\\n\\0'")
      assert.equal("  local s = [[a\nb]] ..\n  'c'\n  expect(#s):equals(4)\n"
        .. "  expect((s):len()):equals(4)\n  expect((s):rep(2):len()):equals(8)\n"
        .. "  expect(math.mininteger):equals(0x8000000000000000)\n"
        .. "  expect((s == '') and {}):equals(false)\n"
        .. '  expect(\'\\r\\n\\0\'):equals("\\13\\n\\0")\n', body)
    end)

    it("writes what nobody sees by its number", function()
      local body = body_of('"a\\u{202e}b\\u{200b}\\u{feff}é"')
      assert.matches('):equals("a\\u{202e}b\\u{200b}\\u{feff}é")\n', body, 1, true)
    end)

    it("makes an expression that is no statement one, if it calls something", function()
      local body, saved = body_of("n = 0; function f() n = n + 1 return {} end",
        "(#f() > 0) and 0 or {}",
        "{ f(), f() }", "n", "f(), 1", "n", "{}", "(f())")
      assert.equal([[
  local n = 0; local function f() n = n + 1 return {} end
  local _ = (#f() > 0) and 0 or {}
  local _ = { f(), f() }
  expect(n):equals(3)
  local _ = f(), 1
  expect(n):equals(4)
  local _ = (f())
]], body)
      assert.same({ 2, 1 }, { saved.expectations, saved.left_out })
    end)

    it("takes for _ the last value that there was", function()
      assert.equal("  local _1 = 7 + 0\n  expect(_1):equals(7)\n  print()\n"
        .. "  expect(_1 + 1):equals(8)\n", (body_of("7 + 0", "print()", "_ + 1")))
    end)

    it("counts as a check what is one", function()
      local body, saved = body_of("s = 'x'", "s:find(':equals')", "expect(s):equals('x')",
        "assert(s)", "assert(s):upper()")
      assert.matches('  expect%(s%):equals%(\'x\'%)\n  assert%(s%)\n'
        .. '  expect%(assert%(s%):upper%(%)%):equals%("X"%)\n$',
        body)
      assert.equal(3, saved.expectations)
    end)

    it("takes no value of a line that is not saved for another one", function()
      for _, text in ipairs({ "n = 5", "n + 1", "n = 7", "for i = 1, 2 do n = i end", "n" }) do
        session:run(text)
      end
      local function why(first, last)
        local some = table.move(session.list, first, last, 1, {})
        return select(2, save.file(some, "n", { session = session.env, test = _G,
          lines = session.list }))
      end
      assert.equal("line 2 has 'n' of line 1, which is not saved", why(2, 3))
      assert.is_nil(why(1, 3))
      assert.is_nil(why(3, 5))
      assert.is_nil(why(4, 5))
      session:reset()
      session:run("n = 5; error('x')")
      assert.equal("line 2 has 'n' of line 1, which is not saved",
        select(2, saved_of("n + 1", "n = 3")))
      session:reset()
      session:run("for")
      assert.is_nil(select(2, saved_of("1 + 1")))
    end)

    it("expects a text that comes with no error behind it", function()
      local body, saved = body_of('f = function() return "zz", nil end', "f()")
      assert.matches('\n  expect((f())):equals("zz")\n', body, 1, true)
      assert.equal(1, saved.expectations)
      session:reset()
      body, saved = body_of('f = function() return nil, "no" end', "f()")
      assert.matches("\n  f()\n", body, 1, true)
      assert.equal(0, saved.expectations)
    end)

    it("says what tests do not have, by fields, modules, and rooms of nobody", function()
      local env = require("engine.script.environment").new({ name = "n", path = "/tmp/x" })
      for text, wanted in pairs({
        ['os.execute("true")'] = "line 1 has 'os.execute', which tests do not have",
        ['require("core.fs")'] = 'line 1 has require("core.fs"), which tests do not have',
        ["require 'engine.diag'"] = 'line 1 has require("engine.diag"), which tests do not have',
        ['clnrm["open"]'] = "line 1 has 'clnrm' as a value",
        ["c = clnrm"] = "line 1 has 'clnrm' as a value",
        ["local os = {}; os.execute = 1"] = false,
        ["x = { clnrm = 1 }; x.clnrm = 2; x.os = 1"] = false,
        ['os.getenv("HOME")'] = false,
      }) do
        session:reset()
        session:run(text)
        local _, why = save.file(session.list, "n", { session = session.env, test = env })
        assert.equal(wanted or "nil", tostring(why):sub(1, wanted and #wanted or nil), text)
      end
    end)

    it("says why no test can be made", function()
      for _, case in ipairs({
        { "line 2 has 'x', which none of the lines that are saved gives", "x = 1 error('no')",
          "x" },
        { "line 2 has '_1', which none of", "clnrm.expect(1):equals(2)", "y = _1" },
        { "line 1 gives 'expect' another meaning", "expect = 1" },
        { "line 1 gives 'clnrm' another meaning", "local clnrm = 1" },
        { "line 1 has '_ENV'", "local _ENV = {}; x = 1" },
        { "as a test they are no Lua: label 'a' already defined", "::a::", "::a::" },
      }) do
        session:reset()
        session.own._1 = case[1]:find("_1") and 1 or nil
        local saved, why = saved_of(table.unpack(case, 2))
        assert.is_nil(saved)
        assert.equal(case[1], why:sub(1, #case[1]))
      end
      session:reset()
      session:run("debug.getinfo(1)")
      local saved, why = save.file(session.list, "n", { session = session.env, test = {} })
      assert.is_nil(saved)
      assert.equal("line 1 has 'debug', which tests do not have", why)
    end)
  end)
end)
