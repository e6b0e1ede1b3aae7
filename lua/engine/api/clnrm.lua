--- The API as data: what `require("clnrm")` returns.

local TEST_PARAMS = {
  { "name", "string", "unique within the file" },
  { "opts?", "clnrm.TestOptions" },
  { "fn", "async fun(t: clnrm.Test, case: any)" },
}

local TEST_OVERLOAD = "fun(name: string, fn: async fun(t: clnrm.Test, case: any))"

---@type engine.api.Type[]
return {
  {
    name = "clnrm",
    kind = "module",
    title = "The module clnrm",
    doc = [[
`local clnrm = require("clnrm")`. Tests, fixtures and hooks are registered while the file is loaded;
nothing of it can be changed.]],
    entries = {
      {
        name = "test",
        kind = "function",
        params = TEST_PARAMS,
        overloads = { TEST_OVERLOAD },
        doc = [[
Registers a test. `fn(t)` runs in a task of its own with a time limit, and must check something: by
`clnrm.expect`, `assert` or `check = true`. With `cases`, one for each: `fn(t, case)`.]],
        file = true,
        example = [[
local clnrm = require("clnrm")

clnrm.test("echo prints its arguments", function(t)
  local result = t.room:exec({ "echo", "hello" })
  clnrm.expect(result.stdout):equals("hello\n")
end)]],
      },
      {
        name = "only",
        kind = "function",
        params = TEST_PARAMS,
        overloads = { TEST_OVERLOAD },
        doc = [[
Registers a test, and leaves out the tests of the file that are registered otherwise (with a
warning: an error under `--strict`).]],
        file = true,
        example = [[
local clnrm = require("clnrm")

clnrm.only("this one", function()
  clnrm.expect(1 + 1):equals(2)
end)
clnrm.test("is left out", function()
  error("never reached")
end)]],
      },
      {
        name = "skip",
        kind = "function",
        params = { { "name", "string" }, { "reason", "string" } },
        doc = "Registers a test that is not run, and why; it is reported as skipped.",
        file = true,
        example = [[
local clnrm = require("clnrm")

clnrm.skip("talks to the printer", "there is none in a room")
clnrm.test("adds", function()
  clnrm.expect(1 + 1):equals(2)
end)]],
      },
      {
        name = "fixture",
        kind = "function",
        params = { { "name", "string" }, { "opts", "clnrm.FixtureOptions" } },
        doc = [[
Registers something that tests need: set up at the first `t:use(name)` of its scope, taken down at
the scope's end in any case, in reverse order.]],
        file = true,
        example = [[
local clnrm = require("clnrm")

clnrm.fixture("user", {
  scope = "test",
  setup = function(t)
    return { name = "ann" }
  end,
  teardown = function(user) end,
})
clnrm.test("has a name", function(t)
  clnrm.expect(t:use("user").name):equals("ann")
end)]],
      },
      {
        name = "before_all",
        kind = "function",
        params = { { "fn", "async fun(t: clnrm.Test)" } },
        doc = "Registers what runs once, before the first test of the file.",
        file = true,
        example = [[
local clnrm = require("clnrm")
local calls = 0
clnrm.before_all(function()
  calls = calls + 1
end)
clnrm.test("runs behind it", function()
  clnrm.expect(calls):equals(1)
end)]],
      },
      {
        name = "before_each",
        kind = "function",
        params = { { "fn", "async fun(t: clnrm.Test)" } },
        doc = "Registers what runs before each test of the file, with the test's own `t`.",
        file = true,
        example = [[
local clnrm = require("clnrm")
clnrm.before_each(function(t)
  t.room:put("seed.txt", "1\n")
end)
clnrm.test("has its file", function(t)
  clnrm.expect(t.room:get("seed.txt")):equals("1\n")
end)]],
      },
      {
        name = "after_each",
        kind = "function",
        params = { { "fn", "async fun(t: clnrm.Test)" } },
        doc = [[
Registers what runs after each test of the file, whatever became of the test. An error in it makes
the test an error.]],
        file = true,
        example = [[
local clnrm = require("clnrm")
clnrm.after_each(function(t)
  assert(t.room:exists("out.txt"))
end)
clnrm.test("writes its file", function(t)
  t.room:exec("echo hi > out.txt", { check = true })
end)]],
      },
      {
        name = "after_all",
        kind = "function",
        params = { { "fn", "async fun(t: clnrm.Test)" } },
        doc = "Registers what runs once, after the last test of the file.",
        file = true,
        example = [[
local clnrm = require("clnrm")
local tests = 0
clnrm.after_all(function()
  assert(tests == 1)
end)
clnrm.test("counts", function()
  tests = tests + 1
  clnrm.expect(tests):equals(1)
end)]],
      },
      {
        name = "expect",
        kind = "function",
        params = { { "value", "any" } },
        returns = { { "clnrm.Expectation", "expectation" } },
        doc = [[
Says that a value is expected to be something; a matcher must follow. One value, which may be nil.
Of a call that returned `nil, err` it is an error, unless the call stands in parentheses.]],
        example = 'clnrm.expect("hello\\n"):starts_with("hell").no:contains("error")',
      },
      {
        name = "matcher",
        kind = "function",
        params = { { "name", "string" }, { "fn", "fun(actual: any, ...: any): boolean, string?" } },
        doc = [[
Adds a matcher for the expectations of this file. `fn` gets the value and the arguments, and returns
true, or false and why. Names of built-in matchers are taken. An editor learns of it by
`---@class clnrm.Expectation` and `---@field is_even fun(self): clnrm.Expectation`.]],
        file = true,
        example = [[
local clnrm = require("clnrm")

clnrm.matcher("is_even", function(actual)
  return actual % 2 == 0, ("%d is odd"):format(actual)
end)
clnrm.test("counts in pairs", function()
  clnrm.expect(4):is_even()
  clnrm.expect(3).no:is_even()
end)]],
      },
      {
        name = "open",
        kind = "function",
        async = true,
        params = { { "spec?", "clnrm.RoomSpec" } },
        returns = { { "clnrm.Room", "room" } },
        doc = "Opens a room in a plain program (`clnrm FILE.lua`); tests say `t:open`.",
        errors = { { "raises", "the room could not be made, or a test calls it" } },
        program = true,
        example = [[
local clnrm = require("clnrm")

local room <close> = clnrm.open()
assert(room:exec({ "echo", "hello" }).stdout == "hello\n")]],
      },
      {
        name = "matrix",
        kind = "function",
        params = {
          { "spec", "table<string, any[]>", "with `exclude` and `include`, lists of tables" },
        },
        returns = { { "table[]", "cases" } },
        doc = [[
Makes cases for the option `cases` from lists of values: one for each combination, less those that
have all values of an entry of `exclude`, with those of `include`; the rules are those of
`[matrix]` in a test file. A case has the values by their names, and `name`: `"db=pg,n=1"`. Names
are sorted, and the last one turns fastest.]],
        file = true,
        example = [[
local clnrm = require("clnrm")

local cases = clnrm.matrix({
  word = { "a", "b" },
  times = { 1, 3 },
  exclude = { { word = "b", times = 3 } },
})
clnrm.test("repeats", { cases = cases }, function(_, case)
  clnrm.expect(case.word:rep(case.times)):has_length(case.times)
end)]],
      },
      {
        name = "property",
        kind = "function",
        async = true,
        params = {
          { "gen", "string|table", "a generator: `\"int\"`, or a table with its `kind`" },
          { "fn", "async fun(value: any): boolean?", "must neither raise nor return false" },
          { "opts?", "{ runs?: integer, seed?: integer|string }",
            "by default 100 runs, with the seed `t.seed`" },
        },
        errors = { { "raises", "it does not hold for a value" } },
        doc = [[
Calls a function with generated values. When it fails for one, simpler values are tried, and the
simplest that fails is told, with the seed. Generators: `int` and `float` (`min`, `max`), `bool`,
`text` (`min`, `max` letters, `alphabet`), `list` (`of`, `min`, `max`), `one_of` (`values`, or
`{ one_of = {…} }`), `table` (`of` names and generators), and the kinds of `clnrm.fake`. At the end
it is called once more, so that the checks in it count.]],
        example = [[
clnrm.property({ kind = "list", of = "int" }, function(list)
  local sum = 0
  for _, n in ipairs(list) do
    sum = sum + n
  end
  for i = #list, 1, -1 do
    sum = sum - list[i]
  end
  return sum == 0
end)]],
      },
      { name = "fake", kind = "field", type = "clnrm.fake", doc = "Fake data." },
      { name = "json", kind = "field", type = "clnrm.json", doc = "JSON: reading and writing." },
      { name = "toml", kind = "field", type = "clnrm.toml", doc = "TOML: reading." },
      { name = "time", kind = "field", type = "clnrm.time", doc = "Clocks." },
      { name = "hash", kind = "field", type = "clnrm.hash", doc = "Digests." },
      { name = "service", kind = "field", type = "clnrm.service",
        doc = "Services by their modules: `clnrm.service.redis{ port = 7000 }`." },
      { name = "chaos", kind = "field", type = "clnrm.chaos",
        doc = "Faults that are really made to services." },
      { name = "fs", kind = "field", type = "clnrm.fs", doc = "Files of the project, to be read." },
      { name = "http", kind = "field", type = "clnrm.http", doc = "HTTP to a server in a room." },
      { name = "task", kind = "field", type = "clnrm.task", doc = "Several things at once." },
    },
  },
  {
    name = "clnrm.TestOptions",
    kind = "options",
    title = "Options of a test",
    doc = "Options of `clnrm.test` and `clnrm.only`.",
    entries = {
      { name = "tags", kind = "key", type = "string[]", optional = true,
        doc = "Words that `--tag` and `-k` select by." },
      { name = "timeout", kind = "key", type = "number|string", optional = true,
        doc = "How long the test may take: seconds, or `\"2m\"`. Default 60 s." },
      { name = "requires", kind = "key", type = "string[]", optional = true,
        doc = "What the place must offer, such as `\"net-isolation\"`. Else it is skipped, and "
          .. "with `--strict` an error." },
      { name = "retries", kind = "key", type = "integer", optional = true,
        doc = "How often it is tried again when it fails or times out, in a fresh room each time; "
          .. "it is `flaky` when it passes then. Default: what `--retries` says." },
      { name = "locks", kind = "key", type = "string|(string|clnrm.Lock)[]", optional = true,
        doc = "Tests with the same lock do not run at the same time." },
      { name = "group", kind = "key", type = "string", optional = true,
        doc = "Of a group, so many tests run at once as `[groups.NAME] max` of clnrm.toml says." },
      { name = "cases", kind = "key", type = "table", optional = true,
        doc = "A list of cases, or a table from names to cases: one test for each." },
      { name = "room", kind = "key", type = "clnrm.RoomSpec", optional = true,
        doc = "How `t.room` is made." },
    },
  },
  {
    name = "clnrm.Lock",
    kind = "options",
    title = "A lock of a test",
    doc = "For the option `locks` of a test; its name alone means the same without `shared`.",
    entries = {
      { name = "name", kind = "key", type = "string", doc = "Its name." },
      { name = "shared", kind = "key", type = "boolean", optional = true,
        doc = "Beside others who only share it." },
    },
  },
  {
    name = "clnrm.FixtureOptions",
    kind = "options",
    title = "Options of a fixture",
    doc = "What a fixture is made of.",
    entries = {
      { name = "scope", kind = "key", type = '"test"|"file"|"run"', optional = true,
        doc = "Who shares it: one test (default), all tests of the file, all of the run." },
      { name = "setup", kind = "key", type = "async fun(t: clnrm.Test): any",
        doc = "Makes the value." },
      { name = "teardown", kind = "key", type = "async fun(value: any, t: clnrm.Test)",
        optional = true, doc = "Takes it down; always called once the setup returned." },
      { name = "timeout", kind = "key", type = "number|string", optional = true,
        doc = "How long each of the two may take." },
    },
  },
}
