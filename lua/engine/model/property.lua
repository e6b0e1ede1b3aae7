--- [property]: the generators of a file, and how often its scenarios are run.
local generators = require("engine.property.generators")

local M = {}

local RUNS_MAX = 10000

---@class engine.model.Property
---@field runs integer
---@field seed? integer        nil: one of the scenario's own
---@field gen table<string, any> name → generator
---@field names string[]       sorted

--- Reads the table; what is wrong is told to `cx`.
---@param cx engine.model.Context
---@param checked engine.model.Checked
---@param determinism? engine.Determinism of the file and the command line
---@return engine.model.Property?
---@nodiscard
function M.build(cx, checked, determinism)
  local value, raw = checked.value, checked.raw
  local gen = value.gen and raw.gen or {} -- else it is missing or wrong, and that was told
  local names, parts = generators.sorted(gen), 0
  for _, name in ipairs(names) do
    local problem = generators.problem(gen[name])
    if not problem and generators.size_problem(parts) == nil then
      parts = parts + generators.least_parts(gen[name])
      problem = generators.size_problem(parts)
    end
    if not name:find("^[%a_][%w_]*$") then
      cx:at_key("P103", gen, name, ("%s cannot be the name of a variable"):format(cx:quote(name)))
    elseif problem then
      cx:at_value("P103", gen, name, problem)
    end
  end
  if value.runs and value.runs > RUNS_MAX then
    cx:at_value("P103", raw, "runs", ("`runs` is at most %d"):format(RUNS_MAX))
  end
  local given = cx.determinism and cx.determinism.seed
  local seed = given or value.seed or determinism and determinism.seed
  cx.generated = {}
  for _, name in ipairs(names) do
    cx.generated[name] = true
  end
  return { runs = value.runs or 100, seed = seed, gen = gen, names = names }
end

--- Refuses scenarios whose room is there for others too: what one value left, the next would find.
---@param cx engine.model.Context
---@param root engine.model.Checked
---@param suite engine.model.Suite
function M.check(cx, root, suite)
  for _, scenario in ipairs(suite.scenarios) do
    if scenario.is_shared then
      cx:at_key("P103", root.raw, "property",
        "[property] runs scenarios in rooms of their own, not in the one that a file shares", nil,
        'leave out room = "shared"')
      return
    end
  end
end

return M
