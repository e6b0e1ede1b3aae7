--- lua/engine/lint/index.lua, from the rules of lint: what is known of each before it is loaded.
local catalogue = require("engine.lint.catalogue")

local HEAD = [[
--- What is known of each rule of lint before its module is loaded.
---
--- Made by `make docs` of the modules themselves, in the order of engine.lint.catalogue.
]]
local WIDTH = 100
local LINES = {
  { "code", "name", "severity", "default", "fix", "lang" }, { "kinds" }, { "summary" },
  { "options" }, { "needs" },
}

--- Writes a text as Lua does, with nothing that ends its line.
local function quoted(text)
  return (("%q"):format(text):gsub("\\\n", "\\n"):gsub("\\9", "\\t"))
end

local write

local function sorted(t)
  local keys = {}
  for key in pairs(t) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  return keys
end

--- Writes the items between the braces of a table: on one line, or filled into several.
local function braces(items, indent)
  local line = "{ " .. table.concat(items, ", ") .. " }"
  if #items == 0 then
    return "{}"
  elseif #line + #indent + 12 <= WIDTH and not line:find("\n") then
    return line
  end
  local out, inner = { "{" }, indent .. "  "
  local now = inner
  for _, item in ipairs(items) do
    if now ~= inner and #now + #item:match("^[^\n]*") + 2 > WIDTH then
      out[#out + 1] = now:gsub("%s+$", "")
      now = inner
    end
    now = now .. item .. ", "
    if item:find("\n") then
      out[#out + 1] = now:gsub("%s+$", "")
      now = inner
    end
  end
  out[#out + 1] = now ~= inner and now:gsub("%s+$", "") or nil
  out[#out + 1] = indent .. "}"
  return table.concat(out, "\n")
end

function write(value, indent)
  if type(value) == "string" then
    return quoted(value)
  elseif type(value) ~= "table" then
    return tostring(value)
  end
  local items = {}
  for i, item in ipairs(value) do
    items[i] = write(item, indent .. "  ")
  end
  for _, key in ipairs(value[1] == nil and sorted(value) or {}) do
    items[#items + 1] = key .. " = " .. write(value[key], indent .. "  ")
  end
  return braces(items, indent)
end

local function make()
  local out = { HEAD .. "return {" }
  for _, name in ipairs(catalogue.names) do
    local entry = catalogue.entry(require("engine.lint.rules." .. name:gsub("-", "_")))
    out[#out + 1] = "  {"
    for _, fields in ipairs(LINES) do
      local line = {}
      for _, field in ipairs(fields) do
        local has = entry[field] ~= nil
        line[#line + 1] = has and ("%s = %s,"):format(field, write(entry[field], "    ")) or nil
      end
      out[#out + 1] = line[1] and "    " .. table.concat(line, " ") or nil
    end
    out[#out + 1] = "  },"
  end
  out[#out + 1] = "}"
  return table.concat(out, "\n") .. "\n"
end

return { file = "lua/engine/lint/index.lua", make = make }
