-- core.tags.run: programs of plain templates, run in C with the functions that compiled ones call.
local environment = require("engine.template.environment")
local filters = require("engine.template.filters")
local json = require("core.json")
local runtime = require("engine.template.runtime")
local tags = require("core.tags")
local task = require("core.task")
local value = require("engine.template.value")

local FILE = { name = "t", source = "" }

--- The functions of a new environment.
local function functions(given)
  local H, run = runtime.new({ filters = given or filters, ctx = {}, text = value.text,
    nearest = environment.new({ load = print }).nearest })
  runtime.reset(run)
  return H, run
end

--- Runs a template; tells the pieces.
local function run(text, context, H)
  local program = assert(tags.plain(text))
  local out, from = {}, {}
  local n = tags.run(program, H or functions(), FILE, context, out, 0, from)
  assert.equal(n, #out)
  assert.equal(n, #from)
  return table.concat(out, "|"), from
end

--- What a template raises.
local function raised(text, context)
  local ok, why = pcall(run, text, context)
  assert.is_false(ok, text)
  return why
end

describe("plain templates in C", function()
  it("write texts and names, and tell where they came from", function()
    local text, from = run("a{{ x }}b", { x = "1" })
    assert.equal("a|1|b", text)
    assert.same({ 2, 5, 18 }, from)
  end)

  it("write behind the pieces there are", function()
    local out = { "before" }
    assert.equal(2, tags.run(assert(tags.plain("a")), functions(), FILE, {}, out, 1))
    assert.same({ "before", "a" }, out)
  end)

  it("find the steps of objects and lists, and defaults", function()
    local context = { a = { b = { c = "deep" } }, l = { "x", { k = "y" } }, n = json.null }
    assert.equal("deep", (run("{{ a.b.c }}", context)))
    assert.equal("x|y", (run("{{ l.0 }}{{ l.1.k }}", context)))
    assert.equal("none", (run("{{ a.d | default(value='none') }}", context)))
    assert.equal("none", (run("{{ n | default(value='none') }}", context)))
    assert.equal("deep", (run("{{ a.b.c | default(value='none') }}", context)))
  end)

  it("find names where a context has them from", function()
    local context = setmetatable({ y = "2" }, { __index = { x = { z = "1" }, y = "0" } })
    assert.equal("1|2", (run("{{ x.z }}{{ y }}", context)))
  end)

  it("write what is no text as the environment does, and count long texts", function()
    local H, state = functions()
    local long = ("x"):rep(41)
    assert.equal("1|1.5|true|[1, 2]|" .. long, (run("{{ a }}{{ b }}{{ c }}{{ d }}{{ e }}",
      { a = 1, b = 1.5, c = true, d = { 1, 2 }, e = long }, H)))
    assert.equal(3 + 4 + 6 + 41, state.long) -- an integer is a short text
  end)

  it("decide", function()
    local template = "{% if n > 3 %}more{% elif t == 'x' %}x{% elif o %}o{% else %}-{% endif %}"
    assert.equal("more", (run(template, { n = 3.5 })))
    assert.equal("x", (run(template, { n = 3, t = "x" })))
    assert.equal("o", (run(template, { n = 3, t = "", o = { k = 1 } })))
    assert.equal("-", (run(template, { n = 3, t = "", o = {} })))
    assert.equal("no", (run("{% if not o %}no{% endif %}", { o = "" })))
    for sign, is_so in pairs({ ["<"] = "y", ["<="] = "y", [">"] = "n", [">="] = "n", ["=="] = "n",
      ["!="] = "y" }) do
      assert.equal(is_so, (run(("{%% if n %s 3 %%}y{%% else %%}n{%% endif %%}"):format(sign),
        { n = 2 })), sign)
    end
    assert.equal("n", (run("{% if n == 3 %}y{% else %}n{% endif %}", { n = "3" })))
    assert.equal("", (run("{% if n %}y{% endif %}", { n = json.null })))
    assert.equal("", (run("{% if n %}y{% endif %}", { n = json.array({}) })))
  end)

  it("walk lists, objects and texts, in each other", function()
    local template = "{% for k, v in o %}{% for x in v %}{{ k }}{{ loop.index }}{{ x }}"
      .. "{% if loop.last %};{% endif %}{% endfor %}{% endfor %}"
    assert.equal("a|1|x|;|b|1|y|b|2|z|;", (run(template, { o = { b = { "y", "z" }, a = "x" } })))
    assert.equal("", (run(template, { o = { a = json.array({}) } })))
  end)

  it("keep what is set, and what loops give, apart", function()
    assert.equal("1|0|a|1|1|b|1", (run("{% set s = 1 %}{{ s }}{% for x in l %}{{ loop.index0 }}"
      .. "{{ x }}{{ s }}{% endfor %}", { l = { "a", "b" } })))
  end)

  it("raise what compiled ones raise", function()
    for _, text in ipairs({ "{{ x }}", "{{ o.y }}", "{{ x | upper }}", "{% if x > 1 %}{% endif %}",
      "{% if x == 'a' %}{% endif %}", "{% if x == 1 %}{% endif %}", "{% for y in x %}{% endfor %}",
      "{% set y = x %}" }) do
      local why = raised(text, { o = {} })
      assert.is_true(why.undefined, text)
      assert.equal(FILE, why.file)
      assert.is_true(why.at > 1)
    end
    assert.matches("a number is needed here: this is a text",
      raised("{% if x > 1 %}{% endif %}", { x = "2" }).template_error)
    assert.matches("walked", raised("{% for y in x %}{% endfor %}", { x = 1 }).template_error)
    assert.matches("two names", raised("{% for y in x %}{% endfor %}", { x = { a = 1 } })
      .template_error)
    assert.matches("no filter", raised("{{ x | nothing }}", { x = 1 }).template_error)
  end)

  it("call filters that wait, wherever they stand", function()
    local H = functions({
      later = function(_, v, args)
        task.sleep(1)
        return v .. (args.with or "")
      end,
    })
    assert.equal("a!|b|x!|y!", (run("{{ a | later(with='!') }}{% set s = b | later %}{{ s }}"
      .. "{% for x in l %}{{ x | later | later(with='!') }}"
      .. "{% endfor %}", { a = "a", b = "b", l = { "x", "y" } }, H)))
  end)

  it("join what is written, and give it away when it is much", function()
    local list, out = {}, {}
    for i = 1, 3000 do
      list[i] = ("%d"):format(i):rep(10)
    end
    local program = assert(tags.plain("{% for x in l %}{{ x }}{{ x }}-{% endfor %}"))
    local H, state = functions()
    local n, longest = tags.run(program, H, FILE, { l = list }, out, 0)
    local text = table.concat(out[0]) .. table.concat(out, "", 1, n)
    assert.equal(table.concat(list, ""), (text:gsub("(.-)-", function(twice)
      return twice:sub(1, #twice // 2)
    end)))
    assert.is_true(longest <= 65536 and longest > 60000, longest)
    assert.is_true(n <= 1)
    assert.equal(#table.concat(out[0]), state.bytes)
  end)

  it("keep a text that is longer than what is joined as it is", function()
    local long, out = ("x"):rep(70000), {}
    local n = tags.run(assert(tags.plain("a{{ x }}b" .. long .. "{{ x }}c")), functions(), FILE,
      { x = long }, out, 0)
    assert.equal("a" .. long .. "b" .. long .. long .. "c",
      table.concat(out[0] or {}) .. table.concat(out, "", 1, n))
  end)

  it("keep pieces apart where their places are wanted", function()
    local H, state = functions()
    state.keeps_pieces = true
    local list, out, from = {}, {}, {}
    for i = 1, 5000 do
      list[i] = "x"
    end
    local n = tags.run(assert(tags.plain("{% for x in l %}{{ x }}-{% endfor %}")), H, FILE,
      { l = list }, out, 0, from)
    assert.equal(10000, n)
    assert.equal(10000, #from)
  end)

  it("tell whether they walk much", function()
    local program = assert(tags.plain("{% set s = l %}{% for x in s %}{% endfor %}{% if a %}"
      .. "{% for x in o.l %}{% endfor %}{% endif %}"))
    local function walks_more(context)
      return tags.walks_more(program, functions(), FILE, context, 1)
    end
    assert.is_true(walks_more({ o = { l = { 1, 2 } } }))
    assert.is_false(walks_more({ o = { l = { 1 } }, l = { 1, 2 } }))
    assert.is_false(walks_more({ o = "text" }))
    assert.is_false(walks_more({}))
  end)

  it("raise where functions give what they must not", function()
    for name, fn in pairs({ K = setmetatable({}, { __index = function()
      return {}
    end }), P = function()
      return 1, 1
    end, GA = function()
      return -1
    end }) do
      local H = functions()
      H[name] = fn
      assert.has_error(function()
        return tags.run(assert(tags.plain(("{{ x }}{% for y in l %}{{ z }}{% endfor %}"))), H, FILE,
          { x = 1, z = ("z"):rep(40000), l = { 1, 2, 3, 4 } }, {}, 0)
      end, nil, name)
    end
  end)

  it("raise at what is no program, and are not made but by reading", function()
    local program, H = assert(tags.plain("a")), functions()
    for _, arguments in ipairs({
      { {}, H, FILE, {}, {}, 0 }, { io.stdout, H, FILE, {}, {}, 0 },
      { program, H, FILE, {}, {}, -1 },
      { program, 1, FILE, {}, {}, 0 }, { program, H, 1, {}, {}, 0 }, { program, H, FILE, 1, {}, 0 },
      { program, H, FILE, {}, 1, 0 }, { program, H, FILE, {}, {}, 0, "no table" },
      { program, H, FILE, {}, {}, 1 << 40 },
    }) do
      assert.has_error(function()
        return tags.run(table.unpack(arguments))
      end)
    end
  end)
end)

describe("a filter that waits", function()
  it("does in whatever renders it", function()
    local env = environment.new({
      load = function()
        return "{{ a | later }}"
      end,
      filters = {
        later = function(_, v)
          task.sleep(1)
          return v
        end,
      },
      uses_cache = false,
    })
    assert.equal("1", env:render("t", { a = 1 }))
  end)
end)
