--- A project's own service modules: executed by run, and by nothing that only reads files.
local support = dofile("tests/e2e/support.lua")

local run = support.run

local FILE = [=[
[meta]
name = "own"
[services.greeter]
plugin = "greeter"
greeting = "hello"
env = { WHO = "file" }
[[steps]]
name = "reads what the module placed"
command = 'cat greeting; echo "$WHO $FROM"'
expect.stdout.equals = "hello\nfile module\n"
]=]

local MODULE = [=[
local words = require("words")
return {
  options = { greeting = { type = "text", required = true, doc = "what is said" } },
  spec = function(o)
    return {
      command = { "sleep", "60" },
      env = { WHO = "module", FROM = words.from },
      files = { { path = "greeting", content = o.greeting .. "\n" } },
      wait = { file = "greeting" },
    }
  end,
}
]=]

describe("a service module of the project", function()
  local dir

  before_each(function()
    dir = support.tempdir()
    support.write(dir .. "/a.clnrm.toml", FILE)
  end)

  after_each(function()
    support.remove(dir)
  end)

  it("says what is started, with the options and under the keys of the file", function()
    support.write(dir .. "/services/greeter.lua", MODULE)
    support.write(dir .. "/words.lua", 'return { from = "module" }')
    local got = run({ "run" }, { cwd = dir })
    assert.equal(0, got.code, got.out .. got.err)
  end)

  it("is taken from Lua by its name, with its options checked", function()
    support.remove(dir .. "/a.clnrm.toml")
    support.write(dir .. "/services/greeter.lua", MODULE)
    support.write(dir .. "/words.lua", 'return { from = "module" }')
    local test = [=[
local clnrm = require("clnrm")
clnrm.test("own", function(t)
  local room = t:open({ services = { s = clnrm.service.greeter{ %s = "from Lua" } } })
  local said = room:exec({ "sh", "-c", "cat greeting; echo $FROM" }, { service = "s" }).stdout
  clnrm.expect(said):equals("from Lua\nmodule\n")
end)
]=]
    support.write(dir .. "/own.clnrm.lua", test:format("greeting"))
    local got = run({ "run" }, { cwd = dir })
    assert.equal(0, got.code, got.out .. got.err)
    support.write(dir .. "/own.clnrm.lua", test:format("greting"))
    got = run({ "run" }, { cwd = dir })
    assert.not_equal(0, got.code)
    assert.matches("greting.*did you mean .greeting", got.out)
  end)

  it("that hoards memory, or computes without end, is an error of the file", function()
    for body, wanted in pairs({
      ["local s = 'x' for _ = 1, 60 do s = s .. s end"] = "not enough memory",
      ["local s = ('a'):rep(10000) for _ = 1, 1e5 do s:find('a*a*b') end"] = "of the processor",
    }) do
      support.write(dir .. "/services/greeter.lua", body)
      local got = run({ "run" }, { cwd = dir })
      assert.equal(2, got.code, got.out .. got.err)
      assert.matches(wanted, got.out)
    end
  end)

  it("is not executed by list and validate", function()
    support.write(dir .. "/services/greeter.lua", 'error("executed")')
    for _, command in ipairs({ "list", "validate" }) do
      local got = run({ command }, { cwd = dir })
      assert.equal(0, got.code, command .. got.out .. got.err)
    end
    local got = run({ "run" }, { cwd = dir })
    assert.equal(2, got.code)
    assert.matches('P125.*"greeter" cannot be used: services/greeter.lua:1: executed', got.out)
  end)

  it("has its options checked where it is executed", function()
    support.write(dir .. "/services/greeter.lua", MODULE:gsub("greeting = {", "greting = {"))
    support.write(dir .. "/words.lua", 'return { from = "module" }')
    local got = run({ "run" }, { cwd = dir })
    assert.equal(2, got.code)
    assert.matches("P101.*unknown key `greeting`.*did you mean `greting`", got.out)
  end)
end)
