--- The kind `macros` of `clnrm template`: tables that are alike, written once.
---@type engine.templates.Kind
return {
  about = "tables that are alike, written once",
  text = [==[
{% import "_macros.toml.tera" as m %}
{# Tables that are alike, written once.  `clnrm render FILE` shows what becomes of them. #}
{% macro says(word, table="steps") -%}
[[{{ table }}]]
name = "say {{ word }}"
command = ["echo", {{ word | toml_encode }}]
expect.stdout.equals = "{{ word }}\n"
{% endmacro says -%}
[meta]
name = %NAME%

[vars]
words = ["one", "two", "three"]

{% for word in words -%}
{{ self::says(word=word) }}
{% endfor -%}
{{ m::scenario(name="the head of a scenario, from the built-in macros") }}
{{ self::says(word="four", table="scenario.steps") -}}
]==],
}
