local filter = require("engine.filter")

local subjects = {
  { name = "migrates the db", file = "tests/db.clnrm.toml", tags = { "slow", "db" } },
  { name = "prints version", file = "tests/cli.clnrm.toml", tags = { "Smoke" } },
  { name = "rolls back", file = "tests/db.clnrm.toml", tags = {} },
}

--- Lists the numbers of the subjects that an expression selects.
local function selected(source)
  local predicate, problem = filter.parse(source)
  assert(predicate, problem.message)
  local list = {}
  for i, subject in ipairs(subjects) do
    if predicate(subject) then
      list[#list + 1] = i
    end
  end
  return list
end

describe("engine.filter", function()
  local cases = {
    { "db", { 1, 3 } },
    { "DB", { 1, 3 } },
    { "version", { 2 } },
    { "nothing", {} },
    { "not db", { 2 } },
    { "db and not slow", { 3 } },
    { "db and slow or version", { 1, 2 } },
    { "version or db and slow", { 1, 2 } },
    { "(version or db) and slow", { 1 } },
    { "not (version or slow)", { 3 } },
    { "not not version", { 2 } },
    { "tag:slow", { 1 } },
    { "tag:smoke", { 2 } },
    { "tag:slo", {} },
    { "slo", {} },
    { "name:db", { 1 } },
    { "file:db", { 1, 3 } },
    { '"prints version"', { 2 } },
    { "'rolls back'", { 3 } },
    { 'name:"the db"', { 1 } },
    { '"not"', {} },
    { "cli.clnrm", { 2 } },
    { "tests/db", { 1, 3 } },
  }
  for _, case in ipairs(cases) do
    it("selects by " .. case[1], function()
      assert.same(case[2], selected(case[1]))
    end)
  end

  it("treats special characters of patterns as themselves", function()
    assert.same({}, selected("."  .. "*db"))
    assert.same({}, selected("%a"))
  end)

  local wrong = {
    { "", 0, "is empty" },
    { "  ", 2, "is empty" },
    { "db and", 6, "a word is missing at the end" },
    { "and db", 0, "a word is missing before 'and'" },
    { "db and or x", 7, "a word is missing before 'or'" },
    { "(db", 0, "the parenthesis is not closed" },
    { "db)", 2, "unexpected '%)'" },
    { "()", 1, "a word is missing before '%)'" },
    { "'db", 0, "the quote is not closed" },
    { "name:'db", 5, "the quote is not closed" },
    { "db slow", 3, "unexpected 'slow'", "join words" },
    { "db AND slow", 3, "unexpected 'AND'", "did you mean 'and'" },
    { "db && slow", 3, "unexpected '&&'", "did you mean 'and'" },
    { "db | slow", 3, "unexpected '|'", "did you mean 'or'" },
    { "db adn slow", 3, "unexpected 'adn'", "did you mean 'and'" },
    { "(db ro slow)", 4, "unexpected 'ro'", "did you mean 'or'" },
    { "!slow", 0, "unexpected '!slow'", "did you mean 'not slow'" },
    { "db and ! slow", 7, "unexpected '!'", "did you mean 'not" },
    { "tg:slow", 0, "'tg:' is no part of a test", "did you mean 'tag:'" },
    { "color:red", 0, "is no part of a test", "put quotes" },
    { "tag:", 0, "an empty word" },
    { "''", 0, "an empty word" },
    { ("x"):rep(5000), 0, "longer than" },
  }
  for _, case in ipairs(wrong) do
    it(("refuses %q"):format(case[1]:sub(1, 20)), function()
      local predicate, problem = filter.parse(case[1])
      assert.is_nil(predicate)
      assert.equal(case[2], problem.offset)
      assert.matches(case[3], problem.message)
      assert.is_true(problem.length > 0)
      if case[4] then
        assert.matches(case[4], problem.help, 1, true)
      end
    end)
  end

  it("bounds the depth", function()
    assert.is_truthy((filter.parse(("("):rep(90) .. "x" .. (")"):rep(90))))
    local predicate, problem = filter.parse(("("):rep(500) .. "x")
    assert.is_nil(predicate)
    assert.matches("nested deeper", problem.message)
    assert.is_nil((filter.parse(("not "):rep(500) .. "x")))
  end)

  it("raises on misuse", function()
    assert.has_error(function()
      return filter.parse(nil)
    end)
  end)
end)
