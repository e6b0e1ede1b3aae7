--- The developer loop: a save, the tests that it touches, their verdicts, and again.
---
--- One process keeps what it knows. Saves are gathered by engine.watch.changes; each that touches
--- tests begins a cycle, in which only those are read and run (engine.cli.run, as `clnrm run` does
--- it). A save that comes while tests run and touches some ends the cycle, and the next one runs
--- both. What cannot be read is told, and what was known of it stands.
---
--- engine.dev.state is what views draw from: the loop applies all events to it.
local affected = require("engine.dev.affected")
local clock = require("core.clock")
local core = require("core.task")
local cycles = require("engine.dev.cycle")
local embed = require("core.embed")
local ending = require("engine.dev.ending")
local exit_codes = require("engine.cli.exit_codes")
local fs = require("core.fs")
local incoming = require("engine.dev.incoming")
local inputs = require("engine.dev.inputs")
local noise = require("engine.dev.noise")
local orders = require("engine.dev.orders")
local proc = require("core.proc")
local reader = require("engine.dev.reader")
local refusal = require("engine.dev.refusal")
local saves = require("engine.dev.saves")
local settings = require("engine.dev.settings")
local states = require("engine.dev.state")
local temporary = require("engine.watch.temporary")

---@class engine.dev.loop
local M = {}

local REST_MS = 200 -- without news; then memory is given back, which takes some milliseconds

---@class engine.dev.Options
---@field once? boolean       one cycle, then the end
---@field timebox_ms? integer deadline of each cycle
---@field clear? boolean      before each cycle `on_clear` is called
---@field on_clear? fun()
---@field views? (fun(loop: engine.dev.Loop): fun(state: engine.dev.State, event: table))[] each is
---       called once, before the first cycle

---@class engine.dev.Loop
---@field cx engine.cli.Context
---@field o engine.dev.Options
---@field state engine.dev.State
---@field metrics engine.dev.Metrics
---@field entries table<string, engine.dev.Entry> files of tests, by path
---@field noise engine.dev.Noise
---@field queue engine.watch.Change[] not looked at yet
---@field pending? engine.dev.Cause what the next cycle is for
---@field held engine.watch.Change[] what tests may have written, while they run
---@field home? core.fs.Stat of the project's folder, as it was at the begin
---@field debounce_ms? integer by the settings
---@field settings_sources? table<string, string> texts of settings that are wrong, by file
---@field refusal_sources? table<string, string> texts of what refused the last run, by file
---@field was_cut? boolean the last run was ended early
---@field on_machine? engine.run.Span[] when commands of its hooks ran on the machine itself
---@field carried table<string, "again"|"refused"> files whose run was cut short, or refused
---@field is_read? boolean files were read once: what was wrong with the command line was told
---@field refused? integer exit code of what ends the loop
---@field news core.task.Event
---@field cycle? engine.dev.Cycle that runs
---@field kept engine.pool.Kept rooms that wait for the next run
---@field run_paths table<string, any> the files of the run that goes on, or ended last
---@field begun? integer the last run that somebody began, by a save or an order
---@field ended? string the signal that ended the loop, or "quit"
---@field last_ids? table<string, true> tests of the last cycle that ran some
---@field is_resting? boolean it has given memory back, and waits for the next news
---@field order_new? boolean an order came since the loop looked last
local Loop = {
  rerun = orders.rerun, stop = orders.stop, quit = orders.quit, pause = orders.pause,
  narrow = orders.narrow, broken_only = orders.broken_only,
}
Loop.__index = Loop

local function apply(self, event)
  self.state:apply(event)
end

--- What a cycle tells and leaves when its run is over.
local function finish(self, cycle, code)
  local stages = cycle:stages()
  local interrupted = cycle.summary and cycle.summary.interrupted
  if cycle.cause and not cycle.cause.asked and not cycle.stop_asked and code
    and not cycle.refusal then
    self.metrics:add(stages)
  end
  if interrupted == "save" or interrupted == "order" then
    for path in pairs(cycle:unfinished()) do
      self.carried[path] = "again"
    end
  end
  apply(self, {
    event = "reload_end", cycle = cycle.number, exit_code = code, interrupted = interrupted,
    stages = stages, metrics = self.metrics:told(), refused = cycle.refusal,
  })
end

--- Takes what was saved and asked for since the loop looked last; while it is paused, saves are
--- gathered and do not count as news.
local function takes_news(self)
  local is_new, is_order = saves.absorb(self), self.order_new
  self.order_new = nil
  return is_order or is_new and not self.state.is_paused
end

--- Whether there is something to run.
local function is_due(self)
  saves.absorb(self)
  self.order_new = nil
  local pending = self.pending
  if pending and not pending.asked and affected.wait_ms(self, pending) > 0 then
    pending.is_awaited = true
    return false
  end
  return pending ~= nil and not pending.is_stopped
    and (not self.state.is_paused or pending.asked ~= nil)
end

--- Waits for news, or until what was saved is due by a debounce of its tests.
---@return boolean ok false: nobody can bring any
local function await_news(self)
  local ms = self.pending and affected.wait_ms(self, self.pending) or 0
  if ms <= 0 and self.is_resting then
    self.is_resting = false -- what comes takes memory, though nothing may run for it
    return self.news:wait() == true
  end
  local _, err = core.timeout(ms > 0 and ms or REST_MS, self.news.wait, self.news)
  if ms <= 0 and err and err.code == "ETIMEDOUT" then
    proc.trim()
    embed.release()
    self.is_resting = true
  end
  return not core.is_cancelled()
end

--- Takes what the next cycle is for; while it is paused, an order alone.
local function take_cause(self)
  local pending, now = self.pending, clock.now()
  if not self.state.is_paused then
    self.pending = nil
    pending.told_ns = pending.is_awaited and now or pending.told_ns
    return pending
  end
  local asked = pending.asked
  pending.asked = nil
  self.pending = (pending.is_all or pending.list[1]) and pending or nil
  return { asked = asked, changed = {}, list = {}, began_ns = now, told_ns = now }
end

--- Runs a cycle to its end, or to the next save that touches tests.
---@async
---@return integer? exit_code nil: nothing was run
local function drive(self, cycle, list)
  local is_done, code = false, nil
  local cx, told = refusal.listen(self.cx)
  local runner = core.spawn(function()
    local loaded, problem = reader.load(self, cycle, list, cx)
    if not loaded then
      code = problem
    else
      code = require("engine.cli.run").execute(cx, function()
        return loaded
      end, cycle)
    end
  end)
  local waiter = core.spawn(function()
    pcall(runner.join, runner)
    is_done = true
    self.news:set()
  end)
  while not is_done and self.news:wait() do
    self.news:clear()
    local why = not is_done and not self.ended and takes_news(self) and not cycle.stop_asked
      and self.pending and affected.stops(self, self.pending)
    if why then
      cycle:stop(why)
    end
  end
  core.shield(waiter.join, waiter)
  runner:join() -- raises what it raised
  if code and not cycle.summary then
    local is_last = self.o.once or self.refused ~= nil
    cycle.refusal, self.refusal_sources = refusal.new(told, code, self.state, is_last), told.sources
    for path in pairs(self.run_paths) do
      self.carried[path] = "refused"
    end
  end
  return code
end

--- Turns once.
---@async
---@param cause? engine.dev.Cause nil: the first time
---@return integer? exit_code
local function turn(self, cause)
  local began, list = clock.now(), {}
  if cause then
    settings.refresh(self, cause)
    list = affected.list(self, cause, affected.rediscover(self, cause))
    if #list == 0 and self.state.refusal then -- what was refused would be in it, were it there
      apply(self, { event = "refusal_over" })
    end
    if #list == 0 and not cause.list[1] then
      return nil
    elseif #list == 0 then
      local how = self.noise:add(cause.list)
      if how ~= "quiet" then
        apply(self, { event = "unaffected", changed = cause.list, noise = how == "noise" or nil })
      end
      return nil
    end
  end
  self.carried = {}
  if self.o.clear then
    self.o.on_clear()
  end
  self.number = self.number + 1
  local cycle = cycles.new({
    number = self.number, state = self.state, cause = cause, is_partial = cause ~= nil,
    found = not cause and reader.begin(self) or nil,
    kept = self.kept, deadline_ms = self.o.timebox_ms, began_ns = began,
    plan_ns = clock.now() - began,
  })
  self.cx.is_partial = cycle.is_partial
  local was_bad = next(self.state:bad()) ~= nil
  apply(self, { event = "reload_begin", cycle = cycle.number, affected = list,
    changed = cause and cause.list or {}, began_ms = began / 1000000,
    total = reader.count(self.entries), begun_by = affected.begun_by(cause, list) })
  self.before_ns, self.before_ended_ns = self.run_began_ns, self.run_ended_ns
  self.cycle, self.run_began_ns = cycle, began
  self.run_paths = cause and {} or self.entries
  for _, one in ipairs(list) do
    self.run_paths[one.path] = true
  end
  saves.note_run(self, cause)
  local code = drive(self, cycle, list)
  self.cycle, self.run_ended_ns, self.run_ended_wall_ns = nil, clock.now(), clock.wall()
  self.was_cut, self.on_machine = cycle.stop_asked ~= nil, cycle.on_machine
  self.inputs:note_snapshots(cycle.paths, true)
  self.noise:prune(function(path) -- the other files hang on what they hung on before
    return affected.touches(self, path, cycle.paths)
  end)
  saves.release(self, cycle.stop_asked == "stop")
  finish(self, cycle, code)
  self.cx.out:finish()
  orders.ran(self, cycle, was_bad)
  return cycle.stop_asked ~= "stop" and code or nil
end

local function watch_signals(self, signals)
  while not core.is_cancelled() do
    local name = signals:next()
    if not name then
      return
    end
    self.ended = self.ended or name
    self.news:set()
  end
end

local function watch_saves(self, watch)
  incoming.follow(self, watch, function(path)
    return self.noise:has(path)
  end)
end

--- Turns until a signal, or until nobody reads any more.
---@async
local function serve(self)
  self.last_code = turn(self)
  self.surveyor = not self.o.once and core.spawn(self.inputs.look_around, self.inputs,
    self.cx.project.dir) or nil
  while not self.ended and not self.o.once and not self.cx.out.err and not self.refused
    and not ending.is_gone(self) do
    if is_due(self) then
      local cause = take_cause(self)
      self.last_code = turn(self, cause) or self.last_code
    else
      if not await_news(self) then
        return
      end
      self.news:clear()
    end
  end
end

--- Closes the rooms that wait for the next run, and what they have in common.
local function close_rooms(self)
  if self.kept.pool then
    self.kept:close()
    for _, name in ipairs({ "auto", "docker", "podman" }) do
      local backend = package.loaded["engine.backend." .. name]
      if backend and backend.finish then
        backend.finish()
      end
    end
  end
end

--- Makes the loop, without beginning.
---@param cx engine.cli.Context
---@param o engine.dev.Options
---@return engine.dev.Loop
local function new(cx, o)
  local self = setmetatable({
    cx = cx, o = o, state = states.new(), metrics = require("engine.dev.metrics").new(),
    inputs = inputs.new(), entries = {}, queue = {}, held = {}, carried = {}, number = 0,
    noise = noise.new(), news = core.event(),
  }, Loop)
  for _, wanted in ipairs(cx.opts.report or {}) do
    if wanted.file then
      self.inputs:add_output(wanted.file)
    end
  end
  self.inputs:on_unwatched(function(path, why)
    apply(self, { event = "unwatched", path = path, why = why })
  end)
  self.kept = require("engine.pool.kept").new(function(count)
    apply(self, { event = "rooms_ready", count = count })
  end)
  for _, make in ipairs(o.views or {}) do
    self.state:follow(make(self))
  end
  return self
end

--- Runs the loop until it is ended.
---@async
---@param cx engine.cli.Context its settings are loaded
---@param o engine.dev.Options
---@return integer exit_code
---@return engine.dev.Loop loop as it ended
function M.run(cx, o)
  local self = new(cx, o)
  local names, signal = { "SIGINT", "SIGTERM" }, require("core.signal")
  if not signal.is_ignored("SIGHUP") then
    names[3] = "SIGHUP"
  end
  local signals <close> = assert(signal.open(table.unpack(names)))
  local watch <close> = assert(require("core.watch").open({ skip = temporary.FOLDERS }))
  self.watch, self.home = watch, fs.stat(cx.project.dir)
  local err = self.inputs:watch_folder(watch, cx.project.dir) or settings.settle(self, clock.wall())
  if err then
    cx:error("the project cannot be watched: " .. err.message)
    return exit_codes.ENVIRONMENT, self
  end
  local tasks = { core.spawn(watch_signals, self, signals), core.spawn(watch_saves, self, watch) }
  local _ <close> = setmetatable({}, {
    __close = function()
      tasks[#tasks + 1] = self.surveyor
      for _, t in ipairs(tasks) do
        t:cancel()
      end
      core.shield(close_rooms, self)
    end,
  })
  serve(self)
  apply(self, { event = "over" })
  return ending.exit_code(self), self
end

return M
