local template = require("engine.template")
local toml = require("core.toml")

--- Renders calls of the built-in macros and reads what comes out as TOML.
local function tables(calls, vars)
  local session = template.open('{% import "_macros.toml.tera" as m %}' .. calls, { dir = "/" })
  finally(function()
    session:close()
  end)
  local got, problems = session:render({ vars = vars })
  return assert(toml.decode(assert(got, problems[1] and problems[1].message).text))
end

describe("_macros.toml.tera", function()
  it("writes spans, with attributes of a table or of texts", function()
    local got = tables([[
{{ m::span(name="a\b", parent="p", kind="server", attrs=attrs, events=["e", "f"]) }}
{{ m::span(name="b", attrs=["k=v=w", "x = 1"]) }}
{{ m::span(name="c") }}]], { attrs = { ["a.b"] = 'c"d', n = 1 } })
    assert.same({
      { name = "a\\b", parent = "p", kind = "server", attrs = { all = { ["a.b"] = 'c"d', n = 1 } },
        events = { any = { "e", "f" } } },
      { name = "b", attrs = { all = { k = "v=w", x = "1" } } },
      { name = "c" },
    }, got.expect.span)
  end)

  it("takes pairs of values, too", function()
    assert.same({ a = { x = 1, ["y z"] = true } },
      tables("a = {{ m::attrs(pairs=o) }}", { o = { { "x", 1 }, { "y z", true } } }))
  end)

  it("writes the name of a service as people do, where it needs no quotes", function()
    for id, header in pairs({ db = "[services.db]", ["my-db_2"] = "[services.my-db_2]",
      ["d b"] = '[services."d b"]', ["a.b"] = '[services."a.b"]', [""] = '[services.""]',
      ["ä"] = '[services."ä"]' }) do
      local call = ('{{ m::service(id="%s", image="a") }}'):format(id)
      local session <close> = template.open('{% import "_macros.toml.tera" as m %}' .. call,
        { dir = "/" })
      local rendered = assert(session:render({}))
      assert.equal(header, rendered.text:match("%[services[^\n]*"))
    end
  end)

  it("expects the life of a service", function()
    local span = tables([[{{ m::lifecycle(service='d"b') }}]]).expect.span[1]
    assert.same({ ["clnrm.service.name"] = 'd"b' }, span.attrs.all)
    assert.same({ "container.start", "container.stop" }, span.events.all)
  end)

  it("gives way to a file of that name in the project", function()
    local support = dofile("tests/e2e/support.lua")
    local dir = support.tempdir()
    support.write(dir .. "/_macros.toml.tera", "{% macro own(n) %}own = {{ n }}{% endmacro %}")
    local session <close> = template.open('{% import "_macros.toml.tera" as m %}{{ m::own(n=1) }}',
      { dir = dir, project_dir = dir })
    local got = session:render({})
    support.remove(dir)
    assert.equal("own = 1", got.text)
  end)

  it("writes services and scenarios", function()
    local got = tables([[
{{ m::service(id="d b", image="alpine", args=["-p", "1"], env=["A=1"], wait_for_span="up") }}
{{ m::scenario(name="s", service="d b", run='echo "y"') }}
{{ m::scenario(name="t", run=["echo", "z"]) }}]])
    assert.same({ ["d b"] = { image = "alpine", args = { "-p", "1" }, env = { A = "1" },
      wait_for_span = "up" } }, got.services)
    assert.same({ { name = "s", service = "d b", run = 'echo "y"' },
      { name = "t", run = { "echo", "z" } } }, got.scenario)
  end)

  it("writes edges, windows and counts", function()
    local got = tables([[
{{ m::edges(pairs=["a -> b", "b->c"]) }}
{{ m::window(outer="a", contains=["b", "c"]) }}
{{ m::count(name="x.*", gte=0, lte=3) }}{{ m::count(name="y", gte=1) }}
{{ m::count(name="z", eq=2) }}]])
    assert.same({ { "a", "b" }, { "b", "c" } }, got.expect.graph.must_include)
    assert.same({ { outer = "a", contains = { "b", "c" } } }, got.expect.window)
    assert.same({ ["x.*"] = { gte = 0, lte = 3 }, y = { gte = 1 },
      z = { eq = 2 } }, got.expect.counts.by_name)
    assert.same({ { "q", "r" } }, tables("{{ m::edges(pairs=vars.e) }}", {
      e = { { "q", "r" } } }).expect.graph.must_include)
  end)
end)
