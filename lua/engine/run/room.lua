--- The room of a scenario: made, told, kept or closed.
---@class engine.run.room
local backends = require("engine.backend")
local clock = require("engine.run.clock")
local judge = require("engine.run.judge")
local task = require("clnrm.task")
local verdict = require("engine.verdict")
local watchdog = require("engine.run.watchdog")

local M = {}

local OPEN_MS = 60000 -- for a backend to make a room, unless it says otherwise
local CLOSE_MS = 8000 -- for a room to close, unless it says itself how long it may take

---@class engine.run.Entry one scenario of a run
---@field scenario engine.model.Scenario
---@field opened core.task.Event the room is there, or is known not to be, or is not made ahead
---@field room? engine.backend.Room
---@field services? engine.model.Service[] of its room
---@field open_ms number
---@field open_error? core.Error
---@field unmet? string why what the test requires is not met: no room is asked for
---@field ticket? engine.pool.Ticket its claim to a room of the pool
---@field taken? engine.pool.Taken how it came by that
---@field again? async fun(): engine.backend.Room?, core.Error? makes it once more, without a pool

--- Makes a room; an answer that does not come is an error.
---@async
---@param run engine.run.Run
---@param spec engine.backend.OpenSpec
---@param backend? engine.backend default: the run's
---@return engine.backend.Room? room
---@return core.Error? err
function M.make(run, spec, backend)
  run.seen.rooms = run.seen.rooms + 1
  backend = backend or run.backend
  return watchdog.call(backend.open_ms or OPEN_MS, backend.open, spec)
end

--- Finds the services of a scenario, as its file describes them.
local function services_of(scenario)
  local names, list = {}, {}
  for _, name in ipairs(scenario.services or list) do
    names[name] = true
  end
  for _, spec in ipairs(next(names) and scenario.suite.services or list) do
    list[#list + 1] = names[spec.name] and spec or nil
  end
  return list[1] and list or nil
end

--- Opens the room of a scenario; sets `entry.opened` in any case.
---@async
---@param run engine.run.Run
---@param entry engine.run.Entry
function M.open(run, entry)
  M.open_for(run, entry, services_of(entry.scenario))
end

--- Opens a room for services; sets `entry.opened`, if there is one, in any case.
---@async
---@param run engine.run.Run
---@param entry engine.run.Entry
---@param specs? engine.model.Service[]
function M.open_for(run, entry, specs)
  local scenario, began = entry.scenario, clock.ms()
  local suite = scenario.suite
  local spec = {
    name = scenario.id,
    project_dir = suite.project_dir,
    room = suite.room,
    run_id = run.kept and run.kept.run_id or run.id,
    limits = suite.limits,
    policy = scenario.policy,
    may_be_kept = run.keep ~= "never",
    has_plain_log = run.keep ~= "never" and not run.secrets:mask(scenario.id),
    secrets = run.secrets,
  }
  entry.services = specs
  local ready, err, backend = true, nil, backends.of(run.backend, suite.room, specs)
  if suite.has_images then
    ready, err, entry.services = backends.prepare(backend, suite.room, entry.services,
      run.secrets)
  end
  if ready and entry.services then
    backends.furnish(backend, spec, entry.services)
  end
  if spec.policy then
    spec.paths = require("engine.policy").paths(entry.services, scenario.steps)
  end
  local room
  local may_wait = entry.opened and backend.pools and not run.late[suite]
  local pool = may_wait and require("engine.pool.run").of(run)
  entry.ticket, entry.taken = ready and pool and pool:expect(backend, spec) or nil, nil
  if ready and not entry.ticket then
    room, err = M.make(run, spec, backend)
    entry.again = function()
      return M.make(run, spec, backend)
    end
  end
  entry.room, entry.open_error = room, not room and err or nil
  entry.open_ms = clock.since(began)
  if entry.opened then
    entry.opened:set()
  end
end

local function take(run, entry)
  local room, err, taken = run.pool:take(entry.ticket)
  entry.room, entry.open_error, entry.taken = room, not room and err or nil, taken
  if taken then
    entry.open_ms = taken.from == "reused" and taken.wait_ms or taken.made_ms
  end
end

--- Makes a room again that nobody has used, where it shows what is not there any more.
---@async
---@param run engine.run.Run
---@param entry engine.run.Entry
---@param is_stale? boolean it is made again in any case
---@return boolean is_new that of before is closed; `open_error` says why there is no other
function M.renew(run, entry, is_stale)
  local room = entry.room
  if not room or not (entry.taken or entry.again)
    or not (is_stale or room.is_moved and room:is_moved()) then
    return false
  end
  M.close(entry)
  if entry.taken then
    run.pool:ended(entry.ticket, room)
    take(run, entry)
  else
    entry.room, entry.open_error = entry.again()
  end
  return true
end

--- Takes the room of a scenario whose turn has come, when the pool has it.  One that was made ahead
--- and shows what is not there any more is made again.
---@async
---@param run engine.run.Run
---@param entry engine.run.Entry
function M.acquire(run, entry)
  local is_new = M.renew(run, entry)
  if not is_new and entry.ticket and not entry.room then
    take(run, entry)
  end
end

--- Whether the room of a scenario is made behind its file's before_all, which may change what the
--- room is given of the project.
---@param run engine.run.Run
---@param scenario engine.model.Scenario
---@return boolean
function M.is_behind_hook(run, scenario)
  local hooks = scenario.suite.hooks
  return hooks ~= nil and hooks.before_all ~= nil and run.late[scenario.suite] == true
end

--- Sees to it that a room is of what is there when the time of its steps has come: before_all of
--- its file, and what it waited for, are over.
---@async
---@param run engine.run.Run
---@param entry engine.run.Entry
function M.settle(run, entry)
  local is_new
  if M.is_behind_hook(run, entry.scenario) then
    M.open(run, entry)
    is_new = true
  else
    is_new = M.renew(run, entry)
  end
  if is_new then
    M.enter(run, entry)
  end
end

--- Gives a room back to the pool, as far as it can be used again.
---@return boolean is_back
---@return string? why not, where that was asked for
local function give_back(run, cx)
  local entry, spoilt = cx.entry, nil
  if not entry.taken or not entry.room or not entry.ticket.shelf.may_return then
    return false
  end
  local ended = judge.scenario(cx.scenario, cx.course)
  if cx.course.stopped or not verdict.is_good(ended.verdict) then
    spoilt = "its scenario did not pass"
  elseif cx.scenario.policy then
    spoilt = "what its policy forbids is known at its end only"
  elseif ended.marks[1] == "leak" then
    spoilt = "a process of it outlived its step"
  end
  return run.pool:give_back(entry.ticket, entry.room, spoilt)
end

--- Closes the room of an entry.  Waits for it even in a cancelled task, but not for ever.
---@async
---@param entry engine.run.Entry
---@return number close_ms
---@return table? info what the room told at its end
---@return core.Error? err it was not there to the end
function M.close(entry)
  local began, room = clock.ms(), entry.room
  entry.room = nil
  if not room then
    return 0
  end
  local info, err = task.shield(task.timeout, room.close_ms or CLOSE_MS, room.close, room)
  return clock.since(began), type(info) == "table" and info or nil, not info and err or nil
end

--- Whether the room of a finished course is to outlive the run.
local function wants_keep(run, scenario, course)
  if run.keep == "never" or course.stopped or not run.keep then
    return false
  end
  return run.keep == "always" or not verdict.is_good(judge.scenario(scenario, course).verdict)
end

---@class engine.run.Kept
---@field pid? integer  of the room's first process
---@field container? string id of the container that is entered
---@field until_s integer wall clock, seconds
---@field shell string  the command of clnrm that enters it
---@field enter string  one that does without clnrm

--- Says whose a room is.
---@param run engine.run.Run
---@param scenario engine.model.Scenario
---@return engine.backend.volumes.Owner
---@nodiscard
function M.owner(run, scenario)
  local id = scenario.id
  return { test = scenario, name = run.secrets and run.secrets:name(id, id) or id }
end

--- Waits for the rooms of other tests that the services of this one cannot be beside.  One that
--- stays is as if there were no room; what the file itself must not is told of the service.
---@async
---@param run engine.run.Run
---@param entry engine.run.Entry
function M.enter(run, entry)
  local room, services = entry.room, entry.services
  if not room or not services or entry.scenario.is_shared then
    return
  end
  local host = room.service_host or require("engine.service.in_room")
  local err = host.enter(room, M.owner(run, entry.scenario), services)
  if err and err.code == "EBESIDE" then
    M.close(entry)
    entry.open_error = err
  end
end

--- Gives the room of an entry up without ending it; noted first, so that `clnrm reap` finds it.
---@async
---@return engine.run.Kept? kept as `room_end` tells it; nil without an error: nothing is there
---@return core.Error? err then the room is still ours
local function keep_room(run, entry, services)
  local kept, room, id = require("engine.kept"), entry.room, entry.scenario.id
  local found = room:identity()
  if not found.pid and not found.container then
    return nil -- none of its services was started, and why is told
  end
  local note, err = kept.note(room, {
    run = run.id,
    scenario = run.secrets:name(id, id),
    mask = run.secrets:mask(id),
    services = services,
  })
  if not note then
    return nil, err
  end
  local ok
  ok, err = task.shield(task.timeout, CLOSE_MS, room.keep, room, kept.SECONDS,
    kept.door(note))
  if not ok then
    kept.forget(note)
    return nil, err
  end
  require("engine.backend.volumes").keep(room)
  entry.room = nil
  return {
    pid = note.pid,
    container = note.container,
    until_s = note.until_s,
    shell = kept.shell_command(note),
    enter = kept.enter_command(note),
  }
end

--- Stops the services of a scenario, the last first.
local function close_services(run, cx)
  for i = #cx.services, 1, -1 do
    cx.services[i]:close(run.stopped ~= nil)
  end
end

--- Ends or keeps the room, and the services in it; tells it.
---@async
---@param run engine.run.Run
---@param cx engine.run.Context
function M.leave(run, cx)
  local entry, kept, keep_error = cx.entry, nil, nil
  if entry.room and cx.scenario.collect and not run.stopped then
    require("engine.run.artifacts").collect(run, cx)
  end
  if cx.services[1] then
    require("engine.run.bundle").keep(run, cx) -- after `collect`, which begins with an empty folder
  end
  if not entry.room then
    return close_services(run, cx)
  end
  if cx.scenario.is_shared then
    return require("engine.run.shared").leave(cx)
  end
  local room = entry.room
  cx.course.guarded = room.guarded and room:guarded() or nil -- so far: is it to be kept?
  if wants_keep(run, cx.scenario, cx.course) then
    for _, services in ipairs(cx.services) do
      services:leave()
    end
    kept, keep_error = keep_room(run, entry, cx.services)
  end
  if not kept then
    close_services(run, cx)
  end
  local began = clock.ms()
  local is_back, why_not = give_back(run, cx)
  entry.room = not is_back and entry.room or nil
  local close_ms, info, err = M.close(entry)
  if entry.taken and not is_back then
    run.pool:ended(entry.ticket, room, cx.course.duration_ms)
  elseif is_back then
    close_ms = clock.since(began)
    run.pool:used(cx.course.duration_ms)
  end
  cx.course.close_error = err
  cx.course.guarded = room.findings or cx.course.guarded
  run:emit({
    event = "room_end",
    id = cx.scenario.id,
    close_ms = close_ms,
    killed = info and info.killed or 0,
    kept = kept,
    not_kept = keep_error and tostring(keep_error),
    reused = is_back or nil,
    not_reused = why_not,
  })
end

--- Ends or keeps the room that the scenarios of a file shared, and its services.
---@async
---@param run engine.run.Run
---@param cx engine.run.Context of the file; its course gets what was lost
---@param is_bad boolean one of the scenarios was not good
function M.leave_file(run, cx, is_bad)
  local wanted = run.keep == "always" or run.keep == "on-failure" and is_bad
  local kept, err
  if wanted and cx.entry.room and not run.stopped then
    for _, services in ipairs(cx.services) do
      services:leave()
    end
    kept, err = keep_room(run, cx.entry, cx.services)
  end
  if not kept then
    close_services(run, cx)
  end
  if kept or err then
    run:emit({
      event = "room_end",
      id = cx.scenario.id,
      close_ms = 0,
      killed = 0,
      kept = kept,
      not_kept = err and tostring(err),
    })
  end
  local room = cx.entry.room
  local _, _, lost = M.close(cx.entry)
  cx.course.close_error, cx.course.guarded = lost, room and room.findings
end

--- Tells the room of a scenario.
---@param run engine.run.Run
---@param cx engine.run.Context
function M.tell(run, cx)
  run:emit({
    event = "room_begin",
    id = cx.scenario.id,
    isolation = cx.entry.room.isolation,
    room = cx.entry.room.id,
    open_ms = cx.entry.open_ms,
    from = cx.entry.taken and cx.entry.taken.from,
    wait_ms = cx.entry.taken and cx.entry.taken.wait_ms,
  })
end

return M
