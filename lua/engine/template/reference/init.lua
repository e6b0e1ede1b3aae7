--- What users are told of filters, tests and functions: pages of docs/ and editors read it.
local fake = require("engine.generate.fake")

---@class engine.template.reference
---@field filters table<string, engine.template.reference.Entry>
---@field tests table<string, engine.template.reference.Entry>
---@field functions table<string, engine.template.reference.Entry>
local M = {}

---@class engine.template.reference.Entry
---@field [1] string arguments, with their defaults
---@field [2] string one sentence
---@field [3] string an example

M.filters = require("engine.template.reference.filters")
M.tests = require("engine.template.reference.tests")
M.functions = {}

for name, entry in pairs(require("engine.template.reference.functions")) do
  M.functions[name] = entry
end

-- The options of a kind of fake data, as arguments.
local function options_of(kind)
  local list = {}
  for name, default in pairs(fake.options[kind] or {}) do
    list[#list + 1] = ("%s=%s"):format(name, default)
  end
  table.sort(list, function(a, b)
    return a > b -- "min" before "max"
  end)
  list[#list + 1] = "seed"
  return table.concat(list, ", ")
end

for _, kind in ipairs(fake.list()) do
  M.functions["fake_" .. kind] = {
    options_of(kind), "Fake data: " .. kind:gsub("_", " ") .. ".", ("{{ fake_%s() }}"):format(kind),
  }
end

--- What the examples use.
M.CONTEXT = {
  people = { { name = "Ada", age = 36 }, { name = "Bo", age = 7 } },
  lines = "one\ntwo",
  word = "hello",
  version = "v1.2",
  five = 5,
  six = 6,
}

M.SEED, M.FREEZE_MS = 42, 1735689600000

--- Renders an example, with a seed and a frozen clock, so that it is the same for everybody.
---@param example string
---@return string? text
---@return table? problem
function M.render(example)
  local determinism = require("engine.determinism")
  local ctx = determinism.of_template({ seed = M.SEED, freeze_ms = M.FREEZE_MS })
  ctx.counters = {}
  function ctx.env()
    return nil
  end
  local env = require("engine.template.environment").new({
    load = function(name)
      return name == "example" and example or nil
    end,
    filters = require("engine.template.filters"),
    tests = require("engine.template.tests"),
    functions = require("engine.template.functions"),
    ctx = ctx,
    uses_cache = false,
  })
  return env:render("example", M.CONTEXT)
end

return M
