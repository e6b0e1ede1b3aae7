--- Tags with the same text are read and compiled once: their places and their names stay their own.
local support = dofile((os.getenv("CLNRM_ROOT") or ".") .. "/tests/lua/template/support.lua")

local function render(source, values)
  return support.environment({ main = source }):render("main", values or {})
end

--- Where a rendering fails: "line:column".
local function place(source, values, kind)
  local text, problem = support.environment({ main = source }):render("main", values, kind)
  assert.is_nil(text)
  return problem.line .. ":" .. problem.column
end

describe("tags with the same text", function()
  local TAG = "{{ 10 / n | round(method='x') }}"

  it("are blamed each at its own place", function()
    local source = "{% for n in list %}{% if loop.index == 1 %}{{ n.a }}{% endif %}\n"
      .. "{% if loop.index == 2 %}é{{ n.a }}{% endif %}\n"
      .. "{% if loop.index == 3 %}  {{ n.a }}{% endif %}{% endfor %}"
    assert.equal("1:49", place(source, { list = { {} } }))
    assert.equal("2:31", place(source, { list = { { a = 1 }, {} } }))
    assert.equal("3:32", place(source, { list = { { a = 1 }, { a = 2 }, {} } }))
  end)

  it("are blamed at each place within them", function()
    local source = "{{ n }}" .. TAG .. "\n" .. TAG .. "{% if c %}" .. TAG .. "{% endif %}"
    assert.equal("1:20", place(source, { n = 1, c = true }))
    assert.equal("2:13", place(source:gsub(TAG:gsub("%p", "%%%0"), "{{ 10 }}", 1), { n = 1 }))
  end)

  it("are blamed at their own places in a map and in a trace", function()
    local source = "{% if a %}{{ n.a }}{% endif %}\n{% if b %}{{ n.a }}{% endif %}"
    for _, kind in ipairs({ "map", "trace:main" }) do
      assert.equal("1:16", place(source, { a = true, b = true, n = {} }, kind))
      assert.equal("2:16", place(source, { a = false, b = true, n = {} }, kind))
    end
  end)

  it("tell of a condition that fails where it stands", function()
    local source = "{% if a %}{% if n > 1 %}x{% endif %}{% endif %}\n{% if n > 1 %}x{% endif %}"
    assert.equal("1:17", place(source, { a = true, n = "x" }))
    assert.equal("2:7", place(source, { a = false, n = "x" }))
  end)

  it("read a name that was set in between", function()
    assert.equal("1 2 2 7", render("{{ n }} {% set n = 2 %}{{ n }} {{ n }} {{ m }}",
      { n = 1, m = 7 }))
    assert.equal("1;1;5;5;5", render(
      "{{ n }};{{ n }};{% if m %}{% set n = 5 %}{{ n }};{% endif %}{{ n }};{{ n }}",
      { n = 1, m = 7 }))
    assert.equal("1;1;1;1", render(
      "{{ n }};{{ n }};{% if m %}{% set n = 5 %}{{ n }};{% endif %}{{ n }};{{ n }}",
      { n = 1, m = false }))
  end)

  it("read a loop's own name within it, and the outer one behind it", function()
    assert.equal("9 9 [1 1][2 2] 9 9", render(
      "{{ n }} {{ n }} {% for n in [1, 2] %}[{{ n }} {{ n }}]{% endfor %} {{ n }} {{ n }}",
      { n = 9 }))
  end)

  it("ask each time anew whether a condition is true", function()
    local tag = "{% if n == 1 %}a{% else %}b{% endif %}"
    assert.equal("b a a", render(tag .. "{% set n = 1 %} " .. tag .. " " .. tag, { n = 2 }))
  end)

  it("may hold what ends a tag in a text", function()
    assert.equal("}}}} %}yes", render(
      "{{ \"}}\" }}{{ \"}}\" }}{{ ' ' }}{{ '%}' }}{% if n == \"%}\" %}no{% endif %}"
      .. "{% if n == \"%}\" %}no{% else %}yes{% endif %}", { n = "x" }))
  end)

  it("keep the blanks that each of them takes", function()
    assert.equal("a1b 1 c1d", render("a {{- n -}} b {{ n }} c {{- n -}} d", { n = 1 }))
  end)

  it("are all told when their names are not defined", function()
    local template = require("engine.template")
    local session <close> = template.open("a = {{ x }}\nb = {{ y }}\nc = {{ x }}\n", {})
    local rendered, problems = session:render({})
    assert.is_nil(rendered)
    local offsets = {}
    for i, problem in ipairs(problems) do
      offsets[i] = problem.offset
    end
    assert.same({ 7, 19, 31 }, offsets)
  end)
end)
