local environment = require("engine.template.environment")
local errors = require("engine.template.errors")
local value = require("engine.template.value")

local FILTERS = {
  upper = function(_, v)
    return v:upper()
  end,
  length = function(_, v)
    return #v
  end,
  repeated = function(_, v, args)
    if not args.n then
      value.fail("the argument `n` is missing")
    end
    return v:rep(args.n)
  end,
}
local TESTS = {
  defined = function(_, v)
    return v ~= nil
  end,
  odd = function(_, v)
    return v % 2 == 1
  end,
}
local FUNCTIONS = {
  range = function(_, args)
    local list = {}
    for i = args.start or 0, args["end"] - 1 do
      list[#list + 1] = i
    end
    return list
  end,
  yes = function()
    return true
  end,
}

local CONTEXT = {
  name = "ann", n = 3, list = { "a", "b", "c" }, object = { b = 2, a = 1 }, empty = value.array({}),
  nested = { deep = { er = "x", list = { { id = 7 } } } }, nothing = value.null, zero = 0,
  key = "deep", idx = 1, html = "<b>",
}

local function env_of(templates)
  return environment.new({
    load = function(name)
      return templates[name]
    end,
    names = function()
      return value.keys(templates)
    end,
    filters = FILTERS, tests = TESTS, functions = FUNCTIONS,
  })
end

local function render(main, others, context)
  local templates = others or {}
  templates.main = main
  local text, problem = env_of(templates):render("main", context or CONTEXT)
  return text or errors.text(problem), problem
end

local function check(cases)
  for source, wanted in pairs(cases) do
    assert.equal(wanted, (render(source)), source)
  end
end

describe("the language of templates", function()
  it("reckons with Tera's precedence and kinds", function()
    check({
      ["{{ 1 + 2 * 3 }}"] = "7", ["{{ (1 + 2) * 3 }}"] = "9", ["{{ 7 / 2 }}"] = "3.5",
      ["{{ 6 / 2 }}"] = "3", ["{{ 7 % 4 }}"] = "3", ["{{ 1.5 + n }}"] = "4.5",
      ["{{ 1 / 0 }}"] = "NaN", ["{{ list | length + 1 }}"] = "4", ["{{ -1 - -2 }}"] = "1",
    })
  end)

  it("compares and combines conditions", function()
    check({
      ["{{ n == 3.0 }}"] = "true", ["{{ n > 2 and n < 4 }}"] = "true", ["{{ name != 'bob' }}"] =
      "true", ["{{ 'a' in list }}"] = "true", ["{{ 'z' not in list }}"] = "true",
      ["{{ 'n' in name }}"] = "true", ["{{ 'a' in object }}"] = "true",
      ["{% if missing or zero %}1{% else %}2{% endif %}"] = "2",
      ["{% if not missing %}1{% endif %}"] = "1", ["{% if yes() %}1{% endif %}"] = "1",
      ["{% if n is odd and missing is not defined %}1{% endif %}"] = "1",
      ["{% if zero %}a{% elif n %}b{% else %}c{% endif %}"] = "b",
    })
  end)

  it("walks paths by dots, indices and names", function()
    check({
      ["{{ nested.deep.er }}"] = "x", ["{{ nested['deep']['er'] }}"] = "x",
      ["{{ nested[key].er }}"] = "x", ["{{ list.0 }}{{ list[1] }}{{ list[idx] }}"] = "abb",
      ["{{ nested.deep.list[0].id }}"] = "7",
    })
  end)

  it("joins texts and gives defaults", function()
    check({
      ["{{ 'a' ~ n ~ name }}"] = "a3ann", ["{{ missing | default(value='d') | upper }}"] = "D",
      ["{{ nothing | default(value=name) }}"] = "ann", ["{{ nested.no | default(value=1) }}"] = "1",
      ["{{ [1, 'a', 2.5] }}"] = "[1, a, 2.5]", ['{{ "it\'s" }}{{ `a"b` }}'] = 'it\'sa"b',
    })
  end)

  it("loops over arrays, texts and objects", function()
    check({
      ["{% for x in list %}{{ loop.index }}{{ loop.index0 }}{{ x }}{% if not loop.last %},"
      .. "{% endif %}{% endfor %}"] = "10a,21b,32c",
      ["{% for k, v in object %}{{ k }}={{ v }};{% endfor %}"] = "a=1;b=2;",
      ["{% for c in name %}[{{ c }}]{% endfor %}"] = "[a][n][n]",
      ["{% for x in empty %}x{% else %}none{% endfor %}"] = "none",
      ["{% for x in range(end=5) %}{% if x == 1 %}{% continue %}{% endif %}{% if x == 3 %}"
      .. "{% break %}{% endif %}{{ x }}{% endfor %}"] = "02",
      ["{% for x in [1, 2] %}{% for y in [3, 4] %}{{ x }}{{ y }}{{ loop.index }} {% endfor %}"
      .. "{% endfor %}"] = "131 142 231 242 ",
    })
  end)

  it("loops within loops within loops, each with its own names", function()
    local source, wanted = "{{ n }}", "12"
    for i = 12, 1, -1 do
      source = ("{%% for a%d in [%d] %%}{%% set n = a%d %%}%s{{ a%d }}{%% endfor %%}"):format(
        i, i, i, source, i)
    end
    for i = 12, 1, -1 do
      wanted = wanted .. i
    end
    assert.equal(wanted, (render(source)))
  end)

  it("sets variables in the loop, and in the template by set_global", function()
    check({
      ["{% set a = 1 %}{% for x in list %}{% set a = x %}{{ a }}{% endfor %}{{ a }}"] = "abc1",
      ["{% set a = 1 %}{% for x in list %}{% set_global a = x %}{% endfor %}{{ a }}"] = "c",
      ["{% if zero %}{% set name = 1 %}{% endif %}{{ name }}"] = "ann",
      ["{% for x in list %}{% if loop.first %}{% set s = x %}{% endif %}"
      .. "{{ s | default(value='-') }}{% endfor %}"] = "a--",
      ["{% for x in list %}{{ loop.first | safe }}{{ loop.last | safe }},{% endfor %}"] =
        "truefalse,falsefalse,falsetrue,",
    })
    local many = {}
    for i = 1, 300 do
      many[i] = ("{%% set v%d = %d %%}"):format(i, i)
    end
    assert.equal("1 300", (render(table.concat(many) .. "{{ v1 }} {{ v300 }}")))
  end)

  it("shows the next turn of a loop what set_global set further down", function()
    check({
      ["{% for x in list %}{% set_global n = n + 1 %}{{ n }}{% endfor %}{{ n }}"] = "4566",
      ["{% for x in list %}{% if q is defined %}{{ q }}{% else %}-{% endif %}"
      .. "{% set_global q = x %}{% endfor %}{{ q }}"] = "-abc",
      ["{% for x in list %}{{ q | default(value='-') }}{% if x == 'b' %}{% set_global q = x %}"
      .. "{% endif %}{% endfor %}"] = "--b",
      ["{% for x in list %}{{ q | default(value='-') }}{% if x == 'z' %}{% elif x == 'b' %}"
      .. "{% else %}{% set_global q = x %}{% endif %}{% endfor %}"] = "-aa",
      ["{% for x in list %}{% for y in list %}{{ q | default(value='-') }}{% set_global q = y %}"
      .. "{% endfor %},{% endfor %}"] = "-ab,cab,cab,",
      ["{% for x in list %}{{ q | default(value='-') }}{% for y in empty %}{% else %}"
      .. "{% set_global q = x %}{% endfor %}{% endfor %}"] = "-ab",
      ["{% for x in list %}{{ q | default(value='-') }}{% filter upper %}{% set_global q = x %}"
      .. "{% endfilter %}{% endfor %}"] = "-ab",
      ["{% for x in list %}{% for y in all | default(value=list) %}{{ y }}{% endfor %},"
      .. "{% set_global all = [x] %}{% endfor %}"] = "abc,a,b,",
      ["{% macro m(n) %}{% for x in [1, 2] %}{{ n }}{% set_global n = x %}{% endfor %}"
      .. "{% endmacro %}{{ self::m(n=7) }}"] = "71",
    })
    assert.equal("-ab", (render('{% for x in list %}{% include "i" %}{% set_global q = x %}'
      .. "{% endfor %}", { i = "{{ q | default(value='-') }}" })))
    assert.equal("-ab", (render('{% extends "mid" %}{% block b %}{{ super() }}{% endblock %}', {
      mid = '{% extends "root" %}{% block b %}{% set_global q = x %}{% endblock %}',
      root = "{% for x in list %}{{ q | default(value='-') }}{% filter upper %}"
        .. "{% block b %}{% endblock %}{% endfilter %}{% endfor %}",
    })))
  end)

  it("takes blanks away beside a minus", function()
    check({
      ["a  {{- name -}}  b"] = "aannb", ["a {%- if n -%} x {%- endif -%} b"] = "axb",
      ["{% raw -%} {{ x }} {%- endraw %}"] = "{{ x }}", ["a {#- note -#} b"] = "ab",
      ["{% raw %}{% if %}{% endraw %}"] = "{% if %}",
    })
  end)

  it("filters a block and leaves text alone", function()
    check({
      ["{% filter upper %}a{{ name }}{% for x in list %}{{ x }}{% endfor %}{% endfilter %}b"] =
      "AANNABCb", ["{{ html }}"] = "<b>",
    })
  end)
end)

describe("templates of several files", function()
  it("extend over levels, with super()", function()
    local text = render("{% extends 'b' %}{% block x %}3{{ super() }}{% endblock %}", {
      b = "{% extends 'c' %}{% block x %}2{{ super() }}{% endblock %}{% block y %}Y{% endblock %}",
      c = "<{% block x %}1{% endblock %}|{% block y %}{% endblock %}|{% block z %}Z{% endblock %}>",
    })
    assert.equal("<321|Y|Z>", text)
  end)

  it("extend with super() behind the same text where it is a function", function()
    local loop = "{% for i in [1] %}{% if false %}{{ super() }}{% endif %}{% endfor %}"
    assert.equal("P", (render("{% extends 'b' %}{% block x %}" .. loop
      .. "{{ super() }}{% endblock %}", { b = "{% block x %}P{% endblock %}" })))
  end)

  it("include others, which see what is set around them", function()
    local others = { a = "[{{ name }}{{ x }}{{ loop.index }}]{% set name = 'lost' %}" }
    assert.equal("[anna1][annb2][annc3]ann", (render(
      "{% for x in list %}{% include 'a' %}{% endfor %}{{ name }}", others)))
    assert.equal("", (render("{% include 'no' ignore missing %}")))
    assert.equal("[annq1]", (render("{% for x in ['q'] %}{% include ['no', 'a'] %}{% endfor %}",
      others)))
  end)

  it("import macros, which call macros of their own", function()
    local others = {
      m = "{% import 'k' as k %}{% macro f(a, b='d') %}{{ a }}{{ b }}{{ k::g(x=a) }}"
        .. "{% endmacro f %}",
      k = "{% macro g(x) %}<{{ x }}{% if x < 5 %}{{ self::g(x=x+1) }}{% endif %}>{% endmacro %}",
    }
    assert.equal("3d<3<4<5>>> 4x<4<5>>", (render("{% import 'm' as m %}{{ m::f(a=n) }} "
      .. "{{ m::f(a=4, b='x') }}", others)))
    assert.equal("3D<3<4<5>>>", (render(
      "{% import 'm' as m %}{% set s = m::f(a=n) | upper %}{{ s }}", others)))
  end)

  it("see the same macros in a circle of imports, wherever it is entered", function()
    local others = {
      a = "{% import 'b' as b %}{% import 'c' as c %}{% import 'd' as x %}"
        .. "{% macro f() %}a{{ b::f() }}{% endmacro %}",
      b = "{% import 'a' as a %}{% import 'e' as e %}{% macro f() %}{{ c::f() }}{{ x::f() }}"
        .. "{% endmacro %}",
      c = "{% import 'a' as a %}{% macro f() %}c{{ x::f() }}{% endmacro %}",
      d = "{% macro f() %}d{% endmacro %}",
      e = "{% import 'g' as x %}",
      g = "{% macro f() %}g{% endmacro %}",
    }
    for _, first in ipairs({ "", "{% import 'a' as a0 %}", "{% import 'b' as b0 %}",
      "{% import 'c' as c0 %}", "{% import 'e' as e0 %}" }) do
      for _, calls in ipairs({ "{{ a::f() }}{{ b::f() }}", "{{ b::f() }}{{ a::f() }}" }) do
        local text = render(first .. "{% import 'a' as a %}{% import 'b' as b %}" .. calls, others)
        assert.equal(calls:find("^{{ a") and "acddcdd" or "cddacdd", text, first)
      end
    end
  end)
end)

describe("what is wrong in a template", function()
  local function problem_of(...)
    return (render(...))
  end

  it("is shown with its place and what may be meant", function()
    assert.equal("main:2:4: `nam` is not defined\n  help: did you mean `name`?",
      problem_of("ab\n{{ nam }}"))
    assert.equal("main:1:11: `nested.dep` is not defined\n  help: did you mean `nested.deep`?",
      problem_of("{{ nested.dep.er }}"))
    assert.equal("main:1:11: there is no filter `uper`\n  help: did you mean `upper`?",
      problem_of("{{ name | uper }}"))
    assert.equal("main:1:11: repeated: the argument `n` is missing",
      problem_of("{{ name | repeated }}"))
    assert.matches("^main:1:12: there is no template `hea`\n  help: did you mean `head`%?$",
      problem_of("{% include 'hea' %}", { head = "" }))
    for call, wanted in pairs({
      ["m::gone()"] = "main:1:28: there is no macro `gone` in `m`\n  help: macros there: called, f",
      ["m::caled()"] = "main:1:28: there is no macro `caled` in `m`\n"
        .. "  help: did you mean `called`?",
      ["n::f()"] = "main:1:25: there are no macros `n`: they are not imported here\n"
        .. "  help: known here: m",
      ["other::f()"] = "main:1:25: there are no macros `other`: they are not imported here\n"
        .. "  help: known here: m",
      ["m::called(one=1, tow=2)"] = "main:1:25: the macro `called` needs the argument `two`\n"
        .. "  help: `tow` is none of its arguments: did you mean `two`?",
      ["m::called(one=1)"] = "main:1:25: the macro `called` needs the argument `two`\n"
        .. "  help: its arguments: one, two",
    }) do
      assert.equal(wanted, problem_of("{% import 'm' as m %}{{ " .. call .. " }}",
        { m = "{% macro f() %}{% endmacro %}{% macro called(one, two) %}{% endmacro %}" }))
    end
  end)

  it("is not said to be of a filter that is done", function()
    for source, wanted in pairs({
      ["{{ n % 0 }}"] = "main:1:30: a remainder of a division by zero",
      ["{{ 1 in n }}"] = "main:1:30: `in` looks into a text, an array or an object, not into an "
        .. "integer",
    }) do
      assert.equal(wanted, (problem_of("{{ name | repeated(n=1) }}" .. source)))
    end
  end)

  it("is not said to be of a filter of the file before", function()
    local env = env_of({ main = "{{ name | repeated(n=2) }}" })
    assert.equal("annann", env:render("main", CONTEXT))
    env:close()
    local others, source = {}, {}
    for i = 1, 500 do
      others["t" .. i], source[i] = "", ("{%% import 't%d' as t%d %%}"):format(i, i)
    end
    assert.matches("^main:1:1: more than 500 templates", (problem_of(table.concat(source), others)))
  end)

  it("names the templates that led there", function()
    assert.equal("c:1:4: `no` is not defined\n"
      .. "  called at b:1:12\n  called at main:2:12", problem_of("\n{% include 'b' %}", {
        b = "{% include 'c' %}", c = "{{ no }}" }, { a = 1 }):gsub("\n  help: [^\n]*", ""))
    assert.matches("^m:1:19: .-\n  called at main:1:25$", (problem_of(
      "{% import 'm' as m %}{{ m::f() }}",
      { m = "{% macro f() %}{{ name + 1 }}{% endmacro %}" })))
  end)

  it("is a syntax error before anything is rendered", function()
    for source, wanted in pairs({
      ["{{ a +"] = "main:1:1: this tag is not closed by `}}`",
      ["{{ a + }}"] = "main:1:8: expected a value, found `}}`",
      ["{{ 'abc }}"] = "main:1:4: the text that begins here is not closed",
      ["{{ a | default(value=\"b) }}"] = "main:1:22: the text that begins here is not closed",
      ["{{ 'abc }}\nb\nc = 'd'"] = "main:1:4: the text that begins here is not closed: "
        .. "the next ' is on line 3",
      ["{{ 'abc\n}}'d }}"] = "main:1:4: the text that begins here is not closed: "
        .. "the next ' is on line 2",
      ["{{ 'a b' c }}"] = "main:1:10: expected an operator, a filter or the end, found `c`",
      ["{% if a %}x"] = "main:1:12: `{% if %}` of line 1 is not closed by `{% endif %}`",
      ["a\n{% endif %}"] = "main:2:1: `{% endif %}` cannot stand here",
      ["{% bogus %}"] = "main:1:1: `bogus` is no tag",
      ["{{ }}"] = "main:1:4: expected a value, found `}}`",
      ["{# open"] = "main:1:1: this comment is not closed by `#}`",
      ["{% block a %}{% endblock %}{% block a %}{% endblock %}"] =
      "main:1:37: the block `a` is there twice",
      ["{{ 99999999999999999999 }}"] = "main:1:4: the integer is out of bounds",
    }) do
      local text, problem = render(source)
      assert.is_table(problem, source)
      assert.equal(wanted, text:sub(1, #wanted))
    end
  end)

  it("is an undefined name anywhere but in a condition", function()
    for _, source in ipairs({ "{{ no }}", "{{ no.no }}", "{{ list[9] }}", "{{ list.x }}",
      "{{ name.x }}", "{% for x in list %}{{ x.y }}{% endfor %}",
      "{% macro m(a) %}{{ a.b }}{% endmacro %}{% for x in list %}{{ self::m(a=x) }}{% endfor %}",
      "{% macro m(a) %}{{ a }}{% endmacro %}{% for x in list %}{{ self::m(a=x.y) }}{% endfor %}",
 "{{ no + 1 }}", "{{ 'a' ~ no }}", "{% for x in no %}{% endfor %}",
      "{% set a = no %}", "{{ no == 1 }}", "{{ [no] }}", "{{ no | upper }}" }) do
      local _, problem = render(source)
      assert.matches("is not defined", problem and problem.message or "rendered: " .. source)
    end
  end)
end)

describe("the limits of templates", function()
  local function limited(wanted, ...)
    local _, problem = render(...)
    assert.matches(wanted, problem and problem.message or "it rendered", 1, true)
  end

  it("end circles of includes, macros and parents", function()
    limited("nested more than 64 levels", "{% include 'main' %}")
    limited("nested more than 64 levels", "{% macro f() %}{{ self::f() }}{% endmacro %}"
      .. "{{ self::f() }}")
    limited("extends itself by a circle", "{% extends 'b' %}", { b = "{% extends 'main' %}" })
    limited("steps", "{% macro f(n) %}{% if n < 60 %}{{ self::f(n=n+1) }}{{ self::f(n=n+1) }}"
      .. "{% endif %}{% endmacro %}{{ self::f(n=0) }}")
  end)

  it("end loops, large outputs and texts that double", function()
    limited("steps", ("{% for a in range(end=1000) %}"):rep(3) .. ("{% endfor %}"):rep(3))
    limited("larger than 16 MiB", ("{% for a in range(end=1000) %}"):rep(2) .. ("x"):rep(100)
      .. ("{% endfor %}"):rep(2))
    limited("a text of more than 8 MiB", "{% set s = 'xxxxxxxx' %}" .. ("{% set s = s ~ s %}"):rep(
      40))
    limited("texts of more than 32 MiB", "{% set s = 'xxxxxxxx' %}" .. ("{% set s = s ~ s %}"):rep(
      20) .. ("{% set z = s | upper %}"):rep(3))
    assert.equal(1000000, #(render(
      "{% for a in range(end=1000000) %}x{% endfor %}")))
  end)

  it("end what filters, operators and functions go through", function()
    limited("go through more", "{% for a in range(end=100000) %}{% set s = __tera_context %}"
      .. "{% endfor %}")
    limited("go through more", "{% set l = range(end=100000) %}{% for a in l %}"
      .. "{% if 'x' in l %}{% endif %}{% endfor %}")
    limited("go through more", "{% set l = range(end=100000) %}"
      .. "{% set l2 = range(start=1, end=100000) %}{% for a in l %}"
      .. "{% if l == l2 or l | length == 0 %}{% endif %}{% endfor %}")
  end)

  it("refuse what is nested or chained without end", function()
    limited("nested more than", ("{% if n %}"):rep(70) .. ("{% endif %}"):rep(70))
    limited("nested more than", "{{ " .. ("("):rep(200) .. "1" .. (")"):rep(200) .. " }}")
    limited("operands in a row", "{{ 1" .. (" + 1"):rep(500) .. " }}")
    limited("nested more than", "{{ " .. ("f(x="):rep(200) .. "1" .. (")"):rep(200) .. " }}")
  end)
end)
