--- Tags that stand there several times in a row: compiled once, they make what each of them would.
local support = dofile((os.getenv("CLNRM_ROOT") or ".") .. "/tests/lua/template/support.lua")
local parser = require("engine.template.parser")

local KINDS = { "main", "map", "trace:main" }

--- Counts the runs of a template: at its top, and in the loops there.
local function runs(source)
  local count = 0
  local function walk(nodes)
    for _, node in ipairs(nodes) do
      count = count + (node.t == "run" and 1 or 0)
      if node.t == "for" then
        walk(node.body)
      end
    end
  end
  walk(assert(parser.parse(source)))
  return count
end

--- Renders a template and tells all that comes out: the text, each piece with its origin.
local function outcome(source, values, kind)
  local text, more = support.environment({ main = source, part = "({{ n }})" }):render("main",
    values, kind)
  if not text then
    return { message = more.message, line = more.line, column = more.column }
  end
  local pieces = {}
  for i, piece in ipairs(more and more.pieces or {}) do
    if piece ~= "" then
      pieces[#pieces + 1] = piece .. "@" .. more.from[i]
    end
  end
  return { text = text, pieces = pieces, calls = more and more.calls and #more.calls }
end

--- The parts one after the other, and the same so that no two tags with the same text follow: each
--- has a comment of its own in front.
local function both(parts)
  local plain, apart = {}, {}
  for i, part in ipairs(parts) do
    local comment = ("{# %04d #}"):format(i)
    plain[i], apart[i] = "{# 0000 #}" .. part, comment .. part
  end
  return table.concat(plain), table.concat(apart)
end

local function assert_same_as_apart(parts, values, before, behind)
  local plain, apart = both(parts)
  before, behind = before or ".", behind or ""
  assert.equal(1, runs(before .. plain .. behind))
  assert.equal(0, runs(before .. apart .. behind))
  for _, kind in ipairs(KINDS) do
    assert.same(outcome(before .. apart .. behind, values, kind),
      outcome(before .. plain .. behind, values, kind))
  end
end

local VALUES = { n = 7, list = { 1, 2 }, o = { a = "A" }, yes = true }

describe("tags in a row", function()
  it("have each their own texts and places", function()
    assert_same_as_apart({ "a{{ n }}bc\n", "dd{{ n }}e", "é{{ n }}\n\n", "f{{ n }}ggg" }, VALUES)
    assert_same_as_apart({ "{{ n }}", "{{ n }}", "{{ n }}" }, VALUES)
    assert_same_as_apart({ "{{ n }}a", "{{ n }}b", "{{ n }}" }, VALUES)
  end)

  it("may be conditions, loops, calls and what is included", function()
    for _, form in ipairs({
      "%s{%% if n > 3 %%}x%s{%% else %%}y{%% endif %%}z%s",
      "%s{%% if no_such %%}x%s{%% elif yes %%}y{%% endif %%}z%s",
      "%s{%% for x in list %%}{{ x }}%s{%% if x %%}{%% break %%}{%% endif %%}{%% endfor %%}%s",
      "%s{%% for k, v in o %%}{{ k }}{{ v | lower }}%s{%% else %%}none{%% endfor %%}%s",
      "%s{%% include 'part' %%}%s{%% filter upper %%}%s{{ o.a }}{%% endfilter %%}",
      "%s{{ o.a | replace(from='A', to='b') }}%s{{ range(end=n) | length }}%s{{ n + 1 }}",
    }) do
      local parts = {}
      for i = 1, 5 do
        local text = ("t"):rep(i) .. "\n"
        parts[i] = form:format(text, text .. i, text)
      end
      assert_same_as_apart(parts, VALUES)
      assert_same_as_apart(parts, VALUES, "{% set n = 1 %}", "{{ n }}{% set n = 2 %}{{ n }}")
      assert_same_as_apart(parts, VALUES, "{% for n in list %}{{ n }}",
        "{{ n }}{% endfor %}{{ n }}")
    end
  end)

  it("are blamed each at its own place", function()
    local source = {}
    for i = 1, 4 do
      source[i] = ("x"):rep(i) .. ("{%% if at == %d %%}{{ n.a }}{%% endif %%}\n"):format(i)
    end
    local alike = table.concat(source):gsub("at == %d", "at")
    assert.equal(1, runs(alike))
    for _, kind in ipairs(KINDS) do
      local problem = outcome("{% for at in [false] %}" .. alike .. "{% endfor %}" .. alike,
        { n = {}, at = true }, kind)
      assert.same({ 5, 30 }, { problem.line, problem.column })
    end
    local parts = { "a{{ n / zero }} ", "bb{{ n / zero }}\n", "c{{ n / zero }}.{{ none }}" }
    assert_same_as_apart(parts, { n = 1, zero = 0 })
    assert_same_as_apart({ "a{{ x }}", "b{{ x }}", "c{{ x }}", "{{ y }}" }, { x = 1 })
  end)

  it("are blamed where they stand in a later turn", function()
    local form = "{%% for i in list %%}{{ o[i].a }}{%% endfor %%}%s"
    local parts = {}
    for i = 1, 4 do
      parts[i] = form:format(("\n"):rep(i))
    end
    assert_same_as_apart(parts, { list = { "x", "y" }, o = { x = { a = 1 } } })
  end)

  it("leave the loop that is around them", function()
    local part = "{{ x }}{% if x == 2 %}{% continue %}{% endif %}"
      .. "{% if x == 3 %}{% break %}{% endif %}"
    assert_same_as_apart({ part .. "a", part .. "b", part .. "c" }, {},
      "{% for x in [1, 2, 3, 4] %}", "{% endfor %}.")
  end)

  it("are each their own when one hangs on what was before", function()
    for _, source in ipairs({
      ("{{ n }}{% set n = n + 1 %},"):rep(4),
      ("{{ n }}{% set_global n = n + 1 %},"):rep(4),
      ("{% if n %}{% set n = n + 1 %}{% endif %}{{ n }}"):rep(4),
      ("{% raw %}{{ n }}{% endraw %}"):rep(4),
      ("{{- n }} "):rep(4),
    }) do
      assert.equal(0, runs(source))
    end
    assert.equal("7,8,9,10,", outcome(("{{ n }}{% set n = n + 1 %},"):rep(4), VALUES, "main").text)
  end)

  it("are found where they do not begin with a whole one", function()
    local source = "{% if yes %}{{ n }}{% endif %}" .. ("{% if yes %}{{ n }}{% endif %}x"):rep(4)
    assert.equal("77x7x7x7x", outcome(source, VALUES, "main").text)
    local inside = "{% if yes %}" .. ("{{ n }}{% endif %}a{% if yes %}"):rep(4) .. "{% endif %}"
    assert.equal("7a7a7a7a", outcome(inside, VALUES, "main").text)
  end)

  it("are more than are cut at once", function()
    local parts = {}
    for i = 1, 1500 do
      parts[i] = "{{ n }}{% if yes %}" .. i .. "{% endif %}\n"
    end
    local text = outcome(table.concat(parts), VALUES, "main").text
    local wanted = {}
    for i = 1, 1500 do
      wanted[i] = "7" .. i .. "\n"
    end
    assert.equal(table.concat(wanted), text)
    local problem = outcome(table.concat(parts) .. "{{ none }}", VALUES, "main")
    assert.same({ 1501, 4 }, { problem.line, problem.column })
  end)

  it("count each time: too many of them are refused where the first too many stands", function()
    local source = ("{{ n }}x"):rep(40001)
    local problem = outcome(source, VALUES, "main")
    assert.equal("the template has more than 40000 tags", problem.message)
    assert.equal(40000 * 8 + 1, problem.column)
    local steps = "{% for x in list %}" .. ("{{ x }}x"):rep(3000) .. "{% endfor %}"
    local many = {}
    for i = 1, 700000 do
      many[i] = i
    end
    assert.matches("more than", outcome(steps, { list = many }, "main").message)
  end)
end)
