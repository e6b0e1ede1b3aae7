--- The same files on the sandbox and in an engine: the same events.  Some of tests/differential.
local backends = dofile("tests/differential/backends.lua")
local reasons = dofile("tests/differential/reasons.lua")
local suite_of = dofile("tests/differential/suite.lua")
local support = dofile("tests/e2e/support.lua")

local DEADLINE_S = 300

describe("the sandbox and an engine", function()
  it("tell the same of the same scenarios", function()
    local engine, why = backends.engine({ name = "docker" })
    if not engine then
      pending(why)
      return
    end
    local suite = suite_of.new({ "tests/differential/scenarios" }, engine, DEADLINE_S)
    local got, count = suite:compare(engine)
    suite:close()
    assert.equal(0, #got.unexpected, suite_of.text(got.unexpected))
    assert.is_true(count >= 15, count)
    for reason in pairs(got.by_reason) do
      assert.is_true(reason == reasons.first_process or reason == reasons.variables, reason)
    end
  end)

  it("differ in nothing that the documents do not tell", function()
    local text = support.read("docs/docker.md"):gsub("%s+", " ")
    for _, reason in pairs(reasons) do
      assert.is_truthy(text:find(reason, 1, true), reason)
    end
  end)
end)
