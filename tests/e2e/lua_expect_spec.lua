--- Expectations of Lua tests as a user sees them: where a failure is, what it says, what counts.
package.path = package.path .. ";" .. (os.getenv("CLNRM_ROOT") or ".") .. "/tests/e2e/?.lua"
local json = require("core.json")
local support = require("support")

local HEAD = 'local clnrm = require("clnrm")\nlocal expect, test = clnrm.expect, clnrm.test\n'

--- Runs a file of tests; returns the results by name.
local function run(body, argv)
  local dir = support.tempdir()
  finally(function()
    support.remove(dir)
  end)
  support.write(dir .. "/x.clnrm.lua", HEAD .. body)
  local words = { "run", "--format", "json", "x.clnrm.lua" }
  table.move(argv or {}, 1, #(argv or {}), #words + 1, words)
  local got = support.run(words, { cwd = dir })
  local results = {}
  for _, result in ipairs(assert(json.decode(got.out), got.out .. got.err).results) do
    results[result.name or "file"] = result
  end
  return results, got
end

--- Runs one test; returns its verdict and its first failure.
local function one(body)
  local results, got = run(('test("it", function(t)\n%s\nend)\n'):format(body))
  local result = assert(results.it, got.out)
  return result.verdict, result.failures and result.failures[1] or {}
end

describe("a failure of an expectation", function()
  it("is at the user's line, also behind a helper and in a long chain", function()
    local results = run([[
local function helper(value)
  expect(value)
    :is_type("integer")
    :gt(5)
end
test("helper", function()
  helper(3)
end)
test("task", function()
  local group = clnrm.task.group()
  group:spawn(function()
    expect("a"):equals("b")
  end)
  group:wait()
end)
test("tail", function()
  return expect(1):equals(2)
end)
]])
    for name, line in pairs({ helper = { 4, 6 }, task = { 14, 14 }, tail = { 18, 19 } }) do
      local first = results[name].failures[1]
      assert.equal("fail", results[name].verdict, name)
      assert.is_true(first.line >= line[1] and first.line <= line[2], name .. first.line)
    end
    assert.equal("3 is not greater than 5", results.helper.failures[1].message)
  end)

  it("shows the text that was looked at", function()
    local verdict, first = one([[
  local page = "one\nHello World\nthree\n"
  expect(page):contains("hello world")]])
    assert.equal("fail", verdict)
    assert.equal("T103", first.code)
    local notes = table.concat(first.notes, "\n")
    assert.matches("Hello World\n~~~ nearest: differs only in case", notes)
  end)

  it("counts although the test catches it, and not inside raises and eventually", function()
    local verdict, first = one([[
  pcall(function() expect(1):equals(2) end)
  expect(1):equals(1)]])
    assert.equal("fail", verdict)
    assert.equal("T703", first.code)
    assert.equal("pass", (one([[
  expect(function() expect(1):equals(2) end):raises("1 is not 2")
  local n = 0
  expect(function()
    n = n + 1
    expect(n):gt(3)
    return n
  end):eventually({ every = 0.001 }):gt(3)]])))
  end)
end)

describe("inside of raises and eventually", function()
  it("the end of the test is no error that is expected, nor a reason to ask again", function()
    local results = run([[
test("skip, raises", function(t)
  expect(function() t:skip("no") end):raises()
end)
test("skip, eventually", function(t)
  expect(function() t:skip("no") end):eventually({ within = "60s" }):equals(1)
end)
clnrm.fixture("broken", { setup = function() error("no setup") end })
test("setup", function(t)
  expect(function() t:use("broken") end):raises()
end)
test("time", { timeout = "200ms" }, function(t)
  expect(function() t.room:exec("sleep 60") end):raises()
end)
test("polls", { timeout = "200ms" }, function(t)
  expect(function() return t.room:exec("echo a").stdout end)
    :eventually({ within = "60s" }):equals("b\n")
end)
]])
    local verdicts = {}
    for name, result in pairs(results) do
      verdicts[name] = result.verdict
    end
    assert.same({
      ["skip, raises"] = "skip",
      ["skip, eventually"] = "skip",
      setup = "error",
      time = "timeout",
      polls = "timeout",
    }, verdicts)
  end)
end)

describe("what is no check:", function()
  it("a value without a matcher, also behind .no and eventually", function()
    for _, body in ipairs({
      "expect(1)",
      "expect(1):equals(1)\nlocal e = expect(2)",
      "local e = expect(1):equals(1).no",
      "expect(function() end):is_type('function'):eventually{}",
    }) do
      local verdict, first = one(body)
      assert.equal("error", verdict, body)
      assert.equal("T705", first.code, body)
    end
  end)

  it("what is checked inside of raises and eventually alone", function()
    local verdict, first = one("pcall(function() end)")
    assert.equal("fail", verdict)
    assert.equal("T704", first.code)
  end)

  it("a matcher of one's own that does not say true or false", function()
    local results = run([[
clnrm.matcher("vague", function() end)
test("it", function() expect(1):vague() end)
test("no", function() expect(1).no:vague() end)
]])
    assert.equal("error", results.it.verdict)
    assert.equal("error", results.no.verdict)
    assert.matches("returned nil instead of true or false", results.no.failures[1].message)
  end)

  it("a field that is not there", function()
    for _, body in ipairs({
      [[expect(t.room:exec({ "echo", "error" }).stdot).no:contains("error")]],
      [[expect(t.room:exec({ "echo", "error" }).stdot).no:matches("error")]],
      [[expect(({}).count).no:gt(5)]],
      [[expect(({}).list).no:has_length(0)]],
    }) do
      local verdict, first = one(body)
      assert.equal("fail", verdict, body)
      assert.equal("T719", first.code, body)
    end
  end)
end)

describe("what is written wrongly", function()
  it("is an error at its line, with the name that is meant", function()
    for body, message in pairs({
      ["expect(1):equls(1)"] = "did you mean equals",
      ["expect(1):not_equals(1)"] = "did you mean .no:equals",
      ['expect("a"):matches("(")'] = "no regular expression",
      ["expect()"] = "needs a value",
      ['expect(t.room:get("gone")):equals("x")'] = "nil and an error, .*ENOENT",
      ["expect(1).equals(1)"] = "with a colon",
      ['expect("a"):eventually{}:equals("a")'] = "needs a function",
      ["clnrm.matcher('equals', print)"] = "built in",
      ["expect(1).no:snapshot('a')"] = "cannot be negated",
      ["expect(1):snapshot()"] = "needs a name",
      ['expect(print):eventually{}:snapshot("a")'] = "cannot wait",
    }) do
      local verdict, first = one(body)
      assert.equal("error", verdict, body)
      assert.matches(message, first.message, body)
      assert.equal(4, first.line, body)
    end
  end)

  it("is told with the name of the API that is meant", function()
    for body, near in pairs({
      ['t.room:exce("true")'] = "'exec'",
      ["t:atach('a', 'b')"] = "'attach'",
      ["clnrm.tes('a', print)"] = "'test'",
      ["clnrm.before_al(print)"] = "'before_all'",
      ["t.rom:exec('true')"] = "'room'",
      ["clnrm.docker.images()"] = "clnrm.docker is not in this build yet",
      ["t.room:spans()"] = "Room:spans is not in this build yet",
    }) do
      local verdict, first = one(body)
      assert.equal("error", verdict, body)
      assert.is_truthy(first.help and first.help:find(near, 1, true), body .. tostring(first.help))
    end
  end)
end)

describe("an output that was cut", function()
  it("is no evidence of what is not in it", function()
    local results = run([[
local function large(t)
  local result = t.room:exec("yes line | head -c 40000000; echo THE END")
  assert(result.cut.stdout > 0)
  return result.stdout
end
test("no contains", function(t) expect(large(t)).no:contains("needle") end)
test("length", function(t) expect(large(t)):has_length(40000008) end)
test("end", function(t) expect(large(t)):contains("THE END") end)
]])
    assert.equal("error", results["no contains"].verdict)
    assert.equal("T402", results["no contains"].failures[1].code)
    assert.equal("error", results.length.verdict)
    assert.equal("pass", results["end"].verdict)
  end)
end)

describe("matchers of one's own", function()
  it("are of their file", function()
    local dir = support.tempdir()
    finally(function()
      support.remove(dir)
    end)
    support.write(dir .. "/a.clnrm.lua", HEAD .. [[
clnrm.matcher("is_one", function(actual) return actual == 1 end)
test("a", function() expect(1):is_one() end)
]])
    support.write(dir .. "/b.clnrm.lua", HEAD .. [[
test("b", function() expect(1):is_one() end)
]])
    local got = support.run({ "run", "--format", "json", "-j", "1" }, { cwd = dir })
    local verdicts = {}
    for _, result in ipairs(assert(json.decode(got.out)).results) do
      verdicts[result.name] = result.verdict
    end
    assert.same({ a = "pass", b = "error" }, verdicts)
  end)
end)
