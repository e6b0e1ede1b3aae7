--- Services of other runs in the same engine, of other processes of this machine: where one of them
--- could put a link into what a room is shown, or a service of that room into what it is shown.
---
--- There is nobody to wait for: such a run may be kept, or have no end.  What a run that was killed
--- has left is waited for, for that is about to be removed (engine.docker.sweep).  Rooms that other
--- processes have in the sandbox are not seen.
---@class engine.backend.container.others
local clock = require("core.clock")
local error_new = require("core.error").new
local inherited = require("engine.docker.inherited")
local labels = require("engine.docker.labels")
local overlaps = require("engine.model.volume_overlaps")
local refusal = require("engine.backend.container.refusal")
local request = require("engine.docker.request")
local sweep = require("engine.docker.sweep")
local task = require("core.task")
local things = require("engine.docker.things")

local M = {}

M.LEFT_MS = 30000 -- for what is about to be removed to be gone: nearly as long as a watcher tries
M.PAUSE_MS, M.PAUSE_MAX_MS = 50, 1000 -- between looks, twice as long each time

local NS_PER_MS = 1000000

local IS_OVER = { dead = true, removing = true } -- nobody starts it again

--- Labels of who has made something.
local OF_PROCESS = { "clnrm.machine", labels.BOOT, "clnrm.pid-space", "clnrm.pid",
  "clnrm.start-time" }

--- Whether this process has made something: its rooms are known, and waited for.
local function is_own(session, its)
  for _, name in ipairs(OF_PROCESS) do
    if its[name] ~= session.labels[name] then
      return false
    end
  end
  return true
end

--- Lists services of other processes.  What stands still may be started again: of a room that is
--- kept (`clnrm services restart`), of a test that stops and starts it, and what is just made.
local function list_of(session)
  local body, err = session.client:call("GET", "/containers/json",
    { query = { all = true, filters = { label = { labels.RUN, labels.SERVICE } } } })
  local list = {}
  for _, one in ipairs(type(body) == "table" and body or {}) do
    local its = labels.said(one.Labels)
    if type(one.Id) == "string" and not IS_OVER[one.State] and its[labels.SERVICE]
      and labels.is_ours(its) and not is_own(session, its)
      and not inherited.is(session.client, one) then
      list[#list + 1] = { id = one.Id, run = its[labels.RUN],
        name = tostring(its[labels.SERVICE]), is_left = sweep.is_left({ kind = "container",
          id = one.Id, name = one.Id, labels = its }) }
    end
  end
  return body and list, err
end

--- Asks what they are shown, all at once; one that has gone is none.
---@param read fun(told: table): table[] its mounts, as HostConfig has them
---@return table[]? services
---@return core.Error? err
---@return boolean? is_going it is about one that is about to be removed: Podman fails in the midst
local function ask(client, list, read)
  local asked, services = {}, {}
  for i, one in ipairs(list) do
    asked[i] = task.spawn(function()
      return client:call("GET", ("/containers/%s/json"):format(request.segment(one.id)))
    end)
  end
  for i, one in ipairs(list) do
    local told, err = asked[i]:join()
    if told then
      one.volumes = {}
      for j, mount in ipairs(read(told)) do
        one.volumes[j] = { source = mount.Source, read_only = mount.ReadOnly }
      end
      services[#services + 1] = one
    elseif not things.is_missing(err) then
      return nil, err, one.is_left and err.detail ~= nil and err.detail.status ~= nil
    end
  end
  return services
end

local HELP = "end that run; one that is kept is ended by `clnrm reap`; or make that volume "
  .. "read-only (`:ro`)"
local HELP_LEFT = "`clnrm reap` removes what that run has left, or says why it cannot"
local WHY = "it could put a link there, and an engine follows links"

local function of_run(other)
  local what = other.is_left
      and ("which has ended, and what it left is still there after %d s,"):format(M.LEFT_MS // 1000)
    or "which is there,"
  return ("the service '%s' of another run (%s), %s"):format(other.name, other.run, what)
end

local function refuse(message, other)
  return error_new({ code = "EBESIDE", op = "room.volumes", message = message,
    detail = { help = other.is_left and HELP_LEFT or HELP } })
end

--- Refuses a volume in whose place a service of another process could put a link.
local function below(spec, volume, others)
  local other, of_other = overlaps.writer_of(others, volume.source)
  local what = spec.is_project and "the project " .. volume.source
    or ("the volume %s of the service '%s'"):format(volume.source, spec.name)
  return other and refuse(("%s lies in %s, which %s can write to: %s"):format(what,
    of_other.source, of_run(other), WHY), other)
end

--- Refuses a room whose service could put a link in the place of what another process's is shown.
local function above(services, other, mount)
  local spec, volume = overlaps.writer_of(services, mount.source)
  return spec and refuse(("%s, which %s is shown, lies in the volume %s of the service '%s', "
    .. "which can write to it: %s"):format(mount.source, of_run(other), volume.source, spec.name,
    WHY), other)
end

--- Looks both ways, for who comes second may be the one that writes: an engine resolves what the
--- other one is shown as it starts, or is started again.
local function look(services, others)
  for _, spec in ipairs(services) do
    for _, volume in ipairs(spec.volumes or {}) do
      local err = volume.source and below(spec, volume, others)
      if err then
        return err
      end
    end
  end
  for _, other in ipairs(others) do
    for _, mount in ipairs(other.volumes) do
      local err = above(services, other, mount)
      if err then
        return err
      end
    end
  end
end

--- Finds the services of other processes, by whether they are what is left of a run: as `ask`.
local function find(session, read)
  local list, err = list_of(session)
  local services, is_going
  if list then
    services, err, is_going = ask(session.client, list, read)
  end
  if not services then
    return nil, err, is_going
  end
  local others = { [true] = {}, [false] = {} }
  for _, one in ipairs(services) do
    table.insert(others[one.is_left], one)
  end
  return others
end

--- Looks once.
---@return core.Error? err
---@return boolean? may_pass once what a run has left is gone
local function look_once(session, services, read)
  local others, err, is_going = find(session, read)
  if not others then
    return refusal.read(err), is_going
  end
  err = look(services, others[false])
  if err then
    return err
  end
  return look(services, others[true]), true
end

--- Refuses a room where a service of another process can write to a folder above what it is shown,
--- or the other way round.  Waits where that is left of a run that has ended: its processes may
--- still run.
---@async
---@param session engine.backend.container.Session
---@param services engine.model.Service[] of the room
---@param read fun(told: table): table[] the mounts of a container that is told of
---@return core.Error? err EBESIDE; EAGENT: the engine does not tell; ECANCELED
---@nodiscard
function M.refused(session, services, read)
  local due, pause = clock.now() + M.LEFT_MS * NS_PER_MS, M.PAUSE_MS
  while true do
    local err, may_pass = look_once(session, services, read)
    if not err or not may_pass or clock.now() >= due then
      return err
    end
    local ok, cancelled = task.sleep(pause)
    if not ok then
      return cancelled
    end
    pause = math.min(M.PAUSE_MAX_MS, pause * 2)
  end
end

return M
