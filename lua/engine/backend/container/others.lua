--- Services of other runs in the same engine, of other processes of this machine: where one of them
--- could put a link into what a room is shown, or a service of that room into what it is shown.
---
--- There is nobody to wait for: such a run may be kept, or have no end.  Rooms that other processes
--- have in the sandbox are not seen.
---@class engine.backend.container.others
local error_new = require("core.error").new
local inherited = require("engine.docker.inherited")
local labels = require("engine.docker.labels")
local overlaps = require("engine.model.volume_overlaps")
local refusal = require("engine.backend.container.refusal")
local request = require("engine.docker.request")
local task = require("core.task")
local things = require("engine.docker.things")

local M = {}

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
        name = tostring(its[labels.SERVICE]) }
    end
  end
  return body and list, err
end

--- Asks what they are shown, all at once; one that has gone is none.
---@param read fun(told: table): table[] its mounts, as HostConfig has them
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
      return nil, err
    end
  end
  return services
end

local HELP = "end that run; one that is kept is ended by `clnrm reap`; or make that volume "
  .. "read-only (`:ro`)"
local WHY = "it could put a link there, and an engine follows links"

local function of_run(other)
  return ("the service '%s' of another run (%s), which is there,"):format(other.name, other.run)
end

local function refuse(message)
  return error_new({ code = "EBESIDE", op = "room.volumes", message = message,
    detail = { help = HELP } })
end

--- Refuses a volume in whose place a service of another process could put a link.
local function below(spec, volume, others)
  local other, of_other = overlaps.writer_of(others, volume.source)
  local what = spec.is_project and "the project " .. volume.source
    or ("the volume %s of the service '%s'"):format(volume.source, spec.name)
  return other and refuse(("%s lies in %s, which %s can write to: %s"):format(what,
    of_other.source, of_run(other), WHY))
end

--- Refuses a room whose service could put a link in the place of what another process's is shown.
local function above(services, other, mount)
  local spec, volume = overlaps.writer_of(services, mount.source)
  return spec and refuse(("%s, which %s is shown, lies in the volume %s of the service '%s', "
    .. "which can write to it: %s"):format(mount.source, of_run(other), volume.source, spec.name,
    WHY))
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

--- Refuses a room where a service of another process can write to a folder above what it is shown,
--- or the other way round.
---@async
---@param session engine.backend.container.Session
---@param services engine.model.Service[] of the room
---@param read fun(told: table): table[] the mounts of a container that is told of
---@return core.Error? err EBESIDE; EAGENT: the engine does not tell
---@nodiscard
function M.refused(session, services, read)
  local list, err = list_of(session)
  local others
  if list then
    others, err = ask(session.client, list, read)
  end
  if not others then
    return refusal.read(err)
  end
  return look(services, others)
end

return M
