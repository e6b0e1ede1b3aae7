--- What is said of names that loops, sets and macros bind: what they lack, and which were meant.
local root = os.getenv("CLNRM_ROOT") or "."
local direct = require("engine.template.direct")
local errors = require("engine.template.errors")
local json = require("core.json")
local support = dofile(root .. "/tests/lua/template/support.lua")

local unit = direct.unit

local CONTEXT = { users = { { name = "ann" }, { nam = "bob" } }, user = { name = "ctx" }, x = "1" }

--- What is told of a template; the same, whether it is run as it is read or compiled.
local function told(templates, context)
  templates = type(templates) == "string" and { main = templates } or templates
  local list, problem = {}, nil
  for i, read in ipairs({ unit, function() end }) do
    direct.unit = read
    local _, found = support.environment(templates):render("main", context or CONTEXT)
    direct.unit = unit
    problem = assert(found, "it rendered")
    list[i] = errors.text(problem)
  end
  assert.equal(list[1], list[2])
  return list[1], problem
end

describe("a name that a tag binds", function()
  after_each(function()
    direct.unit = unit
  end)

  it("is not told to be missing where a key of it is, and nothing is suggested", function()
    for source, wanted in pairs({
      ["{% for user in users %}{{ user.name }}{% endfor %}"] = "main:1:32: `user.name` is not"
        .. " defined\n  help: `user` is of the loop in line 1, and has no `name` here",
      ['\n{% set p="a" %}{{ p.x }}'] =
        "main:2:21: `p.x` is not defined\n  help: `p` is set in line 2, and has no `x` here",
      ['{% macro m(a=",(b", arg="c") %}{{ arg.first }}{% endmacro %}{{ self::m() }}'] =
        "main:1:39: `arg.first` is not defined\n  help: `arg` is an argument of the macro in line"
        .. " 1, and has no `first` here\n  called at main:1:64",
      ["{% for k, v in user %}{{ v.a.b }}{% endfor %}"] =
        "main:1:30: `v.a.b` is not defined\n  help: `v` is of the loop in line 1",
      ["{% if no %}{% set p=1 %}{% endif %}{{ p }}"] =
        "main:1:39: `p` is not defined\n  help: `p` is set in line 1, but not each time",
      ["{% for i in users %}{{ loop.indx }}{% endfor %}"] =
        "main:1:29: `loop.indx` is not defined\n  help: did you mean `loop.index`?",
    }) do
      local text, problem = told(source)
      assert.equal(wanted, text)
      assert.equal(source:find("indx", 1, true) and "index" or nil, problem.meant)
    end
  end)

  it("belongs to what may be meant, as long as it is bound", function()
    for source, wanted in pairs({
      ["{% for entry in users %}{{ entri.name }}{% endfor %}"] = "entry",
      ["{% set colour='a' %}{{ color }}"] = "colour",
      ["{% macro m(colour) %}{{ color }}{% endmacro %}{{ self::m(colour=1) }}"] = "colour",
      ["{% for i in users %}{% set_global colour='a' %}{% endfor %}{{ color }}"] = "colour",
    }) do
      local text, problem = told(source)
      assert.matches("did you mean `" .. wanted .. "`?", text, 1, true)
      assert.equal(wanted, problem.meant)
    end
    for _, source in ipairs({
      "{% for entry in users %}{% endfor %}{{ entri.name }}",
      "{% for entry in list %}{% else %}{{ entri }}{% endfor %}",
      "{% for i in users %}{% set entry=1 %}{% endfor %}{{ entri }}",
      "{% set entry=1 %}{% macro m() %}{{ entri }}{% endmacro %}{{ self::m() }}",
      "{# {% set entry=1 %} #}{% raw %}{% set entry=1 %}{% endraw %}{{ entri }}",
    }) do
      local text = told(source, { users = { 1 }, list = json.array() })
      assert.matches("`entri` is not defined\n  help: known here: list, users", text, 1, true)
    end
  end)

  it("is seen in what is included there, and in blocks behind it", function()
    local text = told({ main = "{% for user in users %}\n{% include 'i' %}{% endfor %}",
      i = "{{ user.name }}" })
    assert.equal("i:1:9: `user.name` is not defined\n  help: `user` is of the loop in line 1 of"
      .. " main, and has no `name` here\n  called at main:2:12", text)
    text = told({ main = "{% extends 'b' %}{% set q=1 %}{% block x %}{{ p.x }}{% endblock %}",
      b = "{% set p='a' %}{% block x %}{% endblock %}" })
    assert.matches("`p.x` is not defined\n  help: `p` is set in line 1 of b", text, 1, true)
    text = told({ main = "{% extends 'b' %}{% set q=1 %}{% block x %}{{ q.x }}{% endblock %}",
      b = "{% block x %}{% endblock %}" })
    assert.matches("`q` is not defined", text, 1, true)
  end)
end)
