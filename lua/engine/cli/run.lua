--- clnrm run: tests into verdicts.
local is_ci = require("engine.ci").is_set
local exit_codes = require("engine.cli.exit_codes")

local M = {
  summary = "Runs tests, each scenario in a room of its own.",
  usage = "clnrm run [options] [PATH[:LINE] ...]",
  examples = {
    { "clnrm run", "every test below the working directory" },
    { "clnrm run tests/db.clnrm.toml -k migrate", "of one file, what has migrate in its name" },
    { "clnrm run -x --report junit=report.xml", "stop at the first failure; a report besides" },
  },
  formats = { "line", "dot", "concise", "json", "junit", "tap", "md", "github", "events" },
  exits = { 0, 1, 2, 3, 4, 5, 6, 124, 129, 130, 141, 143 },
}

--- Refuses to keep rooms that could not be found again.
local function check_keep(cx)
  if not cx.opts.keep then
    return nil
  end
  local dir, err = require("engine.kept").prepare()
  if not dir then
    cx:error(("--keep: kept rooms cannot be noted: %s"):format(tostring(err)),
      "set XDG_STATE_HOME to a directory that can be written")
    return exit_codes.ENVIRONMENT
  end
end

--- Says what becomes of snapshots: where CI is set, nobody would look at what is written.
local function snapshot_options(unreferenced)
  return { writes = not is_ci(os.getenv), used = unreferenced and unreferenced.used }
end

--- Whether there may be anything to give, or to mask; most runs have none of it.
local function may_have_secrets(cx, loaded)
  for _, suite in ipairs(loaded.suites) do
    if suite.secrets or suite.is_script or suite.hooks and suite.hooks.has_module
      or suite.room.inherit_env[1] or suite.inputs and suite.inputs[1]
      or suite.given and suite.given[1] then
      return true
    end
  end
  return cx.opts["env-file"] ~= nil
end

--- Gives the files their secrets, and the texts that code frames show without them.
---@return engine.run.Secrets? nil: --env-file is wrong, which was told
local function give_secrets(cx, loaded, plan)
  local masks = require("engine.run.secrets").new(plan.scenarios)
  if not may_have_secrets(cx, loaded) then
    return masks
  end
  local secrets = require("engine.secrets")
  local source, problem, warning = secrets.source(cx.opts["env-file"])
  if not source then
    cx:error("--env-file " .. problem)
    return nil
  elseif warning and not cx.opts.quiet then
    cx.err:write(("warning: --env-file %s\n"):format(cx:safe(warning)))
  end
  secrets.give(loaded.suites, source, masks)
  loaded.sources = masks:sources(loaded.sources)
  loaded.warnings = masks:clean({ warnings = loaded.warnings }).warnings
  return masks
end

--- Refuses to ask where there is nobody to be asked.
local function check_review(cx)
  local review = cx.opts.review and require("engine.snapshot.review")
  if review and not (review.can_ask(cx) and cx.format == "human") then
    review.refuse(cx, "--review")
    return exit_codes.INPUT
  end
end

--- Reads the breakpoints of --break.
---@return engine.pdb.Breakpoint[]? list
---@return string? why
---@return string? help
local function breakpoints_of(cx)
  local list = {}
  if cx.opts["break"] and not cx.opts.pdb then
    return nil, "--break has an effect only with --pdb"
  end
  for i, text in ipairs(cx.opts["break"] or {}) do
    list[i] = require("engine.pdb.lines").parse(text)
    if not list[i] then
      return nil, ("--break: '%s' is no FILE:LINE"):format(text)
    elseif not list[i].file:find("%.lua$") then
      return nil, ("--break: %s is no file of Lua"):format(list[i].file),
        "steps of a file are commands; --pdb stops at those that fail"
    elseif not require("engine.pdb.files").may_exist(list[i].file, cx.project.dir, cx.args) then
      return nil, ("--break: there is no file %s"):format(list[i].file)
    end
  end
  if #list > require("engine.pdb.lines").MAX then
    return nil, ("--break: at most %d times"):format(require("engine.pdb.lines").MAX)
  end
  return list
end

--- Refuses to debug where nobody sits.
local function check_pdb(cx)
  local list, why, help = breakpoints_of(cx) -- what is wrong with these is told first
  if list and cx.opts.pdb then
    why, help = require("engine.pdb").refusal(cx)
  end
  if why then
    cx:error(why, help)
    return exit_codes.INPUT
  end
end

--- Settles the format: a flag says it for every command, the settings for run alone.
---@param cx engine.cli.Context
---@param config engine.Config
function M.settle_format(cx, config)
  local wanted = config.values["cli.format"]
  if (cx.opts.format or "auto") == "auto" and wanted ~= "auto" then
    cx.format = wanted
  end
end

local SHOWN_ELSEWHERE = { bar = true, none = true, json = true } -- or not at all

--- Makes what tells of images that come where no live region does.
local function pull_teller(cx)
  local tell
  return not cx.opts.quiet and function(progress, name, now)
    if not SHOWN_ELSEWHERE[cx.progress_mode] then
      tell = tell or require("engine.ui.pulls").teller(cx.err, progress, function(text)
        cx.err:write(text)
      end)
      tell(name, now)
    end
  end or nil
end

--- Finds who makes the rooms, and tells it which images their names may mean.
---@return engine.backend? backend nil: its settings or clnrm.lock are wrong, which was told
local function find_backend(cx, config, suites)
  local backends = require("engine.backend")
  local backend, has_images = backends.named(config.values["cli.backend"], suites), false
  local wrong = backend.refused and backend.refused()
  if wrong then
    cx:error(wrong.message, wrong.detail and wrong.detail.help)
    return nil
  end
  for _, suite in ipairs(suites) do
    has_images = has_images or suite.has_images or suite.is_script
  end
  if has_images then
    local lock, err = require("engine.docker.lock").load(cx.project.dir)
    if err then
      cx:error(err.message, err.detail and err.detail.help)
      return nil
    end
    local tell = not cx.opts.quiet and function(text)
      cx.err:write(("warning: %s\n"):format(cx:safe(text)))
    end or nil
    backends.settle(backend, {
      on_pull = pull_teller(cx),
      tell = tell,
      lock = lock,
      is_locked = cx.opts.locked,
      waits = require("engine.docker.waits").new({
        cap_ms = config.values["containers.max_wait"],
        tell = tell,
      }),
    })
  end
  return backend
end

--- Runs tests that `load` gives.
---@param cx engine.cli.Context
---@param load fun(suites: table): engine.cli.Loaded?, integer? or an exit code
---@param cycle? engine.dev.Cycle that the run is one of
---@return integer? exit_code nil: the cycle has nothing to run
function M.execute(cx, load, cycle)
  local config = cx:load_config()
  local report_open = require("engine.report.open")
  local refused = not config and exit_codes.INPUT or report_open.check(cx)
  if refused then
    return refused
  end
  M.settle_format(cx, config)
  refused = check_review(cx) or check_pdb(cx) or check_keep(cx)
    or require("engine.cli.unreferenced").refused(cx)
  if refused then
    return refused
  end
  local suites = require("engine.cli.suites")
  local loaded, plan, code
  loaded, code = load(suites)
  if loaded then
    plan, code = suites.plan(cx, loaded)
  end
  if not plan then
    return code
  end
  local is_taken = not cycle or cycle:takes(plan)
  refused = report_open.check_files(cx, loaded, plan)
  if refused then
    return refused
  end
  local opts = { about = plan.about, outstanding = plan.outstanding }
  opts.about.profile = config.profile ~= "default" and config.profile or nil
  local attempts = require("engine.cli.attempts")
  refused = attempts.settle(cx, config, loaded, plan, opts)
  if refused then
    return refused
  end
  local masks = give_secrets(cx, loaded, plan)
  if not masks then
    return exit_codes.INPUT
  end
  if is_taken and #loaded.warnings > 0 and not cx.opts.quiet then
    cx:show_diagnostics(loaded.warnings, loaded.sources)
  end
  if cycle then
    cycle.sources = loaded.sources
  end
  require("core.term").guard() -- whatever happens, the terminal comes back as it is now
  local backend = find_backend(cx, config, loaded.suites)
  if not backend then
    return exit_codes.INPUT
  elseif not is_taken then -- what refuses a run is told all the same
    return nil
  end
  local session <close> = require("engine.cli.screen").open(cx, config)
  local reports = report_open.open(cx, config, loaded)
  session:follow_reports(reports.list)
  local record = require("engine.cli.record")
  local recorder = record.open(cx, config, plan, loaded.sources)
  local rerun_options, rerun_note = require("engine.cli.rerun").options(cx.given)
  for _, suite in ipairs(loaded.suites) do
    suite.rerun = { options = rerun_options, note = rerun_note }
  end
  cx.show.rerun = recorder and rerun_options and "clnrm run --failed" .. rerun_options or nil
  cx.show.rerun_note = recorder and rerun_note
  local unreferenced = cx.opts.unreferenced
    and require("engine.cli.unreferenced").watch(cx, loaded, plan)
  local run_id = recorder and recorder.id or require("engine.random").hex(4)
  local summary = require("engine.run").execute(plan, attempts.join(opts, {
    jobs = cx.opts.pdb and not cx.opts.jobs and 1 or config.values["cli.jobs"],
    fail_fast = config.values["cli.fail_fast"],
    timeout_ms = config.values["test_execution.default_timeout"],
    deadline_ms = cycle and cycle.deadline_ms or config.values["test_execution.deadline"],
    slow_ms = config.values["test_execution.slow_after"],
    ends_program = not cycle and not cx.opts.review, -- who is asked can say no by Ctrl-C
    keep = cx.opts.keep,
    kept = cycle and cycle.kept,
    strict = cx.opts.strict,
    snapshots = snapshot_options(unreferenced),
    secrets = masks,
    run_id = run_id,
    is_live = true,
    version = require("core.version").number(),
    overrides = require("engine.override_dirs").active(cx.project.dir),
    backend = backend,
    attach = function(run)
      session:attach(run)
      run.debugger = cx.opts.pdb and require("engine.pdb").new({ cx = cx, screen = session,
        sources = loaded.sources, breakpoints = breakpoints_of(cx) }) or nil
      if cycle then
        cycle:attach(run)
      end
    end,
  }), function(event)
    local _ <close> = cycle and cycle:on_event(event)
    if recorder then
      recorder:on_event(event)
    end
    session:on_event(event)
    if unreferenced then
      unreferenced:on_event(event)
    end
    for _, report in ipairs(reports.list) do
      report:on_event(event)
    end
    return cx.out.err and cx.out.err.code == "EPIPE" and "EPIPE" or nil
  end)
  session:close()
  if cx.opts.review then
    require("engine.cli.snapshots").review_run(cx, cx.project.dir, run_id)
  end
  code = exit_codes.worst(summary.exit_code, report_open.close(cx, reports, summary.exit_code))
  if summary.not_kept then
    cx:error("--keep: not every room was kept: " .. summary.not_kept)
  end
  code = record.close(cx, recorder, code)
  if unreferenced then
    code = exit_codes.worst(code, unreferenced:finish(summary))
  end
  if summary.exit_code == exit_codes.NOTHING and #plan.scenarios == 0 then
    suites.tell_nothing(cx, loaded, plan)
  end
  return code
end

--- Options that only a loop has.
local LOOPING = { "debounce-ms", "timebox", "clear", "bell", "notify", "once", "ui" }

function M.run(cx)
  if cx.opts.watch and cx.opts.pdb then
    return cx:usage_error("--pdb is for one run; --watch is for many")
  elseif cx.opts.watch then
    return require("engine.cli.dev").run(cx)
  end
  for _, name in ipairs(LOOPING) do
    if cx.opts[name] ~= nil then
      return cx:usage_error(("--%s has an effect only with --watch"):format(name))
    end
  end
  return M.execute(cx, function(suites)
    return suites.load(cx, {
      strict = cx.opts.strict,
      run_modules = true,
      by_line = true,
      allow = suites.allowed(cx),
    })
  end)
end

return M
