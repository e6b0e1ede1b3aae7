--- Runs a plan: rooms, steps, verdicts, told as events in the order in which they happen.
---
--- The scenarios of a plan stand in a queue (engine.run.queue); up to `jobs` workers take them from
--- there (engine.run.workers) and try each as often as it takes (engine.run.attempts).  `emit` is
--- called synchronously and must not wait.
---@class engine.run
local clock = require("engine.run.clock")
local decide = require("engine.run.jobs")
local proc = require("core.proc")
local queue = require("engine.run.queue")
local secrets = require("engine.run.secrets")
local state = require("engine.run.state")
local stop = require("engine.run.stop")
local task = require("clnrm.task")
local verdict = require("engine.verdict")
local workers = require("engine.run.workers")

local M = {}

local TIMEOUT_MS = 30000
local SLOW_MS = 10000
local JOBS_MAX = 256

---@class engine.run.Options
---@field backend engine.backend
---@field backend_name? string
---@field run_id? string
---@field overrides? { module: string, file: string }[] modules that are not the built-in ones
---@field version? string
---@field jobs? integer|"auto" scenarios at once; default "auto": one for each core
---@field ahead? integer       rooms opened ahead; default one more than `jobs`
---@field pool? boolean        default true: rooms of engines are made ahead, and can be reused
---@field kept? engine.pool.Kept rooms that wait between runs: of a developer loop
---@field fail_fast? integer|false stop after so many that are not good
---@field timeout_ms? integer  of a step that says none
---@field deadline_ms? integer of the whole run
---@field strict? boolean      a test that checks nothing is an error
---@field slow_ms? number      a scenario that takes longer is marked "slow"
---@field keep? "never"|"always"|"on-failure" rooms that outlive the run
---@field retries? integer    of a test that is not good at first; default 0
---@field own_retries? boolean default true: what a test says itself stands over `retries`
---@field flaky? "pass"|"fail"|"quarantine"
---@field secrets? engine.run.Secrets what is known of secrets before the run
---@field snapshots? engine.run.SnapshotOptions
---@field attach? fun(run: engine.run.Run) called before it begins: for who steers it (engine.ui)
---@field quarantine? engine.plan.Quarantine
---@field repetitions? integer how often each scenario is run
---@field until_fail? boolean  `repetitions` is a bound: the first that is not good ends the run
---@field outstanding? integer earlier failures that are not in the plan
---@field about? table        more fields of run_begin: what was chosen, and in which order
---@field signals? boolean     default true: SIGINT, SIGTERM, SIGHUP, SIGTSTP end or stop the run
---@field is_live? boolean    other programs of its user can ask it for its services (engine.live)
---@field ends_program? boolean nothing follows but reports: a signal after it waits for them

---@class engine.run.Summary
---@field counts table<engine.Verdict, integer>
---@field duration_ms number
---@field exit_code integer
---@field interrupted? string "SIGINT", "SIGTERM", "SIGHUP", "EPIPE", "deadline", "fail-fast",
---"until-fail", "debugger", "cancelled"; in the developer loop "save", "order", "stop"
---@field not_run integer scenarios that were never begun
---@field not_kept? string why a room that was to outlive the run does not

--- Makes the locks of a run whose scenarios need any.
local function locks_of(plan, backend)
  for _, scenario in ipairs(plan.scenarios) do
    local services = scenario.suite.services
    local shows_folders = services and services[1]
      and require("engine.model.services_of").show_folders(services)
    if scenario.group or scenario.locks and scenario.locks[1] or shows_folders then
      local resources = plan.resources or {}
      return require("engine.run.locks").new(plan.scenarios, { groups = resources.groups,
        outside = resources.outside, machine = resources.machine, backend = backend.name })
    end
  end
end

--- Finds the files whose rooms are not made ahead.
local function late_of(plan)
  for _, scenario in ipairs(plan.scenarios) do
    local suite = scenario.suite
    if suite.room and suite.room.project == "copy"
      or require("engine.model.services_of").show_folders(suite.services) then
      return require("engine.run.beside").late(plan.scenarios)
    end
  end
  return {}
end

--- Tells of the rooms that files share where Lua tests may open others beside them.
local function expect_shared(plan, backend)
  local has_script, is_shared, list = false, false, {}
  for _, scenario in ipairs(plan.scenarios) do
    has_script = has_script or scenario.fn ~= nil
    is_shared = is_shared or scenario.is_shared
  end
  if has_script and is_shared then
    local beside = require("engine.run.beside")
    for i, unit in ipairs(beside.shared(plan.scenarios, backend.name)) do
      list[i] = { services = unit.services, follows_links = unit.follows_links, owner = {
        name = beside.file(unit.suite), test = { suite = unit.suite, is_file = true } } }
    end
  end
  if has_script then
    require("engine.backend.volumes").expect(list)
  end
end

local function new_run(plan, opts)
  local is_auto = math.type(opts.jobs) ~= "integer"
  local jobs = math.max(1, math.min(is_auto and proc.cores() or opts.jobs, JOBS_MAX))
  expect_shared(plan, opts.backend)
  local run = state.new({
    id = opts.run_id or "run",
    plan = plan,
    backend = opts.backend,
    timeout_ms = opts.timeout_ms or TIMEOUT_MS,
    deadline_ms = opts.deadline_ms,
    slow_ms = opts.slow_ms or SLOW_MS,
    strict = opts.strict == true,
    fail_fast = opts.fail_fast or nil,
    until_fail = opts.until_fail or nil,
    retries = opts.retries or 0,
    own_retries = opts.own_retries ~= false,
    quarantine = opts.quarantine,
    keep = opts.keep or "never",
    ahead = opts.ahead,
    late = late_of(plan),
    is_poolless = opts.pool == false,
    kept = opts.pool ~= false and opts.kept or nil,
    jobs = jobs,
    limit = jobs,
    is_auto = is_auto,
    seen = { now = 0, peak = 0, rooms = 0, busy_ms = 0 },
    queue = queue.new(plan.scenarios, {
      rounds = opts.repetitions,
      is_open = opts.until_fail,
      locks = locks_of(plan, opts.backend),
    }),
    closing = task.semaphore(is_auto and decide.ceiling(jobs) or jobs),
    signals = opts.signals ~= false,
    is_live = opts.is_live,
    secrets = opts.secrets or secrets.new(plan.scenarios),
    snapshots = opts.snapshots,
  })
  return run
end

local function tell_begin(run, opts)
  local written = package.loaded["engine.model.written"] -- only files with templates need it
  if written then
    written.begin_run()
  end
  local event = {
    event = "run_begin",
    run_id = run.id,
    version = opts.version,
    backend = opts.backend_name or run.backend.name,
    jobs = run.jobs,
    total = run.queue:size(),
    files = run.plan.files,
    overrides = opts.overrides or {},
    isolation = run.backend.isolation(), -- what each room really got is in its room_begin
  }
  for name, value in pairs(opts.about or {}) do
    event[name] = value
  end
  run:emit(event)
  for _, broken in ipairs(run.plan.broken) do
    run:emit({ event = "file_error", file = broken.file, verdict = "error",
      diagnostics = broken.diagnostics })
    run.counts.error = run.counts.error + 1
    run:note({}, "error")
  end
end

--- Notes of the events what decides about the exit code beside the verdicts.
local function noting(run, emit)
  return function(event)
    if event.event == "room_end" and event.not_kept then
      run.not_kept = run.not_kept or event.not_kept
    end
    return emit(event)
  end
end

local function summarise(run, opts)
  local size = run.queue:size()
  local not_run = size - run.queue.begun
  return {
    counts = run.counts,
    duration_ms = clock.since(run.began),
    interrupted = run.halted,
    not_run = not_run,
    not_kept = run.not_kept,
    exit_code = verdict.exit_code(run.counts, {
      total = size + #run.plan.broken + run.failed_files,
      not_run = not_run,
      stopped = run.stopped,
      flaky = opts.flaky,
      unexcused = run.unexcused,
      outstanding = opts.outstanding,
      not_kept = run.not_kept ~= nil,
    }),
  }
end

--- Runs a plan.
---@async
---@param plan engine.Plan
---@param opts engine.run.Options
---@param emit fun(event: table): string? # "EPIPE": nobody reads any more, end the run
---@return engine.run.Summary
function M.execute(plan, opts, emit)
  assert(type(plan) == "table" and plan.scenarios, "plan must be a plan")
  assert(type(opts) == "table" and opts.backend, "opts.backend must be a backend")
  assert(type(emit) == "function", "emit must be a function")
  local run = new_run(plan, opts)
  run.subscriber = noting(run, emit)
  if opts.attach then
    opts.attach(run)
  end
  tell_begin(run, opts)
  local watch <close> = stop.watch(run)
  run.watch = watch
  workers.run_all(run)
  if run.desk then
    run.desk:close()
  end
  if opts.backend.finish and not (opts.kept and opts.kept.pool) then
    task.shield(opts.backend.finish)
  end
  if opts.ends_program then
    watch:finish()
  end
  local summary = summarise(run, opts)
  run:emit({
    event = "run_end",
    counts = summary.counts,
    duration_ms = summary.duration_ms,
    exit_code = summary.exit_code,
    interrupted = summary.interrupted,
    not_run = summary.not_run,
    outstanding = opts.outstanding,
    workers = { peak = run.seen.peak, rooms = run.seen.rooms, busy_ms = run.seen.busy_ms },
    memory = require("engine.run.pressure").own_memory(),
    pool = require("engine.pool.run").told(run),
  })
  return summary
end

return M
