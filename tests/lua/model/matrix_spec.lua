local combine = require("clnrm.matrix")
local model = require("engine.model")

local STEP = '[[steps]]\nname = "s"\ncommand = ["echo", "%s"]\n'

local function parse(matrix, used, opts)
  local text = "[meta]\nname = 'm'\n" .. matrix .. "\n" .. STEP:format(used or "")
  return select(3, model.parse(text, "/p/m.clnrm.toml", opts)), select(2, model.parse(text, "/p/m"))
end

local function names(matrix, used)
  local suites, list = parse(matrix, used)
  assert.is_table(suites, list[1] and list[1].message)
  local out = {}
  for i, suite in ipairs(suites) do
    out[i] = suite.cell
  end
  return out
end

local function said(matrix, used)
  local suites = parse(matrix, used)
  local out = {}
  for i, suite in ipairs(suites) do
    out[i] = suite.scenarios[1].steps[1].argv[2]
  end
  return out
end

describe("[matrix]", function()
  it("makes each combination, the last list turns fastest", function()
    assert.same({ "a=1,b=x", "a=1,b=y", "a=2,b=x", "a=2,b=y" },
      names("[matrix]\na = [1, 2]\nb = ['x', 'y']", "{{ a }}{{ b }}"))
  end)

  it("gives each cell its values, its name and ids of its own", function()
    local suites = parse("[matrix]\na = [1, 2]", "{{ matrix.a }}")
    assert.equal("/p/m.clnrm.toml[a=1] › m", suites[1].scenarios[1].id)
    assert.equal("a=2", suites[2].scenarios[1].cell)
    assert.equal("/p/m.clnrm.toml", suites[2].scenarios[1].file)
    assert.same({ "1", "2" }, said("[matrix]\na = [1, 2]", "{{ matrix.a }}"))
  end)

  it("takes out what has all the values of an entry of exclude", function()
    assert.same({ "a=1,b=2", "a=2,b=1" }, names(
      "[matrix]\na = [1, 2]\nb = [1, 2]\nexclude = [{ a = 1, b = 1 }, { a = 2, b = 2 }]",
      "{{ a }}{{ b }}"))
    assert.same({ "a=2,b=1", "a=2,b=2" }, names(
      "[matrix]\na = [1, 2]\nb = [1, 2]\nexclude = [{ a = 1 }]", "{{ a }}{{ b }}"))
  end)

  -- The example of GitHub's documentation.
  it("includes as GitHub does", function()
    local text = [[
[matrix]
fruit = ["apple", "pear"]
animal = ["cat", "dog"]
include = [
  { color = "green" },
  { color = "pink", animal = "cat" },
  { fruit = "apple", shape = "circle" },
  { fruit = "banana" },
  { fruit = "banana", animal = "cat" },
] ]]
    assert.same({
      "fruit=apple,animal=cat", "fruit=apple,animal=dog", "fruit=pear,animal=cat",
      "fruit=pear,animal=dog", "fruit=banana", "fruit=banana,animal=cat",
    }, names(text, "{{ matrix.fruit }}"))
    local cells = combine.cells({ names = { "fruit", "animal" }, values = {
      fruit = { "apple", "pear" }, animal = { "cat", "dog" },
    } }, {}, {
      { names = { "color" }, values = { color = "green" } },
      { names = { "color", "animal" }, values = { color = "pink", animal = "cat" } },
      { names = { "fruit", "shape" }, values = { fruit = "apple", shape = "circle" } },
      { names = { "fruit" }, values = { fruit = "banana" } },
      { names = { "fruit", "animal" }, values = { fruit = "banana", animal = "cat" } },
    })
    local values = {}
    for i, cell in ipairs(cells) do
      values[i] = cell.values
    end
    assert.same({
      { fruit = "apple", animal = "cat", color = "pink", shape = "circle" },
      { fruit = "apple", animal = "dog", color = "green", shape = "circle" },
      { fruit = "pear", animal = "cat", color = "pink" },
      { fruit = "pear", animal = "dog", color = "green" },
      { fruit = "banana" },
      { fruit = "banana", animal = "cat" },
    }, values)
  end)

  it("refuses an entry of include that is a cell already", function()
    local suites, list = parse("[[matrix.include]]\ndb = 'pg'\n[[matrix.include]]\ndb = 'pg'",
      "{{ db }}")
    assert.is_nil(suites)
    assert.same({ "R011", 5 }, { list[1].code, list[1].line })
  end)

  it("may be a list of include alone", function()
    assert.same({ "db=pg,port=1", "db=my,port=2" }, names(
      "[[matrix.include]]\ndb = 'pg'\nport = 1\n[[matrix.include]]\ndb = 'my'\nport = 2",
      "{{ db }}{{ port }}"))
  end)

  it("shows long and odd values shortened, and names no two cells alike", function()
    local got = names("[matrix]\na = ['x,y=z]', 'x_y_z_', '" .. ("l"):rep(100) .. "', '"
      .. ("l"):rep(99) .. "', '1', 1, 1.0, '', ' ', 'ü 漢']", "{{ a }}")
    local seen = {}
    for _, name in ipairs(got) do
      assert.is_nil(seen[name], name)
      seen[name] = true
      assert.is_true(#name <= 40, name)
      assert.is_nil(name:sub(3):find("[,=%[%]]"), name)
    end
    assert.equal("a=ü 漢", got[10])
    assert.matches("^a=x_y_z_~%x%x%x%x$", got[1])
    assert.equal("a=x_y_z_", got[2])
  end)

  it("names tables by their name, or their place", function()
    assert.same({ "db=pg", "db=my" }, names("[matrix]\ndb = [{ name = 'pg' }, { name = 'my' }]",
      "{{ db.name }}"))
    assert.same({ "db=#1", "db=#2" }, names("[matrix]\ndb = [{ v = 1 }, { v = 2 }]", "{{ db.v }}"))
  end)

  it("names lists by their place, also empty ones", function()
    assert.same({ "a=#1", "a=#2", "a=2020-01-01" },
      names("[matrix]\na = [[], [1], 2020-01-01]", "{{ a }}"))
  end)

  it("is refused when it is too large, before any cell is made", function()
    local list = {}
    for i = 1, 318 do
      list[i] = i
    end
    local values = "[" .. table.concat(list, ",") .. "]"
    local suites, problems = parse(("[matrix]\na = %s\nb = %s"):format(values, values),
      "{{ a }}{{ b }}")
    assert.is_nil(suites)
    assert.equal(1, #problems)
    assert.same({ "R012", 3 }, { problems[1].code, problems[1].line })
  end)

  it("is refused when its cells take too many steps together", function()
    for loop, wanted in pairs({
      ["{% for i in range(end=190000) %}{% endfor %}"] = "the cells of the file together take more",
      ["{% for i in range(end=90000) %}{% endfor %}"] = "none",
      ["{% for i in range(end=40000) %}{% if i | abs > 1 %}{% endif %}{% endfor %}"] =
        "filters, tests and functions of all cells go through more values than a file may",
      ["{% for i in range(end=9) %}{% set x = s | upper %}{% endfor %}"] =
        "the cells of the file make texts of more than 32 MiB together",
    }) do
      local matrix = ("[vars]\ns = '%s'\n[matrix]\na = [1, 2, 3, 4, 5, 6, 7, 8, 9]\n%s"):format(
        ("x"):rep(500000), loop .. "# {{ s | length }}")
      local suites, problems = parse(matrix, "{{ a }}")
      local first = problems[1]
      assert.equal(wanted, first and first.message:sub(1, #wanted) or "none", loop)
      assert.equal(first == nil, suites ~= nil)
      assert.is_true(not first or first.code == "R006" and first.line == 7
        and first.help:find("split the file", 1, true) ~= nil)
    end
  end)

  it("is refused when its cells run too many tags together", function()
    local list = {}
    for i = 1, 1000 do
      list[i] = i
    end
    local matrix = ("[matrix]\na = [%s]\n# %s"):format(table.concat(list, ","),
      ("{{ a }}"):rep(1200))
    local suites, problems = parse(matrix, "{{ a }}")
    assert.is_nil(suites)
    assert.same({ "R006", 3 }, { problems[1].code, problems[1].line })
    assert.matches("the cells of the file together take more", problems[1].message)
  end)

  it("is refused when its cells read a large matrix too often", function()
    local list, entries = {}, {}
    for i = 1, 500 do
      list[i], entries[i] = i, ("{ a = %d, b = 1 }"):format(i)
    end
    local matrix = ("[matrix]\na = [%s]\ninclude = [%s]"):format(table.concat(list, ","),
      table.concat(entries, ","))
    local suites, problems = parse(matrix, "{{ a }}{{ b }}")
    assert.is_nil(suites)
    assert.same({ "R006", 3 }, { problems[1].code, problems[1].line })
  end)

  it("is refused when its cells have too many values together", function()
    local opts = { suites = require("engine.model.cache") } -- a cell that is known counts, too
    local matrix = "[matrix]\na = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\n"
    local function step(count)
      return '[[steps]]\nname = "{{ a }}"\ncommand = ["ls"' .. (', "a"'):rep(count) .. "]\n"
    end
    for _ = 1, 3 do
      local text = "[meta]\nname = 'm'\n" .. matrix .. step(5500)
      local suite, problems = model.parse(text, "/p/m.clnrm.toml", opts)
      assert.is_true(suite == nil)
      assert.same({ "P006", "the cells of a file have so many together: split the file" },
        { problems[1].code, problems[1].help })
    end
    assert.equal(10, #parse(matrix .. step(4500), ""))
  end)

  it("holds a thousand cells", function()
    local list = {}
    for i = 1, 1000 do
      list[i] = i
    end
    assert.equal(1000, #parse("[matrix]\na = [" .. table.concat(list, ",") .. "]", "{{ a }}"))
  end)

  it("that is used nowhere is run, with a warning", function()
    local suites, list = parse("[matrix]\na = [1, 2]\n[vars]\nv = 1")
    assert.equal(2, #suites)
    assert.same({ "R013", "warning", "R013" }, { list[1].code, list[1].severity, list[2].code })
    assert.is_nil(model.parse("[meta]\nname='m'\n[vars]\nv=1\n" .. STEP:format(""), "/p/m",
      { strict = true }))
  end)
end)

describe("what is wrong in a file with cells", function()
  local TEXT = [==[
[meta]
name = "m"
[matrix]
word = ["a", "a much longer word than its tag"]
n = [1, "x"]
[[steps]]
name = "{{ matrix.word }}"
command = ["echo", "{{ matrix.word }}"]
timeout = {{ n }}
expected_exit_cod = 1
]==]

  it("is told where it stands in the source, once, with its cells", function()
    local suite, list = model.parse(TEXT, "/p/m.clnrm.toml")
    assert.is_nil(suite)
    assert.equal(2, #list)
    local value, key = list[1], list[2]
    assert.same({ "P026", 9, 11 }, { value.code, value.line, value.column })
    assert.equal("{{ n }}", TEXT:sub(value.offset + 1, value.offset + value.length))
    assert.equal("`n` is `x`", value.notes[1])
    assert.matches("^in 2 of 4 cells: word=a,n=x, word=a much", value.notes[2])
    assert.same({ "P101", 10, 1 }, { key.code, key.line, key.column })
    assert.equal("expected_exit_cod", TEXT:sub(key.offset + 1, key.offset + key.length))
    assert.same({ "in all 4 cells" }, key.notes)
  end)

  it("gives checks and steps their places in the source", function()
    local text = TEXT:gsub("n = %[1, \"x\"%]", "n = [1]"):gsub("expected_exit_cod = 1",
      'expect.stdout.equals = "{{ word }}\\n"')
    local suites = select(3, model.parse(text, "/p/m.clnrm.toml"))
    for _, suite in ipairs(suites) do
      local step = suite.scenarios[1].steps[1]
      assert.equal(6, step.line)
      local check = step.checks[2].pos or step.checks[2].at
      assert.equal('"{{ word }}\\n"', text:sub(check.offset + 1, check.offset + check.length))
    end
    assert.equal(text, suites[1].text)
  end)

  it("finds places behind tags at random", function()
    math.randomseed(7)
    for _ = 1, 200 do
      local parts = { "[meta]\nname = 'm'\n[vars]\nv = '" .. ("x"):rep(math.random(0, 30))
        .. "'\nw = ''\n[[steps]]\nname = 's'\ncommand = ['true'" }
      for _ = 1, math.random(1, 6) do
        parts[#parts + 1] = math.random() < 0.5 and ", '{{ v }}{{w}}'" or ',\n"{{ w }}ü{{v}}" '
      end
      local wrong = table.concat(parts) .. "]\nwrong = 1\n"
      local _, list = model.parse(wrong, "/p/m")
      assert.equal(1, #list)
      assert.equal("wrong", wrong:sub(list[1].offset + 1, list[1].offset + list[1].length))
      assert.equal(select(2, wrong:gsub("\n", "")), list[1].line)
    end
  end)
end)

describe("clnrm.matrix", function()
  it("compares by kind and value", function()
    assert.is_true(combine.same({ a = { 1 } }, { a = { 1 } }))
    for _, pair in ipairs({ { 1, 1.0 }, { 1, "1" }, { { 1 }, { 1, 2 } }, { { a = 1 }, {} } }) do
      assert.is_false(combine.same(pair[1], pair[2]))
      assert.is_false(combine.same(pair[2], pair[1]))
    end
  end)

  it("makes cases, sorted by name", function()
    local cases = combine.cases({
      n = { 1, 2 }, db = { "pg" }, include = { { db = "my" } }, exclude = { { n = 2 } },
    })
    assert.same({ { name = "db=pg,n=1", db = "pg", n = 1 }, { name = "db=my", db = "my" } }, cases)
  end)
end)
