--- What a template may do: each part costs what it takes, so that none can be done without end.
local root = os.getenv("CLNRM_ROOT") or "."
local support = dofile(root .. "/tests/lua/template/support.lua")
local filters = require("engine.template.filters")

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
      "{{ a | join }}", "{% if a == b %}{% endif %}", "{{ __tera_context }}",
      "{% set c = [b] %}{% if a in c %}{% endif %}" }) do
      assert.matches(WALK, problem(both .. tag).message, 1, true, tag)
    end
  end)

  it("may go through a list of 900,000 numbers", function()
    local text = support.environment({ t = "{{ range(end=900000) }}" }):render("t", {})
    assert.equal("899999]", text:sub(-7))
  end)

  it("costs more where a filter takes long for each byte", function()
    local x = ("ab c"):rep(50000)
    for name in ("title camel pascal urlencode reverse slugify striptags"):gmatch("%a+") do
      assert.is_function(filters[name], name)
      local text = often(60, ("{%% if x | %s == 'b' %%}{%% endif %%}"):format(name))
      assert.matches(WORK, problem(text, { x = x }).message, 1, true, name)
    end
    assert.matches(WORK, problem(often(30000, "{% if i | date == 'b' %}{% endif %}")).message)
  end)
end)
