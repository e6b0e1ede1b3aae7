local file_text = require("engine.template.file_text")
local fs = require("core.fs")
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
  return template.open(text):render(scope)
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

  it("finds the end of a tag, whatever stands in it", function()
    for _, tag in ipairs({ "{{ x }}", "{{x}}", "{{}}", "{{ x\n}}", "{{ '}}' }}", "{{ { } }}",
      "{{ x | f(a='\"}}', b=`'`) }}", "{{ ' }}", "{% if a %}", "{% if a % 2 %}", "{%%}",
      "{% if a == '%}' %}", "{% set a\n= \"%}\" %}", "{# ' #}", "{# {{ x }} #}" }) do
      assert.equal(#tag + 3, scan.tag_end("abc" .. tag .. " }} %} #}", 4), tag)
    end
    for _, text in ipairs({ "{{ x }", "{{ x", "{% x }}", "{# x }}", "{{ '}}'" }) do
      assert.is_nil(scan.tag_end(text, 1), text)
    end
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

describe("the names that tags can use", function()
  local scope = {
    matrix = { db = { name = "pg", ports = { 1, 2 } }, n = 3 },
    vars = { n = 4, greeting = "hi", ["a-b"] = { c = true } },
    project = { greeting = "no", title = "t" },
    getenv = function(name)
      return name == "ENV" and "prod" or nil
    end,
  }

  local function find(inner)
    local got, problems = render("{{ " .. inner .. " }}", scope)
    return got and got.text, problems[1]
  end

  it("go by dots and [index]", function()
    assert.equal("pg", find("matrix.db.name"))
    assert.equal("2", find("matrix.db.ports[1]"))
    assert.equal("1", find("db.ports.0"))
    assert.equal("true", find('vars["a-b"].c'))
    assert.equal("true", find("vars['a-b'][`c`]"))
  end)

  it("are those of the command line, the cell, [vars], the project, then the standard ones",
    function()
      assert.equal("3", find("n"))
      assert.equal("4", find("vars.n"))
      assert.equal("hi t", find("greeting }} {{ title"))
      assert.equal("prod clnrm http://localhost:4318 otlp", find(
        "env }} {{ svc }} {{ endpoint }} {{ otel.exporter"))
      local got = render("{{ n }} {{ greeting }}", {
        define = { n = "x" }, matrix = scope.matrix, vars = scope.vars,
      })
      assert.equal("x hi", got.text)
    end)

  it("say which name is not there, and what may be meant", function()
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

  it("are all told when several are not defined", function()
    local _, problems = render("{{ aa }} {{ n }} {{ bb }}", scope)
    assert.same({ 3, 20 }, { problems[1].offset, problems[2].offset })
  end)

  it("are all told but those that a tag before them may set", function()
    for tags, wanted in pairs({
      ["{% if n %}{% set x = 1 %}{% else %}{% set x = 2 %}{% endif %}"] = "`y` is not defined",
      ["{% for i in [1] %}{% set y = 1 %}{% set_global x = 1 %}{% endfor %}"] =
        "`y` is not defined",
      ["{% filter upper %}{% set y = 1 %}{% endfilter %}"] = "`x` is not defined",
      ["{% set vars = 1 %}"] = "`x` is not defined",
    }) do
      local _, problems = render("{{ nope }} " .. tags .. " {{ x }} {{ y }} {{ vars.y }}", scope)
      assert.equal(wanted, problems[2] and problems[2].message, tags)
    end
  end)

  it("are not told with an index whose value is not known", function()
    local _, problems = render("{{ nope }} {{ vars[title] }}", {
      vars = { n = 1 }, project = { title = "n" },
    })
    assert.same({ 1, "`nope` is not defined" }, { #problems, problems[1].message })
  end)

  it("are not told behind `not`, which makes true of them", function()
    local _, problems = render("{{ nope }} {{ not x }}", scope)
    assert.equal(1, #problems)
  end)

  it("are not told of the whole context", function()
    local _, problems = render("{{ nope }} {{ __tera_context }}", scope)
    assert.equal(1, #problems)
  end)

  it("are told alone where what stands behind them may be set", function()
    for _, tags in ipairs({
      "{% if true %}{% set x = 1 %}{% endif %}", "{% if n %}{% else %}{% set x = 1 %}{% endif %}",
      "{% for i in [1] %}{% set_global x = i %}{% endfor %}",
      "{% for i in [] %}{% else %}{% set x = 1 %}{% endfor %}",
      "{% for i in [1] %}{% if i %}{% set_global x = i %}{% endif %}{% endfor %}",
      "{% filter upper %}{% set x = 1 %}{% endfilter %}",
      "{% block b %}{% set x = 1 %}{% endblock %}", "{% set x = 1 %}",
    }) do
      local _, problems = render("{{ nope }} " .. tags .. " {{ x }}", scope)
      assert.same({ "`nope` is not defined" }, { problems[1].message,
        problems[2] and problems[2].message }, tags)
    end
  end)

  it("are all told when what is set between them stays in its loop or macro", function()
    for _, tags in ipairs({
      "{% for i in [1] %}{% set x = i %}{% endfor %}",
      "{% for i in [1] %}{% if i %}{% set x = i %}{% endif %}{% endfor %}",
      "{% macro m() %}{% set_global x = 1 %}{% endmacro %}", "{% if n %}n{% endif %}",
    }) do
      local _, problems = render("{{ nope }} " .. tags .. " {{ x }}", scope)
      assert.equal("`x` is not defined", problems[2] and problems[2].message, tags)
    end
  end)

  it("are told once each, also when a later step is not there", function()
    local _, problems = render("{{ svc.x }} {{ svc.y }} {{ svc.y.z }}", scope)
    local told = {}
    for i, problem in ipairs(problems) do
      told[i] = problem.message
    end
    assert.same({ "`svc.x` is not defined", "`svc.y` is not defined", "`svc.y` is not defined" },
      told)
  end)

  it("stand in what can be read only", function()
    for _, inner in ipairs({ "", " ", ".State", "a.", "a b", "a -", "a[b", "a[-1" }) do
      local value, problem = find(inner)
      assert.is_nil(value)
      assert.equal("R001", problem.code, inner)
    end
  end)

  it("are shown how to be none where they stand in a string or a comment", function()
    local function help(source)
      local session <close> = template.open(source, { name = "t.clnrm.toml" })
      local problem = session:check()
      assert.equal("R001", problem.code, source)
      return problem.help
    end
    local raw = "what is no tag stands so: `{% raw %}…{% endraw %}`"
    for _, source in ipairs({
      "a = \"docker inspect -f '{{.State.Running}}' x\"\n", 'a = "${#x}"\n', "# {{json .}}\n",
      'x = "{{ x }}"\na = \'\'\'{% if x %}\n"{{ .y }}"{% endif %}\'\'\'\n', "a = 'b{%{c}'\n",
    }) do
      assert.equal(raw, help(source), source)
    end
    for _, source in ipairs({ "a = {{ .b }}\n", "a = '{{ b }}'\n{% if c }\n" }) do
      assert.is_nil(help(source), source)
    end
    assert.not_equal(raw, help("a = '{{ b }}{% for b in c %}'\n")) -- that of another tag
  end)

  it("write values as TOML can read them again", function()
    for shown, value in pairs({
      ["a\"b"] = 'a"b', ["1"] = 1, ["1.0"] = 1.0, ["0.1"] = 0.1, ["true"] = true,
      ["[1, a, [true]]"] = { 1, "a", { true } }, ["-9223372036854775808"] = math.mininteger,
      ["1e+300"] = 1e300,
    }) do
      assert.equal(shown, file_text.write(value))
    end
    local got = render("{{ d }}", { vars = toml.decode("d = 1979-05-27T07:32:00Z") })
    assert.equal("1979-05-27T07:32:00Z", got.text)
    local _, problems = render("ab {{ t }}", { vars = { t = { a = 1 } } })
    assert.same({ "R003", "a table has no text", 3, 7 }, { problems[1].code, problems[1].message,
      problems[1].offset, problems[1].length })
  end)
end)

describe("templates in a project", function()
  local dir

  before_each(function()
    dir = assert(fs.tempdir())
    assert(fs.mkdir_p(dir .. "/p/sub"))
    assert(fs.write_atomic(dir .. "/out.tera", "outside"))
    assert(fs.write_atomic(dir .. "/p/root.tera", "root {{ x }}"))
    assert(fs.write_atomic(dir .. "/p/sub/near.tera", "near"))
    assert(fs.symlink(dir .. "/p/link.tera", "../out.tera"))
  end)

  after_each(function()
    assert(fs.remove_tree(dir))
  end)

  local function read(text)
    local session <close> = template.open(text, {
      name = "sub/a.toml.tera", dir = dir .. "/p/sub", project_dir = dir .. "/p",
    })
    local got, problems = session:render({ vars = { x = 1 } })
    return got and got.text or problems[1].message, problems[1]
  end

  it("are found beside the file and from the root of the project", function()
    assert.equal("near root 1", read("{% include 'near.tera' %} {% include 'root.tera' %}"))
  end)

  it("are never read outside of it", function()
    for _, name in ipairs({ "../../out.tera", "../out.tera", dir .. "/out.tera", "link.tera" }) do
      assert.matches("there is no template", read(("{%% include '%s' %%}"):format(name)))
    end
    local outside = ": it lies outside of the project"
    assert.equal("there is no template `../../out.tera`" .. outside,
      (read("{% include '../../out.tera' %}")))
    assert.equal("there is no template `gone.tera`, `link.tera`" .. outside,
      (read("{% include ['gone.tera', 'link.tera'] %}")))
    for _, name in ipairs({ "gone.tera", "../gone.tera" }) do
      assert.equal(("there is no template `%s`"):format(name),
        (read(("{%% include '%s' %%}"):format(name))))
    end
  end)

  it("are suggested where one is not there: beside the file, from the root, built in", function()
    assert(fs.mkdir_p(dir .. "/p/sub/parts"))
    for _, name in ipairs({ "a.clnrm.toml", "clnrm.toml", "parts/steps.tera",
      "parts/more.toml" }) do
      assert(fs.write_atomic(dir .. "/p/sub/" .. name, ""))
    end
    for tag, want in pairs({
      ["include 'naer.tera'"] = "did you mean `near.tera`?",
      ["import 'rot.tera' as m"] = "did you mean `root.tera`?",
      ["extends '_macro.toml.tera'"] = "did you mean `_macros.toml.tera`?",
      ["include 'parts/stesp.tera'"] = "did you mean `parts/steps.tera`?",
      ["include ['parts/other.tera', 'x']"] = "templates there: parts/more.toml, parts/steps.tera",
      ["include 'something'"] = "templates there: _macros.toml.tera, link.tera, near.tera, "
        .. "root.tera",
    }) do
      assert.equal(want, select(2, read(("{%% %s %%}"):format(tag))).help)
    end
    for _, name in ipairs({ "../../ot.tera", "nowhere/near.tera", dir .. "/ot.tera" }) do
      assert.is_nil(select(2, read(("{%% include '%s' %%}"):format(name))).help)
    end
  end)

  it("tell all names behind one that is included, which sets none", function()
    assert(fs.write_atomic(dir .. "/p/sub/sets.tera", "{% set x = 1 %}{% set_global y = 1 %}"))
    local session <close> = template.open(
      "{{ nope }}{% include 'sets.tera' %}{{ x }}{{ y }}", {
        name = "sub/a.toml.tera", dir = dir .. "/p/sub", project_dir = dir .. "/p",
      })
    local told = {}
    for i, problem in ipairs(select(2, session:render({ vars = {} }))) do
      told[i] = problem.message
    end
    assert.same({ "`nope` is not defined", "`x` is not defined", "`y` is not defined" }, told)
  end)

  it("tell no name that stands outside of the blocks of one that extends another", function()
    assert(fs.write_atomic(dir .. "/p/base.tera", "{% block a %}{% endblock %}"))
    local session <close> = template.open(
      "{% extends 'base.tera' %}{{ y }}{% block a %}{{ nope }}{% endblock %}", {
        name = "sub/a.toml.tera", dir = dir .. "/p/sub", project_dir = dir .. "/p",
      })
    local _, problems = session:render({ vars = { x = 1 } })
    assert.same({ 1, "`nope` is not defined" }, { #problems, problems[1].message })
  end)

  it("tell in which file something is wrong, at the place that led there", function()
    assert(fs.write_atomic(dir .. "/p/sub/bad.tera", "\n  {{ y }}"))
    local _, problem = read("ab\n{% include 'bad.tera' %}")
    assert.same({ "R002", 14 }, { problem.code, problem.offset })
    local place = problem.places[1]
    assert.same({ "`y` is not defined", "bad.tera", dir .. "/p/sub/bad.tera", 2, 6 },
      { place.message, place.file.name, place.file.path, place.line, place.column })
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
      { '"\\{{ x }}"', "n" }, -- it would be the end of an escape
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

  it("tells a value that leaves its string at its own tag alone", function()
    for _, case in ipairs({
      { 'a = ["{{ x }}", "{{ y }}"]\n', 'a"b', { 6 } },
      { 'a = """{{ x }}"""\nb = "{{ y }}"\nc = """{{ y }}"""', '"""', { 7 } },
      { "a = '''{{ x }}'''\nb = '{{ y }}'\nc = ['{{ x }}', '{{ y }}']", "'''", { 7, 38 } },
      { '{% if true %}a = ["{{ x }}", "{{ y }}"]{% endif %}', 'a"b', { 19 } },
      { '{% if true %}a = ["\\{{ x }}", "{{ y }}"]{% endif %}', "nb(", { 20 } },
      { 'a = "{{ x }}{{ x }}"\nb = "{{ y }}"', '"', { 5, 12 } },
    }) do
      local _, list = render(case[1], { vars = { x = case[2], y = "(it)" } })
      local at = {}
      for i, problem in ipairs(list) do
        at[i] = problem.offset
      end
      assert.same(case[3], at, case[1])
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

describe("sessions one after the other", function()
  local TEXT = "{{ uuid_v4() }} {{ now_unix() }} {{ x | upper }} {{ 1.5 }}"

  local function once(seed, x)
    local session <close> = template.open(TEXT, { determinism = { seed = seed,
      freeze_ms = seed * 1000 } })
    return assert(session:render({ vars = { x = x } })).text
  end

  it("each have their own seed, clock and values, whatever was rendered before", function()
    local first, second = once(1, "a"), once(2, "b")
    assert.not_equal(first, second)
    assert.equal(first, once(1, "a"))
    assert.equal(second, once(2, "b"))
    assert.matches(" 1 A 1%.5$", first)
    assert.matches(" 2 B 1%.5$", second)
  end)

  it("that overlap do not share what a rendering uses up", function()
    local one <close> = template.open(TEXT)
    local two <close> = template.open("{{ x }}{{ y }}")
    assert.is_nil((two:render({ vars = { x = 1 } })))
    assert.is_truthy(one:render({ vars = { x = "a" } }))
    assert.equal("12", two:render({ vars = { x = 1, y = 2 } }).text)
    two:close()
    assert.is_truthy(one:render({ vars = { x = "a" } }))
  end)
end)

describe("what is wrong with a call", function()
  it("names the function or the filter once", function()
    for source, wanted in pairs({
      ["{{ rand_hex(n='x') }}"] = "^Function `rand_hex` received n=\"x\"",
      ["{{ 1 | upper }}"] = "^Filter `upper` was called on an incorrect value",
      ["{{ throw(message='`throw` it') }}"] = "^throw: `throw` it",
    }) do
      local session <close> = template.open(source)
      local _, problems = session:render({})
      assert.matches(wanted, problems[1].message)
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
      m:offset(17), m:offset(18), m:offset(32), (m:offset(33)),
    })
    assert.same({ 1, true }, { m:offset(1) })
    assert.same({ 2, false }, { m:offset(2) })
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
