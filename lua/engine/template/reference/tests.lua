--- What each test of templates (`value is odd`) tells: its arguments, one sentence, an example.
---@type table<string, engine.template.reference.Entry>
return {
  containing = { "what", "A text has a text in it, an array an item, an object a key.",
    '{% if word is containing("ell") %}yes{% endif %}' },
  defined = { "", "There is such a value.",
    "{% if nothing is defined %}yes{% else %}no{% endif %}" },
  divisibleby = { "number", "A number divided by another leaves nothing.",
    "{% if six is divisibleby(3) %}yes{% endif %}" },
  ending_with = { "text", "A text ends with another.",
    '{% if word is ending_with("lo") %}yes{% endif %}' },
  even = { "", "A number is even.", "{% if six is even %}yes{% endif %}" },
  iterable = { "", "A value is an array or an object.",
    "{% if people is iterable %}yes{% endif %}" },
  matching = { "pattern", "A text has a match of a regular expression.",
    '{% if version is matching("^v\\d") %}yes{% endif %}' },
  number = { "", "A value is a number.", '{% if word is number %}yes{% else %}no{% endif %}' },
  object = { "", "A value is an object.", "{% if people[0] is object %}yes{% endif %}" },
  odd = { "", "A number is odd.", "{% if five is odd %}yes{% endif %}" },
  starting_with = { "text", "A text begins with another.",
    '{% if word is starting_with("he") %}yes{% endif %}' },
  string = { "", "A value is a text.", '{% if word is string %}yes{% endif %}' },
  undefined = { "", "There is no such value.", "{% if nothing is undefined %}yes{% endif %}" },
}
