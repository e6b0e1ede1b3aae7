--- How a service comes up: after those that it needs, until it is ready or has failed.
---
--- One task for each start, whoever waits for it; a start that nobody waits for any more is given
--- up, unless it was asked for in advance.
---@class engine.service.job
local error_new = require("core.error").new
local events = require("engine.service.events")
local failure = require("engine.service.failure")
local health = require("engine.service.health")
local net = require("engine.service.net")
local poll = require("engine.service.poll")
local runtime = require("engine.service.runtime")
local stop = require("engine.service.stop")
local task = require("clnrm.task")
local wait = require("engine.service.wait")

local M = {}

---@class engine.service.Job
---@field rt engine.service.Runtime
---@field over boolean            ready, completed or failed
---@field started boolean         its own waits came true
---@field failure? engine.service.Failure its own, or that of a service it needs
---@field given_up? boolean       it was cancelled; a later start waits for its end: `before`
---@field stopped? boolean        by who stops the service
---@field before? engine.service.Job
---@field pinned boolean          it goes on though nobody waits
---@field holders integer         who waits for it
---@field listeners table<core.task.Event, true>
---@field task core.Task

local function tell(job)
  for listener in pairs(job.listeners) do
    listener:set()
  end
end

local function is_met(job, condition)
  return job.over or (condition == "started" and job.started)
end

local function release(wanted)
  for _, one in ipairs(wanted.jobs) do
    local job = one.job
    job.listeners[wanted.any] = nil
    job.holders = job.holders - 1
    if job.holders == 0 and not job.pinned and not job.over then
      job.given_up = true
      job.task:cancel()
    end
  end
end

local wanted_meta = { __close = release }

--- Waits for starts: until all are as wanted, or the first one failed.
---@async
---@param jobs { job: engine.service.Job, condition?: string }[]
---@return true? ok
---@return engine.service.Job? failed
---@return core.Error? err the caller was cancelled
function M.await(jobs)
  local wanted <close> = setmetatable({ jobs = jobs, any = task.event() }, wanted_meta)
  for _, one in ipairs(jobs) do
    one.job.holders = one.job.holders + 1
    one.job.listeners[wanted.any] = true
  end
  while true do
    local all = true
    wanted.any:clear()
    for _, one in ipairs(jobs) do
      if one.job.failure then
        return nil, one.job
      end
      all = all and is_met(one.job, one.condition)
    end
    if all then
      return true
    end
    local ok, err = wanted.any:wait()
    if not ok then
      return nil, nil, err
    end
  end
end

--- Waits for what a service needs.
local function await_needs(set, job)
  local jobs = {}
  for i, dependency in ipairs(job.rt.spec.depends_on or {}) do
    jobs[i] = { job = M.ensure(set, dependency.name), condition = dependency.condition }
  end
  local ok, failed = M.await(jobs)
  if ok then
    return nil
  elseif not failed then
    return failure.cancelled(job.rt.name)
  end
  return failed.failure
end

local function waits_of(rt)
  local list, exit = {}, nil
  for _, one in ipairs(rt.spec.wait or {}) do
    if one.kind == "exit" then
      exit = one
    else
      list[#list + 1] = one
    end
  end
  if runtime.is_to_end(rt.spec) then
    list[#list + 1] = exit or { kind = "exit", value = 0 }
  end
  return list
end

--- Why a wait did not come true: the end of the process explains more than the wait.
local function explain(rt, one, result)
  if one.kind == "exit" then
    return failure.task(rt, one, result)
  elseif rt.ended:is_set() and (one.kind == "log" or not runtime.is_to_end(rt.spec)) then
    local what = wait.describe(rt, one) .. " was seen"
    return failure.ended(rt, { what = what, pos = one.pos })
  elseif result.final and result.last.code == "ECANCELED" then
    return failure.cancelled(rt.name)
  end
  return failure.not_ready(rt, one, result)
end

--- Makes a service that has come up reachable; the failure when that cannot be.
local function connect(set, rt)
  local ok, err = net.connect(set, rt)
  if ok then
    return nil
  elseif rt.ended:is_set() then
    return failure.ended(rt, { what = "it was used" })
  end
  return err.code == "ECANCELED" and failure.cancelled(rt.name) or failure.no_connection(rt, err)
end

--- Waits until a service can be asked from inside.  That is the machine's time, and none of what
--- the file gives the service: whoever asks afterwards is told what became of it.
local function reach(set, rt)
  if set.host.reach then
    set.host.reach(rt)
  end
end

local function run_waits(set, job)
  local rt = job.rt
  for _, one in ipairs(waits_of(rt)) do
    if wait.ask[one.kind] then
      reach(set, rt)
    end
    local result = set.wait.run(rt, one)
    rt.probes = rt.probes + result.probes
    if not result.ready then
      return explain(rt, one, result)
    end
  end
  local failed = not runtime.is_to_end(rt.spec) and connect(set, rt)
  if failed then
    return failed
  end
  job.started = true
  tell(job)
  local check = rt.spec.health
  if not check then
    return nil
  end
  reach(set, rt)
  local result = health.run(rt, check)
  rt.probes = rt.probes + result.probes
  if result.ready then
    return nil
  elseif rt.ended:is_set() and not runtime.is_to_end(rt.spec) then
    return failure.ended(rt, { what = "it was healthy", pos = check.pos })
  elseif result.final and result.last.code == "ECANCELED" then
    return failure.cancelled(rt.name)
  end
  return failure.unhealthy(rt, check, result)
end

--- Runs the waits in a scope that the end of the process cancels.
local function await_ready(set, job)
  local rt = job.rt
  if runtime.is_to_end(rt.spec) then
    return run_waits(set, job)
  end
  local failed = runtime.while_alive(rt, run_waits, set, job)
  if not failed then
    task.yield() -- the end of the process may be known already, and not be told yet
    failed = rt.ended:is_set() and failure.ended(rt, { what = "it was used" }) or nil
  end
  return failed
end

local function come_up(set, job)
  local rt = job.rt
  local failed = await_needs(set, job)
  if failed then
    return failed
  elseif runtime.is_running(rt) and not task.shield(stop.kill, rt) then -- a stop was cancelled
    return failure.no_start(rt, error_new({ code = "ETIMEDOUT", op = "service.start",
      message = "its process of before does not end" }))
  end
  rt.state = "starting"
  rt.failure, rt.probes, rt.last_probe = nil, 0, nil
  events.begun(set, rt)
  local ok, err = set.host.prepare(set, rt)
  if ok then
    ok, err = runtime.start(rt, set.crew, set.on_end)
  end
  if not ok then
    return err.code == "ECANCELED" and failure.cancelled(rt.name) or failure.no_start(rt, err)
  end
  failed = await_ready(set, job)
  rt.ready_ms = poll.now() - rt.started_at
  return failed
end

local function fail(set, job, failed)
  local rt = job.rt
  if failed.service == rt.name and not failed.given_up then
    failure.describe(rt, failed) -- as it is now, before it is killed
  end
  task.shield(stop.kill, rt)
  if failed.given_up then
    if set.jobs[rt.name] == job then
      rt.state, set.jobs[rt.name] = "new", nil
    end
  else
    rt.state, rt.failure = "failed", failed
    if failed.service == rt.name then
      events.failed(set, rt)
    end
  end
  job.failure = failed
end

local job_meta = {
  __close = function(job, err)
    if err ~= nil and not job.failure then
      job.failure = failure.new(job.rt, "T608", ("service '%s' could not be started: %s"):format(
        job.rt.name, tostring(err)))
    elseif job.stopped and job.failure and job.failure.given_up then
      job.failure = failure.stopped(job.rt)
    end
    job.over = true
    tell(job)
  end,
}

--- Waits for the end of what ran before: given up, or being stopped.
---@return engine.service.Failure? failure
local function await_before(set, job)
  local rt = job.rt
  if job.before then
    task.shield(job.before.task.join, job.before.task)
    job.before = nil
  end
  local stopping = set.stopping[rt.name]
  if stopping and not stopping.over:wait() then
    return failure.cancelled(rt.name)
  end
  return rt.state == "dead" and rt.failure or nil -- it has ended by itself as it was asked to
end

local function run(set, job)
  local _ <close> = job
  local before = await_before(set, job)
  if before then -- whoever stops it sees to its end
    job.failure = before
    if set.jobs[job.rt.name] == job then
      set.jobs[job.rt.name] = nil
    end
    return
  end
  local failed = come_up(set, job)
  if failed then
    fail(set, job, failure.looked_again(job.rt, failed))
    return
  end
  job.rt.state = runtime.is_to_end(job.rt.spec) and "completed" or "ready"
  job.started = true
  events.ready(set, job.rt)
end

--- Whether a start is the one that is being stopped: what needs the service now needs another one.
local function is_ending(set, name, job)
  local stopping = set.stopping[name]
  return stopping ~= nil and stopping.job == job and not set.runtimes[name].held
end

--- Finds the start of a service, or begins it.
---@param set engine.service.Set
---@param name string
---@return engine.service.Job
function M.ensure(set, name)
  local before = set.jobs[name]
  if before and not before.given_up and not is_ending(set, name, before) then
    return before
  end
  local job = setmetatable({
    before = before and before.given_up and before or nil,
    rt = set.runtimes[name],
    over = false,
    started = false,
    pinned = false,
    holders = 0,
    listeners = {},
  }, job_meta)
  set.jobs[name] = job
  job.task = set.crew:spawn(run, set, job)
  return job
end

--- Gives starts up of what is stopped alone, which those who wait for them are told.
---@async
---@param jobs engine.service.Job[]
function M.stop(jobs)
  for _, job in ipairs(jobs) do
    job.stopped = true
  end
  M.give_up(jobs)
end

--- Gives starts up, those that are not over, and waits until nothing of them runs.
---@async
---@param jobs engine.service.Job[]
function M.give_up(jobs)
  for _, job in ipairs(jobs) do
    if not job.over then
      job.given_up = true
      job.task:cancel()
    end
  end
  for _, job in ipairs(jobs) do
    if job.given_up then
      job.task:join()
    end
  end
end

return M
