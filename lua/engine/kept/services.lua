--- What becomes of the services of rooms that are kept, and of runs that go on: how they are, what
--- they have printed, and their restart.  An engine tells of its own; in the sandbox the room's
--- agent, or the record of the run.
---@class engine.kept.services
local enter = require("engine.kept.enter")
local error_new = require("core.error").new
local json = require("core.json")
local kept = require("engine.kept")
local labels = require("engine.docker.labels")
local lines_of = require("engine.kept.lines")
local process = require("engine.kept.process")
local seconds_of = require("engine.docker.leftovers").seconds_of
local state_of = require("engine.backend.container.state")
local task = require("core.task")

local M = {}

---@class engine.kept.Status
---@field service string
---@field state string    of an engine its word: running, exited …; else as engine.service has it
---@field health? string  of the image's own check
---@field uptime_s? integer
---@field ports integer[] in the room
---@field container? string
---@field pid? integer    in the room
---@field restarts? integer nil: not known
---@field exit_code? integer

local function known(room, name)
  for _, service in ipairs(room.note and room.note.services or {}) do
    if service.name == name then
      return service
    end
  end
end

local function ports_of(told, note)
  if note then
    return note.ports
  end
  local list = json.array()
  for port in pairs(type(told.Config.ExposedPorts) == "table" and told.Config.ExposedPorts or {}) do
    list[#list + 1] = math.tointeger(tonumber(port:match("^%d+")))
  end
  table.sort(list)
  return list
end

local function status_of(told, name, room)
  local state, note = told.State or {}, known(room, name)
  local began = state.Running and seconds_of(state.StartedAt)
  local health = type(state.Health) == "table" and state.Health.Status or nil
  local seen
  for _, one in ipairs(room.events or {}) do
    seen = one.name == name and one or seen
  end
  for _, row in ipairs(room.rows or {}) do
    seen = row.service == name and row.restarts and { starts = row.restarts + 1 } or seen
  end
  local starts = note and note.starts or seen and seen.starts
  return {
    service = name,
    state = state.Paused and "paused" or state_of.word(state),
    health = health ~= "none" and health ~= "" and health or nil, -- "": Podman's, of no check
    uptime_s = began and math.max(0, os.time() - began) or nil,
    ports = ports_of(told, note),
    container = told.Id,
    restarts = starts and starts - 1 + (math.tointeger(told.RestartCount) or 0) or nil,
    exit_code = not state.Running and math.tointeger(state.ExitCode) or nil,
  }
end

--- Lists the containers of a room's services, by their names.
local function containers(client, room)
  local list, err = require("engine.kept.containers").list(client, room)
  local found = {}
  for _, one in ipairs(list or {}) do
    local name = one.labels[labels.SERVICE]
    found[#found + 1] = name and { name = name, id = one.id,
      has_plain_log = one.labels[labels.LOG] == labels.LOG_PLAIN } or nil
  end
  table.sort(found, function(a, b)
    return a.name < b.name
  end)
  return list and found, err
end

local function of_engine(room)
  local client <close>, err = require("engine.docker.client").connect(room.endpoint)
  local list
  if client then
    list, err = containers(client, room)
  end
  local asked, rows = {}, {}
  for i, one in ipairs(list or {}) do
    asked[i] = task.spawn(function()
      return client:call("GET", ("/containers/%s/json"):format(one.id))
    end)
  end
  for i, one in ipairs(list or {}) do
    local told = asked[i]:join()
    rows[#rows + 1] = told and status_of(told, one.name, room) or nil -- else it has just gone
  end
  return list and rows, err
end

--- Looks which processes of a kept room of the sandbox are there.
local function of_sandbox(room)
  local place <close>, err = enter.open(room)
  local rows = {}
  for i, service in ipairs(room.note.services) do
    local stat = place and process.may_be(room.note, service)
      and place.core:stat(("/proc/%d"):format(service.pid))
    local is_there = stat and stat.kind == "directory"
    rows[i] = {
      service = service.name,
      state = not place and "not known" or is_there and "running"
        or service.kind == "daemon" and "ended" or service.state,
      uptime_s = is_there and math.max(0, os.time() - service.began_s) or nil,
      ports = service.ports,
      pid = service.pid,
      restarts = service.starts - 1,
    }
  end
  return rows, not place and err or nil
end

local function of_record(room)
  local rows = {}
  for i, seen in ipairs(room.events) do
    local since = seen.began_ms and room.began_s + seen.began_ms // 1000
    rows[i] = {
      service = seen.name,
      state = seen.state,
      uptime_s = seen.state == "ready" and since and math.max(0, os.time() - since | 0) or nil,
      ports = json.array(),
      restarts = seen.starts - 1,
    }
  end
  return rows
end

--- Tells how the services of a room are.
---@async
---@param room engine.kept.Room
---@return engine.kept.Status[]? rows
---@return core.Error? err why something is not known
function M.status(room)
  if room.backend ~= "sandbox" then
    return of_engine(room)
  elseif room.note then
    return of_sandbox(room)
  end
  return room.rows or of_record(room)
end

--- Reads what the engine has of one container: frames of its two outputs, by turns; until `each`
--- says that it was enough.
local function read_log(client, id, follows, each)
  local call <close>, err = client:ask("GET", ("/containers/%s/logs"):format(id), {
    query = { stdout = true, stderr = true, follow = follows or nil },
    timeout_ms = follows and 0 or nil,
  })
  if not call then
    return nil, err
  end
  local feeds, ends, is_enough = {}, {}, false
  for stream = 1, 2 do
    feeds[stream], ends[stream] = lines_of.feeder(function(line)
      is_enough = is_enough or each(line) == true
    end)
  end
  local take = lines_of.frames(feeds)
  while not is_enough do
    local bytes
    bytes, err = call:read()
    if not bytes or bytes == "" then
      break
    end
    take(bytes)
  end
  ends[1]()
  ends[2]()
  return not err or nil, err
end

local function refuse(message, help)
  return nil, error_new({ code = "EINVAL", op = "kept.services", message = message,
    detail = { help = help } })
end

local function no_service(name, names)
  table.sort(names)
  return refuse(("the room has no service '%s'"):format(name),
    names[1] and "it has: " .. table.concat(names, ", ") or "it has none")
end

--- Says lines of what was noted, for rooms whose later output nobody keeps, or nobody may show.
---@return true? ok
---@return core.Error? err there is no such service
local function noted(room, wanted, each)
  local logs = room.note and kept.logs(room.note) or {}
  for _, service in ipairs(room.note and room.note.services or {}) do
    logs[service.name] = logs[service.name] or {}
  end
  for _, seen in ipairs(room.events or {}) do
    logs[seen.name] = seen.log or {}
  end
  local names = {}
  for name, lines in pairs(logs) do
    names[#names + 1] = name
    for _, line in ipairs((not wanted or wanted == name) and lines or {}) do
      each(name, line)
    end
  end
  if wanted and not logs[wanted] then
    return no_service(wanted, names)
  end
  return true
end

--- Says what a room that nobody is asked about has noted, and what is not shown.
local function from_notes(room, opts, each, note)
  local ok, err = noted(room, opts.service, each)
  return ok and note, err
end

--- Gives what the engine has of containers, all at once.
local function from_engine(client, list, follows, each)
  local tasks, first, is_enough = {}, nil, false
  for i, one in ipairs(list) do
    tasks[i] = task.spawn(function()
      local ok, why = read_log(client, one.id, follows, function(line)
        is_enough = is_enough or each(one.name, line) == true
        return is_enough
      end)
      for j, other in ipairs(is_enough and tasks or {}) do
        if i ~= j then -- it waits for a line that nobody wants
          other:cancel()
        end
      end
      first = first or not ok and not is_enough and why or nil
    end)
  end
  for _, one in ipairs(tasks) do
    local _, why = one:join()
    for _, other in ipairs(why and tasks or {}) do
      other:cancel() -- who waits for them was cancelled
    end
    task.shield(one.join, one)
  end
  return nil, first
end

--- Connects to the engine of a room, and lists the services that are meant.
local function chosen(room, wanted)
  local client, err = require("engine.docker.client").connect(room.endpoint)
  local list
  if client then
    list, err = containers(client, room)
  end
  if not list then
    return client, nil, err
  end
  local meant, names = {}, {}
  for i, one in ipairs(list) do
    names[i] = one.name
    meant[#meant + 1] = (not wanted or wanted == one.name) and one or nil
  end
  if wanted and not meant[1] then
    return client, no_service(wanted, names)
  end
  return client, meant
end

--- Why a run that goes on says nothing, where that can be seen.
local function why_silent(room)
  local why = require("engine.live.place").why_not(room.run)
  return why and "no run can be asked here: " .. why
end

--- Gives what services of a run that goes on have printed: what an engine keeps without secrets,
--- else what the run says, or of one that does not answer the record: of services that have ended.
local function of_running(room, opts, each)
  if room.backend ~= "sandbox" then
    local client <close>, list, err = chosen(room, opts.service)
    local plain = {}
    for _, one in ipairs(list or {}) do
      plain[#plain + 1] = one.has_plain_log and one or nil
    end
    if err and not room.live then
      return nil, err
    elseif plain[1] then
      return from_engine(client, plain, opts.follows, each)
    end
  end
  if room.live then
    return require("engine.kept.by_run").logs(room, opts, each)
  end
  local has_shown = false
  local note, err = from_notes(room, opts, function(...)
    has_shown = true
    each(...)
  end, "what the others print is their run's until they end")
  if err or has_shown then
    return note, err
  end
  return nil, error_new({ code = "ENOENT", op = "kept.services",
    message = "what services print is their run's until they end, and it does not answer",
    detail = { help = why_silent(room)
      or "is it another user's, of another clnrm, or stopped?" } })
end

--- Gives the lines that services have printed.  What the run had written down is without secrets;
--- an engine is asked only for rooms of runs that had none.
---@async
---@param room engine.kept.Room
---@param opts { service?: string, follows?: boolean }
---@param each fun(service: string, line: string): boolean? true: nobody wants more
---@return string? note what is not shown, and why
---@return core.Error? err EINVAL: there is no such service; ENOENT: nothing can be shown yet
function M.logs(room, opts, each)
  if room.state == "running" then
    return of_running(room, opts, each)
  elseif room.backend == "sandbox" then
    return from_notes(room, opts, each, "what they print since the end of the run is kept nowhere")
  elseif room.note.is_masked then
    return from_notes(room, opts, each, "the run had secrets, which are not known here: what came "
      .. "later is not shown; docker logs has it as it is")
  end
  local client <close>, list, err = chosen(room, opts.service)
  if not list then
    return nil, err
  end
  return from_engine(client, list, opts.follows, each)
end

local function restart_in_sandbox(room, name)
  local service, names = known(room, name), {}
  for i, one in ipairs(room.note and room.note.services or {}) do
    names[i] = one.name
  end
  if not service then
    return no_service(name, names)
  end
  local pid, err = require("engine.kept.again").restart(room, service)
  if not pid then
    return nil, err
  end
  kept.note_restart(room.note, name, pid)
  return { service = name, state = "running", uptime_s = 0, ports = service.ports, pid = pid,
    restarts = service.starts - 1 }
end

--- Stops a service of a kept room, or of a run that goes on, and starts it again.
---@async
---@param room engine.kept.Room
---@param name string
---@return engine.kept.Status? status as it is then
---@return core.Error? err EINVAL: it is not to be restarted; EPOLICY: what it is shown has moved
function M.restart(room, name)
  if room.live then
    return require("engine.kept.by_run").restart(room, name)
  elseif room.state == "running" then
    local why = why_silent(room)
    return refuse("its run goes on, does not answer, and would find a service restarted by someone "
      .. "else", (why and why .. "; " or "")
      .. "wait for its end, or keep its rooms: clnrm run --keep")
  end
  local hold <close>, held_err = require("engine.kept.hold").take(room.note)
  if not hold then
    return nil, held_err
  end
  room.note = hold.note -- as who was before has left it
  if room.backend == "sandbox" then
    return restart_in_sandbox(room, name)
  end
  local client <close>, err = require("engine.docker.client").connect(room.endpoint)
  local list
  if client then
    list, err = containers(client, room)
  end
  for _, one in ipairs(list or {}) do
    if one.name == name then
      local told
      one.kind = (known(room, name) or {}).kind or "daemon"
      told, err = require("engine.kept.restart").container(client, one)
      if told or err.code == "EFAILED" then
        kept.note_restart(room.note, name)
      end
      return told and status_of(told, name, room), err
    end
  end
  if list then
    return refuse(("the room has no service '%s'"):format(name), "clnrm services status")
  end
  return nil, err
end

return M
