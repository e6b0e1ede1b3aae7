--- clnrm dry-run: everything that a run does before it begins, and what it would do then.
local exit_codes = require("engine.cli.exit_codes")

local M = {
  summary = "Shows what a run would do, and does none of it.",
  usage = "clnrm dry-run [options] [PATH[:LINE] ...|-]",
  examples = {
    { "clnrm dry-run", "what `clnrm run` would do here" },
    { "clnrm dry-run tests/db.clnrm.toml -k migrate", "of one file, what has migrate in its name" },
    { "clnrm dry-run --json --shard 1/4", "the first of four parts, for machines" },
  },
  text = [[
Files are read, rendered and checked as `clnrm run` does it, with the same options; no room is made,
no engine is asked, nothing of the project is executed.  With -q only the sum is shown, with -v no
command is cut.
]],
  formats = { "json" },
  exits = { 0, 2, 4, 6 },
}

--- Finds out whether clnrm.lock has an image.
---@return (fun(text: string): boolean)|nil is_locked nil: there is no lock
---@return core.Error? err
local function lock_of(cx, suites)
  local has_images = false
  for _, suite in ipairs(suites) do
    has_images = has_images or suite.has_images
  end
  if not has_images then
    return nil
  end
  local locks = require("engine.docker.lock")
  local lock, err = locks.load(cx.project.dir)
  if not lock then
    return nil, err
  end
  local names = {}
  for _, entry in pairs(lock.entries) do
    names[entry.name] = true
  end
  return function(text)
    local name = locks.name(text)
    return name ~= nil and names[name] == true
  end
end

--- Finds the times of tests: those that were given, else those of the records.
local function times_of(cx, plan)
  if plan.timings then
    return plan.timings, 0
  end
  local by_id, runs, err = require("engine.runs").durations(cx.project.dir)
  if err and not cx.opts.quiet then
    cx.err:write(("warning: the records cannot be read: %s\n"):format(cx:safe(err.message)))
  end
  return require("engine.plan.timings").of(by_id), runs
end

--- Finds the secrets of the plan.
---@return engine.run.Secrets? masks nil: --env-file is wrong, which was told
local function secrets_of(cx, plan)
  local source, problem, warning = require("engine.secrets").source(cx.opts["env-file"])
  if not source then
    cx:error("--env-file " .. problem)
    return nil
  elseif warning and not cx.opts.quiet then
    cx.err:write(("warning: --env-file %s\n"):format(cx:safe(warning)))
  end
  return require("engine.plan.secrets").of(plan.scenarios, source)
end

--- Lists the scenarios that would run: not those that are skipped.
local function running(plan, rooms)
  local list = {}
  for _, scenario in ipairs(plan.scenarios) do
    list[#list + 1] = not rooms.skipped[scenario] and scenario or nil
  end
  return list
end

--- Makes the document of a plan.
---@return table? document
---@return integer? exit_code then
local function document_of(cx, loaded, plan)
  local is_locked, err = lock_of(cx, loaded.suites)
  if err then
    cx:error(err.message, err.detail and err.detail.help)
    return nil, exit_codes.INPUT
  end
  local masks = secrets_of(cx, plan)
  if not masks then
    return nil, exit_codes.INPUT
  end
  local values = cx.config.values
  local resources = require("engine.cli.suites").needs_resources(loaded.suites)
    and require("engine.plan.resources").resolve(loaded.suites, values) or nil
  local rooms = require("engine.plan.rooms").assign(plan.scenarios, values["cli.backend"])
  local timings, runs = times_of(cx, plan)
  local jobs = values["cli.jobs"]
  return require("engine.plan.document").of(plan, {
    rooms = rooms,
    masks = masks,
    resources = resources,
    timings = timings,
    runs = runs,
    is_locked = is_locked,
    sum_only = cx.opts.quiet and cx.format ~= "json",
    estimate = require("engine.plan.estimate").of(running(plan, rooms), {
      timings = timings,
      resources = resources,
      slots = jobs == "auto" and require("core.proc").cores() or jobs,
    }),
  })
end

local function as_json(cx, loaded, document)
  local json, diag = require("core.json"), require("engine.diag")
  document.valid = #loaded.broken == 0
  document.diagnostics = json.array()
  for _, broken in ipairs(loaded.broken) do
    for _, d in ipairs(broken.diagnostics) do
      table.insert(document.diagnostics, diag.json(d))
    end
  end
  cx.out:write(assert(json.encode(document, { invalid = "replace" })) .. "\n")
end

local function for_people(cx, loaded, document)
  local lines = require("engine.ui.plan_lines")
  for _, broken in ipairs(loaded.broken) do
    cx:show_diagnostics(broken.diagnostics, loaded.sources)
  end
  if #document.scenarios > 0 then
    local render = cx.opts.quiet and lines.sum or lines.render
    local text = render(cx.out, document, (cx.opts.verbose or 0) > 0)
    cx.out:write(require("engine.ui.show").inert(text))
  end
end

function M.run(cx)
  local suites = require("engine.cli.suites")
  local loaded, plan, code, document
  loaded, code = suites.load(cx, {
    strict = true,
    stdin = true,
    by_line = true,
    as_run = true,
    by_outline = true,
    allow = suites.allowed(cx),
  })
  if loaded then
    suites.check_resources(cx, loaded)
    plan, code = suites.plan(cx, loaded)
  end
  code = plan and require("engine.report.open").check_files(cx, loaded, plan) or code
  if plan and not code then
    document, code = document_of(cx, loaded, plan)
  end
  if not document then
    return code
  end
  if cx.format == "json" then
    as_json(cx, loaded, document)
  else
    for_people(cx, loaded, document)
  end
  if #loaded.broken > 0 then
    return exit_codes.INPUT
  elseif #plan.scenarios == 0 then
    suites.tell_nothing(cx, loaded, plan)
    return exit_codes.NOTHING
  elseif document.totals.skipped == #plan.scenarios then
    return exit_codes.NOTHING -- as a run of them ends
  end
  return exit_codes.OK
end

return M
