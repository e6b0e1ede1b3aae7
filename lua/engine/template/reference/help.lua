--- The texts of `clnrm help templates [NAME]`, from the tables of filters, tests and functions.
local context = require("engine.template.context")
local reference = require("engine.template.reference")

---@class engine.template.reference.help
local M = {}

local INTRO = [[
A test file with {{, {%% or {# in it is a template, in the language of Tera 1.20.

A name in {{ NAME }} is looked up in this order:

  1. -D NAME=VALUE, then --vars FILE
  2. the cell of [matrix]
  3. [vars] of the file
  4. [vars] of clnrm.toml
  5. for the standard names, the environment, and a default:

%s
`clnrm render FILE` shows what comes out; with --show-vars what gave each value, with --line-map
where each line came from.  docs/templates.md has the language.

`clnrm help templates NAME` explains one of these:
]]

local KINDS = {
  { "filters", "Filters (value | NAME)" }, { "tests", "Tests (value is NAME)" },
  { "functions", "Functions (NAME())" },
}

local function sorted(set)
  local names = {}
  for name in pairs(set) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

--- Writes the list of everything.
---@param width integer columns of the screen
---@return string
---@nodiscard
function M.overview(width)
  local usage = require("engine.cli.usage")
  local rows = {}
  for i, name in ipairs(sorted(context.STANDARD)) do
    local variable, default = table.unpack(context.STANDARD[name])
    default = default == "" and "empty" or default
    rows[i] = { "  " .. name, ("%s, else %s"):format(variable, default) }
  end
  local out = { INTRO:format(usage.columns(rows, width)) }
  for _, kind in ipairs(KINDS) do
    out[#out + 1] = ("\n%s:\n%s"):format(kind[2],
      usage.wrapped(table.concat(sorted(reference[kind[1]]), " "), width))
  end
  return table.concat(out)
end

--- Explains a filter, a test, a function, or all that have a name.
---@param name string
---@param width integer
---@return string? text
---@return string? near
---@nodiscard
function M.on(name, width)
  local usage = require("engine.cli.usage")
  local out, names = {}, {}
  for _, kind in ipairs(KINDS) do
    local set = reference[kind[1]]
    table.move(sorted(set), 1, #sorted(set), #names + 1, names)
    local entry = set[name]
    if entry then
      local made = reference.render(entry[3])
      local arguments = entry[1] ~= "" and ("(%s)"):format(entry[1]) or ""
      out[#out + 1] = ("%s %s%s\n\n%s\n  %s\n%s"):format(kind[1]:sub(1, -2), name, arguments,
        usage.wrapped(entry[2], width), entry[3], made and ("  gives: %s\n"):format(made) or "")
    end
  end
  if not out[1] then
    return nil, (require("engine.suggest").nearest(name, names))
  end
  return table.concat(out, "\n")
end

return M
