--- The workers of a run: each takes a scenario from the queue, runs it, and leaves its end to the
--- background.
---
--- The rooms of the next scenarios are opened meanwhile, and those of the last ones closed, so that
--- a scenario waits for neither.  There are as many workers as `run.limit` says; one above it ends
--- with its scenario.
local attempts = require("engine.run.attempts")
local control = require("engine.run.control")
local core = require("core.task")
local decide = require("engine.run.jobs")
local rooms = require("engine.run.room")
local scenario = require("engine.run.scenario")
local task = require("clnrm.task")
local verdict = require("engine.verdict")

---@class engine.run.workers
local M = {}

local POLL_MS = 20 -- for a lock that another program holds

--- Asks for the room of an entry, once.
local function ask(run, entry)
  if not entry.is_asked then
    entry.is_asked = true
    run.rooms[entry] = true
    run.group:spawn(scenario.open, run, entry)
  end
end

--- Opens rooms ahead of the scenarios that will need them.
local function open_ahead(run)
  if run.halted then
    return
  end
  local count = run.ahead or run.pool and run.pool:ahead() or run.limit + 1
  for _, entry in ipairs(run.queue:ahead(count)) do
    if not run.late[entry.scenario.suite] then
      ask(run, entry)
    end
  end
end

local function await_change(run)
  run.is_awaited = true
  local changed = run.changed
  if run.queue:is_outside() then
    core.timeout(POLL_MS, changed.wait, changed)
  else
    changed:wait()
  end
end

--- Takes the next scenario whose locks are free; waits when there is one and they are not.
local function take(run)
  while not run.halted and not core.is_cancelled() do
    if run.queue:has_more() then -- a pause holds back what waits, and nothing else
      control.await_turn(run)
    end
    if run.halted then
      return nil
    end
    local entry, is_blocked = run.queue:take()
    if entry or not is_blocked then
      return entry
    end
    open_ahead(run)
    await_change(run)
  end
end

local function finish(run, cx, permit)
  local _ <close> = permit
  local name = scenario.finish(run, cx)
  run.seen.busy_ms = run.seen.busy_ms + cx.course.duration_ms
  if run.shared then
    require("engine.run.shared").ended(run, cx, verdict.is_good(name))
  end
  run.counts[name] = run.counts[name] + 1
  run:note(cx, name)
  run.active[cx], run.rooms[cx.entry] = nil, nil
  run.queue:give(cx.entry)
  run:change()
  if run.scripts and cx.script_context then
    require("engine.run.script").ended(run, cx)
  end
end

--- Runs a scenario that was taken.
local function run_one(run, entry)
  local queue, seen = run.queue, run.seen
  queue.begun = queue.begun + 1
  seen.now = seen.now + 1
  seen.peak = math.max(seen.peak, seen.now)
  local is_property = entry.scenario.suite.property and not entry.unmet
  local cx = (is_property and require("engine.run.property") or attempts).run(run, entry)
  seen.now = seen.now - 1
  local permit = task.shield(run.closing.take, run.closing)
  run.group:spawn(finish, run, cx, permit)
end

local function work(run, slot)
  while slot <= run.limit do
    local entry = take(run)
    if not entry then
      break
    end
    entry.worker = slot
    ask(run, entry)
    open_ahead(run)
    entry.opened:wait()
    rooms.acquire(run, entry)
    if run.halted then
      run.queue:give(entry)
      break
    end
    run_one(run, entry)
  end
  run.workers[slot] = nil
end

--- Starts the workers that the limit allows and that do not run.
---@param run engine.run.Run
function M.fill(run)
  for slot = 1, math.min(run.limit, run.queue:last()) do
    if not run.workers[slot] and not run.halted then
      run.workers[slot] = true
      run.group:spawn(work, run, slot)
    end
  end
end

--- Closes the rooms that were opened and not used, or were left by an error.
local function close_left(run)
  local group <close> = task.group()
  for entry in pairs(run.rooms) do
    if entry.room then
      group:spawn(scenario.close, entry)
    end
  end
end

--- Follows what the machine has left: more workers while it idles, fewer when memory is short.
local function follow(run)
  local pressure, cores = require("engine.run.pressure").open(run.jobs)
  run.limit = math.min(run.limit, cores)
  while core.sleep(decide.TICK_MS) do
    local limit = decide.decide({
      limit = run.limit,
      running = run.seen.now,
      queued = not run.halted and not run.paused and run.queue:has_more(),
      cores = cores,
    }, pressure:measure())
    if limit ~= run.limit and run.queue:has_more() then
      run.limit = limit
      M.fill(run)
      run:change()
    end
  end
end

--- Starts to follow, where there is more to run than begins at once.
local function start_following(run)
  return run.is_auto and run.queue:last() > run.limit and core.spawn(follow, run) or nil
end

local ending_meta = {
  __close = function(ending)
    local run = ending.run
    if run.shared then
      require("engine.run.shared").finish(run)
    end
    if ending.following then
      ending.following:cancel()
    end
    if run.scripts then
      require("engine.run.script").finish(run)
    end
    if run.pool then
      core.shield(require("engine.pool.run").finish, run)
    end
    core.shield(close_left, run)
  end,
}

--- Runs everything that is in the queue.
---@async
---@param run engine.run.Run
function M.run_all(run)
  local ending <close> = setmetatable({ run = run }, ending_meta)
  local group <close> = task.group()
  run.group, run.workers = group, {}
  M.fill(run)
  ending.following = start_following(run)
  if not group:wait() then
    run:stop("cancelled")
  end
end

return M
