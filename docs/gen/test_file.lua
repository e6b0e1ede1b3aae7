--- docs/reference/test-file.md, from the schema of test files.
local schema = require("engine.model.schema")

local HEAD = [=[
# Test file

A test file is TOML 1.1, named `*.clnrm.toml`. It says who the test is, what its room is like, and
what is run and checked in it. This page is generated from the table that also checks files:
`make docs`.

```toml
[meta]
name = "hello"

[[steps]]
name = "greet"
command = ["echo", "hello"]
expect.stdout.contains = "hello"
```

- **Unknown keys and tables are errors**, with their place and "did you mean". In `[meta]`,
  `[watch]` and `[report]` they are warnings, unless they are nearly the name of a key there that a
  verdict hangs on.
- **Keys marked ✗ are known but not enforced by this build.** They are checked, then refused (P120):
  the file's tests get the verdict `error`, never `pass`. A ✗ key that has its default value is
  accepted, because that is what happens.
- **Durations** are whole seconds (`10`) or text: `"500ms"`, `"10s"`, `"2m"`, `"1h"`, `"1m30s"`.
- **Text or list**: a list stands for one check for each of its items.
- `{{ … }}`, `{% … %}` and `{# … #}` are rendered first: [templates](../templates.md), and [one
  file, many cells](../matrix.md).
- All errors of a file are told at once. Codes are explained in [errors](../errors.md).
]=]

local TAIL = [[
## Checks

Each step has one check of its exit code: `expected_exit_code` (0 without it), `expect.exit_code`,
or `should_fail`. `json` takes paths: `$`, `.name`, `["any name"]`, `[index]` from 0, negative from
the end. Its values compare by type; an array or a table must be equal as a whole.
]]

local function escape(text)
  return (text:gsub("|", "\\|"))
end

local function name_of(key)
  local names = { "`" .. key.name .. "`" }
  for _, alias in ipairs(key.alias or {}) do
    names[#names + 1] = "`" .. alias .. "`"
  end
  return table.concat(names, " or ")
end

local function default_of(key)
  if key.required then
    return "required"
  elseif key.default == nil then
    return ""
  end
  local default = key.default
  if key.type.plain then -- kept in milliseconds, written in its own unit
    default = default // key.type.unit
  end
  return "`" .. tostring(default) .. "`"
end

--- What the key's own sentence does not say: words that are refused, the key that must be there.
local function more_of(key)
  local more = ""
  for word in pairs(key.unenforced or {}) do
    more = more .. (' "%s" ✗.'):format(word)
  end
  return key.beside and (" Only with `%s`."):format(key.beside) or more
end

local function row(key)
  local mark = key.enforced == false and "✗ " or ""
  return ("| %s%s | %s | %s | %s |"):format(
    mark, name_of(key), escape(key.type.expects), default_of(key), escape(key.doc) .. more_of(key))
end

--- Collects the records below a type, each once, in the order of the schema.
local function collect(type_, list, seen)
  if type_.kind == "record" then
    if not seen[type_] then
      seen[type_], list[#list + 1] = true, type_
      for _, key in ipairs(type_.keys) do
        collect(key.type, list, seen)
      end
    end
  elseif type_.item then
    collect(type_.item, list, seen)
  elseif type_.choices then
    for _, kind in ipairs({ "table", "array" }) do
      if type_.choices[kind] then
        collect(type_.choices[kind], list, seen)
      end
    end
  end
end

local function make()
  local out, list = { HEAD }, {}
  collect(schema.root, list, {})
  for _, record in ipairs(list) do
    local title = record.root and "Tables of a file" or record.title
    out[#out + 1] = ("## %s\n"):format(title:find("^%[") and "`" .. title .. "`" or title)
    if record.intro then
      out[#out + 1] = record.intro
    end
    out[#out + 1] = "| key | type | default | |\n|---|---|---|---|"
    for _, key in ipairs(record.keys) do
      out[#out + 1] = row(key)
    end
    out[#out + 1] = ""
  end
  out[#out + 1] = TAIL
  return table.concat(out, "\n")
end

return { file = "docs/reference/test-file.md", make = make }
