--- How tests are run: how often, beside what, and what a flaky one means.
local exit_codes = require("engine.cli.exit_codes")

local M = {}

--- Reads the quarantine, when flaky tests are judged by it.
local function load_quarantine(cx, loaded)
  local quarantines = require("engine.plan.quarantine")
  local dir = cx.project.dir
  local quarantine, problems, text = quarantines.load(dir)
  local warnings = quarantine and quarantine:stale(loaded.suites, function(file)
    return require("core.fs").exists(dir .. "/" .. file)
  end)
  if not quarantine or #warnings > 0 and cx.opts.strict then
    for _, warning in ipairs(warnings or {}) do
      warning.severity = "error"
    end
    cx:show_diagnostics(quarantine and warnings or problems, { [quarantines.FILE] = text })
    return nil, exit_codes.INPUT
  elseif #warnings > 0 and not cx.opts.quiet then
    cx:show_diagnostics(warnings, { [quarantines.FILE] = text })
  end
  return quarantine
end

--- Finds the locks and groups that the plan needs among those of the project.
local function load_resources(cx, config, loaded, plan)
  if not require("engine.cli.suites").needs_resources(loaded.suites) then
    return nil
  end
  local resources = require("engine.plan.resources")
  local found, problems = resources.resolve(loaded.suites, config.values)
  if not found then
    cx:show_diagnostics(problems, loaded.sources)
    return exit_codes.INPUT
  end
  plan.resources = found
  if resources.has_outside(plan.scenarios, found) then
    local machine, why = require("engine.run.machine_locks").new()
    if not machine then
      cx:error(("locks of the machine cannot be kept: %s"):format(why),
        "set XDG_RUNTIME_DIR to a directory that can be written")
      return exit_codes.ENVIRONMENT
    end
    found.machine = machine
  end
end

--- Fills in the options of a run.
---@param cx engine.cli.Context
---@param config engine.Config
---@param loaded engine.cli.Loaded
---@param plan engine.Plan gets `resources`
---@param opts table of engine.run
---@return integer? exit_code when something is wrong
function M.settle(cx, config, loaded, plan, opts)
  local about, code = opts.about, load_resources(cx, config, loaded, plan)
  if code then
    return code
  end
  opts.retries = config.values["test_execution.retries"]
  opts.own_retries = cx.opts.retries == nil
  opts.pool = not cx.opts["no-cache"]
  opts.flaky = config.values["test_execution.flaky"]
  if opts.flaky == "quarantine" then
    opts.quarantine, code = load_quarantine(cx, loaded)
  end
  if opts.flaky ~= "pass" then
    about.flaky = opts.flaky
  end
  local times = cx.opts["repeat"]
  if times then
    opts.repetitions, opts.until_fail = times.count, times.until_fail
    about.repetitions = times.until_fail and "until-fail" or times.count
  end
  return code
end

--- Adds to the options of a run what else there is.
---@param opts table as `settle` filled it
---@param others table
---@return table
function M.join(opts, others)
  for name, value in pairs(others) do
    opts[name] = value
  end
  return opts
end

return M
