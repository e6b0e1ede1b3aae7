--- What a template may do: each part costs what it takes, so that none can be done without end.
local root = os.getenv("CLNRM_ROOT") or "."
local support = dofile(root .. "/tests/lua/template/support.lua")
local filters = require("engine.template.filters")
local grown = require("engine.template.grown")
local json_text = require("engine.template.json_text")
local toml_text = require("engine.template.toml_text")

local WORK = "go through more values than a template may"
local WALK = "are written or compared at once"
local MADE = "makes texts of more than"

--- The problem of a template.
local function problem(text, values)
  local rendered, found = support.environment({ t = text }):render("t", values or {}, "map")
  assert.is_nil(rendered, text:sub(1, 200))
  return found
end

--- A loop around a tag.
local function often(count, body)
  return ("{%% for i in range(end=%d) %%}%s{%% endfor %%}"):format(count, body)
end

--- Tags after which `name` is a list that holds 2^30 numbers.
local function doubled(name)
  return ("{%% set %s = [1] %%}"):format(name)
    .. ("{%% set %s = [%s, %s] %%}"):format(name, name, name):rep(30)
end

describe("what a template does", function()
  it("is counted where filters have shortcuts", function()
    for _, filter in ipairs({ "lower", "upper", "replace(from='a', to='b')" }) do
      local text = often(40000, ("{%% if x | %s == 'b' %%}{%% endif %%}"):format(filter))
      local message = problem(text, { x = ("a"):rep(4000) }).message
      assert.is_true(message:find(WORK, 1, true) ~= nil or message:find(MADE, 1, true) ~= nil,
        filter .. ": " .. message)
    end
  end)

  it("is counted where texts are compared", function()
    local x = ("a"):rep(100000)
    for _, condition in ipairs({ ("x == '%sb'"):format(x), "x == y", "x != y", "xs == ys",
      "x in ys" }) do
      local text = "{% set xs = [x] %}{% set ys = [y] %}"
        .. often(3000, ("{%% if %s %%}{%% endif %%}"):format(condition))
      assert.matches(WORK, problem(text, { x = x .. "c", y = x .. "d" }).message, 1, true,
        condition:sub(1, 20))
    end
  end)

  it("is counted where lists in lists are compared", function()
    local lists = "{% set a = [range(end=1000)] %}{% set b = [range(end=1000)] %}"
    for _, condition in ipairs({ "a == b", "a != b", "not a == b", "a in c",
      "c is containing(a)" }) do
      local text = lists .. "{% set c = [1, b] %}"
        .. often(3000, ("{%% if %s %%}{%% endif %%}"):format(condition))
      assert.matches(WORK, problem(text).message, condition)
    end
  end)

  it("ends where lists hold each other again and again", function()
    local both = doubled("a") .. doubled("b")
    for _, tag in ipairs({ "{{ a }}", "{{ a | json_encode }}", "{{ a | toml_encode }}",
      "{{ a | join }}", "{% if a == b %}{% endif %}",
      "{% set c = [b] %}{% if a in c %}{% endif %}" }) do
      assert.matches(WALK, problem(both .. tag).message, 1, true, tag)
    end
    assert.matches("more than 8 MiB", problem(both .. "{{ __tera_context }}").message)
  end)

  it("may go through a list of 900,000 numbers", function()
    local text = support.environment({ t = "{{ range(end=900000) }}" }):render("t", {})
    assert.equal("899999]", text:sub(-7))
  end)

  it("costs more where a filter takes long for each byte", function()
    local x = ("ab c"):rep(50000)
    for name in ("title camel pascal urlencode indent slugify striptags"):gmatch("%a+") do
      assert.is_function(filters[name], name)
      local text = often(60, ("{%% if x | %s == 'b' %%}{%% endif %%}"):format(name))
      assert.matches(WORK, problem(text, { x = x }).message, 1, true, name)
    end
    assert.matches(WORK, problem(often(30000, "{% if i | date == 'b' %}{% endif %}")).message)
  end)

  it("is counted where a text is walked whose characters have many marks", function()
    local text = often(2000, "{% for c in s %}{% endfor %}")
    assert.matches(WORK, problem(text, { s = ("\u{301}"):rep(2000) }).message)
  end)

  it("is counted where a function makes many texts at once", function()
    for _, call in ipairs({ 'kind="paragraph", n=100', 'kind="sentence", n=1000' }) do
      local text = often(900, ("{%% set z = fake(%s) %%}"):format(call))
      assert.matches(WORK, problem(text).message, 1, true, call)
    end
  end)

  it("is counted where functions go through what they are given", function()
    local s, list = ("a b "):rep(1 << 17), {}
    local x = ("x"):rep(5000)
    for i = 1, 1000 do
      list[i] = i
    end
    for _, call in ipairs({ "sha256(s=s)", "slug(s=s)", "camel(s=s)", "toml_encode(value=s)",
      "uuid_v5(ns='dns', name=s)", "sample(list=list, k=1)", "shuffle(list=list)",
      "weighted(pairs=list)", "5 | date(format=s)", "x | replace(from=s, to='')" }) do
      local text = often(2000, ("{%% if %s %%}{%% endif %%}"):format(call .. " == ''"))
      local message = problem(text, { s = s, list = list, x = x }).message
      assert.is_true(message:find(WORK, 1, true) ~= nil or message:find(MADE, 1, true) ~= nil,
        call .. ": " .. message)
    end
    assert(support.environment({ t = often(2000, "{{ pick(list=list) }}") }):render("t",
      { list = list }))
  end)

  it("ends where a text is looked for that nearly stands everywhere", function()
    local values = { x = ("x"):rep(4 << 20), y = ("x"):rep(1 << 20) .. "y" }
    for _, tag in ipairs({ "{% if y in x %}{% endif %}", "{% if x is containing(y) %}{% endif %}",
      "{% set z = x | replace(from=y, to='') %}", "{% set z = x | split(pat=y) %}" }) do
      assert(support.environment({ t = tag }):render("t", values, "map"))
    end
  end)

  it("is counted where a template is included", function()
    local env = support.environment({ t = often(240000, "{% include 'a' %}"), a = "" })
    local _, found = env:render("t", {}, "main")
    assert.matches("takes more than 1000000 steps", found.message)
  end)
end)

describe("a text that grows", function()
  it("is no longer made once it is too long", function()
    local made = 0
    assert.has_error(function()
      grown.replaced("escape", ("a"):rep(4 << 20), "a", function()
        made = made + 1
        return "0123456789"
      end)
    end)
    assert.is_true(made < 2 << 20, made)
  end)

  it("is no longer made once what it is a part of is too long", function()
    local quoted = 0
    for _, writer in ipairs({ json_text, toml_text }) do
      local add_replaced = grown.add_replaced
      grown.add_replaced = function(...)
        quoted = quoted + 1
        return add_replaced(...)
      end
      local list, x = {}, ("x"):rep(1 << 20)
      for i = 1, 64 do
        list[i] = x
      end
      local is_made, problem_of = pcall(writer.write, list)
      grown.add_replaced = add_replaced
      assert.is_false(is_made)
      assert.matches("would make a text of more than 8 MiB", problem_of.template_error)
    end
    assert.is_true(quoted <= 2 * 9, quoted)
  end)

  it("is refused before it is written with its list", function()
    local x = ("x"):rep(5 << 20)
    assert.matches("larger than 8 MiB", problem("{{ [x, x] }}", { x = x }).message)
  end)

  it("counts the blanks of its lines", function()
    local text = "{% set l = [range(end=1000)] %}" .. ("{% set l = [l] %}"):rep(100)
      .. "{% set l = [l, l, l, l, l, l, l, l, l, l] %}{% set l = [l, l, l, l, l, l, l, l, l, l] %}"
    text = text .. "{{ l | json_encode(pretty=true) }}"
    assert.matches("more than 8 MiB", problem(text).message)
  end)

  it("is split into no more than a million parts", function()
    for pat, x in pairs({ [""] = ("x"):rep(1100000), [","] = (","):rep(1000001) }) do
      local text = ("{%% for i in x | split(pat='%s') %%}{%% endfor %%}"):format(pat)
      assert.matches("more than 1000000 parts", problem(text, { x = x }).message)
    end
  end)

  it("keeps its line ends where they stand at the edge of what is replaced at once", function()
    local x = ("x"):rep((1 << 16) - 1) .. "\r\n" .. ("y"):rep(1 << 16) .. "\r\r\n"
    local env = support.environment({ t = "{{ x | linebreaksbr }}" })
    assert.equal(x:gsub("\r?\n", "<br>"), (env:render("t", { x = x })))
  end)
end)
