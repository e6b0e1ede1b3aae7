--- The API as data: the `t` of a test.

---@type engine.api.Type[]
return {
  {
    name = "clnrm.Test",
    kind = "object",
    as = "t",
    title = "The t of a test",
    doc = [[
What a test, a hook and a setup get. Fields of your own can be kept in it (`t.user = …`); its own
cannot be changed.]],
    entries = {
      { name = "name", kind = "field", type = "string", doc = "The name of the test.",
        example = 'clnrm.expect(t.name):is_type("string")' },
      { name = "seed", kind = "field", type = "integer",
        doc = "A number that is the same for this test in each run with the same `--seed`.",
        example = "math.randomseed(t.seed)\nclnrm.expect(t.seed):ge(0)" },
      { name = "room", kind = "field", type = "clnrm.Room",
        doc = "This test's room, opened when it is first used.",
        example = 'clnrm.expect(t.room:exec({ "true" }).ok):is_true()' },
      {
        name = "open",
        kind = "method",
        async = true,
        params = { { "spec?", "clnrm.RoomSpec" } },
        returns = { { "clnrm.Room", "room" } },
        doc = "Opens another room; it is closed at the end of the test at the latest.",
        errors = { { "raises", "the room could not be made: the test cannot go on" } },
        example = [[
local room = t:open({ env = { MODE = "test" }, files = { ["a.txt"] = "hello\n" } })
clnrm.expect(room:exec("cat a.txt; echo $MODE").stdout):equals("hello\ntest\n")]],
      },
      {
        name = "use",
        kind = "method",
        async = true,
        params = { { "name", "string" } },
        returns = { { "any", "value" } },
        doc = "Returns the value of a fixture; who uses it first sets it up.",
        file = true,
        example = [[
local clnrm = require("clnrm")
clnrm.fixture("port", { scope = "file", setup = function() return 6379 end })
clnrm.test("has a port", function(t)
  clnrm.expect(t:use("port")):equals(6379)
end)]],
      },
      { name = "log", kind = "method", params = { { "text", "any" } },
        doc = "Notes a line that is shown when the test fails, and in reports.",
        example = 't:log("half way")\nclnrm.expect(true):is_true()' },
      { name = "skip", kind = "method", params = { { "reason", "string" } },
        doc = "Ends the test as skipped.", verdict = "skip",
        example = 't:skip("nothing to look at on this machine")' },
      { name = "fail", kind = "method", params = { { "text?", "any" } },
        doc = "Ends the test as failed.", verdict = "fail", example = 't:fail("not like this")' },
      { name = "secret", kind = "method", params = { { "name", "string", "of the variable" } },
        returns = { { "string", "value" } },
        doc = [[
Returns the value of a variable of `--env-file`, else of clnrm's environment, and masks it in all
that the run tells from then on. One that is not given ends the test as an error.]],
        verdict = "error", -- it is not given to the tests of clnrm
        example = 't.room:exec({ "psql" }, { env = { PGPASSWORD = t:secret("DB_PASSWORD") } })' },
      {
        name = "attach",
        kind = "method",
        params = { { "name", "string", "a file's name" }, { "bytes", "string" } },
        returns = { { "string?", "path" }, { "core.Error?", "err" } },
        doc = "Keeps a file with the results of the test.",
        example = 'assert(t:attach("page.html", "<p>hello</p>") ~= nil)',
      },
    },
  },
}
