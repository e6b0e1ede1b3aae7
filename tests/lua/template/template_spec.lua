local lookup = require("engine.template.lookup")
local map = require("engine.template.map")
local scan = require("engine.template.scan")
local template = require("engine.template")
local toml = require("core.toml")

local function states(text)
  local out = {}
  for i, tag in ipairs(scan.tags(text)) do
    out[i] = tag.state
  end
  return table.concat(out, " ")
end

local function render(text, scope)
  local compiled, problems = template.compile(text, scan.tags(text))
  assert.same({}, problems)
  return template.render(compiled, scope)
end

describe("engine.template.scan", function()
  it("knows which string a tag stands in", function()
    assert.equal("bare", states("a = {{ x }}"))
    assert.equal("basic", states('a = "{{ x }}"'))
    assert.equal("literal", states("a = '{{ x }}'"))
    assert.equal("basic3", states('a = """\n"{{ x }}""\n"""'))
    assert.equal("literal3", states("a = '''\n'{{ x }}\n'''"))
    assert.equal("comment", states("# {{ x }}"))
    assert.equal("bare", states('a = "\\"" # "\nb = {{ x }}'))
    assert.equal("basic literal bare", states("a = [\"{{ x }}\", '{{ y }}', {{ z }}]"))
    assert.equal("bare", states('a = """x"""""\nb = {{ x }}'))
    assert.equal("bare", states('a = ""\nb = {{ x }}'))
    assert.equal("bare", states('a = "not closed\nb = {{ x }}'))
    assert.equal("basic", states('a = "#{{ x }}"'))
  end)

  it("takes a tag whole: quotes in it are its own", function()
    assert.equal("basic basic", states([[a = "{{ v["k"] }} {{ w['}}'] }}"]]))
    assert.equal(' v["k"] ', scan.tags([[a = "{{ v["k"] }}"]])[1].inner)
    assert.equal(" w['}}'] ", scan.tags([[a = "{{ w['}}'] }}"]])[1].inner)
    assert.is_true(scan.tags('a = "{{ x }')[1].is_open)
  end)

  it("masks tags by what TOML can hold, in the same length", function()
    for _, text in ipairs({
      'a = {{ x }}\nb = "{{ y }}"', "[t]\n  {{ whole }}  \nc = 1", "'{{ k }}' = 1", "{{ x }} = 1",
      "# {{ x }}\na = 1", "[a.{{ b }}]\nc = {{ a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q }}",
    }) do
      local masked = scan.masked(text, scan.tags(text))
      assert.equal(#text, #masked)
      assert.is_table(toml.decode(masked), masked)
      assert.equal(select(2, text:gsub("\n", "")), select(2, masked:gsub("\n", "")))
    end
  end)
end)

describe("engine.template.lookup", function()
  local scope = {
    matrix = { db = { name = "pg", ports = { 1, 2 } }, n = 3 },
    vars = { n = 4, greeting = "hi", ["a-b"] = { c = true } },
  }

  local function find(inner)
    local path, problem = lookup.parse(inner)
    if not path then
      return nil, problem
    end
    return lookup.find(path, scope)
  end

  it("goes by dots and [index]", function()
    assert.equal("pg", find(" matrix.db.name "))
    assert.equal(2, find("matrix.db.ports[1]"))
    assert.equal(1, find("db.ports.0"))
    assert.is_true(find('vars["a-b"].c'))
    assert.is_true(find("vars['a-b'][`c`]"))
  end)

  it("looks into the cell before [vars]", function()
    assert.equal(3, find("n"))
    assert.equal(4, find("vars.n"))
    assert.equal("hi", find("greeting"))
  end)

  it("says which name is not there, and what may be meant", function()
    for inner, wanted in pairs({
      ["matrix.dbb"] = { "`matrix.dbb` is not defined", "did you mean `matrix.db`?" },
      ["greting"] = { "`greting` is not defined", "did you mean `greeting`?" },
      ["matrix.db.nam"] = { "`matrix.db.nam` is not defined", "did you mean `matrix.db.name`?" },
      ["matrix.db.ports[2]"] = { "`matrix.db.ports[2]` is not defined" },
      ["n.x"] = { "`n.x` is not defined" },
    }) do
      local value, problem = find(inner)
      assert.is_nil(value)
      assert.equal("R002", problem.code)
      assert.same(wanted, { problem.message, #wanted > 1 and problem.help or nil })
    end
  end)

  it("refuses all that is more than a name", function()
    for _, inner in ipairs({
      "", " ", "a | upper", "a + 1", "f(x)", ".State", "a.", "a b", '"text"', "1", "-a", "a -",
      "a[b]", "a[-1]", "a.b-c", "not a",
    }) do
      local value, problem = find(inner)
      assert.is_nil(value)
      assert.equal("R001", problem.code, inner)
    end
  end)

  it("writes values as Tera does", function()
    for shown, value in pairs({
      ["a\"b"] = 'a"b', ["1"] = 1, ["1.0"] = 1.0, ["0.1"] = 0.1, ["true"] = true,
      ["[1, a, [true]]"] = { 1, "a", { true } }, ["-9223372036854775808"] = math.mininteger,
      ["1e+300"] = 1e300,
    }) do
      assert.equal(shown, lookup.text(value))
    end
    assert.equal("1979-05-27T07:32:00Z", lookup.text(toml.decode("a = 1979-05-27T07:32:00Z").a))
    assert.same({ nil, "a table has no text" }, { lookup.text({ a = 1 }) })
    assert.is_nil(lookup.text({ { a = 1 } }))
  end)
end)

describe("engine.template", function()
  it("inserts values where they stand", function()
    local got = render('a = "{{ x }}-{{ x }}"\nb = {{ n }}', { vars = { x = "v", n = 5 } })
    assert.equal('a = "v-v"\nb = 5', got.text)
  end)

  it("lets no value out of its string", function()
    local function problems(text, value)
      local _, list = render(text, { vars = { x = value } })
      return list[1] and list[1].code
    end
    for _, case in ipairs({
      { '"{{ x }}"', 'a"b' }, { '"{{ x }}"', "a\\" }, { '"{{ x }}"', "a\\n" },
      { '"{{ x }}"', "a\nb" },
      { '"{{ x }}"', '", "c' }, { "'{{ x }}'", "a'b" }, { "'{{ x }}'", "a\nb" },
      { '"""{{ x }}"""', 'a"""b' }, { '"""{{ x }}"""', "a\\" }, { "'''{{ x }}'''", "a'''b" },
      { '"{{ x }}"', '"' }, { "'{{ x }}'", "', '" }, { "1 # {{ x }}", "a\nb = 1" },
    }) do
      assert.equal("R003", problems("a = " .. case[1], case[2]), case[1] .. " " .. case[2])
    end
    for _, case in ipairs({
      { '"{{ x }}"', "it's" }, { "'{{ x }}'", 'a"b\\c' }, { '"""{{ x }}."""', 'a "b" c\nd' },
      { "'''{{ x }}.'''", "a'b\nc\\d" }, { "{{ x }}", '["a", "b"]' }, { '"{{ x }}"', "" },
    }) do
      assert.is_nil(problems("a = " .. case[1], case[2]))
      local got = render("a = " .. case[1], { vars = { x = case[2] } })
      assert.is_table(toml.decode(got.text), got.text)
    end
  end)

  it("keeps a text of a string what it was, whatever is in it", function()
    local values = { "plain", "it's", "sp ace", "#", "{x}", "[1]", "\t", "ü漢", "}}", "=" }
    for _, value in ipairs(values) do
      for _, form in ipairs({ '"<{{ x }}>"', '"""<{{ x }}>"""', "'''<{{ x }}>'''" }) do
        local got, problems = render("a = " .. form, { vars = { x = value } })
        if #problems == 0 then
          assert.equal("<" .. value .. ">", assert(toml.decode(got.text)).a)
        end
      end
    end
  end)
end)

describe("engine.template.map", function()
  it("leads from the rendered text to its source and back over every tag", function()
    local source = 'aa{{ x }}bb{{ y }}{{ x }}cc'
    local got = render(source, { vars = { x = "12345678901234", y = "" } })
    assert.equal("aa12345678901234bb12345678901234cc", got.text)
    local m = got.map
    assert.same({ 0, 1, 2, 2, 2, 9, 10, 18, 25, 26 }, {
      m:offset(0), m:offset(1), m:offset(2), m:offset(3), m:offset(15), m:offset(16),
      m:offset(17), m:offset(18), m:offset(32), m:offset(33),
    })
    assert.same({ 2, 9, 9, 10, 25, 27 }, {
      m:stop(2), m:stop(3), m:stop(16), m:stop(17), m:stop(32), m:stop(34),
    })
  end)

  it("is the same place without tags", function()
    local m = map.new()
    m:add(0, 0, 10, true)
    assert.same({ 0, 5, 10 }, { m:offset(0), m:offset(5), m:stop(10) })
  end)
end)
