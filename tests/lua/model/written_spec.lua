--- Who wrote what is wrong: an include, a parent, a macro, each with its own file and line.
local fs = require("core.fs")
local lfs = require("lfs")
local linter = require("engine.lint")
local model = require("engine.model")
local origin = require("engine.template.origin")
local support = require("tests.e2e.support")
local written = require("engine.model.written")

local STEP = '[[steps]]\nname = "%s"\ncommand = ["true"]\n'
local META = '[meta]\nname = "m"\n'

describe("what is wrong in a rendered text", function()
  local dir, traced, new

  before_each(function()
    dir = assert(fs.realpath(support.tempdir()))
    traced, new = 0, origin.new
    origin.new = function(...)
      traced = traced + 1
      return new(...)
    end
  end)

  after_each(function()
    origin.new = new
    support.remove(dir)
  end)

  local function write(files)
    for name, text in pairs(files) do
      lfs.mkdir(dir .. "/" .. (name:match("^(.*)/") or ""))
      support.write(dir .. "/" .. name, text)
    end
  end

  local function options(file)
    return { file = file, project_dir = dir, caches = false }
  end

  --- Each diagnostic in one line: its place and code, then who wrote it.
  local function lines(list)
    local out = {}
    for i, d in ipairs(list) do
      out[i] = ("%s:%d:%d %s"):format(d.file, d.line, d.column, d.code)
      for _, other in ipairs(d.related or {}) do
        out[i] = ("%s < %s %s:%d:%d+%d"):format(out[i], other.message, other.file, other.line,
          other.column, other.length)
      end
    end
    return out
  end

  local function told(text, files, file)
    write(files)
    file = file or "a.clnrm.toml"
    local _, list = model.parse(text, dir .. "/" .. file, options(file))
    return lines(list), list
  end

  it("is told at the lines of the include, each by itself", function()
    assert.same({
      "a.clnrm.toml:3:1 P101 < written here i.tera:4:1+5",
      "a.clnrm.toml:3:1 P104 < written here i.tera:5:1+9",
      "a.clnrm.toml:3:1 P104 < written here i.tera:7:1+9",
    }, (told(META .. '{% include "i.tera" %}\n', {
      ["i.tera"] = STEP:format("a") .. "wrong = 1\n"
        .. ('[[steps]]\ncommand = ["true"]\n'):rep(2),
    })))
  end)

  it("is told at the lines of the parent, and of what that includes", function()
    assert.same({
      "a.clnrm.toml:1:1 P101 < written here base.tera:3:1+6",
      "a.clnrm.toml:1:1 P101 < written here lib/i.tera:4:1+4 < called here base.tera:4:1+26",
      "a.clnrm.toml:4:1 P101",
    }, (told('{% extends "base.tera" %}\n{% block own %}' .. STEP:format("own"):gsub("\n.*", "\n")
      .. 'name = "own"\noops = 1\ncommand = ["true"]\n{% endblock %}', {
      ["base.tera"] = META .. 'vrsion = "1"\n{% include "lib/i.tera" %}\n{% block own %}'
        .. "{% endblock %}",
      ["lib/i.tera"] = STEP:format("i") .. "oops = 2\n",
    })))
  end)

  it("is told at the macro, for each call of it", function()
    local macro = "{% macro step(n) %}" .. STEP:format("{{ n }}") .. "oops = 1\n{% endmacro %}"
    assert.same({
      "a.clnrm.toml:4:1 P101 < written here m.tera:4:1+4",
      "a.clnrm.toml:5:28 P101 < written here m.tera:4:1+4",
    }, (told('{% import "m.tera" as m %}\n' .. META .. '{{ m::step(n="a") }}\n'
      .. '{% for i in range(end=3) %}{{ m::step(n=i) }}{% endfor %}', { ["m.tera"] = macro })))
  end)

  it("is told at a macro of its own file, and at a macro that another one calls", function()
    assert.same({ "a.clnrm.toml:4:1 P101 < written here a.clnrm.toml:1:20+4 "
        .. "< called here a.clnrm.toml:2:37+11" },
      (told("{% macro inner() %}oops = 1\n{% endmacro %}{% macro outer() %}{{ self::inner() }}"
        .. "{% endmacro %}" .. META .. "{{ self::outer() }}\n" .. STEP:format("s"), {})))
  end)

  it("is told of errors of TOML, and of a value that a tag of the include gave", function()
    assert.same({ "a.clnrm.toml:3:1 P026 < written here i.tera:2:8+1" },
      (told(META .. '{% include "i.tera" %}', { ["i.tera"] = "[[steps]]\nname = = 1\n" })))
    assert.same({ "a.clnrm.toml:3:1 P102 < written here i.tera:4:15+11" },
      (told(META .. '{% include "i.tera" %}',
        { ["i.tera"] = STEP:format("a") .. "description = {{ 1 + 1 }}\n" })))
  end)

  it("is told of what cannot be rendered, and by which templates it came there", function()
    local got, list = told(META .. '{% include "lib/one.tera" %}', {
      ["lib/one.tera"] = 'a = 1\n{% include "two.tera" %}', ["two.tera"] = "\n  {{ nope }}",
    })
    assert.same({ "a.clnrm.toml:3:12 R002 < `nope` is not defined two.tera:2:6+4 "
      .. "< called here lib/one.tera:2:12+1" }, got)
    assert.is_nil(list[1].notes)
    list = select(2, told('{% import "_macros.toml.tera" as m %}\n' .. META
      .. "{{ m::attrs(pairs=1) }}", {}))
    assert.matches("%(_macros.toml.tera:%d+:%d+%)$", list[1].notes[1])
  end)

  it("is told with the path that its file is found by", function()
    assert.same({ "sub/a.clnrm.toml:3:1 P101 < written here sub/i.tera:1:1+4" },
      (told(META .. '{% include "i.tera" %}\n' .. STEP:format("s"), { ["sub/i.tera"] = "oops = 1" },
        "sub/a.clnrm.toml")))
    assert.same({ "sub/b.clnrm.toml:3:1 P101 < written here top.tera:1:1+4" },
      (told(META .. '{% include "top.tera" %}\n' .. STEP:format("s"), { ["top.tera"] = "oops = 1" },
        "sub/b.clnrm.toml")))
  end)

  it("is told once for all cells where it is written at one place", function()
    local got, list = told('[matrix]\nx = [1, 2, 3]\n' .. META .. '{% include "i.tera" %}\n', {
      ["i.tera"] = STEP:format("{{ matrix.x }}") .. "all = 1\n{% if matrix.x > 1 %}some = 1{% else "
        .. "%}one = 1{% endif %}\n",
    })
    assert.same({
      "a.clnrm.toml:5:1 P101 < written here i.tera:4:1+3",
      "a.clnrm.toml:5:1 P101 < written here i.tera:5:40+3",
      "a.clnrm.toml:5:1 P101 < written here i.tera:5:22+4",
    }, got)
    local notes = {}
    for i, d in ipairs(list) do
      notes[i] = d.notes[#d.notes]
    end
    assert.same({ "in all 3 cells", "in the cell x=1", "in 2 of 3 cells: x=2, x=3" }, notes)
    assert.equal(3, traced)
  end)

  it("is told of each cell once, however often a loop wrote it there", function()
    local got, list = told('[matrix]\nx = [1, 2]\n' .. META .. '{% include "i.tera" %}\n', {
      ["i.tera"] = "{% for i in range(end=3) %}" .. STEP:format("{{ i }}")
        .. "{% if matrix.x > 1 %}oops = 1\n{% endif %}{% endfor %}",
    })
    assert.same({ "a.clnrm.toml:5:1 P101 < written here i.tera:4:22+4" }, got)
    assert.equal("in the cell x=2", list[1].notes[#list[1].notes])
  end)

  it("is told where the text is drawn, or has the time", function()
    for _ = 1, 3 do
      assert.same({ "a.clnrm.toml:3:1 P101 < written here i.tera:5:1+4" }, (told(META
        .. '{% include "i.tera" %}', { ["i.tera"] = STEP:format("{{ rand_hex(n=8) }}{{ now_ms() }}")
        .. 'env.A = "{{ uuid_v7() }} {{ now_ms() }} {{ ulid() }}"\noops = 1\n' })))
    end
  end)

  it("costs nothing where nothing is wrong, or nobody else can have written it", function()
    local text = META .. '{% include "i.tera" %}\n'
    assert.same({}, (told(text, { ["i.tera"] = STEP:format("a") })))
    assert.same({ "a.clnrm.toml:6:1 P101" }, (told(META .. STEP:format("{{ 1 }}") .. "oops = 1",
      {})))
    assert.equal(0, traced)
  end)

  it("is told without who wrote it, beyond a hundred cells", function()
    local xs, seen = {}, 0
    for i = 1, 150 do
      xs[i] = i
    end
    told("[matrix]\nx = [" .. table.concat(xs, ",") .. "]\n" .. META .. '{% include "i.tera" %}\n',
      { ["i.tera"] = STEP:format("{{ matrix.x }}") .. "oops = 1\n" })
    local _, list = model.parse("[matrix]\nx = [" .. table.concat(xs, ",") .. "]\n" .. META
      .. '{% include "i.tera" %}\n', dir .. "/a.clnrm.toml", options("a.clnrm.toml"))
    for _, d in ipairs(list) do
      seen = seen + (d.related and 1 or 0)
      assert.equal("in all 150 cells", d.notes[#d.notes])
    end
    assert.equal(1, #list)
    assert.equal(1, seen)
    assert.equal(200, traced)
  end)

  it("is told by rules of lint as well", function()
    write({ ["i.tera"] = '[[steps]]\nname = "a"\ncommand = "sleep 5; true"\n' })
    local result = assert(linter.new({ select = { "sleep-in-step" } })):text(
      META .. '{% include "i.tera" %}\n', dir .. "/a.clnrm.toml", options("a.clnrm.toml"))
    assert.same({ "a.clnrm.toml:3:1 L301 < written here i.tera:3:11+15" }, lines(result.list))
  end)

  it("is known of a suite that fails, while its templates are what they were", function()
    local text = META .. '{% include "i.tera" %}\n'
    local step = STEP:format("{{ rand_hex(n=8) }} {{ now_ms() }}")
    write({ ["i.tera"] = step })
    local suite = assert(model.parse(text, dir .. "/a.clnrm.toml", options("a.clnrm.toml")))
    local pos = suite.scenarios[1].steps[1].places.command
    assert.equal(0, traced)
    local related = assert(written.of_suite(suite, pos))
    assert.same({ { message = "written here", file = "i.tera", line = 3, column = 11,
      offset = step:find("[\"true", 1, true) - 1, length = 8 } }, related)
    assert.same(related, written.of_suite(suite, pos))
    assert.equal(1, traced)
    suite = assert(model.parse(text, dir .. "/a.clnrm.toml", options("a.clnrm.toml")))
    write({ ["i.tera"] = "\n" .. STEP:format("changed") })
    assert.is_nil(written.of_suite(suite, suite.scenarios[1].steps[1].places.command))
  end)

  it("is known of a hundred suites of each run", function()
    local text = '[meta]\nname = "a"\n{% include "i.tera" %}\n'
    write({ ["i.tera"] = "\n" .. STEP:format("true") })
    local function asked()
      local suite = assert(model.parse(text, dir .. "/a.clnrm.toml", options("a.clnrm.toml")))
      return written.of_suite(suite, suite.scenarios[1].steps[1].places.command)
    end
    written.begin_run()
    for _ = 1, 100 do
      assert.is_table(asked())
    end
    assert.is_nil(asked())
    written.begin_run()
    assert.is_table(asked())
  end)
end)
