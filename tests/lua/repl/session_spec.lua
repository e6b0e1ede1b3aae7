local chunk = require("engine.repl.chunk")
local sessions = require("engine.repl.session")
local task = require("core.task")

describe("engine.repl.session", function()
  local session, printed

  before_each(function()
    printed = {}
    session = sessions.open(function(text)
      printed[#printed + 1] = text
    end)
  end)

  after_each(function()
    session:close()
  end)

  local function shown(text)
    local outcome = session:run(text)
    return outcome.failure and outcome.failure.code or sessions.shown(outcome, 160)
  end

  it("gives the values of expressions, also nil between others", function()
    assert.equal("2", shown("1 + 1"))
    assert.equal("1, nil, 2", shown("1, nil, 2 -- a comment"))
    assert.equal('"a"', shown(' "a" ; '))
    assert.equal("2", shown("#'ab' ; -- no first line of a file"))
    assert.equal("3", shown("local x = 3; return x"))
    assert.is_nil(shown("nil"))
    assert.is_nil(shown("x = 1"))
    assert.is_nil(shown(""))
  end)

  it("gives the value of the expression that a chunk ends in", function()
    for text, wanted in pairs({
      ["local q = 5\nq"] = "5", ["local q = 5; q + 1, 'x'; "] = '6, "x"',
      ["local t = { a = { 2 } }\nt.a[1] -- of it"] = "2", ["x = 1 'text'"] = '"text"',
      ["for i = 1, 3 do n = i end\n#('ab'):rep(n)"] = "6", ["x = 2 {x, y = 1}"] = "{ 2, y = 1 }",
      ["local function f(a) if a then return a end return 0 end\nf(7)"] = "7",
      ["x = 1; ('ab'):rep(2)"] = '"abab"',
      ["f = nil\nfunction() return 1 end == nil"] = "false", ["local a <const> = 4 (a)"] = "4",
      ["do local z = 1 end\n\"=\" .. ';'"] = '"=;"', ["x = 3\nnot x and { [x] = x }"] = "false",
    }) do
      assert.is_false(chunk.is_incomplete(text), text)
      shown("a, t, n = 4, nil, nil")
      assert.equal(wanted, shown(text), text)
    end
    shown("function f(a) return a end")
    assert.is_nil(sessions.shown(session:run("q = 1 f(7)", "a file"), 160))
    for _, text in ipairs({ "x = f (7)", "x = f (f)(7)", "local x = (f) (7)", "x = f\n(f)(7)",
      "if x then f(7) end", "x = 1 + f(7)", "x = f 'a'", "x = f {1}" }) do
      assert.is_nil(shown(text), text)
    end
    shown("local q, w = 5, 6\nq")
    assert.equal("11", shown("q + w"))
  end)

  it("takes no text for such a chunk that is none", function()
    for text, column in pairs({ ["x = = 1"] = 5, ["f() b c"] = 7, ["if x then y"] = 11,
      ["x = 1 + return 2"] = 9, ["return 1 x"] = 10 }) do
      local failure = session:run(text).failure
      assert.same({ "P040", column }, { failure.code, failure.column }, text)
    end
  end)

  it("knows where more is needed, and where it must come", function()
    for text, is_open in pairs({ ["local q = 5\nq +"] = false, ["x ="] = false, ["a.b,"] = false,
      ["for i"] = false, ["function f()"] = true, ["f(1,\n"] = true, ["t = {\n"] = true,
      ["x = [[a\n"] = true, ["function f() x ="] = true, ["--[[ a"] = true, ["if x then y"] = true,
    }) do
      assert.same({ true, is_open }, { chunk.is_incomplete(text) }, text)
    end
  end)

  it("keeps locals, and what lines gave", function()
    shown("local a, b = 1, 2")
    assert.equal("3", shown("a + b"))
    assert.equal("6", shown("_ * 2"))
    assert.equal("9", shown("_2 + _3"))
    shown("local function f(n) a = a + n return a end")
    assert.equal("11", shown("f(10)"))
    assert.equal("11", shown("a"))
    assert.same({ "a", "b", "f" }, session:names())
  end)

  it("runs nothing of a line that was interrupted before it began", function()
    local running = task.spawn(session.run, session, "ran = true")
    local interrupting = task.spawn(session.interrupt, session)
    local outcome = running:join()
    assert.is_true(interrupting:join())
    assert.is_true(outcome.interrupted)
    assert.is_nil(session.env.ran)
  end)

  it("leaves the globals of the program as they are", function()
    shown("string = nil; newglobal = 1; print = nil")
    assert.is_table(string)
    assert.is_nil(rawget(_G, "newglobal"))
    assert.is_function(print)
  end)

  it("says what is wrong where it stands in what was typed", function()
    local failure = session:run("assert(1 == 2)").failure
    assert.same({ "T701", "repl[1]", 1, 7, 6 },
      { failure.code, failure.file, failure.line, failure.offset, failure.length })
    failure = session:run("clnrm.expect(1):equals(2)").failure
    assert.same({ "T710", 0, 25 }, { failure.code, failure.offset, failure.length })
    failure = session:run("x = 1\n  assert(x == 2) == 1").failure
    assert.same({ "T701", 2, 8 + 7, 6 },
      { failure.code, failure.line, failure.offset, failure.length })
    for text, line in pairs({ ["local x = nil; x.y"] = 1, ["no.y -- of it\n"] = 1,
      ["x =\n1\nno.x ;"] = 3 }) do
      failure = session:run(text).failure
      assert.same({ "T702", line }, { failure.code, failure.line }, text)
    end
    failure = session:run("x = = 1").failure
    assert.same({ "P040", 1, 5 }, { failure.code, failure.line, failure.column })
    failure = session:run("x = 1\nerror('boom')").failure
    assert.same({ "T702", "boom", 2 }, { failure.code, failure.message, failure.line })
  end)

  it("tells of a check that was caught, or says nothing, once", function()
    assert.equal("T703", shown("pcall(function() clnrm.expect(1):equals(2) end)"))
    assert.equal("T703", shown("clnrm.expect(1)"))
    assert.is_nil(sessions.shown(session:run("clnrm.expect(1)"), 160))
    assert.is_nil(sessions.shown(session:run("pcall(clnrm.expect, 1), 5"), 160))
    assert.equal("1", shown("1"))
  end)

  it("shows nothing of a check that holds", function()
    assert.equal("5", shown("5"))
    assert.is_nil(shown("clnrm.expect(1):equals(1)"))
    assert.equal("5", shown("_"))
  end)

  it("shows values whose own text is broken or which contain themselves", function()
    assert.equal("{}", shown("setmetatable({}, { __tostring = function() error('x') end })"))
    shown("t = {}; t[1] = t")
    assert.equal("{ {…the same table…} }", shown("t"))
  end)

  it("prints by the session", function()
    shown("print('a', 1) io.write('b', 2)")
    assert.same({ "a\t1\n", "b2" }, printed)
  end)

  it("interrupts what waits, and a task that it left goes on", function()
    shown("clnrm.task.sleep(1)")
    task.spawn(function()
      while not session.running do
        task.sleep(1)
      end
      session:interrupt()
    end)
    local outcome = session:run("for i = 1, 100 do clnrm.task.sleep('60s') end")
    assert.is_true(outcome.interrupted)
    assert.is_nil(outcome.failure)
    assert.equal("1", shown("1"))
  end)

  it("closes what a line asked to be closed, at the end, the last one first", function()
    shown("local function c(n) return setmetatable({}, { __close = function() print(n) end }) end")
    shown("local a <close> = c('a'); local b <close> = c('b')")
    assert.same({}, printed)
    assert.same({}, session:reset())
    assert.same({ "b\n", "a\n" }, printed)
    assert.same({}, session:names())
    assert.equal("T702", shown("c()"))
  end)

  it("says what is not complete yet", function()
    for _, text in ipairs({ "for i = 1, 2 do", "f(", "x = [[a", "function f()", "{", "x =" }) do
      assert.is_true(chunk.is_incomplete(text), text)
    end
    for _, text in ipairs({ "", "1", "x = 1", "for", "'a", "end", "f()" }) do
      assert.equal(text == "for", chunk.is_incomplete(text), text)
    end
  end)
end)
