--- Templates: what is formatted around tags, and which files are left as they are.
local documents = dofile((os.getenv("CLNRM_ROOT") or ".") .. "/tests/tools/toml_documents.lua")
local fmt = require("engine.fmt")
local toml = require("core.toml")

local function result(text)
  return fmt.format(text, "x.toml.tera", { verify = true })
end

--- What a template becomes; formatting twice is the same as once.
local function becomes(expected, text)
  local got = result(text)
  assert.equal(expected, got.text or (got.note or got.bug or got.problems[1]).message)
  assert.equal(expected, result(expected).text)
end

--- That a template is left as it is, and where the tag or the error stands.
local function is_left(text, line, column)
  local got = result(text)
  assert.is_nil(got.text)
  assert.is_nil(got.bug and got.bug.message)
  assert.equal("F010", got.note.code, text)
  assert.equal("note", got.note.severity)
  assert.same({ line, column }, { got.note.line, got.note.column }, got.note.message)
  return got.note.message
end

describe("a template", function()
  it("may give a key in each of many branches, and have as many tags for keys", function()
    becomes(("{% if x %}\na = 1\n{% else %}\na = 2\n{% endif %}\n"):rep(150),
      ("{% if x %}\na=1\n{% else %}\na=2\n{% endif %}\n"):rep(150))
    becomes(("{{ k }} = 1\n"):rep(150), ("{{ k }}=1\n"):rep(150))
  end)

  it("that is no TOML is told with the tags that it has", function()
    assert.matches('found ":\'{{ x }}{{ a%-long%.name | upper }}"$',
      is_left("[:'{{ x }}{{ a-long.name | upper }} 1", 1, 2))
    assert.matches("no TOML: the string is not closed",
      is_left('{{ aaaa }} = 1\n{{ bbbb }} = 2\nx = "', 3, 5)) -- not that a key is there twice
  end)

  it("is formatted around tags that are values, keys, or parts of them", function()
    becomes("a = {{ x }}\nb = 80{{ n }}\nc = {{ a }}{{ b }}\n",
      "a={{ x }}\nb  =80{{ n }}\nc={{ a }}{{ b }}")
    becomes("{{ k }} = 1\nk{{ i }}.x = 1\n[services.{{ s }}]\n[[{{ t }}]]\n",
      "  {{ k }}=1\nk{{ i }} . x=1\n[ services.{{ s }} ]\n[[{{ t }}]]")
    becomes("a = [{{ x }}, {{ y }}]\nt = { a = {{ x }} }\n", "a=[{{ x }},{{ y }}]\nt={a={{ x }}}")
  end)

  it("keeps tags in texts and comments as they are", function()
    becomes('a = "{{ env(name="A", default=\'x}}\') }}"\n# {{ b }}\n',
      'a="{{ env(name="A", default=\'x}}\') }}"\n  # {{ b }}')
    becomes('c = """\n{% if x %}\n  y\n{% endif %}"""\n',
      'c="""\n{% if x %}\n  y\n{% endif %}"""')
  end)

  it("has control blocks on lines of their own, untouched", function()
    becomes("{% for s in list -%}\n[[steps]]\nname = \"{{ s }}\"\n{%- if s %}\nx = 1\n"
      .. "{% else %}\nx = 2\n{% endif %}\n{%endfor%}\n",
      "{% for s in list -%}\n  [[steps]]\n  name=\"{{ s }}\"\n    {%- if s %}\n  x=1\n"
      .. "{% else %}\n  x=2\n{% endif %}\n{%endfor%}")
    becomes("{{ m::span(name=\"a\") }}\n{% set x = 1 %}\n{# a note\n  over lines #}\n",
      "  {{ m::span(name=\"a\") }}\n {% set x = 1 %}\n {# a note\n  over lines #}\n")
    becomes("a = 1 {# why #}\n", "a=1   {# why #}  ")
    becomes("a = 1 {# why #} # because\n", "a=1   {# why #} # because")
  end)

  it("has blocks inside arrays", function()
    becomes('a = [\n  "x",\n  {% if y %}\n  "y",\n  {% endif %}\n  {{ z }},\n]\n',
      'a = ["x",\n{% if y %}\n"y",\n{% endif %}\n{{ z }}, ]')
    becomes("a = [{% for p in ports %}{{ p }}, {% endfor %}]\n",
      "a=[ {% for p in ports %}{{ p }}, {% endfor %} ]")
    becomes("a = {% if x %} \"p\" {% else %} [1,2] {% endif %}\n",
      "a  = {% if x %} \"p\" {% else %} [1,2] {% endif %}")
  end)

  it("has tags alone on their lines as elements", function()
    becomes("a = [\n  {{ x }}\n]\nb = [\n  1,\n  {{ y }}\n]\n",
      "a=[\n{{ x }}\n]\nb=[1,\n{{ y }}\n]")
  end)

  it("takes raw blocks whole", function()
    becomes("{% raw %}\n  {{ no  tag\n{% endraw %}\na = 1\n",
      "{% raw %}\n  {{ no  tag\n{% endraw %}\na=1")
    becomes('a = "{% raw %}{{ x }}{% endraw %}"\n', 'a="{% raw %}{{ x }}{% endraw %}"')
  end)

  it("keeps each byte of macros, blocks and filters, for they may land in a string", function()
    for _, block in ipairs({
      '{% macro kv(x="%}") %}\nA=1\nB="x"\n{% if x %}\nC=[ 1,2 ]\n{% endif %}\n{% endmacro kv %}',
      "{% block b %}\nA=1\n{% filter upper -%}\nb=2\n{% endfilter %}\n c=3\n{% endblock b %}",
      '{%- filter replace(from="=1", to="=2") %}\n[ a ]\nb=1   # don\'t\n{% endfilter %}',
      "{% macro half() %}\nx='''\n{% endmacro half %}", -- its text lands elsewhere
    }) do
      becomes(block .. "\na = 1\n", block .. "\na=1")
    end
    becomes("a = '''{{ self::kv() }}'''\n{% macro kv() %}A=1{% endmacro %}\n",
      "a='''{{ self::kv() }}'''\n{% macro kv() %}A=1{% endmacro %}")
    becomes("a = {% filter upper %}'b'{% endfilter %}\n", "a={% filter upper %}'b'{% endfilter %}")
  end)

  it("is left as it is where a block begins a string that ends outside of it", function()
    is_left("{% raw %}a = '''{% endraw %}\nb=1\n{% raw %}'''{% endraw %}\n", 1, 1)
    is_left("c=1\n{% block x %}a = '''{% endblock %}\nb=1\n{% block y %}'''{% endblock %}\n", 2, 1)
    is_left("{% filter upper %}\na = '''\n{% endfilter %}\nb=1\n'''\n", 1, 1)
    is_left("{% macro x() %}\na=1\n{% endif %}\n", 1, 1)
  end)

  it("joins no lines on which tags stand", function()
    becomes("a = [\n  {{ x }},\n  {{ y }},\n]\n", "a = [{{ x }},\n{{ y }}, ]")
  end)

  it("gets no comma behind what may become nothing, or end in one", function()
    becomes("a = [\n  {{ x }},\n  {{ y }}\n]\n", "a = [{{ x }},\n{{ y }} ]")
    becomes("a = [ # c\n  1,\n  {% if n %}2{% endif %}\n]\n",
      "a = [ # c\n  1, {% if n %}2{% endif %} ]")
    becomes("a = [ # c\n  1,\n  {# x #}\n]\n", "a = [ # c\n  1, {# x #} ]")
    becomes("a = [\n  {% for i in l %}{{ i }},{% endfor %}\n]\n",
      "a = [\n{% for i in l %}{{ i }},{% endfor %} ]")
    local long = ('"%s"'):format(("x"):rep(100))
    becomes("a = [\n  " .. long .. ",\n  {% for i in l %}{{ i }},{% endfor %}\n]\n",
      "a = [" .. long .. ", {% for i in l %}{{ i }},{% endfor %}]")
    becomes("a = [\n  {% for i in l %}\n  {% if not loop.first %},{% endif %}\n  '{{ i }}'\n"
      .. "  {% endfor %}\n]\n",
      "a = [\n{% for i in l %}\n{% if not loop.first %},{% endif %}\n'{{ i }}'\n{% endfor %}\n]")
  end)

  it("gets one behind a text with a tag in it", function()
    becomes('a = [\n  "b", # c\n  "{{ x }}",\n]\n', 'a = ["b", # c\n"{{ x }}"]')
  end)

  it("is left as it is where tags change its structure", function()
    is_left("a = [\n{% if x %}\n1]\n{% endif %}\n", 4, 1)
    is_left("{% if x %}\na = [\n{% endif %}\n1,\n{% if x %}\n]\n{% endif %}\n", 3, 1)
    is_left("a = [1\n{% for x in y %}\n, 2\n{% endfor %}\n]\n", 2, 1)
    is_left("a = [\n  1\n  {% if x %}, 2{% endif %}\n]\n", 3, 3)
    is_left("a = [\n  1\n  {% block more %}{% endblock %}\n]\n", 3, 3)
    is_left('a = [{% if x %}"b", {% endif %} "c"]\n', 1, 33)
    is_left('a = "{% if x %}b\nc = "{% endif %}"\n', 1, 5)
    is_left("a = 1\n{% endif %}\n", 2, 1)
    is_left("{% if x %}\na = 1\n", 1, 1)
    is_left("a = 1\nb = {{ x \n", 2, 5)
    is_left("a = '{% if x %}'\nb = '{% endif %}'\n", 2, 6)
    is_left("a = [1 {{ x }}\n]\n", 1, 8) -- which may render to ", 2"
    is_left("a = [\n1 # c\n{% include 'x' %}\n]\n", 3, 1)
    assert.matches("is no TOML", is_left("a = = {{ x }}\n", 1, 5))
  end)

  it("is left as it is where a text may be in a comment in one rendering only", function()
    is_left("a = [\n  # {{ n -}}\n  'b', 'c',\n]\n", 2, 5)
    is_left("a = [ # c\n  {%- set x = 1 -%}\n  'b', 'c',\n]\n", 2, 3)
    is_left("a = [ # c\n  {#- c -#}\n  'b', 'c',\n]\n", 2, 3)
    is_left("a = [ # c\n  {%- if n -%}\n  'b', 'c',\n  {% endif %}\n]\n", 2, 3)
    is_left("a = [\n  # {% if on %}\n  'b',\n  {% endif -%}\n  'c', 'd',\n]\n", 4, 3)
    is_left("a = [\n{% for i in l -%}\n  'b', 'c',\n  # c\n{%- endfor %}\n]\n", 2, 1)
    is_left("a = [\n{% filter upper %}# c\n{%- endfilter -%}\n  'b', 'c',\n]\n", 2, 1)
    is_left("a = [\n{% raw %}# c\n{%- endraw -%}\n  'b', 'c',\n]\n", 2, 1)
    is_left("a = [ # c\n  {{- n }},\n  'b', 'c',\n]\n", 2, 3)
    is_left("{% if on %}# {% endif %}a = 1\n", 1, 14)
  end)

  it("is formatted where only the end of a comment's line is moved", function()
    becomes("a = 1 # c\n{%- if on %}\nb = 2\n{%- endif %}\n# d\n{%- set x = 1 -%}\n# e\n",
      "a=1 # c\n{%- if on %}\nb=2\n{%- endif %}\n# d\n{%- set x = 1 -%}\n# e\n")
    becomes("#{% if on %}\na = 1\n#{% endif %}\n{% for i in l -%}\n# {{ i }}\n{% endfor %}\n",
      "#{% if on %}\na=1\n#{% endif %}\n{% for i in l -%}\n# {{ i }}\n{% endfor %}\n")
    becomes("a = '#' {#- c -#}\n# c {%- if on %} d {%- endif %}\n{#-#}\nb = 1\n",
      "a='#' {#- c -#}\n# c {%- if on %} d {%- endif %}\n{#-#}\nb=1\n")
  end)

  it("is formatted behind a raw block that keeps the end of its comment", function()
    becomes("{% raw -%}\n# r\n{% endraw -%}\n[[steps]]\na = 1\n",
      "{% raw -%}\n# r\n{% endraw -%}\n[[steps]]\na=1\n")
    becomes("{% raw %}\n# {{- r -}}\n{% endraw -%}\na = 1\n",
      "{% raw %}\n# {{- r -}}\n{% endraw -%}\na=1\n")
    is_left("{% raw -%}\n# r\n{%- endraw -%}\na=1\n", 1, 1)
    is_left("{% filter upper -%}\n# r\n{%- endfilter -%}\na=1\n", 1, 1)
  end)

  it("may give a key in each branch of a block", function()
    becomes("{% if x %}\n[a]\nb = 1\n{% else %}\n[a]\nb = 2\n{% endif %}\n",
      "{% if x %}\n[a]\nb=1\n{% else %}\n[a]\nb=2\n{% endif %}")
  end)

  it("renders to the same values as before, whatever it is", function()
    local tried = 0
    for seed = 1, 400 do
      local plain = documents.make(seed)
      if not plain:find("fmt o") then
        local n = 0
        --- Puts tags into places where a value, a comment or a line may stand.
        local text = plain:gsub("true", "{{ yes }}"):gsub("\n([%w_'\"-])", function(first)
          n = n + 1
          return n % 3 == 0 and "\n  {% if on %}\n" .. first or "\n" .. first
        end)
        text = text .. ("\n{% endif %}"):rep(n // 3)
        local function rendered(s)
          return (s:gsub("{%%[^%%]*%%}", ""):gsub("{{ yes }}", "true"))
        end
        local got = result(text)
        assert.is_nil(got.bug and got.bug.message)
        if got.text then
          tried = tried + 1
          assert.is_true(toml.same(rendered(text), rendered(got.text), { loose = true }), text)
          assert.equal(got.text, result(got.text).text)
        end
      end
    end
    assert.is_true(tried > 100, tried)
  end)
end)
