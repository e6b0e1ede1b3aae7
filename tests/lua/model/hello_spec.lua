local model = require("engine.model")

local function load(text)
  return model.parse(text, "/p/hello.clnrm.toml", { file = "hello.clnrm.toml" })
end

describe("engine.model", function()
  it("turns a file into a Suite with every default filled in", function()
    local suite = load([=[
[meta]
name = "hello"
tags = ["smoke"]

[[steps]]
name = "greet"
command = ["echo", "hello"]
expect.stdout.contains = ["hello", "h"]

[[scenario]]
name = "second"
run = "false"
]=])
    assert.equal("hello", suite.name)
    assert.equal("/p", suite.project_dir)
    assert.same({ project = "ro", env = {}, inherit_env = {} }, suite.room)
    local first, second = suite.scenarios[1], suite.scenarios[2]
    assert.equal("hello.clnrm.toml › hello", first.id)
    assert.is_true(first.implicit)
    assert.same({ "smoke" }, first.tags)
    assert.equal(5, first.line)
    local step = first.steps[1]
    assert.same({ "echo", "hello" }, step.argv)
    assert.equal(3, #step.checks)
    assert.same({
      subject = "exit_code",
      matcher = "equals",
      expected = 0,
      key = "expected_exit_code",
      implied = true,
      pos = { line = 7, column = 11, offset = 75, length = 17 },
    }, step.checks[1])
    assert.same({
      subject = "stdout",
      matcher = "contains",
      expected = "h",
      key = "expect.stdout.contains",
      pos = { line = 8, column = 36, offset = 128, length = 3 },
    }, step.checks[3])
    assert.equal("false", second.steps[1].shell)
    assert.is_false(second.expect_failure)
  end)

  it("gives every error of a file at once, in the order of the text", function()
    local suite, list = load([=[
[[stepz]]
[[steps]]
comand = "x"
timeout = "1 s"
]=])
    assert.is_nil(suite)
    local found = {}
    for i, d in ipairs(list) do
      found[i] = ("%d:%d %s"):format(d.line, d.column, d.code)
    end
    assert.same({
      "1:1 P104", "1:3 P101", "2:1 P104", "2:1 P104", "3:1 P101", "4:11 P107",
    }, found)
  end)
end)
