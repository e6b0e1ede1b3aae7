--- Writes templates for benchmarks, each text once in Tera's language and again in those of the
--- peers, and the values they are rendered with; the same bytes each time.
local environment = require("engine.template.environment")
local filters = require("engine.template.filters")
local functions = require("engine.template.functions")
local tests = require("engine.template.tests")

local M = {}

M.NAMES = { "simple", "medium", "complex", "large", "mixed" }

local WORDS = {}
for word in ([[alpha bravo cache delta edge fetch gate health index job kernel ledger mesh node
  order proxy queue route store trace user vault worker yield zone]]):gmatch("%a+") do
  WORDS[#WORDS + 1] = word
end

local HEAD = [==[
[meta]
name = "{{ test_name | lower }}"
version = "{{ version | default(value="1.0.0") }}"
author = "{{ no_such_author | default(value="core-team") }}"
tags = ["{{ tags | join(sep='", "') }}"]
]==]

local SIMPLE = HEAD .. [==[

[services.app]
image = "{{ image | default(value="alpine:3.19") }}"

[[steps]]
name = "hello"
command = ["echo", "{{ greeting }}"]
expected_output_regex = '{{ greeting }}'

[otel]
endpoint = "{{ otel.endpoint }}"
exporter = "{{ otel.exporter | upper }}"
]==]

local SERVICES = HEAD .. [==[
{% set svc = test_name | upper %}
[otel]
resources = { "service.name" = "{{ svc }}" }
{% for s in services %}
[services.{{ s.name }}]
image = "{{ s.image | default(value="alpine") }}"
args = ["{{ s.args | join(sep='", "') }}"]
{% if s.env %}[services.{{ s.name }}.env]
{% for k, v in s.env %}{{ k }} = "{{ v }}"
{% endfor %}{% endif %}{% if s.replicas > 1 %}replicas = {{ s.replicas }}
{% else %}# single
{% endif %}{% endfor %}]==]

local STEP = [==[

[[steps]]
name = "%s_%s_%d"
service = "{{ main_service }}"
command = ["sh", "-c", "%s --%s=%d"]
expected_output_regex = '^%s'
{%% if mode == "full" %%}timeout_ms = %d
{%% else %%}timeout_ms = 10
{%% endif %%}]==]

local MACROS = [==[
{% macro span(name, kind, attrs) %}[[expect.span]]
name = "{{ name }}"
kind = "{{ kind }}"
{% if attrs %}attrs.all = { {% for k, v in attrs %}"{{ k }}" = "{{ v }}"{% if not loop.last %}, {%
endif %}{% endfor %} }
{% endif %}{% endmacro %}{% macro step(name, service, cmd) %}[[scenario.steps]]
name = "{{ name | replace(from="-", to="_") }}"
service = "{{ service }}"
command = ["sh", "-c", "{{ cmd }}"]
{% endmacro %}]==]

local COMPLEX = [==[
{% import "_macros" as m %}[meta]
name = "{{ test_name | lower }}"
author = "{{ no_such_author | default(value="core-team") }}"
{% for sc in scenarios %}
# scenario {{ loop.index }}
[[scenario]]
name = "{{ sc.name | lower }}"
service = "{{ sc.service }}"
timeout_s = {{ sc.timeout }}
{% if sc.timeout > 100 and mode == "full" %}slow = true
{% else %}slow = false
{% endif %}{% set owner = sc.owner | default(value="nobody") %}owner = "{{ owner | upper }}"
{% for st in sc.steps %}{{ m::step(name=st.name, service=sc.service, cmd=st.cmd) }}{% endfor %}{%
for sp in sc.spans %}{{ m::span(name=sp.name, kind=sp.kind, attrs=sp.attrs) }}{% endfor %}{%
endfor %}]==]

--- What the i-th step is filled with.
local function step_values(i)
  local function word(n)
    return WORDS[(i * n) % #WORDS + 1]
  end
  return word(3), word(7), i, word(11), word(13), i * 7 % 97, word(17), i * 31 % 900
end

local function steps(count)
  local out = {}
  for i = 1, count do
    out[i] = STEP:format(step_values(i))
  end
  return table.concat(out)
end

local KINDS = { STEP, [==[

[[steps]]
name = "%s_%s_%d"
service = "{{ main_service }}"
image = "{{ otel.exporter }}:%s-%s"
command = ["echo", "%d"]
expected_output_regex = '^%s %d'
]==], [==[

[[steps]]
name = "%s_%s_%d"
{%% if mode == "full" %%}service = "{{ main_service }}_%s"
{%% endif %%}command = ["echo", "%s=%d"]
expected_output_regex = '^%s'
endpoint = "{{ otel.endpoint }}/%d"
]==] }

--- Steps of three kinds in an order without periods.
local function mixed_steps(count)
  local out, seed = {}, 7
  for i = 1, count do
    seed = seed * 16807 % 0x7fffffff
    out[i] = KINDS[seed // 7 % #KINDS + 1]:format(step_values(i))
  end
  return table.concat(out)
end

--- The templates by name, in Tera's language.
---@return table<string, string>
function M.templates()
  return { _macros = MACROS, simple = SIMPLE, complex = COMPLEX,
    medium = SERVICES .. steps(14), large = SERVICES .. steps(240),
    mixed = SERVICES .. mixed_steps(240) }
end

--- What they are rendered with.
---@return table
function M.values()
  local values = {
    test_name = "Orders_E2E", mode = "full", tags = { "word", "otel" }, greeting = "hello",
    otel = { endpoint = "http://127.0.0.1:4318", exporter = "otlp" }, main_service = "app",
    services = {}, scenarios = {},
  }
  for i = 1, 4 do
    values.services[i] = { name = "svc_" .. i, args = { "-p", tostring(i) }, replicas = i % 3,
      env = { LEVEL = "debug", ZONE = "z" .. i } }
  end
  for i = 1, 60 do
    local scenario = { name = "Case_" .. i, service = "svc_" .. i % 7, timeout = i * 5, steps = {},
      spans = {}, owner = i % 2 == 0 and "owner_" .. i or nil }
    for j = 1, 3 do
      scenario.steps[j] = { name = ("fetch_%d-%d"):format(i, j), cmd = "edge --x=" .. i * j }
      scenario.spans[j] = { name = "span_" .. i * j, kind = "internal",
        attrs = { ["trace" .. j] = "vault_" .. i, ["zone" .. j] = "kernel_" .. j } }
    end
    values.scenarios[i] = scenario
  end
  return values
end

--- Jinja's spelling: arguments of these filters by place, macros reached by a dot, items of a table
--- by a filter.
local function jinja(text)
  return (text:gsub("default%(value=", "default("):gsub("join%(sep=", "join(")
    :gsub("replace%(from=(\"[^\"]*\"), to=", "replace(%1, ")
    :gsub("for k, v in ([%w.]+)", "for k, v in %1 | items"):gsub("m::(%l+)", "m.%1"))
end

--- Tera 2's: components in the place of macros.
local function tera2(text)
  return (text:gsub("{%% import \"_macros\" as m %%}", "")
    :gsub("{%% macro (%l+)(%b()) %%}", "{%% component %1%2 %%}")
    :gsub("endmacro", "endcomponent")
    :gsub("{{ m::(%l+)(%b()) }}", function(name, given)
      return ("{{ <%s %s /> }}"):format(name,
        (given:sub(2, -2):gsub(",", ""):gsub("=([%w.]+)", "={%1}")))
    end))
end

M.DIALECTS = {
  tera1 = function(text)
    return text
  end,
  tera2 = tera2,
  jinja = jinja,
}

--- Makes what renders templates as clnrm does.
---@param templates table<string, string> by name
---@param uses_cache boolean
---@return engine.template.Environment
function M.environment(templates, uses_cache)
  return environment.new({
    load = function(name)
      return templates[name]
    end,
    filters = filters, tests = tests, functions = functions, uses_cache = uses_cache,
    ctx = { counters = {} },
  })
end

return M
