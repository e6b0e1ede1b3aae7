--- The templates that are built in: `_macros.toml.tera`, which writes tables of test files.
---
--- A project's own file of the same name stands before it.
local M = {}

M["_macros.toml.tera"] = [==[
{% macro attrs(pairs) -%}
  { {% if pairs is object -%}
    {% for k, v in pairs %}{{ k | toml_encode }} = {{ v | toml_encode }}{% if not loop.last %}, {%
    endif %}{% endfor %}
  {%- else -%}
    {% for pair in pairs -%}
      {% if pair is iterable -%}
        {{ pair | first | toml_encode }} = {{ pair | last | toml_encode }}
      {%- else -%}
        {% set parts = pair | split(pat="=") -%}
        {{ parts | first | trim | toml_encode }} = {{ parts | slice(start=1) | join(sep="=") | trim
          | toml_encode }}
      {%- endif %}{% if not loop.last %}, {% endif %}
    {%- endfor %}
  {%- endif %} }
{%- endmacro attrs %}

{% macro span(name, parent="", kind="", attrs="", events="") -%}
[[expect.span]]
name = {{ name | toml_encode }}
{% if parent %}parent = {{ parent | toml_encode }}
{% endif %}{% if kind %}kind = {{ kind | toml_encode }}
{% endif %}{% if attrs %}attrs.all = {{ self::attrs(pairs=attrs) }}
{% endif %}{% if events %}events.any = {{ events | toml_encode }}
{% endif %}
{%- endmacro span %}

{% macro service(id, image="", args="", env="", wait_for_span="") -%}
[services.{% if id is string and id is matching("^[A-Za-z0-9_-]+$") %}{{ id }}{% else %}{{ id
  | toml_encode }}{% endif %}]
{% if image %}image = {{ image | toml_encode }}
{% endif %}{% if args %}args = {{ args | toml_encode }}
{% endif %}{% if env %}env = {{ self::attrs(pairs=env) }}
{% endif %}{% if wait_for_span %}wait_for_span = {{ wait_for_span | toml_encode }}
{% endif %}
{%- endmacro service %}

{% macro scenario(name, service="", run="") -%}
[[scenario]]
name = {{ name | toml_encode }}
{% if service %}service = {{ service | toml_encode }}
{% endif %}{% if run %}run = {{ run | toml_encode }}
{% endif %}
{%- endmacro scenario %}

{% macro lifecycle(service) -%}
[[expect.span]]
name = "clnrm.service.start"
attrs.all = { "clnrm.service.name" = {{ service | toml_encode }} }
events.all = ["container.start", "container.stop"]
{% endmacro lifecycle %}

{% macro edges(pairs) -%}
[expect.graph]
must_include = [{% for pair in pairs -%}
  {% if pair is string %}{% set ends = pair | split(pat="->") %}{% else %}{% set ends = pair %}{%
  endif -%}
  [{{ ends | first | trim | toml_encode }}, {{ ends | last | trim | toml_encode }}]
  {%- if not loop.last %}, {% endif %}
{%- endfor %}]
{% endmacro edges %}

{% macro window(outer, contains) -%}
[[expect.window]]
outer = {{ outer | toml_encode }}
contains = {{ contains | toml_encode }}
{% endmacro window %}

{% macro count(name, gte="", lte="", eq="") -%}
[expect.counts.by_name.{{ name | toml_encode }}]
{% if gte is number %}gte = {{ gte }}
{% endif %}{% if lte is number %}lte = {{ lte }}
{% endif %}{% if eq is number %}eq = {{ eq }}
{% endif %}
{%- endmacro count %}
]==]

return M
