--- Fixtures and hooks of Lua tests: once, shared, in order, and taken down whatever happened.
local lua = dofile("tests/e2e/lua_support.lua")
local run, failure = lua.run, lua.failure

--- Lists the texts that were logged, in the order of events.
local function logged(got)
  local list = {}
  for _, event in ipairs(got.events) do
    if event.event == "log" then
      list[#list + 1] = event.text
    end
  end
  return list
end

local function count(list, wanted)
  local n = 0
  for _, text in ipairs(list) do
    n = n + (text == wanted and 1 or 0)
  end
  return n
end

describe("a fixture", function()
  it("of a test is set up at its first use, and taken down after it, the last first", function()
    local got = run([[
clnrm.fixture("a", {
  setup = function(t) t:log("up a"); return { room = t.room } end,
  teardown = function(value, t)
    t:log("down a")
    expect(value.room:exec("cat x").stdout):equals("1")
  end,
})
clnrm.fixture("b", {
  setup = function(t) local a = t:use("a"); t:log("up b"); a.room:put("x", "1"); return a end,
  teardown = function(_, t) t:log("down b") end,
})
test("uses", function(t)
  t:log("begin")
  expect(t:use("b")):equals(t:use("a"))
  t:use("b")
  t:log("end")
end)
test("does not", function() expect(1):equals(1) end)]], { events = true, argv = { "-j", "1" } })
    assert.same({ uses = "pass", ["does not"] = "pass" }, got.verdicts)
    assert.same({ "begin", "up a", "up b", "end", "down b", "down a" }, logged(got))
  end)

  it("is taken down after a failure, an error, a timeout", function()
    local got = run([[
clnrm.fixture("a", { setup = function() return 1 end,
  teardown = function(_, t) t:log("down " .. t.name); t.room:exec("true", { check = true }) end })
test("fails", function(t) t:use("a"); expect(1):equals(2) end)
test("raises", function(t) t:use("a"); error("x") end)
test("is late", { timeout = "200ms" }, function(t) t:use("a"); t.room:exec("sleep 60") end)]],
      { events = true, argv = { "-j", "1" } })
    assert.same({ fails = "fail", raises = "error", ["is late"] = "timeout" }, got.verdicts)
    assert.same({ "down fails", "down raises", "down is late" }, logged(got))
  end)

  it("whose teardown fails makes the test an error, and the others are taken down still", function()
    for _, teardown in ipairs({
      'error("stuck")', "expect(1):equals(2)", "pcall(function() expect(1):equals(2) end)",
      'assert(false, "stuck")', "while true do t.room:exec('sleep 9') end",
    }) do
      local got = run(([[
clnrm.fixture("a", { setup = function() end, teardown = function(_, t) t:log("down a") end })
clnrm.fixture("b", { timeout = "500ms", setup = function() end, teardown = function(_, t) %s end })
test("passes", function(t) t:use("a"); t:use("b"); expect(1):equals(1) end)]]):format(teardown),
        { events = true })
      assert.equal("error", got.verdicts.passes, teardown)
      assert.equal(2, got.code)
      assert.matches("teardown of the fixture 'b' failed", failure(got, "T706").message)
      assert.same({ "down a" }, logged(got))
    end
  end)

  it("whose setup fails makes an error of each who uses it", function()
    local got = run([[
clnrm.fixture("a", { scope = "file", setup = function(t) t:log("once"); error("no server") end })
clnrm.fixture("b", { setup = function() expect(1):equals(2) end })
clnrm.fixture("c", { scope = "file", setup = function()
  pcall(function() expect(1):equals(2) end)
end })
test("one", function(t) t:use("a"); expect(1):equals(1) end)
test("two", function(t) expect(1):equals(1); t:use("a") end)
test("three", function(t) expect(1):equals(1); t:use("b") end)
test("four", function(t) expect(1):equals(1); t:use("c") end)
test("five", function() expect(1):equals(1) end)]], { events = true })
    assert.same({ one = "error", two = "error", three = "error", four = "error", five = "pass" },
      got.verdicts)
    assert.same({ "once" }, logged(got))
    local first = failure(got, "T707")
    assert.matches("setup of the fixture '%w' failed", first.message)
  end)

  it("of a file is set up once, others wait, and it is taken down behind the last test", function()
    local got = run([[
clnrm.fixture("server", {
  scope = "file",
  setup = function(t)
    t:log("up")
    clnrm.task.sleep(300)
    t.room:put("n", "5")
    return { room = t.room }
  end,
  teardown = function(value, t)
    expect(value.room:get("n")):equals("5")
    t:log("down")
  end,
})
for i = 1, 6 do
  test("t" .. i, { timeout = "5s" }, function(t)
    local server = t:use("server")
    t:log("in")
    expect(server.room:exec("cat n").stdout):equals("5")
  end)
end]], { events = true, argv = { "-j", "4" } })
    assert.equal(0, got.code)
    local list = logged(got)
    assert.equal("up", list[1])
    assert.equal("down", list[#list])
    assert.equal(1, count(list, "up"))
    assert.equal(6, count(list, "in"))
  end)

  it("of a file does not take from the time of the tests that wait for it", function()
    local got = run([[
clnrm.fixture("slow", { scope = "file", setup = function() clnrm.task.sleep(700); return 1 end })
test("a", { timeout = "300ms" }, function(t) expect(t:use("slow")):equals(1) end)
test("b", { timeout = "300ms" }, function(t) expect(t:use("slow")):equals(1) end)]],
      { argv = { "-j", "2" } })
    assert.same({ a = "pass", b = "pass" }, got.verdicts)
  end)

  it("of a file or a run whose teardown fails is an error of the file", function()
    for _, scope in ipairs({ "file", "run" }) do
      local got = run(([[
clnrm.fixture("a", { scope = %q, setup = function() return 1 end,
  teardown = function() error("stuck") end })
test("passes", function(t) expect(t:use("a")):equals(1) end)]]):format(scope))
      assert.equal("pass", got.verdicts.passes)
      assert.equal("error", got.verdicts["x.clnrm.lua"])
      assert.equal(2, got.code)
      local first = failure(got, "T706")
      assert.matches("stuck", first.message)
      assert.equal(3, first.line)
    end
  end)

  it("of a file whose service dies is an error of the file, or fails who uses it", function()
    local got = run([[
clnrm.fixture("app", { scope = "file", setup = function(t)
  return t:open({ services = { app = { command = "sleep 0.3; exit 3" } } })
end })
test("before", function(t)
  expect(t:use("app"):exec("true").ok):is_true()
  clnrm.task.sleep(600)
end)
]])
    assert.equal("pass", got.verdicts.before)
    assert.equal(2, got.code)
    failure(got, "T603")
    got = run([[
clnrm.fixture("app", { scope = "file", setup = function(t)
  return t:open({ services = { app = { command = "sleep 0.3; exit 3" } } })
end })
test("during", function(t) expect(1):equals(1); t:use("app"):exec("sleep 20") end)]])
    assert.equal("fail", got.verdicts.during)
    failure(got, "T603")
  end)

  it("of a run is one for the files that define it in one place", function()
    local files = {
      ["helpers.lua"] = [[
local clnrm = require("clnrm")
clnrm.fixture("shared", {
  scope = "run",
  setup = function(t) t:log("up"); return { n = 0, room = t.room } end,
  teardown = function(value, t) t:log("down " .. value.n) end,
})]],
    }
    for _, name in ipairs({ "a", "b" }) do
      files[name .. ".clnrm.lua"] = ([[
local clnrm = require("clnrm")
require("helpers")
for i = 1, 3 do
  clnrm.test("%s" .. i, function(t)
    local shared = t:use("shared")
    shared.n = shared.n + 1
    clnrm.expect(shared.room:exec("true").ok):is_true()
  end)
end]]):format(name)
    end
    local got = run(files, { events = true })
    assert.equal(0, got.code, got.out)
    assert.same({ "up", "down 6" }, logged(got))
  end)

  it("that uses itself, or one that lives shorter, or that is not there, is an error", function()
    local got = run([[
clnrm.fixture("a", { scope = "file", setup = function(t) return t:use("b") end })
clnrm.fixture("b", { scope = "file", setup = function(t) return t:use("a") end })
clnrm.fixture("c", { setup = function(t) return t:use("c") end })
clnrm.fixture("d", { scope = "file", setup = function(t) return t:use("c") end })
test("circle", function(t) t:use("a") end)
test("itself", function(t) t:use("c") end)
test("longer", function(t) t:use("d") end)
test("both", function(t)
  local g <close> = clnrm.task.group()
  g:spawn(function() t:use("a") end)
  g:spawn(function() t:use("b") end)
end)
test("none", function(t) t:use("e") end)]])
    for _, name in ipairs({ "circle", "itself", "longer", "none", "both" }) do
      assert.equal("error", got.verdicts[name], name)
    end
    assert.equal(2, got.code)
  end)
end)

describe("hooks", function()
  it("run around each test and around the file", function()
    local got = run([[
clnrm.before_all(function(t) t:log("before all"); t.shared = 7 end)
clnrm.before_each(function(t) t:log("before " .. t.name); t.own = t.name end)
clnrm.after_each(function(t) t:log("after " .. t.own) end)
clnrm.after_each(function(t) t:log("first after") end)
clnrm.after_all(function(t) t:log("after all " .. t.shared) end)
test("a", function(t) expect(t.own):equals("a") end)
test("b", function() expect(1):equals(2) end)]], { events = true, argv = { "-j", "1" } })
    assert.same({ a = "pass", b = "fail" }, got.verdicts)
    assert.same({
      "before all", "before a", "first after", "after a", "before b", "first after", "after b",
      "after all 7",
    }, logged(got))
  end)

  it("that fail are errors, never passes", function()
    for hook, code in pairs({
      before_all = "T707", before_each = "T707", after_each = "T706", after_all = "T706",
    }) do
      for _, body in ipairs({ 'error("x")', "expect(1):equals(2)" }) do
        local got = run(([[
clnrm.%s(function() %s end)
test("a", function() expect(1):equals(1) end)]]):format(hook, body))
        assert.equal(2, got.code, hook)
        failure(got, code)
        if hook ~= "after_all" then
          assert.equal("error", got.verdicts.a, hook)
        end
      end
    end
  end)

  it("of the end run when the run stops early, with what was set up", function()
    local got = run([[
clnrm.fixture("a", { scope = "file", setup = function() return 1 end,
  teardown = function(_, t) t:log("down") end })
clnrm.after_all(function(t) t:log("after all") end)
test("one", function(t) t:use("a"); expect(1):equals(2) end)
test("two", function(t) t:use("a"); expect(1):equals(1) end)]],
      { events = true, argv = { "-j", "1", "-x" } })
    assert.same({ one = "fail" }, got.verdicts)
    assert.same({ "after all", "down" }, logged(got))
  end)
end)

describe("an interrupted run", function()
  it("takes down what was set up", function()
    local support = lua.support
    local dir = support.tempdir()
    support.write(dir .. "/x.clnrm.lua", lua.HEAD .. [[
clnrm.fixture("f", { scope = "file", setup = function() return 1 end,
  teardown = function(_, t) t:log("down file " .. t.room:exec("echo room").stdout) end })
clnrm.fixture("t", { setup = function() return 1 end,
  teardown = function(_, t) t:log("down test") end })
clnrm.after_each(function(t) t:log("after each") end)
test("waits", function(t)
  t:use("f")
  t:use("t")
  expect(1):equals(1)
  t:log("waiting")
  t.room:exec("sleep 60")
end)]])
    local got = support.sh([[
"$CLNRM" run --format events x.clnrm.lua >events & pid=$!
for _ in $(seq 1200); do grep -q waiting events && break; sleep 0.05; done
kill -INT $pid; wait $pid]], { cwd = dir })
    local events = support.read(dir .. "/events")
    support.remove(dir)
    assert.equal(130, got.code)
    for _, text in ipairs({ "after each", "down test", "down file room" }) do
      assert.truthy(events:find(text, 1, true), text .. "\n" .. events)
    end
    assert.truthy(events:find('"verdict":"infra"', 1, true))
  end)
end)
