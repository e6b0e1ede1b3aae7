--- clnrm list: what would run.
local exit_codes = require("engine.cli.exit_codes")

local M = {
  summary = "Lists the scenarios that would run.",
  usage = "clnrm list [options] [PATH[:LINE] ...]",
  examples = {
    { "clnrm list", "every scenario below the working directory" },
    { "clnrm list --tag db --format json", "some of them, for machines" },
  },
  formats = { "json" },
  exits = { 0, 2, 4 },
}

--- The tags of a scenario, its file's among them, as an array of JSON.
local function tags_of(scenario)
  return table.move(scenario.tags, 1, #scenario.tags, 1, require("core.json").array())
end

--- Whether a scenario stands for all tests of a Lua file, which are known when it runs.
local function is_lua(scenario)
  return scenario.file:find("%.lua$") ~= nil
end

local function as_json(cx, plan)
  local json = require("core.json")
  local out = { schema = "clnrm.list/1", scenarios = json.array(), files = json.array() }
  for i, scenario in ipairs(plan.scenarios) do
    out.scenarios[i] = {
      id = scenario.id,
      file = scenario.file,
      name = scenario.name,
      cell = scenario.cell,
      line = scenario.line,
      tags = tags_of(scenario),
      steps = #scenario.steps,
      compiled_only = is_lua(scenario) or nil,
    }
  end
  for i, broken in ipairs(plan.broken) do
    local diagnostics = json.array()
    for k, d in ipairs(broken.diagnostics) do
      diagnostics[k] = require("engine.diag").json(d)
    end
    out.files[i] = { file = broken.file, diagnostics = diagnostics }
  end
  cx.out:write(assert(json.encode(out, { invalid = "replace" })) .. "\n")
end

local function for_people(cx, plan, sources)
  local subject = require("engine.report.subject")
  for _, scenario in ipairs(plan.scenarios) do
    local place = is_lua(scenario) and cx:safe(scenario.file, cx.out)
      or subject.place(cx.out, scenario, scenario.line)
    local tags = tags_of(scenario)
    local shown = #tags > 0 and "  [" .. cx:safe(table.concat(tags, ", "), cx.out) .. "]" or ""
    if place:find("^::") or place:find("^##%[") then
      place = "./" .. place -- the same file, and no command of a CI runner
    end
    local note = is_lua(scenario) and "  (compiled only: its tests are known when it runs)" or ""
    cx.out:write(place .. shown .. note .. "\n")
  end
  for _, broken in ipairs(plan.broken) do
    cx:show_diagnostics(broken.diagnostics, sources)
  end
end

function M.run(cx)
  local suites = require("engine.cli.suites")
  local loaded, plan, code
  loaded, code = suites.load(cx, { by_line = true })
  if loaded then
    suites.check_resources(cx, loaded)
    plan, code = suites.plan(cx, loaded)
  end
  if not plan then
    return code
  end
  if cx.format == "json" then
    as_json(cx, plan)
  else
    for_people(cx, plan, loaded.sources)
  end
  if #plan.broken > 0 then
    return exit_codes.INPUT
  elseif #plan.scenarios == 0 then
    suites.tell_nothing(cx, loaded, plan)
    return exit_codes.NOTHING
  end
  return exit_codes.OK
end

return M
