--- Places of this machine that containers are shown, and where containers could put a link.
---
--- An engine takes the path of a mount's source and follows links in it, at each start anew, and
--- nothing else names a folder to it (docs/decisions.md).  So no source may lie below a folder that
--- another container can write to meanwhile; each is looked at just before the engine is asked; and
--- what it has mounted is compared with what was meant, where this machine shows that.
---@class engine.backend.container.sources
local clock = require("core.clock")
local dying = require("engine.backend.dying")
local error_new = require("core.error").new
local fs = require("core.fs")
local host_path = require("engine.model.host_path")
local seen = require("engine.backend.container.seen")
local task = require("core.task")

local M = {}

local HELP = "make that one read-only (`:ro`), or show a folder that does not lie in it"

local WAIT_MS = 60000 -- for another room to be gone
local NS_PER_MS = 1e6

--- Of rooms whose services are there: what these show.
---@type table<table, { name: string, services: engine.model.Service[], gone: core.task.Event }>
local rooms = {}

local function refuse(message, help)
  return error_new({ code = "EPOLICY", op = "container.mounts", message = message,
    detail = { help = help } })
end

--- Finds a volume that can be written to and holds a path.
---@param services engine.model.Service[]
---@param path string
---@param but? engine.model.Service not one of this
---@param is_own? boolean the path itself counts as well
local function writer_of(services, path, but, is_own)
  for _, spec in ipairs(services) do
    for _, volume in ipairs(spec ~= but and spec.volumes or {}) do
      if not volume.read_only and (is_own or path ~= volume.source)
        and host_path.is_below(path, volume.source) then
        return spec, volume
      end
    end
  end
end

local function below_text(spec, volume, other, of_other, where)
  local what = spec.is_project and "the project " .. volume.source
    or ("the volume %s of the service '%s'"):format(volume.source, spec.name)
  return ("%s lies in %s, which the service '%s'%s can write to: it could put a link there, and an "
    .. "engine follows links"):format(what, of_other.source, other.name, where or "")
end

--- Refuses volumes in whose place other services of the same room could put a link.
---@param services engine.model.Service[]
---@return core.Error? err EPOLICY
---@nodiscard
function M.refused(services)
  for _, spec in ipairs(services) do
    for _, volume in ipairs(spec.volumes or {}) do
      local other, of_other = writer_of(services, volume.source, spec)
      if other then
        return refuse(below_text(spec, volume, other, of_other), HELP)
      end
    end
  end
end

--- Finds what lies in a volume of other services, of a room that is there meanwhile.
local function between(services, others, name)
  local where = (" of '%s', which is there still,"):format(name)
  for _, spec in ipairs(services) do
    for _, volume in ipairs(spec.volumes or {}) do
      local other, of_other = writer_of(others, volume.source)
      if other then
        return refuse(below_text(spec, volume, other, of_other, where), HELP)
      end
    end
  end
end

--- Finds a room beside which the services of another one cannot be.
local function other_room(services, name)
  for _, other in pairs(rooms) do
    local err = between(services, other.services, other.name)
      or between(other.services, services, name)
    if err then
      return err, other
    end
  end
end

--- Waits until no room is there in which a service could put a link where one of this room's
--- volumes lies, or the other way round.
local function await_others(room, services)
  local name = room.name or "another room"
  local due = clock.now() / NS_PER_MS + WAIT_MS
  while not rooms[room] do
    local err, other = other_room(services, name)
    local left = due - clock.now() / NS_PER_MS
    if not err then
      rooms[room] = { name = name, services = services, gone = task.event() }
    elseif left <= 0 then
      return err
    else
      local ok, why = task.timeout(math.ceil(left), other.gone.wait, other.gone)
      if not ok and why.code == "ECANCELED" then
        return why
      end
    end
  end
end

--- Refuses volumes that show clnrm's own files.
local function refused_own(room, services)
  local session = room.session
  for _, dir in ipairs({ session.dir, (session.guard:journal_path():match("^(.*)/")) }) do
    local spec, volume = writer_of(services, fs.realpath(dir) or dir, nil, true)
    if spec then
      return refuse(("the volume %s of the service '%s' can be written to, and clnrm's own files "
        .. "of the run are in it: %s"):format(volume.source, spec.name, dir),
        "set TMPDIR and XDG_STATE_HOME to other folders, or make it read-only (`:ro`)")
    end
  end
end

--- Lists what the containers of a room show: its services', and in each of them the project.
local function all_of(room)
  local services = room.spec.services or {}
  local list = table.move(services, 1, #services, 1, {})
  if room.shows_project and room.project_dir then
    list[#list + 1] = { is_project = true,
      volumes = { { source = room.project_dir, read_only = true } } }
  end
  return list
end

--- Notes what the services of a room show, before the first of them is made.  Waits for others'
--- rooms, one of which could put a link in the place of that, to be gone.
---@async
---@param room engine.backend.container.Room
---@return core.Error? err EPOLICY
---@nodiscard
function M.enter(room)
  if rooms[room] then
    return nil
  end
  local services = all_of(room)
  return M.refused(services) or refused_own(room, services) or await_others(room, services)
end

--- Forgets a room, whose containers are gone.
---@param room engine.backend.container.Room
function M.leave(room)
  local one = rooms[room]
  rooms[room] = nil
  if one then
    one.gone:set()
  end
end

--- Lists the sources of a container's mounts that are files of this machine.
local function sources_of(host)
  local list = {}
  for _, mount in ipairs(host.Mounts or {}) do
    list[#list + 1] = mount.Type == "bind" and mount or nil
  end
  return list
end

local function moved(source, target, now)
  return refuse(("%s was to be shown at %s, and %s"):format(source, target, now),
    "something has replaced it since the test file was read: what else can write there?")
end

--- Looks whether the sources of a container's mounts are where they were: asked just before the
--- engine resolves them.
---@param host table HostConfig
---@return core.Error? err EPOLICY
---@nodiscard
function M.check(host)
  for _, mount in ipairs(sources_of(host)) do
    local real, err = fs.realpath(mount.Source)
    if real ~= mount.Source then
      return moved(mount.Source, mount.Target, real and "it leads to " .. real .. " now"
        or "it cannot be found any more: " .. err.message)
    end
  end
end

--- Reads a table of mounts.
---@param text string as /proc/PID/mountinfo has it
---@return { device: string, root: string, at: string }[]
local function read(text)
  local list = {}
  local function plain(word)
    return (word:gsub("\\(%d%d%d)", function(digits)
      return string.char(tonumber(digits, 8))
    end))
  end
  for device, root, at in text:gmatch("%d+ %d+ (%d+:%d+) (%S+) (%S+) [^\n]*") do
    list[#list + 1] = { device = device, root = plain(root), at = plain(at) }
  end
  return list
end

--- Says where a path is in its file system.
local function place_of(path, list)
  local best
  for _, mount in ipairs(list) do
    if host_path.is_below(path, mount.at) and (not best or #mount.at >= #best.at) then
      best = mount
    end
  end
  local rest = best and (best.at == "/" and path or path:sub(#best.at + 1))
  return best and best.device .. " " .. host_path.normal(best.root .. "/" .. rest)
end

--- Compares what a container has mounted with what was meant: by the file system, and the place in
--- it, of each source, wherever it stands in the container.  Pure.
---@param host table HostConfig
---@param own string /proc/self/mountinfo
---@param its string that of a process of the container
---@return core.Error? err EPOLICY
---@nodiscard
function M.compare(host, own, its)
  local ours, has = read(own), {}
  for _, mount in ipairs(read(its)) do
    local place = mount.device .. " " .. mount.root
    has[place] = (has[place] or 0) + 1
  end
  for _, mount in ipairs(sources_of(host)) do
    local place = place_of(mount.Source, ours) or ""
    has[place] = (has[place] or 0) - 1
    if has[place] < 0 then
      return moved(mount.Source, mount.Target, "the container was shown something else")
    end
  end
end

--- Compares it for a container that has started, where this machine shows its first process.
---@param host table HostConfig
---@param told table what inspect told
---@param id string
---@return core.Error? err EPOLICY
---@nodiscard
function M.shown(host, told, id)
  local pid = seen.find(math.tointeger((told.State or {}).Pid) or 0, id)
  local its = pid and dying.read(("/proc/%d/mountinfo"):format(pid))
  local own = its and its ~= "" and dying.read("/proc/self/mountinfo")
  return own and M.compare(host, own, its) or nil
end

return M
