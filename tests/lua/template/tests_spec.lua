local support = require("tests.lua.template.support")
local tests = require("engine.template.tests")

local function is(name, v, ...)
  return tests[name](support.context(), v, { ... })
end

local CASES = {
  { "defined", true, 0 }, { "undefined", false, 0 }, { "string", true, "" }, { "string", false, 1 },
  { "number", true, 1.5 }, { "number", false, "1" }, { "odd", true, -3 }, { "odd", true, 1.5 },
  { "even", true, 0 }, { "even", false, 7 }, { "divisibleby", true, 4, 2 },
  { "divisibleby", false, 10, 0 }, { "divisibleby", false, 4, 2.1 }, { "iterable", true, { 1 } },
  { "iterable", true, { a = 1 } }, { "iterable", false, "a" }, { "object", true, { a = 1 } },
  { "object", false, { 1 } }, { "starting_with", true, "hello", "he" },
  { "ending_with", true, "hello", "" }, { "ending_with", false, "o", "hello" },
  { "containing", true, "a.b", "." }, { "containing", true, { 1, 2 }, 2 },
  { "containing", false, { 1, 2 }, 2.0 }, { "containing", true, { k = false }, "k" },
  { "matching", true, "café", "^\\w+$" }, { "matching", false, "a\n", "^a$" },
  { "matching", true, "Hello", "(?i)hello" }, { "matching", true, "$", "[$]" },
}

describe("engine.template.tests", function()
  for _, case in ipairs(CASES) do
    it(("%s of %s with %s is %s"):format(case[1], tostring(case[3]), tostring(case[4]),
      tostring(case[2])), function()
      assert.equal(case[2], is(case[1], case[3], case[4]))
    end)
  end

  it("tell defined from not defined, and refuse the latter elsewhere", function()
    assert.is_false(is("defined", nil))
    assert.is_true(is("undefined", nil))
    assert.equal("Tester `odd` was called on an undefined variable",
      support.problem(is, "odd", nil))
  end)

  it("refuse arguments that they do not take, and wrong ones", function()
    assert.matches("doesn't take args", support.problem(is, "odd", 1, 1))
    assert.matches("the max number is 1", support.problem(is, "containing", "a", "a", "b"))
    assert.matches("without a parameter", support.problem(is, "containing", { 1 }))
    assert.matches("isn't a number", support.problem(is, "divisibleby", 1, "a"))
    assert.matches("Invalid regular expression", support.problem(is, "matching", "a", "("))
  end)

  it("end where a pattern would search for ever", function()
    assert.matches("Tester `matching`",
      support.problem(is, "matching", ("a"):rep(40) .. "!", "^(a|a)*$"))
  end)
end)
