--- Runs a plan: rooms, steps, verdicts, told as events in the order in which they happen.
---
--- Up to `jobs` scenarios run at once, in the order of the plan.  The rooms of the next ones are
--- opened meanwhile, and those of the last ones closed, so that a scenario waits for neither.
--- `emit` is called synchronously and must not wait.
---@class engine.run
local clock = require("engine.run.clock")
local control = require("engine.run.control")
local core = require("core.task")
local judge = require("engine.run.judge")
local proc = require("core.proc")
local scenario = require("engine.run.scenario")
local secrets = require("engine.run.secrets")
local stop = require("engine.run.stop")
local task = require("clnrm.task")
local verdict = require("engine.verdict")

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
---@field fail_fast? integer|false stop after so many that are not good
---@field timeout_ms? integer  of a step that says none
---@field deadline_ms? integer of the whole run
---@field strict? boolean      a test that checks nothing is an error
---@field slow_ms? number      a scenario that takes longer is marked "slow"
---@field keep? "never"|"always"|"on-failure" rooms that outlive the run
---@field flaky? "pass"|"fail"|"quarantine"
---@field snapshots? engine.run.SnapshotOptions
---@field attach? fun(run: engine.run.Run) called before it begins: for who steers it (engine.ui)
---@field signals? boolean     default true: SIGINT, SIGTERM, SIGHUP, SIGTSTP end or stop the run

---@class engine.run.Summary
---@field counts table<engine.Verdict, integer>
---@field duration_ms number
---@field exit_code integer
---@field interrupted? string "SIGINT", "SIGTERM", "SIGHUP", "EPIPE", "deadline", "fail-fast",
---"cancelled"
---@field not_run integer scenarios that were never begun

---@class engine.run.Run
---@field id string
---@field plan engine.Plan
---@field backend engine.backend
---@field timeout_ms integer
---@field slow_ms number
---@field strict boolean
---@field began number
---@field counts table<engine.Verdict, integer>
---@field entries engine.run.Entry[]
---@field next integer   place of the next scenario to begin
---@field opened integer place of the last one whose room was asked for
---@field halted? string nothing new begins
---@field stopped? string and what runs is ended
---@field closing clnrm.task.Semaphore
---@field group clnrm.task.Group
---@field file_deadlines table<engine.model.Suite, number>
---@field failed_files integer what broke when the tests of a file had ended
---@field secrets engine.run.Secrets of the services: no event shows them
---@field paused? core.task.Event nothing new begins until it is set
---@field watch? { interrupt: fun(self, name: string) } what ends it early
---@field scripts? table what Lua tests share
local Run = {}
Run.__index = Run

--- Tells an event to the subscribers; what they answer ends the run.
---@param event table
function Run:emit(event)
  event.at_ms = clock.ms() - self.began
  local why = self.subscriber(self.secrets:clean(event))
  if why then
    self:stop(why)
  end
end

--- Begins nothing new.
---@param why string
function Run:halt(why)
  self.halted = self.halted or why
  if self.paused then
    self.paused:set()
  end
end

--- Begins nothing new, and ends what runs.
---@param why string
function Run:stop(why)
  if not self.stopped then
    self.stopped, self.halted = why, why
    if self.paused then
      self.paused:set()
    end
    if self.group then
      self.group:cancel()
    end
    for cx in pairs(self.active) do
      for _, one in ipairs(cx.services) do
        one:hurry() -- it is being closed, and has all its time to end
      end
    end
  end
end

--- Notes that something is not good, once, as soon as it is known.
local function note_bad(run, about, name)
  if not verdict.is_good(name) and not about.is_bad then
    about.is_bad = true
    run.bad = run.bad + 1
    if run.fail_fast and run.bad >= run.fail_fast then
      run:halt("fail-fast")
    end
  end
end

--- Tells what failed when the tests of a file had ended already.
---@param file string
---@param diagnostics engine.diag.Diagnostic[]
function Run:fail_file(file, diagnostics)
  self.failed_files = self.failed_files + 1
  self.counts.error = self.counts.error + 1
  self:emit({ event = "file_error", file = file, diagnostics = diagnostics })
  note_bad(self, {}, "error")
end

--- Opens rooms ahead of the scenarios that will need them.
local function open_ahead(run)
  local last = math.min(run.next + run.ahead - 1, #run.entries)
  while run.opened < last and not run.halted do
    run.opened = run.opened + 1
    run.group:spawn(scenario.open, run, run.entries[run.opened])
  end
end

local function finish(run, cx, permit)
  local _ <close> = permit
  local name = scenario.finish(run, cx)
  run.counts[name] = run.counts[name] + 1
  note_bad(run, cx, name)
  run.active[cx] = nil
  if run.scripts and cx.script_context then
    require("engine.run.script").ended(run, cx)
  end
end

Run.running, Run.tell_status, Run.waits = control.running, control.tell_status, control.waits
Run.pause, Run.resume, Run.interrupt = control.pause, control.resume, control.interrupt

--- Says whether there is more to begin; waits while the run is paused.
local function has_next(run)
  if run.paused then
    control.await_turn(run)
  end
  return not run.halted and run.next <= #run.entries
end

--- Takes scenarios in the order of the plan until there are none.
local function work(run)
  while has_next(run) do
    local entry = run.entries[run.next]
    run.next = run.next + 1
    if run.opened < run.next - 1 then
      run.opened = run.next - 1
      run.group:spawn(scenario.open, run, entry)
    end
    open_ahead(run)
    entry.opened:wait()
    if run.halted then
      entry.is_skipped = true
      return
    end
    entry.is_begun = true
    local cx = scenario.run(run, entry)
    note_bad(run, cx, judge.scenario(entry.scenario, cx.course).verdict) -- before the next begins
    local permit = task.shield(run.closing.take, run.closing)
    run.group:spawn(finish, run, cx, permit)
  end
end

--- Closes the rooms that were opened and not used, or were left by an error.
local function close_left(run)
  local group <close> = task.group()
  for i = 1, run.opened do
    local entry = run.entries[i]
    if entry.room then
      group:spawn(scenario.close, entry)
    end
  end
end

local rooms_meta = {
  __close = function(rooms)
    if rooms.run.scripts then
      require("engine.run.script").finish(rooms.run)
    end
    core.shield(close_left, rooms.run)
  end,
}

local function run_all(run)
  local _ <close> = setmetatable({ run = run }, rooms_meta)
  local group <close> = task.group()
  run.group = group
  for _ = 1, math.min(run.jobs, #run.entries) do
    group:spawn(work, run)
  end
  if not group:wait() then
    run:stop("cancelled")
  end
end

local function count_not_run(run)
  local n = 0
  for _, entry in ipairs(run.entries) do
    if not entry.is_begun then
      n = n + 1
    end
  end
  return n
end

local function new_run(plan, opts, emit)
  local jobs = math.type(opts.jobs) == "integer" and opts.jobs or proc.cores()
  jobs = math.max(1, math.min(jobs, JOBS_MAX))
  local run = setmetatable({
    id = opts.run_id or "run",
    plan = plan,
    backend = opts.backend,
    timeout_ms = opts.timeout_ms or TIMEOUT_MS,
    deadline_ms = opts.deadline_ms,
    slow_ms = opts.slow_ms or SLOW_MS,
    strict = opts.strict == true,
    fail_fast = opts.fail_fast or nil,
    keep = opts.keep or "never",
    ahead = opts.ahead or jobs + 1,
    jobs = jobs,
    began = clock.ms(),
    counts = verdict.counts(),
    bad = 0,
    failed_files = 0,
    entries = {},
    active = {},
    next = 1,
    opened = 0,
    file_deadlines = {},
    closing = task.semaphore(jobs),
    signals = opts.signals ~= false,
    subscriber = emit,
    secrets = secrets.new(plan.scenarios),
    snapshots = opts.snapshots,
  }, Run)
  for i, item in ipairs(plan.scenarios) do
    run.entries[i] = { scenario = item, opened = core.event(), open_ms = 0 }
  end
  return run
end

local function tell_begin(run, opts)
  run:emit({
    event = "run_begin",
    run_id = run.id,
    version = opts.version,
    backend = opts.backend_name or run.backend.name,
    jobs = run.jobs,
    total = #run.entries,
    files = run.plan.files,
    overrides = opts.overrides or {},
    isolation = run.backend.isolation(), -- what each room really got is in its room_begin
  })
  for _, broken in ipairs(run.plan.broken) do
    run:emit({ event = "file_error", file = broken.file, diagnostics = broken.diagnostics })
    run.counts.error = run.counts.error + 1
    note_bad(run, {}, "error")
  end
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
  local run = new_run(plan, opts, emit)
  if opts.attach then
    opts.attach(run)
  end
  tell_begin(run, opts)
  local watch <close> = stop.watch(run)
  run.watch = watch
  run_all(run)
  local not_run = count_not_run(run)
  local summary = {
    counts = run.counts,
    duration_ms = clock.ms() - run.began,
    interrupted = run.halted,
    not_run = not_run,
    exit_code = verdict.exit_code(run.counts, {
      total = #run.entries + #plan.broken + run.failed_files,
      not_run = not_run,
      stopped = run.stopped,
      flaky = opts.flaky,
    }),
  }
  run:emit({
    event = "run_end",
    counts = summary.counts,
    duration_ms = summary.duration_ms,
    exit_code = summary.exit_code,
    interrupted = summary.interrupted,
    not_run = summary.not_run,
  })
  return summary
end

return M
