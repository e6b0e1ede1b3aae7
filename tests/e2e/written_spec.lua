--- Failures and findings of what a template wrote, as all commands tell them.
local json = require("core.json")
local support = require("tests.e2e.support")

local FILE = [==[
{% import "_m.tera" as m %}
[meta]
name = "w"
{% include "_i.tera" %}
{{ m::step(name="b") }}
]==]
local INCLUDE = '[[steps]]\nname = "a"\ncommand = ["echo", "{{ uuid_v7() }}"]\n'
  .. 'expect.stdout.contains = "no"\ncontinue_on_failure = true\n'
local MACRO = '{% macro step(name) %}[[steps]]\nname = "{{ name }}"\n  command = ["false"]\n'
  .. "{% endmacro %}"

describe("what a template wrote", function()
  local dir

  before_each(function()
    dir = support.tempdir()
    support.write(dir .. "/clnrm.toml", "")
    support.write(dir .. "/w.clnrm.toml", FILE)
    support.write(dir .. "/_i.tera", INCLUDE)
    support.write(dir .. "/_m.tera", MACRO)
  end)

  after_each(function()
    support.remove(dir)
  end)

  local function places(list)
    local out = {}
    for i, d in ipairs(list) do
      out[i] = ("%s %s:%d"):format(d.code, d.file, d.line)
      for _, other in ipairs(d.related or {}) do
        out[i] = ("%s < %s %s:%d:%d"):format(out[i], other.message, other.file, other.line,
          other.column)
      end
    end
    return out
  end

  it("is told of what fails in a run, on the screen and in its report", function()
    local result = support.run({ "run", "--report", "json=out.json" }, { cwd = dir })
    assert.equal(1, result.code)
    assert.matches("written here (_i.tera:4:26)", result.out, 1, true)
    assert.matches("written here (_m.tera:3:13)", result.out, 1, true)
    local report = assert(json.decode(support.read(dir .. "/out.json")))
    assert.same({ "T103 w.clnrm.toml:4 < written here _i.tera:4:26",
      "T001 w.clnrm.toml:5 < written here _m.tera:3:13" },
      places(report.results[1].failures))
  end)

  it("is told by validate and lint, to people and programs", function()
    support.write(dir .. "/_m.tera", (MACRO:gsub("command", "comand")))
    local told = { "P101 w.clnrm.toml:5 < written here _m.tera:3:3",
      "P104 w.clnrm.toml:5 < written here _m.tera:1:23" }
    local result = support.run({ "validate", "--format", "json" }, { cwd = dir })
    assert.same(told, places(assert(json.decode(result.out)).diagnostics))
    result = support.run({ "lint", "--format", "json" }, { cwd = dir })
    assert.same(told, places(assert(json.decode(result.out)).findings))
    result = support.run({ "lint", "--format", "sarif" }, { cwd = dir })
    local first = assert(json.decode(result.out)).runs[1].results[1].relatedLocations[1]
    assert.same({ text = "written here" }, first.message)
    assert.equal("_m.tera", first.physicalLocation.artifactLocation.uri)
    assert.same({ startLine = 3, startColumn = 3 }, first.physicalLocation.region)
    result = support.run({ "validate" }, { cwd = dir })
    assert.matches("written here (_m.tera:3:3)", result.out .. result.err, 1, true)
  end)
end)
