--- [vars], [matrix] and [determinism], which are read before the tags: however they are spelt, they
--- are found, and tags in them, or tags that make them, are told.
local model = require("engine.model")

--- The places at which tags in [vars] are refused: "line:column …".
local function refused(vars)
  local _, list = model.parse('[meta]\nname = "{{ svc }}"\n' .. vars, "/p/t.clnrm.toml",
    { file = "t.clnrm.toml", project_dir = "/p" })
  local places = {}
  for _, d in ipairs(list) do
    if d.code == "R004" then
      places[#places + 1] = d.line .. ":" .. d.column
    end
  end
  return table.concat(places, " ")
end

describe("a tag in [vars] is refused", function()
  it("in a value and in a key", function()
    assert.equal("4:6", refused('[vars]\na = "{{ x }}"\n'))
    assert.equal("4:2", refused('[vars]\n"{{ x }}" = 1\n'))
    assert.equal("4:6 5:7", refused('[vars]\na = "{{ x }}"\nb = "b{{ y }}"\n'))
  end)

  it("in a list, in a list within it and in a table within it", function()
    assert.equal("4:12", refused('[vars]\na = ["1", "{{ x }}"]\n'))
    assert.equal("4:8", refused('[vars]\na = [["{{ x }}"], []]\n'))
    assert.equal("5:15", refused('[vars]\na = [1,\n  { b = 2, c="{{ x }}" }]\n'))
  end)

  it("in a table with a header, a dotted key, and tables of a list", function()
    assert.equal("4:6", refused('[vars.a]\nb = "{{ x }}"\n'))
    assert.equal("4:8", refused('[vars]\na.b = "{{ x }}"\n'))
    assert.equal("4:6 6:7", refused('[[vars.a]]\nb = "{{ x }}"\n[[vars.a]]\nb = ["{{ x }}"]\n'))
    assert.equal("5:6", refused('[vars]\n[vars.a.b]\nc = "{{ x }}"\n'))
  end)

  it("and nowhere else", function()
    assert.equal("", refused('[vars]\na = "{ x }"\nb = [1, 2]\n# {{ x }}\n'))
    assert.equal("", refused('[vars]\na = 1 # {{ x }}\n[vars.b]\n'
      .. 'c = 1\n[[steps]]\nname = "{{ vars.a }}"\ncommand = ["true"]\n'))
  end)
end)

local STEP = '\n[[steps]]\nname = "s"\ncommand = ["echo", "%s"]\n'

--- Reads a text with a step that says something.
---@param files? table<string, string> templates by their names
local function read(head, said, files, opts)
  local asked = { file = "t.clnrm.toml", project_dir = "/", caches = false,
    texts = function(path)
      return (files or {})[path:match("[^/]+$")]
    end }
  for key, value in pairs(opts or {}) do
    asked[key] = value
  end
  local suite, list, suites = model.parse(head .. STEP:format(said or ""), "/t.clnrm.toml", asked)
  local words = {}
  for i, one in ipairs(suite and suites or {}) do
    words[i] = one.scenarios[1].steps[1].argv[2]
  end
  return words, list
end

--- What is told of a file: "line:column code message" of each.
local function told(...)
  local lines = {}
  for i, d in ipairs(select(2, read(...))) do
    lines[i] = ("%d:%d %s %s"):format(d.line, d.column, d.code, d.message)
  end
  return table.concat(lines, "\n")
end

local META = '\n[meta]\nname = "m"\n'

local UUID = "{{ uuid_v4() }}"

describe("a table that is read before the tags", function()
  local PORT = "{{ matrix.port | default(value='none') }}"

  it("is found in any spelling, whatever tags there are", function()
    for _, head in ipairs({
      '[matrix]\nport = ["1", "2"]' .. META,
      '\239\187\191[matrix]\nport = ["1", "2"]' .. META,
      'matrix.port = ["1", "2"]' .. META,
      '\239\187\191matrix.port = ["1", "2"]' .. META,
      'meta.name = "m"\n# "matrix"\n"matrix" . port = [ # [x\n  "1",\n  "2"\n]\n',
      'matrix = { port = ["1", "2"] }' .. META,
      'matrix = {\n  port = ["1", "2"],\n}\nmeta = {\n  name = "m"\n}\n',
      "['matrix']\nport = ['1', '2']" .. META,
      META .. '[ "m\\u0061trix" ] # [x]\nport = ["1", "2"]',
      '"m\\U00000061trix".port = ["1", "2"]' .. META,
      META .. '[matrix]\nport = [\n  "1", # "\n  "2"\n]\nexclude = [\n  {port = "3"}\n]\n'
        .. 'include = [\n{port="3"}]',
    }) do
      for _, control in ipairs({ "", "{# c #}", "{% set a = 1 %}" }) do
        local text = head .. "\n" .. control
        if head:find("exclude") then
          assert.matches("R011", told(text, PORT), 1, true) -- all of the list was seen
        else
          assert.same({ "1", "2" }, (read(text, PORT)), text)
        end
      end
    end
  end)

  it("is found in lists of lists, behind texts and behind what is not closed", function()
    for _, head in ipairs({
      META .. '[vars]\na = [\n  ["x", "y"],\n  ["z"]\n]\nb = 1\n{# c #}',
      META .. 'description = """\n[vars]\na = [["n", "n"], ["n"]]\n"""\n{# c #}\n[vars]\n'
        .. 'a = [["x", "y"], ["z"]]\n',
      META .. 'tags = [{% if true %}"a"{% else %}"b", [{% endif %}]\n[vars]\n'
        .. 'a = [["x", "y"], ["z"]]\n',
    }) do
      local words, list = read(head, "{{ vars.a[1][0] }}{{ vars.b | default(value=1) }}")
      assert.same({ "z1" }, words, list[1] and list[1].message)
    end
  end)

  it("gives vars their values, and those that nothing uses are told", function()
    assert.same({ "5" }, (read("vars.x = 5" .. META .. "{# c #}", "{{ vars.x }}")))
    assert.same({ "5" }, (read("vars = { x = 5 }" .. META .. "{# c #}", "{{ x }}")))
    assert.equal("1:6 R013 `x` of [vars] is used nowhere", told("vars.x = 5" .. META .. "{# c #}"))
  end)

  it("gives the seed of what tags draw", function()
    local first = read("[determinism]\nseed = 5" .. META, UUID)
    assert.equal(36, #first[1])
    for _, head in ipairs({ "determinism.seed = 5", "determinism = { seed = 5 }",
      "\239\187\191[determinism]\nseed = 5" }) do
      assert.same(first, (read(head .. META .. "{# c #}", UUID)), head)
    end
  end)
end)

describe("a table that tags make is refused", function()
  local MATRIX = '[matrix]\nport = ["1", "2"]\n'

  it("when an include, a macro, a parent or a value writes it", function()
    local files = { i = MATRIX, m = "{% macro x() %}" .. MATRIX .. "{% endmacro %}",
      b = "[matrix]\nport = ['1']\n{% block a %}{% endblock %}" }
    local message = "R004 [matrix] is read before the tags, and was not found there"
    assert.equal("4:1 " .. message, told(META .. "{% include 'i' %}", "", files))
    assert.equal("4:1 " .. message, told("{% import 'm' as m %}" .. META .. "{{ m::x() }}", "",
      files))
    assert.matches(message, told("{% extends 'b' %}{% block a %}" .. META .. STEP:format("")
      .. "{% endblock %}", "", files), 1, true)
    assert.equal("4:10 " .. message, told(META .. "{{ '[' }}matrix]\nport = ['1', '2']\n", ""))
    for _, name in ipairs({ "vars", "matrix" }) do
      assert.equal(("4:1 R004 [%s] is read before the tags, and was not found there"):format(name),
        told(META .. "{% include 'i' %}", "", { i = ("[%s]\nport = ['1']\n"):format(name) }))
    end
  end)

  it("when they add to it, change it or leave out a part of it", function()
    assert.equal("4:1 R004 `b` of [vars] is read before the tags, and was not found there",
      told("vars.a = 1" .. META .. "{% include 'i' %}", "{{ a }}", { i = "[vars.b]\nx = 1\n" }))
    assert.equal("5:1 R004 `a` of [vars] is read before the tags, and was another one there",
      told(META .. "[vars]\na.x = 1\n{% include 'i' %}", "{{ a.x }}", { i = "a.y = 2\n" }))
    assert.equal("4:2 R004 [vars] is read before the tags, and there was more of it",
      told(META .. "[vars]\na = 1\n{% if false %}\n[vars.b]\n{% endif %}", "{{ a }}{{ vars.b.x "
        .. "| default(value=1) }}"))
  end)

  it("but not when they only leave it out: it was used", function()
    local words = read("{% extends 'b' %}[vars]\na = 'x'\n{% block a %}" .. META .. STEP:format(
      "{{ a }}") .. "{% endblock %}", "", { b = "{% block a %}{% endblock %}" })
    assert.same({ "x" }, words)
  end)

  it("when they drew by another seed than it says", function()
    local message = "R004 `seed` of [determinism] is read before the tags, and these drew by "
      .. "another one"
    local files = { i = "[determinism]\nseed = 5\n" }
    assert.equal("4:1 " .. message, told(META .. "{% include 'i' %}", UUID, files))
    assert.equal("2:1 " .. message, told("[determinism]\nseed = {{ 5 }}" .. META, UUID))
    assert.equal("5:2 " .. message, told(META .. "{% if false %}\n[determinism]\nseed = 5"
      .. "\n{% endif %}", UUID))
    assert.equal("", told(META .. "{% include 'i' %}", UUID, files, { determinism = { seed = 7 } }))
    assert.equal("", told(META .. "{% include 'i' %}", "{{ uuid_v4(seed=1) }}", files))
    assert.equal("", told("[determinism]\nseed = {{ 5 }}" .. META, "{{ svc }}"))
  end)

  it("when they told another time than it says", function()
    local message = "2:1 R004 `freeze_clock` of [determinism] is read before the tags, and these "
      .. "told another time"
    local head = "[determinism]\nfreeze_clock = '{{ freeze_clock }}'" .. META
    assert.equal(message, told(head, "{{ now_rfc3339() }}"))
    assert.equal("", told(head, "{{ now_rfc3339() }}", nil, { determinism = { freeze_ms = 7000 } }))
    assert.equal("", told(head, "{{ svc }}"))
  end)
end)
