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

--- Whether a scenario stands for all tests of a Lua file, which are known when it runs.
local function is_lua(scenario)
  return scenario.file:find("%.lua$") ~= nil
end

--- Copies a list as an array of JSON.
local function array(list)
  return table.move(list or {}, 1, #(list or {}), 1, require("core.json").array())
end

--- Copies what is told of the scenarios of a plan, without secrets that a template put into their
--- names, their tags and the names of their services.
local function told_of(plan)
  local masks, list = require("engine.plan.secrets").of(plan.scenarios), {}
  for i, scenario in ipairs(plan.scenarios) do
    local function name(text)
      return masks:name(text, scenario.id)
    end
    local tags, services = {}, {}
    for k, tag in ipairs(scenario.tags) do
      tags[k] = name(tag)
    end
    for k, service in ipairs(scenario.services or {}) do
      services[k] = name(service)
    end
    list[i] = {
      id = masks:id(scenario.id),
      file = scenario.file,
      name = name(scenario.name) .. masks:behind(scenario.id),
      cell = scenario.cell and name(scenario.cell),
      line = scenario.line,
      tags = tags,
      services = services,
    }
  end
  return list
end

--- Makes a function that tells where a scenario ends in its file.
local function ends_of(sources)
  local of_file = {}
  return function(scenario)
    local file = scenario.file
    if is_lua(scenario) or not sources[file] then
      return nil
    end
    of_file[file] = of_file[file] or require("engine.plan.extent").of(sources[file])
    return of_file[file](scenario.line)
  end
end

local function as_json(cx, plan, rooms, sources)
  local json = require("core.json")
  local out = { schema = "clnrm.list/1", scenarios = json.array(), files = json.array() }
  local told, end_of = told_of(plan), ends_of(sources)
  out.valid = #plan.broken == 0
  for i, scenario in ipairs(plan.scenarios) do
    out.scenarios[i] = {
      id = told[i].id,
      file = scenario.file,
      name = told[i].name,
      cell = told[i].cell,
      line = scenario.line,
      end_line = end_of(scenario),
      tags = array(told[i].tags),
      requires = array(scenario.suite.requires),
      services = array(told[i].services),
      backend = rooms.backend[scenario],
      skipped = rooms.skipped[scenario],
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

local function for_people(cx, plan, rooms, sources)
  local subject = require("engine.report.subject")
  local told = told_of(plan)
  for i, scenario in ipairs(plan.scenarios) do
    local place = is_lua(scenario) and cx:safe(scenario.file, cx.out)
      or subject.place(cx.out, told[i], scenario.line)
    local tags, why = told[i].tags, rooms.skipped[scenario]
    local shown = #tags > 0 and "  [" .. cx:safe(table.concat(tags, ", "), cx.out) .. "]" or ""
    if place:find("^::") or place:find("^##%[") then
      place = "./" .. place -- the same file, and no command of a CI runner
    end
    local note = is_lua(scenario) and "  (compiled only: its tests are known when it runs)"
      or why and ("  (skipped: %s)"):format(cx:safe(why, cx.out)) or ""
    cx.out:write(place .. shown .. note .. "\n")
  end
  for _, broken in ipairs(plan.broken) do
    cx:show_diagnostics(broken.diagnostics, sources)
  end
end

function M.run(cx)
  local suites = require("engine.cli.suites")
  local loaded, plan, code
  loaded, code = suites.load(cx, { by_line = true, for_engine = true,
    by_outline = true })
  if loaded then
    suites.check_resources(cx, loaded)
    plan, code = suites.plan(cx, loaded)
  end
  if not plan then
    return code
  end
  local rooms = require("engine.plan.rooms").assign(plan.scenarios,
    cx.config.values["cli.backend"])
  if cx.format == "json" then
    as_json(cx, plan, rooms, loaded.sources)
  else
    for_people(cx, plan, rooms, loaded.sources)
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
