local judge = require("engine.run.judge")
local level = require("engine.policy.level")
local commands = require("engine.policy.commands")
local model = require("engine.model.policy")
local policy = require("engine.policy")
local reports = require("engine.policy.reports")

local function guard(fields)
  return assert(policy.guard({ policy = fields }, { path = "/usr/bin", shown = { "/usr" } }))
end

describe("a level", function()
  local function ops()
    return {
      { kind = "ro", target = "/usr" },
      { kind = "tmpfs", target = "/tmp" },
      { kind = "dev", target = "/dev" },
      { kind = "copy", target = "/project", readonly = true },
      { kind = "copy", target = "/copy" },
      { kind = "rw", target = "/volume" },
    }
  end

  it("closes what can be written to, and nothing else", function()
    local function closed(name, key, is_view)
      local list = {}
      for _, op in ipairs(level.apply(ops(), level.levels[name], is_view)) do
        list[#list + 1] = op[key] and op.target or nil
      end
      return table.concat(list, " ")
    end
    assert.equal("", closed("low", "noexec"))
    assert.equal("/tmp /dev /copy /volume", closed("medium", "noexec"))
    assert.equal("/project", closed("medium", "readonly"))
    assert.equal("/tmp /dev /project", closed("high", "readonly"))
    assert.equal("/project", closed("high", "readonly", true))
  end)

  it("watches what it forbids", function()
    assert.is_nil(guard({ level = "low", commands = {} }):told())
    assert.is_true(guard({ level = "medium", commands = {} }):told().routes)
    assert.is_true(guard({ level = "low", commands = { "od" } }).watch.watch_commands)
    assert.is_true(guard({ level = "low", commands = {}, hosts = {} }):told().names)
  end)
end)

describe("disallowed commands", function()
  it("are found in the PATH, with their links followed, and nowhere else", function()
    local found = commands.find({ "od", "no-such-program", "/usr/bin/cat" }, "/bin:/usr/bin",
      { "/usr" })
    assert.same({ "/usr/bin/cat", "/usr/bin/od" }, found)
    assert.same({}, commands.find({ "od" }, "/nowhere", { "/usr" }))
    assert.same({}, commands.find({ "od" }, "/usr/bin", { "/opt" }))
  end)
end)

describe("hosts and commands", function()
  it("are refused in forms that cannot be held", function()
    for text, why in pairs({
      ["10.0.0.1"] = "is an address",
      ["10.0.0.1:80"] = "is an address",
      ["[::1]:80"] = "is an address",
      ["*.example"] = "wildcard",
      ["localhost:80"] = "the room itself",
      ["a:0"] = "port",
      ["a:70000"] = "port",
      ["a b"] = "not a name",
      ["-a"] = "not a name",
      [""] = "not a name",
    }) do
      assert.matches(why, tostring(model.host_problem(text)), text)
    end
    for _, text in ipairs({ "a", "a.example", "a.example:8080", "x_y.z-1:1" }) do
      assert.is_nil(model.host_problem(text), text)
    end
    for _, text in ipairs({ "rm -rf", "bin/sh", "..", "/usr/../bin/sh", "/usr/" }) do
      assert.is_string(model.command_problem(text), text)
    end
    for text, why in pairs({
      [""] = "empty: name each program",
      ["rm -rf"] = "blanks: name each program",
      [" rm"] = "blanks: name each program",
      ["/usr/bin/my prog"] = "blanks: name each program",
      ["python*"] = "wildcard, which is not expanded: name each program",
      ["/usr/bin/python3.?"] = "wildcard",
      ["[id]"] = "wildcard",
      ["{id,nc}"] = "wildcard",
    }) do
      assert.matches(why, tostring(model.command_problem(text)), text)
    end
    for _, text in ipairs({ "rm", "[", "g++", "/usr/bin/python3.11" }) do
      assert.is_nil(model.command_problem(text), text)
    end
  end)
end)

describe("a report", function()
  local function report(fields)
    local made = { kind = "c", count = 1, name = "sh", argv = "sh -c x", pid = 3, step = 2,
      what = "10.0.0.1:80" }
    for key, value in pairs(fields) do
      made[key] = value
    end
    return reports.finding(made, 'step "get"')
  end

  it("names the step, the program, what it tried and how often", function()
    local found = report({ count = 4 })
    assert.equal("policy", found.verdict)
    assert.equal("H002", found.code)
    assert.equal('step "get": sh (pid 3: `sh -c x`) tried to reach `10.0.0.1:80`, which is outside '
      .. "of the room, 4 times", found.message)
  end)

  it("names what was tried as it is called", function()
    local found = report({ kind = "x", what = "/tmp/50%s" })
    assert.matches("tried to run `/tmp/50%s`,", found.message, 1, true)
  end)

  it("of each kind has a code and a sentence", function()
    for kind, code in pairs({ x = "H001", m = "H001", f = "H001", s = "H002", c = "H002",
      r = "H002", n = "H003", i = "H004", d = "H005", w = "H012", o = "H007" }) do
      local found = report({ kind = kind, what = "100%d\n\27[31m" })
      assert.equal(code, found.code)
      assert.is_nil(found.message:find("%c"))
    end
  end)
end)

describe("a policy that cannot be watched", function()
  it("is an error of the test", function()
    local err = guard({ level = "low", commands = {} }):not_started({
      code = "EINVAL", message = "seccomp with a listener: Invalid argument (filter)" })
    assert.equal("EPOLICY", err.code)
    local step = { name = "s", checks = {}, places = {} }
    local judgement = judge.decide(step, { error = err }, {})
    assert.equal("error", judgement.verdict)
    assert.equal("H009", judgement.findings[1].code)
  end)
end)
