--- Plain templates are run as they are read, and give what compiled ones give.
local root = os.getenv("CLNRM_ROOT") or "."
local direct = require("engine.template.direct")
local environment = require("engine.template.environment")
local filters = require("engine.template.filters")
local functions = require("engine.template.functions")
local parser = require("engine.template.parser")
local programs = dofile(root .. "/tests/tools/plain_programs.lua")
local support = dofile(root .. "/tests/lua/template/support.lua")
local tags = require("core.tags")
local tests = require("engine.template.tests")
local units = require("engine.template.units")

local ROUNDS = 2000

local unit = direct.unit

local function environment_of(source, options)
  return environment.new({
    load = function(name)
      return name == "main" and source or nil
    end,
    filters = options and options.filters or filters, tests = tests, ctx = support.context(),
    functions = functions,
    uses_cache = options and options.uses_cache or false,
  })
end

--- Renders and tells all that comes of it; `compiles`: it is compiled, plain or not.
local function outcome(source, values, kind, compiles)
  if compiles then
    direct.unit = function()
      return nil
    end
  end
  local env = environment_of(source)
  local text, more = env:render("main", values, kind)
  direct.unit = unit
  local problem = not text and { more.message, more.file, more.line, more.column, more.offset,
    more.path, more.depth, more.help, more.meant }
  return { text = text, problem = problem, pieces = text and more, used = env:used(),
    steps = env.run.s, work = env.run.work, made = env.run.made, long = env.run.long }
end

local function assert_same(source, values)
  for _, kind in ipairs({ "main", "map" }) do
    assert.same(outcome(source, values, kind, true), outcome(source, values, kind),
      ("%s of %q"):format(kind, source))
  end
end

--- How many templates were compiled since the begin.
local function compiled_count()
  return math.tointeger(tonumber(units.tell():match("(%d+) compiled")))
end

local function is_compiled(work)
  local before = compiled_count()
  work()
  return compiled_count() > before
end

describe("a plain template", function()
  after_each(function()
    direct.unit = unit
  end)

  it("gives the text, map, names, counts and problems that it gives compiled", function()
    local values, plain = programs.values(), 0
    for seed = 1, ROUNDS do
      local source = programs.make(seed)
      plain = plain + (tags.plain(source) and 1 or 0)
      assert_same(source, values)
    end
    assert.is_true(plain > ROUNDS / 10, plain)
  end)

  it("is not compiled", function()
    local sources = {
      "", "text", "{{ a }}", "{{ a.b.0 | default(value='x') | round(precision=0) }}",
      "{# c #}{# - #}",
      "{{ a | default(value=true) }}", "{% set x = a | join(sep=`,`) %}{{ x }}",
      "{% if not a %}1{% elif a == 'x' %}2{% elif a.b >= 10 %}3{% else %}4{% endif %}",
      "{% for k, v in a %}{{ loop.index0 }}{% for x in v %}{% if loop.last %},{% endif %}"
        .. "{% endfor %}{% endfor %}",
      "{% for x in range(end=3) %}{{ x * 7 }}{{ loop.index+1 | round }}{% endfor %}",
      "{{ slug(value='A b') | upper }}{% set b = range(start=1, end=64) %}{{ range(end=65) }}",
      "{{ a.b.0 % 2 }}{{ a.b.0 / 2 }}{{ a.b.0-2 }}{% set x = a.b.0 * 2 %}{{ x }}",
    }
    for _, source in ipairs(sources) do
      assert.is_userdata(tags.plain(source), source)
      assert.is_false(is_compiled(function()
        environment_of(source):render("main", { a = { b = { 1 } } })
      end), source)
    end
  end)

  it("is none when anything else is in it, or anything is wrong", function()
    for _, source in ipairs({
      "{{ 1 }}", "{{ 'a' }}", "{{ a + b }}", "{{ a ~ b }}", "{{ 1 + a }}", "{{ a + 1 + 1 }}",
      "{{ a + 1.5 }}", "{{ a + -1 }}", "{{ a * }}", "{{ a | f + 1 }}", "{{ a + 1 | safe }}",
      "{{ a + 1 | default(value=1) }}",
      "{{ a + 1 -}}", "{% if a + 1 %}{% endif %}", "{% for x in a * 2 %}{% endfor %}",
      "{% for x in range(end=65) %}{% endfor %}", "{% set x = range(end=65) %}", "{{ super(a=1) }}",
      "{{ f (a=1) }}", "{{ f(a=b) }}", "{{ f(a=1) | default(value=1) }}", "{{ f(a=1) + 1 }}",
      "{% if f(a=1) %}{% endif %}", "{{ f(a=1).b }}", "{{ not(a=1) }}", "{{ a + 01 }}",
      "{{ a[0] }}", "{{ f() }}", "{{ a-}}",
      "{{- a }}", "{{ m::f() }}", "{{ true }}", "{{ not a }}", "{{ __tera_context }}", "{{ a. }}",
      "{{ a | }}", "{{ a | f(1) }}", "{{ a | f(x=b) }}", "{{ a | f(x=-1) }}", "{{ a | f(x=1.5) }}",
      "{{ a | f(x=1, x=2) }}", "{{ a | default }}", "{{ a | default(other=1) }}", "{{ a",
      "{{ a | default(value=1, other=1) }}", "{{ a }", "{{ loop.index }}", "{{ a | f(x=01) }}",
      "{% if a %}", "{% if a and b %}{% endif %}", "{% if a | f %}{% endif %}", "{% endif %}",
      "{% if a %}{% else %}{% else %}{% endif %}", "{% if a %}{% else %}{% elif b %}{% endif %}",
      "{% if a == 'x %}{% endif %}", "{% if a < 'x' %}{% endif %}", "{% ifa %}{% endif %}",
      "{% for x in a %}{% else %}{% endfor %}", "{% for x in a %}{% endif %}",
      "{% for x, x in a %}{% endfor %}", "{% for loop in a %}{% endfor %}",
      "{% for x in a %}{% set y = 1 %}{% endfor %}", "{% for x in a %}{% break %}{% endfor %}",
      "{% for x in a %}{{ loop }}{% endfor %}", "{% for x in a %}{{ loop.x }}{% endfor %}",
      "{% set a = 1 + 1 %}", "{% set_global a = 1 %}", "{% set a %}", "{% raw %}{% endraw %}",
      "{% include 'a' %}", "{% extends 'a' %}", "{% block a %}{% endblock %}", "{##}", "{#", "{#}",
      "{% macro a() %}{% endmacro %}", "{% filter upper %}{% endfilter %}", "{% nothing %}", "{%",
      ("{% if a %}"):rep(17) .. ("{% endif %}"):rep(17), ("{{ a }}"):rep(10001),
      ("{{ a | f(a=1, b=1, c=1, d=1) }}"):rep(3000),
      "{{ a" .. (".b"):rep(100) .. " }}",
    }) do
      assert.is_nil(tags.plain(source), source:sub(1, 100))
      assert.is_nil(tags.plain_names(source), source:sub(1, 100))
    end
  end)

  it("tells which names it uses", function()
    assert.same({ a = true, ["a.b"] = true, c = true, ["c.*"] = true, l = true, ["l.*"] = true,
      loop = true, ["loop.first"] = true }, tags.plain_names(
      "{{ a.b.c }}{% if c %}{% endif %}{% for x in l %}{% if loop.first %}{{ loop.index }}"
        .. "{% endif %}{% endfor %}"))
  end)

  it("is compiled when it is rendered for the 17th time, in whatever environments", function()
    units.clear()
    local function render()
      local env = environment_of("{{ a }}", { uses_cache = true })
      assert.equal("1", env:render("main", { a = 1 }))
      env:close()
    end
    for _ = 1, 16 do
      assert.is_false(is_compiled(render))
    end
    assert.is_true(is_compiled(render))
    assert.is_false(is_compiled(render))
  end)

  it("is compiled when a loop at its top walks more than 64 items", function()
    local list = {}
    for i = 1, 65 do
      list[i] = i
    end
    local env = environment_of("{% for i in a.b %}{{ i }}{% endfor %}")
    local text
    assert.is_true(is_compiled(function()
      text = env:render("main", { a = { b = list } })
    end))
    assert.equal(table.concat(list), text)
    assert.equal("1", env:render("main", { a = { b = { 1 } } }))
  end)

  it("is compiled where the parser was replaced", function()
    local parse = parser.parse
    function parser.parse(s)
      return parse((s:gsub("a", "b")))
    end
    local text = environment_of("{{ a }}"):render("main", { a = 1, b = 2 })
    parser.parse = parse
    assert.equal("2", text)
  end)

  it("gives filters arguments that none can leave to the next", function()
    local own = setmetatable({
      keep = function(_, v, args)
        args.sep = args.sep or "-"
        return v
      end,
    }, { __index = filters })
    for _, source in ipairs({ "{{ a | keep }}", "{{- a | keep }}" }) do
      local _, problem = environment_of(source, { filters = own }):render("main", { a = "a" })
      assert.matches("cannot be changed", problem.message)
    end
  end)

  it("calls filters that were replaced", function()
    local own = setmetatable({
      upper = function(_, v, args)
        return v .. tostring(args.n)
      end,
    }, { __index = filters })
    assert.equal("a1 A", environment_of("{{ a | upper(n=1) }} {{ a | title }}", { filters = own })
      :render("main", { a = "a" }))
  end)
end)
