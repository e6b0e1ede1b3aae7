-- core.tags.run: what is done in C of plain templates, and where it is left to Lua.
local json = require("core.json")
local tags = require("core.tags")

--- Runs a template from its first word; tells the pieces and the word where it ended.
local function run(text, context, slots)
  local program = assert(tags.plain(text))
  local out, from = {}, {}
  local pc, n = tags.run(program, 1, 0, slots or {}, context, out, from)
  assert.equal(n, #out)
  assert.equal(n, #from)
  return table.concat(out, "|"), program[pc], from
end

local END, OUT, IF, FOR, SET, OUT_NAME, IF_TEXT = 0, 2, 3, 5, 6, 7, 8

describe("plain templates in C", function()
  it("write texts and names, and tell where they came from", function()
    local text, op, from = run("a{{ x }}b", { x = "1" })
    assert.equal("a|1|b", text)
    assert.equal(END, op)
    assert.same({ 2, 5, 18 }, from)
  end)

  it("find the steps of objects, and defaults", function()
    local context = { a = { b = { c = "deep" } } }
    assert.equal("deep", (run("{{ a.b.c }}", context)))
    assert.equal("none", (run("{{ a.d | default(value='none') }}", context)))
    assert.equal("deep", (run("{{ a.b.c | default(value='none') }}", context)))
  end)

  it("decide what needs no call", function()
    local template = "{% if n > 3 %}more{% elif t == 'x' %}x{% elif o %}o{% else %}-{% endif %}"
    assert.equal("more", (run(template, { n = 3.5 })))
    assert.equal("x", (run(template, { n = 3, t = "x" })))
    assert.equal("o", (run(template, { n = 3, t = "", o = { k = 1 } })))
    assert.equal("-", (run(template, { n = 3, t = "", o = {} })))
    assert.equal("no", (run("{% if not o %}no{% endif %}", { o = "" })))
  end)

  it("leave to Lua what has no certain text", function()
    local long = ("x"):rep(41)
    for _, one in ipairs({
      { "{{ x }}", {}, OUT_NAME }, { "{{ x }}", { x = 1 }, OUT_NAME },
      { "{{ x }}", { x = long }, OUT_NAME }, { "{{ x.y }}", { x = {} }, OUT },
      { "{{ x.y }}", { x = { y = long } }, OUT }, { "{{ x.y }}", { x = "text" }, OUT },
      { "{{ x.y }}", { x = setmetatable({ y = "1" }, {}) }, OUT },
      { "{{ x.1 }}", { x = { "a", "b" } }, OUT }, { "{{ x | upper }}", { x = "a" }, OUT },
      { "{{ x | default(value=1) }}", {}, OUT },
      { "{{ x.y }}", setmetatable({}, { __index = { x = { y = "1" } } }), OUT },
    }) do
      local text, op = run(one[1], one[2])
      assert.equal("", text)
      assert.equal(one[3], op, one[1])
    end
  end)

  it("leave to Lua what is not certainly so", function()
    for _, one in ipairs({
      { "{% if x == 'a' %}{% endif %}", {}, IF_TEXT }, { "{% if x > 1 %}{% endif %}", {}, IF },
      { "{% if x > 1 %}{% endif %}", { x = "2" }, IF },
      { "{% if x == 1 %}{% endif %}", { x = 1 }, IF },
      { "{% if x %}{% endif %}", { x = 1 }, IF },
      { "{% if x %}{% endif %}", { x = json.null }, IF },
      { "{% if x %}{% endif %}", { x = json.array({}) }, IF },
      { "{% for y in x %}{% endfor %}", { x = {} }, FOR }, { "{% set x = 1 %}", {}, SET },
    }) do
      assert.equal(one[3], (select(2, run(one[1], one[2]))), one[1])
    end
  end)

  it("raise at what is no program", function()
    local function raises(program, pc, from)
      assert.has_error(function()
        return tags.run(program, pc or 1, 0, { [math.maxinteger] = 1 }, {}, {}, from)
      end)
    end
    raises({})
    raises({ "text" })
    raises({ 4, 1 }) -- a jump back
    raises({ 4, 2 })
    raises({ 1, "text", 1 }) -- no end
    raises({ 2, 1, 0, "x", 1, math.maxinteger })
    raises({ 2, 1, 0, "x", 1, -1 })
    raises({ 2, 1, 6, math.maxinteger, 1, 0 })
    raises({ [math.maxinteger] = 1 }, math.maxinteger)
    raises({ 0 }, 0)
    raises({ 0 }, 1, "no table")
    assert.has_error(function()
      return tags.run({ 0 }, 1, -1, {}, {}, {})
    end)
    assert.has_error(function()
      return tags.run({ 0 }, 1, 0, {}, "no table", {})
    end)
  end)
end)
