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
    for _, name in ipairs({ "statics", "files", "callees", "includes", "used", "needs",
      "static_max" }) do
      assert.same(unit[name], again[name], name)
    end
    assert.is_function(again.make)
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
end)
