--- Tests in Lua, in real rooms: what passes, what does not, and what is said of it.
local lua = dofile("tests/e2e/lua_support.lua")
local run, failure = lua.run, lua.failure

describe("a Lua test", function()
  it("passes when its function returned, and each of its checks held", function()
    local got = run([[
test("says hi", function(t)
  local result = t.room:exec({ "echo", "hi there" })
  expect(result.stdout):equals("hi there\n")
  assert(result.exit_code == 0)
  expect(t.name):equals("says hi")
end)
test("by the shell", { tags = { "db" } }, function(t)
  local result = t.room:exec("echo $A; echo oops >&2; exit 3", { env = { A = 1 } })
  expect(result.exit_code):equals(3)
  expect(result.stdout):equals("1\n")
  expect(result.stderr):equals("oops\n")
  expect(result.ok):equals(false)
end)]])
    assert.same({ ["says hi"] = "pass", ["by the shell"] = "pass" }, got.verdicts)
    assert.equal(0, got.code)
    for _, result in ipairs(got.results) do
      assert.same(result.name == "by the shell" and { "db" } or {}, result.tags)
    end
  end)

  it("fails at the line of its check, with its log and its commands", function()
    local got = run([[
test("counts", function(t)
  t:log("three are expected")
  local result = t.room:exec("echo 2; exit 4")
  expect(result.exit_code):equals(0)
end)]])
    assert.equal("fail", got.verdicts.counts)
    assert.equal(1, got.code)
    local first = failure(got, "T710")
    assert.equal("x.clnrm.lua", first.file)
    assert.equal(5, first.line)
    local notes = table.concat(first.notes, "\n")
    assert.matches("three are expected", notes)
    assert.matches("%$ echo 2; exit 4  %(exit 4", notes)
  end)

  it("fails by a plain assert, which shows both sides", function()
    local got = run([[
test("sum", function()
  local a = 3
  assert(a + 1 == 5, "four")
end)]])
    local first = failure(got, "T701")
    assert.equal("fail", got.verdicts.sum)
    assert.equal("four", first.message)
    assert.equal(4, first.line)
    assert.equal("4 == 5 is false", first.label)
  end)

  it("may leave tasks to a fixture, whose teardown ends them", function()
    local got = run([[
clnrm.fixture("beat", {
  setup = function()
    local group = clnrm.task.group()
    group:spawn(function()
      while clnrm.task.sleep(1) do end
    end)
    return group
  end,
  teardown = function(group)
    group:cancel()
    group:wait()
  end,
})
test("beats", function(t)
  t:use("beat")
  expect(1):equals(1)
end)
test("waits for its tasks", function(t)
  local group <close> = clnrm.task.group()
  for _ = 1, 3 do
    group:spawn(function() t.room:exec("true", { check = true }) end)
  end
end)]])
    assert.same({ beats = "pass", ["waits for its tasks"] = "pass" }, got.verdicts)
  end)

  it("tells the message and the code of an error that is a table", function()
    local got = run([[
test("raises", function() error({ code = "E1", message = "the useful text" }) end)
test("fields", function() error({ rows = 1, name = "x" }) end)
test("asserts", function() assert(1 == 2, { code = "E2" }) end)
test("waits", function()
  expect(function() error({ message = "not yet" }) end):eventually{ within = "1ms" }:equals(1)
end)
test("uses", function(t) t:use("broken") end)
clnrm.fixture("broken", { setup = function() error({ message = "no disk" }) end })]])
    local said = {}
    for i, first in ipairs(got.failures) do
      said[i] = first.message
    end
    said = table.concat(said, "\n")
    assert.matches("the useful text %(E1%)", said)
    assert.matches("a table with the fields name, rows", said)
    assert.matches("an error with the code E2", said)
    assert.matches("raised an error: not yet", said)
    assert.matches("failed: no disk", said)
    assert.not_matches("0x", said)
  end)

  it("is refused with its file, when a check fails while that is loaded", function()
    local got = run("expect(1):equals(2)\ntest('x', function() assert(true) end)")
    local first = failure(got, "P142")
    assert.equal(2, got.code)
    assert.equal("1 is not 2", first.message)
    assert.equal(2, first.line)
  end)

  it("fails when it checks nothing; with --strict that is an error", function()
    local body = 'test("idle", function(t) t.room:exec({ "true" }) end)'
    local got = run(body)
    assert.equal("fail", got.verdicts.idle)
    failure(got, "T704")
    got = run(body, { argv = { "--strict" } })
    assert.equal("error", got.verdicts.idle)
    assert.equal(2, got.code)
  end)

  it("takes an assert for evidence only where its value is an answer", function()
    local got = run([[
test("code", function(t) assert(t.room:exec("exit 3").exit_code) end)
test("taken", function(t) local r = assert(t.room:exec("exit 3")); print(r.exit_code) end)
test("text", function(t) assert(t.room:exec("echo hi").stdout) end)
test("table", function() assert({}) end)
test("function", function() assert(print) end)
test("and", function() local n = 3; assert(n == 3 and n) end)
test("guarded", function()
  local file = assert(io.open("x.clnrm.lua"))
  assert(file:read("a") ~= "")
end)
test("finds", function() assert(("abc"):find("b", 1, true), "no b") end)
test("matches", function() assert(string.match("abc", "b")) end)
test("lacks", function() assert(("abc"):match("x")) end)
test("missing", function() assert(io.open("/nowhere/x")) end)
test("is", function(t) assert(t.room:exec("true").ok) end)
test("is not", function(t) assert(t.room:exec("false").ok) end)
test("exists", function(t) assert(t.room:exists("/bin")) end)
]])
    for _, name in ipairs({ "code", "taken", "text", "table", "function", "and", "lacks",
      "missing", "is not" }) do
      assert.equal("fail", got.verdicts[name], name)
    end
    for _, name in ipairs({ "guarded", "finds", "matches", "is", "exists" }) do
      assert.equal("pass", got.verdicts[name], name)
    end
    assert.matches("neither true nor false", failure(got, "T704").message)
  end)

  it("refuses an assert of an object that is there whatever happened", function()
    local got = run([[
test("result", function(t) assert(t.room:exec("exit 3")) end)
test("lines", function(t)
  assert(
    t.room:exec("exit 3"), "it works")
  expect(1):equals(1)
end)
test("variable", function(t)
  local r = t.room:exec("exit 3")
  assert(r)
  expect(1):equals(1)
end)
test("process", function(t)
  assert(t.room:start("exit 3"))
  expect(1):equals(1)
end)
test("ended", function(t)
  local process <close> = assert(t.room:start("exit 3"))
  assert(process:wait())
  expect(1):equals(1)
end)
test("room", function(t)
  assert(t.room)
  expect(1):equals(1)
end)
test("t", function(t)
  assert(t)
  expect(1):equals(1)
end)
test("taken", function(t)
  local room = assert(t.room)
  expect(assert(room:exec("exit 3")).exit_code):equals(3)
  assert(room:start("sleep 9")):kill()
  assert(room:exec({ "true" }).ok)
end)
]])
    for _, name in ipairs({ "result", "lines", "variable", "process", "ended", "room", "t" }) do
      assert.equal("error", got.verdicts[name], name)
    end
    assert.equal("pass", got.verdicts.taken)
    local first
    for _, result in ipairs(got.results) do
      first = result.name == "result" and result.failures[1] or first
    end
    assert.equal("T702", first.code)
    assert.equal(2, first.line)
    assert.matches("a result says nothing: it is there also when its command failed",
      first.message)
    assert.matches("assert(r.exit_code == 0)", first.message, 1, true)
  end)

  it("fails when it asserts only what cannot be otherwise", function()
    local got = run([[
test("true", function() assert(true) end)
test("number", function() assert(1 == 1, "one") end)
test("text", function() assert("x") end)
test("words", function() assert(not (1 > 2 and nil)) end)
test("both", function() assert(true); local x = 1; assert(x) end)
test("value", function() local yes = true; assert(yes) end)
test("call", function() assert((function() return true end)()) end)
]])
    for _, name in ipairs({ "true", "number", "text", "words" }) do
      assert.equal("fail", got.verdicts[name], name)
    end
    for _, name in ipairs({ "value", "call" }) do
      assert.equal("pass", got.verdicts[name], name)
    end
    assert.equal("pass", got.verdicts.both)
  end)

  it("is an error when it raises anything else, at its own line", function()
    local got = run([[
test("nil", function(t)
  expect(1):equals(1)
  local result = t.room:exec({ "no-such-command" })
  return result.stdout
end)
test("text", function() expect(1):equals(1); error("PASS") end)
test("table", function() expect(1):equals(1); error({ code = 5 }) end)
test("object", function() error(setmetatable({}, { __tostring = function() return "obj" end })) end)
test("nothing", function() expect(1):equals(1); error() end)]], { argv = { "-j", "1" } })
    for _, name in ipairs({ "nil", "text", "table", "object", "nothing" }) do
      assert.equal("error", got.verdicts[name], name)
    end
    local first = failure(got, "T702")
    assert.equal(5, first.line)
    assert.matches("nil value", first.message)
    assert.matches("no%-such%-command: command not found", table.concat(first.notes, "\n"))
    assert.equal(2, got.code)
  end)

  it("is an error at a stack overflow, an error in __tostring, an error of an error", function()
    local got = run([[
local function deep() return 1 + deep() end
test("deep", function() expect(1):equals(1); deep() end)
test("tostring", function()
  expect(1):equals(1)
  error(setmetatable({}, { __tostring = function() error("again") end }))
end)
test("close", function()
  expect(1):equals(1)
  local _ <close> = setmetatable({}, { __close = function() error("in close") end })
end)
test("next", function() expect(1):equals(1) end)]])
    assert.same({ deep = "error", tostring = "error", close = "error", next = "pass" },
      got.verdicts)
  end)

  it("fails when it caught the error of a check that did not hold", function()
    local got = run([[
test("hides", function()
  pcall(function() expect(1):equals(2) end)
  expect(1):equals(1)
end)
test("hides an assert", function()
  pcall(function() assert(1 == 2) end)
  expect(1):equals(1)
end)
test("may", function()
  expect(function() expect(1):equals(2) end):raises()
end)]])
    assert.equal("fail", got.verdicts.hides)
    assert.equal("fail", got.verdicts["hides an assert"])
    assert.equal("pass", got.verdicts.may)
    assert.equal(3, failure(got, "T703").line)
  end)

  it("is an error when it expects something and asks nothing", function()
    local got = run('test("forgot", function()\n expect(1):equals(1)\n expect(2)\nend)')
    assert.equal("error", got.verdicts.forgot)
    assert.equal(4, failure(got, "T705").line)
  end)

  it("is ended at its timeout, and says where it was", function()
    local got = run([[
test("waits", { timeout = "300ms" }, function(t)
  expect(1):equals(1)
  t.room:exec({ "sleep", "30" })
end)
test("does not give up", { timeout = "300ms" }, function(t)
  while true do pcall(function() t.room:exec({ "sleep", "30" }) end) end
end)
test("next", function() expect(1):equals(1) end)]], { argv = { "-j", "1" } })
    assert.equal("timeout", got.verdicts.waits)
    assert.equal("timeout", got.verdicts["does not give up"])
    assert.equal("pass", got.verdicts.next)
    local first = failure(got, "T006")
    assert.equal(4, first.line)
    assert.matches("timeout of 300ms", first.message)
  end)

  it("is an error when it loops without waiting, and the next one runs", function()
    local got = run([[
test("loops", function() expect(1):equals(1); while true do end end)
test("yields", function() expect(1):equals(1); coroutine.yield(5) end)
test("next", function() expect(1):equals(1) end)]])
    assert.equal("error", got.verdicts.loops)
    assert.equal("error", got.verdicts.yields)
    assert.equal("pass", got.verdicts.next)
    assert.matches("without waiting: an endless loop", failure(got, "T702").message)
  end)

  it("fails or is skipped by its own word", function()
    local got = run([[
test("fails", function(t) expect(1):equals(1); t:fail("no good") end)
test("skips", function(t) t:skip("no server here") end)
clnrm.skip("later", "not written")
test("runs", function() expect(1):equals(1) end)]])
    assert.same({ fails = "fail", skips = "skip", later = "skip", runs = "pass" }, got.verdicts)
    assert.equal("no good", failure(got, "T708").message)
    local reasons = {}
    for _, result in ipairs(got.results) do
      reasons[result.name] = result.reason
    end
    assert.same({ skips = "no server here", later = "not written" }, reasons)
  end)

  it("is run once for each of its cases", function()
    local got = run([[
test("doubles", { cases = { { 1, 2 }, { name = "big", 500, 1000 }, { 3, 7 } } }, function(_, case)
  expect(case[1] * 2):equals(case[2])
end)
test("by name", { cases = { one = 1, two = 2 } }, function(_, case) expect(case):lt(3) end)]])
    assert.same({
      ["doubles[1]"] = "pass", ["doubles[big]"] = "pass", ["doubles[3]"] = "fail",
      ["by name[one]"] = "pass", ["by name[two]"] = "pass",
    }, got.verdicts)
  end)

  it("leaves out the others when it is registered with clnrm.only", function()
    local body = [[
test("other", function() expect(1):equals(2) end)
clnrm.only("this", function() expect(1):equals(1) end)]]
    local got = run(body)
    assert.same({ other = "skip", this = "pass" }, got.verdicts)
    assert.matches("warning%[P143%]", got.err)
    assert.equal(2, run(body, { argv = { "--strict" } }).code)
  end)
end)

describe("a file of Lua tests", function()
  it("that registers none is an error", function()
    local got = run("local x = 1\nreturn x")
    assert.equal(2, got.code)
    failure(got, "P140")
  end)

  it("that cannot be loaded is an error at its line", function()
    local got = run('test("a", function() end)\nerror("broken")')
    assert.equal(3, failure(got, "P142").line)
    got = run('test("a", { timout = 3 }, function() end)')
    assert.matches("did you mean 'timeout'", failure(got, "P142").message)
    got = run('test("a", function() end)\ntest("a", function() end)')
    assert.matches("two tests are named 'a'", failure(got, "P142").message)
    got = run('test("a", { retries = "x" }, function() end)')
    assert.matches("retries must be a whole number", failure(got, "P142").message)
    got = run('clnrm.before_al(print)')
    assert.matches("did you mean 'before_all'", failure(got, "P142").help)
    got = run('clnrm.docker({})')
    assert.equal("clnrm.docker is not in this build yet", failure(got, "P142").help)
    got = run("test('a', function() end\n")
    failure(got, "P040")
  end)

  it("is not run by list and validate", function()
    local support = lua.support
    local dir = support.tempdir()
    support.write(dir .. "/x.clnrm.lua", 'error("it ran")')
    local got = support.run({ "validate", "x.clnrm.lua" }, { cwd = dir })
    assert.equal(0, got.code)
    local compiled = "1 Lua file: compiled only; the tests in a file are known when it runs\n"
    assert.equal(compiled, got.out)
    got = support.run({ "list" }, { cwd = dir })
    assert.equal(0, got.code)
    assert.equal("x.clnrm.lua  (compiled only: its tests are known when it runs)\n", got.out)
    got = support.run({ "list", "--json" }, { cwd = dir })
    assert.matches('"compiled_only":true', got.out)
    support.write(dir .. "/y.clnrm.toml", '[meta]\nname = "y"\n[[steps]]\nname = "s"\n'
      .. 'command = "true"\n')
    got = support.run({ "validate" }, { cwd = dir })
    assert.equal("1 file, 1 scenario: valid\n" .. compiled, got.out)
    got = support.run({ "validate", "--json" }, { cwd = dir })
    assert.matches('"compiled_only":%["x.clnrm.lua"%]', got.out)
    got = support.run({ "list", "--json", "y.clnrm.toml" }, { cwd = dir })
    assert.is_nil(got.out:find("compiled_only", 1, true))
    support.remove(dir)
  end)

  it("cannot register a test while tests run, nor change the API", function()
    local got = run([[
test("registers", function() clnrm.test("more", function() end) end)
test("overwrites", function()
  clnrm.expect = function() end
end)
test("t", function(t) t.room = 5 end)]])
    assert.same({ registers = "error", overwrites = "error", t = "error" }, got.verdicts)
  end)
end)

describe("tasks of a Lua test", function()
  it("belong to it: their checks count, and each that failed is told", function()
    local got = run([[
test("children", function(t)
  local group <close> = clnrm.task.group()
  for i = 1, 4 do
    group:spawn(function() expect(t.room:exec("exit " .. i).exit_code):lt(4) end)
  end
end)
test("passes", function(t)
  local group <close> = clnrm.task.group()
  for i = 1, 4 do
    group:spawn(function() expect(t.room:exec("exit " .. i).exit_code):equals(i) end)
  end
end)]])
    assert.same({ children = "fail", passes = "pass" }, got.verdicts)
    assert.equal("T712", got.failures[1].code)
    assert.equal(1, #got.failures)
  end)

  it("are ended with it, and one under a shield does not hold up the run", function()
    local got = run([[
test("group", { timeout = "200ms" }, function(t)
  local group <close> = clnrm.task.group()
  for _ = 1, 4 do group:spawn(function() t.room:exec("sleep 60") end) end
end)
test("shield", { timeout = "200ms" }, function()
  clnrm.task.shield(clnrm.task.sleep, 100000)
end)]])
    assert.same({ group = "timeout", shield = "timeout" }, got.verdicts)
  end)
end)
