local environment = require("engine.template.environment")
local store = require("engine.template.store")
local units = require("engine.template.units")

local TEMPLATES = {
  main = "{% import 'm' as m %}{% for x in list %}{{ m::f(a=x) }}{% include 'i' %}{% endfor %}",
  m = "{% macro f(a) %}<{{ a }}>{% endmacro %}",
  i = "[{{ x }}]",
}

local function env_of(templates)
  return environment.new({
    load = function(name)
      return templates[name]
    end,
  })
end

--- Compiles a template and gives its unit.
local function unit_of(templates)
  units.clear()
  local env = env_of(templates)
  assert(env:render("main", { list = { 1, 2 } }))
  return env.units[1]
end

describe("engine.template.store", function()
  it("writes a compiled template and reads it again", function()
    local unit = unit_of(TEMPLATES)
    local again = store.unpack(store.pack(unit))
    for _, name in ipairs({ "statics", "files", "callees", "includes", "places", "used", "needs",
      "static_max" }) do
      assert.same(unit[name], again[name], name)
    end
    assert.is_function(again.make)
  end)

  it("reads lists of any length", function()
    for _, count in ipairs({ 1, 199, 200, 201, 1000 }) do
      local parts = {}
      for i = 1, count do
        parts[i] = i .. "{{ list }}"
      end
      local unit = unit_of({ main = "{% import 'm' as m %}" .. table.concat(parts),
        m = TEMPLATES.m })
      local again = store.unpack(store.pack(unit))
      assert.is_true(#unit.statics >= count and (count < 3 or #unit.places == count))
      assert.same({ unit.statics, unit.places }, { again.statics, again.places })
    end
  end)

  it("refuses what was changed, cut or made elsewhere", function()
    local bytes = store.pack(unit_of(TEMPLATES))
    for at = 1, #bytes, 7 do
      local changed = bytes:sub(1, at - 1) .. string.char(bytes:byte(at) ~ 1) .. bytes:sub(at + 1)
      assert.is_nil(store.unpack(changed))
      assert.is_nil(store.unpack(bytes:sub(1, at - 1)))
    end
    assert.is_nil(store.unpack(string.dump(function() end)))
    assert.is_nil(store.unpack(""))
  end)
end)

describe("engine.template.units", function()
  it("finds a compiled template by its content, and counts", function()
    units.clear()
    local before = units.stats()
    local first = assert(env_of(TEMPLATES):render("main", { list = { 1 } }))
    assert.equal("<1>[1]", first)
    assert.equal("<1>[1]", env_of(TEMPLATES):render("main", { list = { 1 } }))
    assert.is_true(units.stats().hits > before.hits)
  end)

  it("depends on what a template extends and imports, not on who includes it", function()
    units.clear()
    local env = env_of(TEMPLATES)
    assert(env:render("main", { list = { 1 } }))
    local needs = {}
    for i, unit in ipairs(env.units) do
      local names = {}
      for j, one in ipairs(unit.needs) do
        names[j] = one[1]
      end
      needs[i] = table.concat(names, " ")
    end
    assert.same({ "main m", "m", "i" }, needs)
  end)

  it("compiles anew when anything it came from has changed", function()
    local changed = { main = TEMPLATES.main, i = TEMPLATES.i,
      m = "{% macro f(b='z', a='y') %}({{ b }}{{ a }}){% endmacro %}" }
    assert.equal("<1>[1]", env_of(TEMPLATES):render("main", { list = { 1 } }))
    assert.equal("(z1)[1]", env_of(changed):render("main", { list = { 1 } }))
    assert.equal("<1>[1]", env_of(TEMPLATES):render("main", { list = { 1 } }))
  end)

  local function render_of(name, text)
    local env = env_of({ [name] = text, m = TEMPLATES.m })
    assert(env:render(name, { list = {} }))
    env:close()
  end

  --- Counts what one round over many templates with one file of macros finds and compiles.
  local function round(count)
    local before = units.stats()
    for i = 1, count do
      render_of("t" .. i, "{% import 'm' as m %}" .. i .. "{{ m::f(a=1) }}")
    end
    local after = units.stats()
    return { hits = after.hits - before.hits, misses = after.misses - before.misses,
      evictions = after.evictions - before.evictions }
  end

  it("keeps all that a project of hundreds of templates goes through", function()
    units.clear()
    round(400)
    assert.same({ hits = 800, misses = 0, evictions = 0 }, round(400))
  end)

  --- Counts what rendering `main` finds and compiles when a text has changed, and gives its text.
  local function change(name, text, more)
    units.clear()
    local texts = { main = TEMPLATES.main, i = TEMPLATES.i, m = TEMPLATES.m }
    for known, other in pairs(more or {}) do
      texts[known] = other
    end
    assert(env_of(texts):render("main", { list = { 1 } }))
    texts[name] = text
    local before = units.stats()
    local rendered, problem = env_of(texts):render("main", { list = { 1 } })
    local after = units.stats()
    return { after.hits - before.hits, after.misses - before.misses },
      rendered or problem.message
  end

  it("counts as a miss what was kept and is stale", function()
    local counts, text = change("i", "({{ x }})")
    assert.same({ 2, 1 }, counts)
    assert.equal("<1>(1)", text)
  end)

  it("compiles who imports macros anew when their arguments change, not what they write", function()
    local counts, text = change("m", "{# new #}{% macro f(a) %}({{ a }}){% endmacro %}")
    assert.same({ 2, 1 }, counts)
    assert.equal("(1)[1]", text)
    for _, macros in ipairs({
      "{% macro f(a, b=1) %}({{ a }}{{ b }}){% endmacro %}",
      "{% macro f(a) %}({{ a }}1){% endmacro %}{% macro g() %}{% endmacro %}",
      "{% import 'n' as n %}{% macro f(a) %}({{ a }}1){% endmacro %}",
    }) do
      counts, text = change("m", macros, { n = "" })
      assert.same({ 1, 2 }, counts, macros)
      assert.equal("(11)[1]", text)
    end
  end)

  it("sees each change of a default", function()
    local function macro(default)
      return ("{%% macro f(a, b=%s) %%}{{ a }}{{ b }}{%% endmacro %%}"):format(default)
    end
    local defaults = { "1", "1.0", "'1'", "true", "'true'", "false", "''", "-1" }
    for i, default in ipairs(defaults) do
      local _, text = change("m", macro(default), { m = macro(defaults[i - 1] or "2") })
      units.clear()
      local alone = env_of({ main = TEMPLATES.main, i = TEMPLATES.i, m = macro(default) })
      assert.equal((alone:render("main", { list = { 1 } })), text, default)
    end
  end)

  it("says what is wrong with what is only imported, called or not", function()
    local _, text = change("m", "{% macro f(a) %}{{ a }")
    assert.equal("this tag is not closed by `}}`", text)
    _, text = change("m", "{% macro g(a) %}{{ a }}{% endmacro %}")
    assert.equal("there is no macro `f` in `m`", text)
    _, text = change("n", "{% if %}", { m = "{% import 'n' as n %}" .. TEMPLATES.m, n = "" })
    assert.match("^expected", text)
  end)

  it("compiles a macro anew whose file imports or extends others that are read unparsed", function()
    for _, more in ipairs({ "{% import 'n' as n %}", "{% extends 'n' %}" }) do
      for _, n in ipairs({ "", "{% import 'o' as o %}", "{% extends 'o' %}" }) do
        local counts, text = change("m", more .. "{% macro f(a) %}({{ a }}){% endmacro %}",
          { m = more .. TEMPLATES.m, n = n, o = "{% macro g() %}{% endmacro %}" })
        assert.same({ 2, 1 }, counts, more .. n)
        assert.equal("(1)[1]", text)
      end
    end
  end)

  it("compiles anew what extends a template whose text has changed, imported or not", function()
    local base = "{% macro f() %}{% endmacro %}{% block b %}{% endblock %}"
    local counts, text = change("base", base .. "new", {
      main = "{% extends 'base' %}{% import 'base' as m %}", base = base,
    })
    assert.same({ 0, 1 }, counts)
    assert.equal("new", text)
  end)

  it("keeps one text of each file, and tells what it counts", function()
    units.clear()
    render_of("t", ("x"):rep(10000))
    local one = units.stats()
    assert.is_true(one.bytes > 10000 and one.bytes < 20000, one.bytes)
    for i = 1, 50 do
      render_of("t", ("x"):rep(9995 + i % 10))
    end
    assert.equal(1, units.stats().count)
    assert.is_true(units.stats().bytes < one.bytes + 100)
  end)

  it("keeps apart files of the same name in two folders", function()
    units.clear()
    local function render(dir)
      local env = environment.new({ load = function(name)
        return dir, nil, dir .. "/" .. name
      end })
      assert.equal(dir, env:render("m", {}))
    end
    render("a")
    render("b")
    local before = units.stats().hits
    render("a")
    render("b")
    assert.equal(2, units.stats().hits - before)
  end)

  it("is bounded by bytes", function()
    units.clear()
    local before = units.stats().evictions
    for i = 1, 9 do
      render_of("large" .. i, ("x"):rep(2 << 20))
    end
    assert.is_true(units.stats().bytes <= 16 << 20, units.stats().bytes)
    assert.is_true(units.stats().evictions > before)
  end)
end)
