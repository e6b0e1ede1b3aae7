local lines = require("engine.plan.line")
local model = require("engine.model")

local TEXT = [==[
[meta]
name = "f"

[[scenario]]
name = "one"
run = ["true"]

# about two
[[scenario]]
name = "two"
timeout = "5s"

[[scenario.steps]]
name = "a"
command = ["true"]

[services.db]
command = ["sleep", "9"]

[[scenario]]
name = "three"
run = """
[[scenario]]
"""
]==]

local function toml(text)
  return assert(model.parse(text, "/p/f.clnrm.toml", { file = "f.clnrm.toml", project_dir = "/p" }))
end

local function at(suite, line)
  local list = {}
  for i, scenario in ipairs(lines.find(suite, line)) do
    list[i] = scenario.name
  end
  return table.concat(list, ", ")
end

describe("engine.plan.line", function()
  it("finds the scenario whose tables hold a line", function()
    local suite = toml(TEXT)
    local want = {
      "", "", "", "one", "one", "one", "one", "one", "two", "two", "two", "two", "two", "two",
      "two", "two", "", "", "", "three", "three", "three", "three", "three",
    }
    for line, name in ipairs(want) do
      assert.equal(name, at(suite, line), "line " .. line)
    end
    assert.equal("", at(suite, 99))
  end)

  it("finds the file's own steps", function()
    local suite = toml('[meta]\nname = "f"\n[[steps]]\nname = "a"\ncommand = ["true"]\n\n'
      .. '[[steps]]\nname = "b"\ncommand = ["true"]\n')
    assert.equal("", at(suite, 2))
    for line = 3, 9 do
      assert.equal("f", at(suite, line))
    end
  end)

  it("says what is near", function()
    local told = lines.missing(toml(TEXT), 2)
    assert.equal("E111", told.code)
    assert.equal(2, told.line)
    assert.equal("'one' begins at line 4", told.help)
    assert.equal("'three' begins at line 20", lines.missing(toml(TEXT), 99).help)
  end)
end)
