--- docs/template-functions.md, from engine.template.reference: each example is rendered.
local HEAD = [=[
# Filters, tests and functions of templates

What templates can call: all of Tera 1.20, and what clnrm adds. The tables are the program's own:
`make docs` renders each example with `seed = 42` and
`freeze_clock = "2025-01-01T00:00:00Z"`. An argument with `=` has that default. Arguments are given
by name: `{{ rand_hex(n=8) }}`. Functions that draw take a `seed` of their own; how they draw is
told in [determinism](determinism.md).

In the examples `people` is `[{ name = "Ada", age = 36 }, { name = "Bo", age = 7 }]`, `lines` is
`one`, a line end, `two`; `word` is `hello`, `version` `v1.2`, `five` 5, `six` 6.
]=]

local TAIL = [=[

`fake(kind=…)` also knows the dotted names of earlier files: `name.full`, `internet.email.safe`,
`address.city` and others.

## Your own

The three tables are modules that an override can extend,
`.clnrm/override/engine/template/filters/init.lua` say:

```lua
local filters = require("builtin.engine.template.filters")

function filters.shout(_, text)
  return text:upper() .. "!"
end

return filters
```

A filter is `function(ctx, value, args)`, a test `function(ctx, value, positional)`, a function
`function(ctx, args)`. Problems are raised by `require("engine.template.value").fail("text")`.
]=]

local function cell(text)
  return (text:gsub("|", "\\|"):gsub("\n", "␊"))
end

local function code(text)
  local marks = text:find("`", 1, true) and "``" or "`"
  return marks .. cell(text) .. marks
end

local function add_table(out, title, entries, call)
  local reference = require("engine.template.reference")
  local names = {}
  for name in pairs(entries) do
    names[#names + 1] = name
  end
  table.sort(names)
  out[#out + 1] = ("\n## %s\n\n| | | Example | gives |\n| --- | --- | --- | --- |\n"):format(title)
  for _, name in ipairs(names) do
    local entry = entries[name]
    local text, problem = reference.render(entry[3])
    local shown = text or error(("%s: %s"):format(name, problem and problem.message))
    out[#out + 1] = ("| %s | %s | %s | %s |\n"):format(code(call(name, entry[1])), entry[2],
      code(entry[3]), shown == "" and "" or code(shown))
  end
end

return {
  file = "docs/template-functions.md",
  make = function()
    local reference = require("engine.template.reference")
    local out = { HEAD }
    local function plain(name, args)
      return args == "" and name or ("%s(%s)"):format(name, args)
    end
    add_table(out, "Filters: `{{ value | name }}`", reference.filters, plain)
    add_table(out, "Tests: `{% if value is name %}`", reference.tests, plain)
    add_table(out, "Functions: `{{ name() }}`", reference.functions, function(name, args)
      return ("%s(%s)"):format(name, args)
    end)
    out[#out + 1] = TAIL
    return table.concat(out)
  end,
}
