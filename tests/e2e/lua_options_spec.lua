--- Options of the Lua API: each does what it says, and what is none is refused where it stands.
---
--- Each case fails when its option is read and then dropped.
local lua = dofile("tests/e2e/lua_support.lua")
local run, failure, support = lua.run, lua.failure, lua.support

--- Requires that each test of a body passes.
local function passes(body, opts)
  local got = run(body, opts)
  local first = got.failures[1]
  assert.equal(0, got.code, first and ("%s line %d: %s"):format(first.code, first.line,
    first.message))
end

--- Requires that a body fails at a line, with a code and a message.
local function fails(code, line, message, body)
  local found = failure(run(body), code)
  assert.equal(line, found.line)
  assert.is_truthy(found.message:find(message, 1, true), found.message)
end

describe("Room:wait", function()
  local ONCE = [[
test("w", function(t)
  local room = t:open({ services = { s = { command = "echo ready; sleep 60" } } })
  room:wait({ service = "s", log = "ready", timeout = "5s" })
  room:wait({ service = "s", log = "ready", times = 2, timeout = "300ms" })
end)]]

  local WEB = [[
local function web(t)
  return t:open({ services = { web = {
    command = { "python3", "-m", "http.server", "8000", "--bind", "127.0.0.1" },
    ports = { 8000 },
    files = { { path = "index.html", content = "here" } },
    wait = { port = 8000 },
  } } })
end
]]

  it("counts lines of a log", function()
    fails("T601", 5, "", ONCE)
  end)

  it("wants the status it is told", function()
    passes(WEB .. [[
test("w", function(t)
  web(t):wait({ service = "web", http = "/absent", status = 404, timeout = "5s" })
end)]])
  end)

  it("wants the body it is told", function()
    fails("T601", 11, "", WEB .. [[
test("w", function(t)
  web(t):wait({ service = "web", http = "/", body = "elsewhere", timeout = "300ms" })
end)]])
  end)
end)

describe("Room:start", function()
  it("takes env, cwd and stdin", function()
    passes([[
test("s", function(t)
  local opts = { env = { A = "b" }, cwd = "/tmp", stdin = "fed" }
  local got = t.room:start("echo $A; pwd; cat", opts):wait("5s")
  expect(got.stdout):equals("b\n/tmp\nfed")
end)]])
  end)

  it("kills what runs longer than its timeout", function()
    passes([[
test("s", function(t)
  local got = t.room:start({ "sleep", "60" }, { timeout = "100ms" }):wait("5s")
  expect(got).no:is_nil()
  expect(got.timed_out):is_true()
end)]])
  end)
end)

describe("a room's options", function()
  it("give a file its mode", function()
    passes([[
test("m", { room = { files = {
  { path = "a", content = "x", mode = tonumber("751", 8) },
} } }, function(t)
  expect(t.room:exec({ "stat", "-c", "%a", "a" }).stdout):equals("751\n")
end)]])
  end)

  it("hand down the variables of inherit_env, and no others", function()
    passes([[
test("i", function(t)
  local room = t:open({ inherit_env = { "HANDED" } })
  expect(room:exec("echo \"[$HANDED]\"").stdout):equals("[down]\n")
  expect(t:open():exec("echo \"[$HANDED]\"").stdout):equals("[]\n")
end)]], { env = { HANDED = "down" } })
  end)

  it("are checked when the test is registered", function()
    fails("P142", 2, "room has no option 'envv'; did you mean 'env'?",
      'test("b", { room = { envv = { A = "1" } } }, function() assert(true) end)')
    fails("P142", 2, "x.comand: unknown key `comand`",
      'test("b", { room = { services = { x = { comand = "y" } } } }, function() assert(true) end)')
    fails("P142", 2, "env must be a table of variables, not \"A\"",
      'test("b", { room = { env = "A" } }, function() assert(true) end)')
  end)

  it("say the value that is no duration", function()
    fails("P142", 2, 'must be a duration, as 10 or "500ms", not "5"',
      'test("b", { timeout = "5" }, function() assert(true) end)')
    fails("P142", 2, 'must be a duration, as 10 or "500ms", not -1',
      'test("b", { timeout = -1 }, function() assert(true) end)')
  end)

  it("take no file whose path leads upwards, or where none can be", function()
    fails("P142", 2, 'files: the path "../x" leads upwards',
      'test("f", { room = { files = { ["../x"] = "a" } } }, function() assert(true) end)')
    fails("T702", 2, 'files: the path "a/../../x" leads upwards',
      'test("f", function(t) t:open({ files = { { path = "a/../../x", content = "" } } }) end)')
    fails("T702", 2, "files: /usr/x cannot be written",
      'test("f", function(t) t:open({ files = { ["/usr/x"] = "a" } }) end)')
  end)
end)

describe("a fixture's timeout", function()
  it("ends its setup", function()
    for _, scope in ipairs({ "test", "file" }) do
      fails("T707", 2, "its time is over", ([[
clnrm.fixture("slow", { scope = %q, timeout = "100ms", setup = function()
  clnrm.task.sleep("5s")
  return 1
end })
test("f", function(t) expect(t:use("slow")):equals(1) end)]]):format(scope))
    end
  end)

  it("ends its teardown", function()
    local got = run([[
clnrm.fixture("slow", {
  timeout = "100ms",
  setup = function() return 1 end,
  teardown = function() clnrm.task.sleep("5s") end,
})
test("f", function(t) expect(t:use("slow")):equals(1) end)]])
    assert.equal("error", got.verdicts.f)
    failure(got, "T706")
  end)
end)

describe("a service of a Lua test", function()
  it("is stopped where it is by pause, and goes on by resume", function()
    passes([[
test("p", function(t)
  local room = t:open({ services = { s = { command = { "sleep", "61" } } } })
  local function state()
    local status = "$(grep -lx sleep /proc/[0-9]*/comm | sed s/comm/status/)"
    return room:exec("grep -h State " .. status).stdout
  end
  expect(state()):matches("S .sleeping")
  room:service("s"):pause()
  expect(state):eventually({ within = "5s", every = "10ms" }):matches("T .stopped")
  room:service("s"):resume()
  expect(state):eventually({ within = "5s", every = "10ms" }):matches("S .sleeping")
end)]])
  end)

  it("gives as many lines of its log as are asked for", function()
    passes([[
test("l", function(t)
  local command = "echo one; echo two; echo three; sleep 60"
  local room = t:open({ services = { s = { command = command } } })
  room:wait({ service = "s", log = "three", timeout = "5s" })
  expect(room:service("s"):logs(1)):equals("three\n")
  expect(room:service("s"):logs(2)):equals("two\nthree\n")
  expect(room:service("s"):logs()):equals("one\ntwo\nthree\n")
end)]])
  end)
end)

describe("a service module of the project", function()
  it("has no fields but those that modules have", function()
    local dir = support.tempdir()
    support.write(dir .. "/services/own.lua", [[
return { sumary = "x", spec = function() return { command = { "sleep", "60" } } end }]])
    support.write(dir .. "/a.clnrm.toml", [=[
meta.name = "own"
services.x.plugin = "own"
[[steps]]
name = "s"
command = ["true"]
]=])
    local got = support.run({ "run" }, { cwd = dir })
    support.remove(dir)
    assert.equal(2, got.code, got.out)
    assert.matches("P125.*own.lua: a module has no `sumary`; did you mean `summary`%?", got.out)
  end)
end)

describe("clnrm.task", function()
  it("takes texts as times, and milliseconds as numbers", function()
    passes([[
test("t", function()
  local begun = clnrm.time.now_ms()
  expect(clnrm.task.sleep("30ms")):is_true()
  expect(clnrm.time.now_ms() - begun):ge(29)
  local ok, err = clnrm.task.timeout("5ms", clnrm.task.sleep, "60s")
  expect(ok):is_nil()
  expect(err.code):equals("ETIMEDOUT")
end)]])
    fails("T702", 2, 'the time must be milliseconds, or a text as "300ms", not "30"',
      'test("t", function() clnrm.task.sleep("30") end)')
  end)
end)
