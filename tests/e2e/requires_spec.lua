--- What a test requires and what --strict asks: a test that says more than it shows is no pass.
local support = require("tests.e2e.support")

local json = require("core.json")

local NEEDS = [==[
[meta]
name = "needs"
requires = %s
[services.web]
command = ["touch", "/project/it-ran"]
[[steps]]
name = "runs"
command = ["echo", "hi"]
expect.stdout.contains = "hi"
]==]

describe("a test that requires", function()
  local dir
  before_each(function()
    dir = support.tempdir()
  end)
  after_each(function()
    support.remove(dir)
  end)

  local function run(text, name, ...)
    support.write(dir .. "/" .. name, text)
    local got = support.run({ "run", "-f", "json", ... }, { cwd = dir })
    return json.decode(got.out).results, got
  end

  it("what is there passes, and tells the isolation that it really had", function()
    local results, got = run(NEEDS:gsub("%[services.-\n.-\n", ""):format('["net-isolation", '
      .. '"fs-isolation", "pid-isolation", "user-isolation", "sandbox"]'), "a.clnrm.toml")
    assert.equal(0, got.code, got.err)
    assert.equal("pass", results[1].verdict)
    for _, part in ipairs({ "net", "fs", "pid", "user", "limits", "clock" }) do
      assert.is_string(results[1].isolation[part], part)
    end
  end)

  it("what is not there is skipped with the reason, and no room is asked for", function()
    local text = NEEDS:format('["net-isolation", "docker"]')
    local results, got = run(text, "a.clnrm.toml")
    assert.equal(4, got.code)
    assert.equal("skip", results[1].verdict)
    assert.equal("it requires docker: rooms are made by the sandbox", results[1].reason)
    assert.is_nil(results[1].isolation)
    assert.same({}, results[1].steps)
    assert.is_nil(support.read(dir .. "/it-ran"))
    local junit = support.run({ "run", "-f", "junit" }, { cwd = dir }).out
    assert.matches('<skipped message="it requires docker: rooms are made by the sandbox"/>', junit)
    local human = support.run({ "run" }, { cwd = dir }).out
    assert.matches("SKIP .* needs  it requires docker", human)
  end)

  it("what is not there runs no hook and opens no shared room", function()
    local results, got = run([==[
[meta]
name = "hooked"
requires = "docker"
[hooks]
before_all = ["false"]
after_all = ["false"]
[[scenario]]
name = "a"
room = "shared"
run = ["true"]
[[scenario]]
name = "b"
room = "shared"
run = ["true"]
]==], "a.clnrm.toml")
    assert.equal(4, got.code)
    assert.equal(2, #results)
    for _, result in ipairs(results) do
      assert.equal("skip", result.verdict)
      assert.same({}, result.steps)
    end
  end)

  it("what is not there is an error with --strict", function()
    local results, got = run(NEEDS:format('"podman"'), "a.clnrm.toml", "--strict")
    assert.equal(2, got.code)
    assert.equal("error", results[1].verdict)
    assert.equal("T507", results[1].failures[1].code)
  end)

  it("what nobody knows is an error of the file, in validate too", function()
    support.write(dir .. "/a.clnrm.toml", NEEDS:format('["memory-limits"]'))
    for _, command in ipairs({ "run", "validate", "list" }) do
      local got = support.run({ command }, { cwd = dir })
      assert.equal(2, got.code, command)
      assert.matches('did you mean "memory%-limit"%?', got.out .. got.err)
    end
  end)

  it("it in Lua is treated alike", function()
    local results, got = run([==[
      local clnrm = require("clnrm")
      local ended = {}
      clnrm.after_all(function() assert(#ended == 1) end)
      clnrm.test("not here", { requires = { "docker" } }, function() error("it ran") end)
      clnrm.test("here", { requires = { "sandbox", "net-isolation" } }, function(t)
        t.room:exec({ "true" }, { check = true })
        ended[#ended + 1] = t.name
        clnrm.expect(1):equals(1)
      end)
    ]==], "t.clnrm.lua")
    assert.equal(0, got.code, got.out)
    assert.equal("skip", results[1].verdict)
    assert.matches("requires docker", results[1].reason)
    assert.equal("pass", results[2].verdict)
    local strict = support.run({ "run", "--strict" }, { cwd = dir })
    assert.equal(2, strict.code)
    assert.matches("T507", strict.out)
    support.write(dir .. "/t.clnrm.lua", [==[
      require("clnrm").test("x", { requires = { "dokcer" } }, function() end)
    ]==])
    got = support.run({ "run" }, { cwd = dir })
    assert.equal(2, got.code)
    assert.matches('did you mean "docker"%?.*t%.clnrm%.lua:1:', got.out)
  end)
end)

describe("--strict", function()
  local dir
  before_each(function()
    dir = support.tempdir()
  end)
  after_each(function()
    support.remove(dir)
  end)

  local function code_of(steps, ...)
    support.write(dir .. "/a.clnrm.toml", '[meta]\nname = "a"\n' .. steps)
    local got = support.run({ "run", ... }, { cwd = dir })
    return got.code, got.out
  end

  it("asks of a test an expectation that its file says", function()
    local bare = '[[steps]]\nname = "s"\ncommand = ["echo", "x"]\n'
    assert.equal(0, (code_of(bare)))
    local code, out = code_of(bare, "--strict")
    assert.equal(2, code)
    assert.matches("error%[T508%]", out)
    assert.equal(0, (code_of(bare .. "expected_exit_code = 0\n", "--strict")))
    assert.equal(0, (code_of(bare .. 'expect.stdout.contains = "x"\n', "--strict")))
    assert.equal(2, (code_of('[[scenario]]\nname = "s"\nrun = ["true"]\n', "--strict")))
    assert.equal(0, (code_of(bare .. '[[steps]]\nname = "t"\ncommand = "exit 3"\n'
      .. "expected_exit_code = 3\n", "--strict")))
  end)

  it("tells of a failing step itself, whatever it expects", function()
    local code, out = code_of('[[steps]]\nname = "s"\ncommand = ["false"]\n', "--strict")
    assert.equal(2, code) -- the worst of fail and error
    assert.matches("T001", out)
  end)

  it("makes each warning an error, and the test does not run", function()
    local text = 'owner = "me"\n[[steps]]\nname = "s"\ncommand = ["touch", "/project/ran"]\n'
      .. "expected_exit_code = 0\n"
    assert.equal(1, (code_of(text))) -- the project is read-only
    local code, out = code_of(text, "--strict")
    assert.equal(2, code)
    assert.matches("error%[P101%]", out)
    assert.is_nil(out:find("FAIL", 1, true))
  end)
end)
