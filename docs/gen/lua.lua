--- docs/reference/lua.md, from the table of the Lua API.
local api = require("engine.api")

local HEAD = [[
# The Lua API

Everything that `require("clnrm")` gives to tests and programs in Lua. `clnrm help lua NAME` prints
the same, [Tests in Lua](../lua.md) is the guide. Every example is run by the tests of clnrm:
inside of a test where no `clnrm.test` is shown. This page is generated: `make docs`.

Errors of the world come as `nil, err` (`err.code`, `err.message`, `err.op`, `err.cause`); what is
used wrongly is an error at your line. What may wait can be called wherever a task of yours runs, in
coroutines too, but not in comparators of `table.sort`, callbacks of `gsub` and the body of a module
that is required.

Not in this build: spans, fakes, properties.
]]

local function text_of(doc)
  return (doc:gsub("\n", " "))
end

local function add_table(out, type)
  out[#out + 1] = "| Name | Type | Meaning |\n| --- | --- | --- |"
  for _, entry in ipairs(type.entries) do
    if entry.kind == "key" or entry.kind == "field" then
      out[#out + 1] = ("| `%s%s` | `%s` | %s |"):format(entry.name, entry.optional and "?" or "",
        (entry.type:gsub("|", "\\|")), text_of(entry.doc))
    end
  end
  out[#out + 1] = ""
end

local function add_returns(out, entry)
  local list = {}
  for _, result in ipairs(entry.returns or {}) do
    local said = ("`%s`"):format(result[1])
    said = result[2] and ("`%s`: %s"):format(result[2], said) or said
    list[#list + 1] = result[3] and said .. ", " .. result[3] or said
  end
  if #list > 0 then
    out[#out + 1] = "Returns " .. table.concat(list, "; ") .. ".\n"
  end
  local errors = {}
  for _, err in ipairs(entry.errors or {}) do
    errors[#errors + 1] = err[1] == "raises" and "raises: " .. err[2]
      or ("`%s`: %s"):format(err[1], err[2])
  end
  if #errors > 0 then
    out[#out + 1] = "Errors: " .. table.concat(errors, "; ") .. ".\n"
  end
end

local function add_params(out, entry)
  local list = {}
  for _, param in ipairs(entry.params or {}) do
    list[#list + 1] = ("`%s`: `%s`%s"):format(param[1], param[2],
      param[3] and ", " .. param[3] or "")
  end
  if #list > 0 then
    out[#out + 1] = table.concat(list, "; ") .. ".\n"
  end
end

local function add_call(out, type, entry)
  out[#out + 1] = ("### `%s`\n"):format(api.signature(type, entry))
  out[#out + 1] = text_of(entry.doc) .. "\n"
  if entry.kind == "field" then
    out[#out + 1] = ("Type: `%s`.\n"):format(entry.type)
  end
  add_params(out, entry)
  add_returns(out, entry)
  if entry.example then
    out[#out + 1] = "```lua\n" .. entry.example .. "\n```\n"
  end
end

local function add_type(out, type)
  out[#out + 1] = ("## %s\n"):format(type.title)
  out[#out + 1] = text_of(type.doc) .. "\n"
  if type.kind == "options" or type.kind == "record" then
    add_table(out, type)
    return
  end
  for _, entry in ipairs(type.entries) do
    add_call(out, type, entry)
  end
end

local function make()
  local out = { HEAD }
  for _, type in ipairs(api.types()) do
    add_type(out, type)
  end
  return (table.concat(out, "\n"):gsub("\n+$", "\n"))
end

return { file = "docs/reference/lua.md", make = make }
