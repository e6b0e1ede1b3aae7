--- Chooses what is run, and in which order: suites in, one list of scenarios out.
---
--- Filters first, then the shard, then the order.  Pure: what git, records and files of times know
--- is given to it.  A filter that cannot be read is an error with its place; a selection that
--- leaves nothing is a plan without scenarios and a hint (the run then ends with 4, never green).
---@class engine.plan
local suggest = require("engine.suggest")
local text = require("core.text")

local M = {}

---@class engine.plan.Options
---@field filter? string   -k
---@field only? string     --only, a glob over names
---@field tags? string[]   --tag, one of them is enough
---@field broken? { file: string, diagnostics: engine.diag.Diagnostic[] }[] files without a suite
---@field affected? fun(suite: engine.model.Suite): boolean --since
---@field failed? fun(scenario: engine.model.Scenario): boolean --failed
---@field shard? { index: integer, count: integer } --shard
---@field timings? engine.plan.Timings --timings, for --shard
---@field order? "file"|"random"|"slowest-first"|"risk" --order
---@field durations? engine.plan.Timings for slowest-first
---@field seed? integer for random
---@field risk? fun(scenario: engine.model.Scenario): engine.plan.Risk for risk
---@field first? fun(scenario: engine.model.Scenario): boolean --failed-first
---@field picks? fun(scenario: engine.model.Scenario): boolean what a view of a developer loop asked

---@class engine.Plan
---@field scenarios engine.model.Scenario[] in the order of files, then of each file
---@field files integer suites that have a scenario in the plan
---@field excluded integer scenarios that the selection left out
---@field broken { file: string, diagnostics: engine.diag.Diagnostic[] }[]
---@field timings? engine.plan.Timings of --timings
---@field unsharded? integer scenarios that were selected before the shard was taken
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

--- Lists the tags of a scenario and of its file, each once.
---@param scenario engine.model.Scenario
---@return string[]
---@nodiscard
function M.tags_of(scenario)
  local tags, seen = {}, {}
  for _, list in ipairs({ scenario.tags or {}, scenario.suite and scenario.suite.tags or {} }) do
    for _, tag in ipairs(list) do
      tags[#tags + 1] = not seen[tag] and tag or nil
      seen[tag] = true
    end
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
    local predicate, info = require("engine.filter").parse(opts.filter)
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
    local own = M.tags_of(scenario)
    return (not tags or has_one_of(own, tags))
      and (not glob or glob:test(scenario.name)
        or scenario.told_name ~= nil and glob:test(scenario.told_name))
      and (not matches or matches({ name = scenario.name, file = file_of(scenario), tags = own }))
  end, words
end

--- Lists what a misspelt word may have been meant to be: tags, names and the words in them, none
--- of which is of a secret.
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
      local secret = scenario.secret_tags or {}
      for _, tag in ipairs(M.tags_of(scenario)) do
        if not secret[tag] then
          add(tag)
        end
      end
      local name = scenario.told_name or scenario.name
      add(name)
      for word in name:gmatch("[%w_]+") do
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

--- The scenarios that FILE:LINE means; nil: all of the file.
local function at_lines(suite, problems)
  if not suite.lines then
    return nil
  end
  local lines, wanted = require("engine.plan.line"), {}
  for _, line in ipairs(suite.lines) do
    local found = lines.find(suite, line)
    for _, scenario in ipairs(found) do
      wanted[scenario] = true
    end
    local key = suite.file .. ":" .. line
    if #found == 0 and not problems[key] then -- once for all cells of a file
      problems[key] = true
      problems[#problems + 1] = lines.missing(suite, line)
    end
  end
  return wanted
end

local function select(suites, opts, keeps, problems)
  local list, excluded = {}, 0
  for _, suite in ipairs(suites) do
    local wanted = at_lines(suite, problems)
    local is_affected = not opts.affected or opts.affected(suite)
    local with_earlier = (opts.failed or opts.picks)
      and require("engine.plan.together").with_earlier
    local failed = opts.failed and with_earlier(suite, opts.failed)
    local picks = opts.picks and with_earlier(suite, opts.picks)
    for _, scenario in ipairs(suite.scenarios) do
      if is_affected and (not wanted or wanted[scenario]) and keeps(scenario)
        and (not failed or failed(scenario)) and (not picks or picks(scenario)) then
        list[#list + 1] = scenario
      else
        excluded = excluded + 1
      end
    end
  end
  return list, excluded
end

local function put_in_order(list, opts)
  local order = require("engine.plan.order")
  if opts.order == "random" then
    list = order.shuffle(list, opts.seed)
  elseif opts.order == "slowest-first" then
    list = order.slowest_first(list, opts.durations)
  elseif opts.order == "risk" then
    list = order.riskiest_first(list, opts.risk)
  end
  if opts.first then
    list = order.failed_first(list, opts.first)
  end
  return require("engine.plan.together").restore_order(list)
end

local function count_files(list)
  local seen, count = {}, 0
  for _, scenario in ipairs(list) do
    local file = scenario.suite.path or scenario.suite -- the cells of a file are one file
    count = count + (seen[file] and 0 or 1)
    seen[file] = true
  end
  return count
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
  local plan, problems = { broken = opts.broken or {} }, {}
  local list
  list, plan.excluded = select(suites, opts, keeps, problems)
  if #problems > 0 then
    return nil, problems
  end
  if opts.shard then
    plan.unsharded = #list
    list = require("engine.plan.shard").pick(list, opts.shard, opts.timings)
    plan.excluded = plan.excluded + plan.unsharded - #list
  end
  if opts.order or opts.first then
    list = put_in_order(list, opts)
  end
  plan.scenarios, plan.files = list, count_files(list)
  if #list == 0 then
    plan.hint = hint_for(suites, opts, words)
  end
  return plan
end

return M
