--- The test files that `clnrm template` and `clnrm init` begin with: engine.templates.KIND each.
---
--- Every one of them passes as it is, and lint and fmt have nothing to say of it.  What cannot run
--- in this build is refused by name, with what is missing.
local toml_text = require("engine.template.toml_text")

local M = {}

---@class engine.templates.Kind
---@field about string what it shows, in a line
---@field needs? string programs of this machine that not every one has
---@field extension? "toml"|"lua" default "toml"
---@field text string   %NAME% stands for the test's name, with quotes

--- In the order of help.
M.KINDS = {
  "default", "minimal", "advanced", "database", "api", "matrix", "macros", "deterministic", "lua",
}

--- Known, and refused: what this build lacks.
---@type table<string, { about: string, lacks: string }>
M.LATER = {
  otel = {
    about = "spans of the program under test",
    lacks = "spans are not received, and expect.span is not enforced",
  },
  ["full-validation"] = {
    about = "every expectation of spans",
    lacks = "expect.span, expect.graph, expect.counts, expect.window, expect.order, expect.status "
      .. "and expect.hermeticity are not enforced",
  },
  ["lifecycle-matcher"] = {
    about = "spans of a service's start and stop",
    lacks = "clnrm's own spans are not sent, and expect.span is not enforced",
  },
}

local ALIAS = { hello = "default" }

--- Finds a kind.
---@param name string
---@return engine.templates.Kind? kind
---@nodiscard
function M.get(name)
  name = ALIAS[name] or name
  for _, known in ipairs(M.KINDS) do
    if known == name then
      return require("engine.templates." .. (name == "default" and "hello" or name))
    end
  end
end

--- Names all kinds, those that are refused among them.
---@return string[]
---@nodiscard
function M.names()
  local names = table.move(M.KINDS, 1, #M.KINDS, 1, {})
  for name in pairs(M.LATER) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

--- Says why a text cannot be the name of a test.
---@param name string
---@return string? why
---@nodiscard
function M.bad_name(name)
  if name == "" then
    return "a test needs a name"
  elseif not utf8.len(name) or name:find("%c") then
    return "a name is one line of UTF-8"
  elseif name:find("{[{%%#]") then
    return "a name with tags makes a template of the file"
  end
end

--- Writes the file of a kind.
---@param kind engine.templates.Kind
---@param name string of the test
---@return string text
---@nodiscard
function M.write(kind, name)
  local quoted = toml_text.quote(name) -- Lua reads it alike, as it holds no control characters
  return (kind.text:gsub("%%NAME%%", function()
    return quoted
  end))
end

return M
