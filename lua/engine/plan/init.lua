--- Chooses what is run, and in which order: suites in, one list of scenarios out.
---
--- Pure.  A filter that cannot be read is an error with its place; a selection that leaves nothing
--- is a plan without scenarios and a hint (the run then ends with 4, never green).
---@class engine.plan
local filter = require("engine.filter")
local suggest = require("engine.suggest")
local text = require("core.text")

local M = {}

---@class engine.plan.Options
---@field filter? string   -k
---@field only? string     --only, a glob over names
---@field tags? string[]   --tag, one of them is enough
---@field broken? { file: string, diagnostics: engine.diag.Diagnostic[] }[] files without a suite

---@class engine.Plan
---@field scenarios engine.model.Scenario[] in the order of files, then of each file
---@field files integer suites that have a scenario in the plan
---@field excluded integer scenarios that the selection left out
---@field broken { file: string, diagnostics: engine.diag.Diagnostic[] }[]
---@field hint? string what may have been meant, when the selection left nothing

--- Where a diagnostic about an option points to: the option's text is the source of that name.
M.FILTER_SOURCE = "-k"
M.ONLY_SOURCE = "--only"

local function option_diagnostic(source, problem)
  return {
    severity = "error",
    code = "E110",
    message = problem.message,
    file = source,
    line = 1,
    column = problem.offset + 1,
    offset = problem.offset,
    length = problem.length,
    help = problem.help,
  }
end

local function all_tags(scenario)
  local tags = { table.unpack(scenario.tags or {}) }
  for _, tag in ipairs(scenario.suite and scenario.suite.tags or {}) do
    tags[#tags + 1] = tag
  end
  return tags
end

--- The file as it is shown, with the cell of its matrix: -k can select by it.
local function file_of(scenario)
  return scenario.cell and ("%s[%s]"):format(scenario.file, scenario.cell) or scenario.file
end

local function has_one_of(tags, wanted)
  for _, tag in ipairs(tags) do
    for _, name in ipairs(wanted) do
      if tag == name then
        return true
      end
    end
  end
  return false
end

--- Compiles the options into one predicate.
---@return fun(scenario: engine.model.Scenario): boolean|nil
---@return engine.diag.Diagnostic[]|string[] diagnostics # or the words of the filter
local function compile(opts)
  local matches, words, glob = nil, {}, nil
  if opts.filter then
    local predicate, info = filter.parse(opts.filter)
    if not predicate then
      return nil, { option_diagnostic(M.FILTER_SOURCE, info) }
    end
    matches, words = predicate, info
  end
  if opts.only then
    local compiled, err = text.glob(opts.only)
    if not compiled then
      local problem = { message = err.message, offset = 0, length = math.max(#opts.only, 1) }
      return nil, { option_diagnostic(M.ONLY_SOURCE, problem) }
    end
    glob = compiled
  end
  local tags = opts.tags and #opts.tags > 0 and opts.tags
  return function(scenario)
    local own = all_tags(scenario)
    return (not tags or has_one_of(own, tags))
      and (not glob or glob:test(scenario.name))
      and (not matches or matches({ name = scenario.name, file = file_of(scenario), tags = own }))
  end, words
end

--- Lists what a misspelt word may have been meant to be: tags, names and the words in them.
local function vocabulary(suites)
  local seen, list = {}, {}
  local function add(word)
    if not seen[word] then
      seen[word] = true
      list[#list + 1] = word
    end
  end
  for _, suite in ipairs(suites) do
    for _, scenario in ipairs(suite.scenarios) do
      for _, tag in ipairs(all_tags(scenario)) do
        add(tag)
      end
      add(scenario.name)
      for word in scenario.name:gmatch("[%w_]+") do
        add(word)
      end
    end
  end
  return list
end

local function hint_for(suites, opts, words)
  local known = vocabulary(suites)
  local wanted = { table.unpack(words) }
  table.move(opts.tags or {}, 1, #(opts.tags or {}), #wanted + 1, wanted)
  wanted[#wanted + 1] = opts.only
  for _, word in ipairs(wanted) do
    local near = suggest.nearest(word, known)
    if near and near ~= word then
      return ("nothing matches '%s'; did you mean '%s'?"):format(word, near)
    end
  end
end

--- Makes the plan of a run.
---@param suites engine.model.Suite[]
---@param opts? engine.plan.Options
---@return engine.Plan? plan
---@return engine.diag.Diagnostic[]? diagnostics then
---@nodiscard
function M.make(suites, opts)
  assert(type(suites) == "table", "suites must be a table")
  opts = opts or {}
  local keeps, words = compile(opts)
  if not keeps then
    return nil, words
  end
  local plan = { scenarios = {}, files = 0, excluded = 0, broken = opts.broken or {} }
  local counted = {}
  for _, suite in ipairs(suites) do
    local before = #plan.scenarios
    for _, scenario in ipairs(suite.scenarios) do
      if keeps(scenario) then
        plan.scenarios[#plan.scenarios + 1] = scenario
      else
        plan.excluded = plan.excluded + 1
      end
    end
    local name = suite.path or suite
    if #plan.scenarios > before and not counted[name] then
      plan.files, counted[name] = plan.files + 1, true -- the cells of a file are one file
    end
  end
  if #plan.scenarios == 0 then
    plan.hint = hint_for(suites, opts, words)
  end
  return plan
end

return M
