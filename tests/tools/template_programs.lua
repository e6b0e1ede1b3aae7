--- Makes templates at random: many are wrong, some are meant to run for ever.
local filters = require("engine.template.filters")
local functions = require("engine.template.functions")
local tests = require("engine.template.tests")
local value = require("engine.template.value")

local M = {}

local random = math.random

local NAMES = { "a", "b", "list", "obj", "s", "x", "loop.index", "obj.k", "list[0]", "list[n]", "n",
  "big", "deep.er", "no", "__tera_context", "u" }
local ARGUMENTS = { "value", "length", "from", "to", "pat", "sep", "end", "start", "step_by", "n",
  "format", "key", "by", "attribute", "precision", "method", "indent", "name", "default", "seed" }
local FILTERS, TESTS, FUNCTIONS = value.keys(filters), value.keys(tests), value.keys(functions)

local function pick(list)
  return list[random(#list)]
end

local expression

local function arguments(depth)
  local out = {}
  for i = 1, random(0, 2) do
    out[i] = pick(ARGUMENTS) .. "=" .. expression(depth)
  end
  return "(" .. table.concat(out, ", ") .. ")"
end

function expression(depth)
  depth = depth - 1
  local kind = depth < 0 and 1 or random(14)
  if kind <= 3 then
    return pick(NAMES)
  elseif kind == 4 then
    return tostring(random(-5, 1000000))
  elseif kind == 5 then
    return pick({ '"abc"', "'x'", '""', '"' .. ("z"):rep(random(0, 2000)) .. '"' })
  elseif kind == 6 then
    return expression(depth) .. pick({ " + ", " - ", " * ", " / ", " % ", " ~ " })
      .. expression(depth)
  elseif kind == 7 then
    return expression(depth) .. pick({ " == ", " != ", " < ", " and ", " or ", " in ", " not in " })
      .. expression(depth)
  elseif kind == 8 then
    return "(" .. expression(depth) .. ")"
  elseif kind == 9 then
    return "not " .. expression(depth)
  elseif kind <= 11 then
    local given = random(2) == 1 and arguments(depth) or ""
    return expression(depth) .. " | " .. pick(FILTERS) .. given
  elseif kind == 12 then
    return pick(FUNCTIONS) .. arguments(depth)
  elseif kind == 13 then
    return pick(NAMES) .. " is " .. pick(TESTS)
      .. (random(2) == 1 and "(" .. expression(depth) .. ")" or "")
  end
  return "[" .. expression(depth) .. ", " .. expression(depth) .. "]"
end

local body

local makers = {
  function()
    return "{{" .. pick({ "", "-" }) .. " " .. expression(3) .. " " .. pick({ "", "-" }) .. "}}"
  end,
  function()
    return "{% set " .. pick({ "a", "b", "x", "s" }) .. " = " .. expression(3) .. " %}"
  end,
  function()
    return "{% set_global s = " .. pick({ "s ~ s", expression(3) }) .. " %}"
  end,
  function() -- a value that holds another one a million times
    return ("{%% set %s = [%s, %s] %%}"):format(pick({ "a", "x", "list" }), pick(NAMES),
      pick(NAMES)):rep(random(30))
  end,
  function() -- much of what costs little
    return ("{%% for i in range(end=%d) %%}{%% if %s == %s %%}{%% endif %%}{%% endfor %%}"):format(
      random(100000), expression(1), expression(1))
  end,
  function(depth)
    return "{% if " .. expression(3) .. " %}" .. body(depth) .. "{% else %}" .. body(depth)
      .. "{% endif %}"
  end,
  function(depth)
    return "{% for " .. pick({ "x", "k, v" }) .. " in " .. pick({ "list", "obj", "s",
      "range(end=100)", "range(end=100000)", "list | reverse" }) .. " %}" .. body(depth)
      .. "{% endfor %}"
  end,
  function()
    return "{% include " .. pick({ '"t"', '"u"', '["no", "u"]', '"no" ignore missing' }) .. " %}"
  end,
  function()
    return "{{ " .. pick({ "self", "m" }) .. "::" .. pick({ "f", "g" }) .. arguments(2) .. " }}"
  end,
  function(depth)
    return "{% filter " .. pick(FILTERS) .. " %}" .. body(depth) .. "{% endfilter %}"
  end,
  function(depth)
    return "{% block " .. pick({ "p", "q" }) .. " %}" .. body(depth)
      .. "{{ super() }}{% endblock %}"
  end,
}

function body(depth)
  local out = {}
  for i = 1, random(0, 4) do
    local plain = depth <= 0 or random(5) == 1
    out[i] = plain and pick({ "text ", "\n", "%}", "}}", "ü", ("w"):rep(random(0, 300)) })
      or pick(makers)(depth - 1)
  end
  return table.concat(out)
end

local function template()
  local text = pick({ "", "", '{% extends "u" %}', '{% import "m" as m %}' }) .. body(4)
    .. pick({ "", "{% macro f(a=1, b='x') %}" .. body(2) .. "{% endmacro %}" })
  if random(6) == 1 then
    local at = random(#text + 1)
    text = text:sub(1, at - 1) .. pick({ "{{", "}}", "{%", "\0", "\xff", "'", '"', "{#" })
      .. text:sub(at)
  end
  return text
end

--- Makes templates that call each other, the same for the same seed.
---@param seed integer
---@return table<string, string> templates t is the one to render; it may use u and m
function M.make(seed)
  math.randomseed(seed)
  return { t = template(), u = template(),
    m = "{% macro f(a) %}{{ a }}{% endmacro %}"
      .. "{% macro g() %}{{ self::f(a=1) }}{{ self::g() }}{% endmacro %}" }
end

--- What they are rendered with.
---@return table
function M.values()
  return {
    a = 1, b = "text", list = { 1, "two", { k = 3 } }, obj = { k = "v", z = { 1 } }, n = 1,
    s = ("ab"):rep(50), big = math.maxinteger, deep = { er = { est = 1 } }, u = value.u64(-1),
  }
end

return M
