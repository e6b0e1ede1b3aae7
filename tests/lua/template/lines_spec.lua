local fs = require("core.fs")
local lines = require("engine.template.lines")
local support = require("tests.e2e.support")
local template = require("engine.template")

--- Renders a file with others beside it; gives its lines as "FILE:LINE < CALLER text".
local function lines_of(source, files, scope)
  local dir = support.tempdir()
  for name, text in pairs(files or {}) do
    support.write(dir .. "/" .. name, text)
  end
  local session <close> = template.open(source, { name = "main", dir = assert(fs.realpath(dir)) })
  local rendered, problems = session:render(scope or {})
  assert(rendered, problems[1] and problems[1].message)
  local trace, problem, by_number = session:trace(rendered)
  support.remove(dir)
  rendered.lines = lines.of(assert(trace, problem and problem.message), by_number)
  local out, texts = {}, {}
  for i, line in ipairs(rendered.lines) do
    local via = {}
    for k, at in ipairs(line.via) do
      via[k] = (" < %s:%d"):format(at.file, at.line)
    end
    out[i] = ("%s:%d%s %s"):format(line.file, line.line, table.concat(via), line.text)
    texts[i] = line.text .. "\n"
  end
  local joined = table.concat(texts)
  assert.equal(rendered.text, rendered.text:sub(-1) == "\n" and joined or joined:sub(1, -2))
  return out, rendered
end

describe("the lines of a traced rendering", function()
  it("come from where they are written", function()
    assert.same({ "main:1 a = 1", "main:2 b = x", "main:3 ", "main:4   c" },
      lines_of("a = 1\nb = {{ x }}\n{# no #}\n  c", nil, { vars = { x = "x" } }))
  end)

  it("of a loop come from its body, each time", function()
    assert.same({ "main:1 ", "main:2 i = 0", "main:1 ", "main:2 i = 1", "main:3 end" },
      (lines_of("{% for i in range(end=2) %}\ni = {{ i }}\n{% endfor %}end")))
  end)

  it("of macros and includes come from these, and tell who called", function()
    assert.same({
      "m:1 < main:2 ", "m:2 < main:2 say = a", "deep:1 < inc:2 < main:2 ",
      "deep:2 < inc:2 < main:2 x",
    }, (lines_of('{% import "m" as m %}\n{{ m::say(word="a") }}{% include "inc" %}', {
      m = "{% macro say(word) %}\nsay = {{ word }}\n{% endmacro %}",
      inc = "{% if true %}\n{%- include 'deep' %}{% endif %}", deep = "\nx",
    })))
  end)

  it("of parents and blocks come from the file that holds them", function()
    assert.same({ "base:1 top", "base:2 base", "main:2 own", "base:3 end" }, (lines_of(
      '{% extends "base" %}{% block b %}{{ super() }}\nown{% endblock %}', {
        base = "top\n{% block b %}base{% endblock %}\nend",
      })))
  end)

  it("of a value with several lines come from its tag", function()
    local out, rendered = lines_of("a\n'''{{ x }}''' # {{ y }}\nz", nil,
      { vars = { x = "1\n2", y = 3 } })
    assert.same({ "main:1 a", "main:2 '''1", "main:2 2''' # 3", "main:3 z" }, out)
    assert.same({ "{{ x }}", "{{ y }}" }, rendered.lines[3].tags)
  end)

  it("of a filter's block come from its tag, with what macros write in it", function()
    assert.same({ "main:1 ", "main:2 ", "main:3 A", "main:3 B", "main:5 c" }, (lines_of(
      "{% macro m() %}b{% endmacro %}\n\n{% filter upper %}a\n{{ self::m() }}{% endfilter %}"
        .. "{# #}\nc")))
  end)

  it("are those of the text without a trace, also where it is drawn or the time", function()
    local source = "{% for i in range(end=3) %}{{ rand_hex(n=8) }} {{ now_ms() }} "
      .. "{{ uuid_v7() }}\n{% endfor %}"
    for _ = 1, 3 do
      local _, rendered = lines_of(source)
      assert.equal(3, #rendered.lines)
    end
  end)

  it("of an empty text are none", function()
    assert.same({}, (lines_of("{# nothing #}")))
  end)
end)
