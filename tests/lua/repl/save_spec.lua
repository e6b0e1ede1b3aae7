local load_text = require("engine.script.load")
local save = require("engine.repl.save")

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
end)
