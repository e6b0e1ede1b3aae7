--- Places of this machine that containers are shown.
---
--- An engine takes the path of a mount's source and follows links in it, at each start anew, and
--- nothing else names a folder to it (docs/decisions.md).  So no source may lie below a folder that
--- another service can write to meanwhile (engine.backend.volumes); each is looked at just before
--- the engine is asked; and what it has mounted is compared with what was meant, where this machine
--- shows that.
---@class engine.backend.container.sources
local dying = require("engine.backend.dying")
local error_new = require("core.error").new
local fs = require("core.fs")
local given = require("engine.backend.given")
local host_path = require("engine.model.host_path")
local mount_table = require("engine.backend.mounts")
local others = require("engine.backend.container.others")
local overlaps = require("engine.model.volume_overlaps")
local seen = require("engine.backend.container.seen")
local services_of = require("engine.model.services_of")
local volumes = require("engine.backend.volumes")

local M = {}

local function refuse(message, help)
  return error_new({ code = "EPOLICY", op = "container.mounts", message = message,
    detail = { help = help } })
end

--- Refuses volumes that show clnrm's own files.
local function refused_own(room, services)
  local session = room.session
  for _, dir in ipairs({ session.dir, (session.guard:journal_path():match("^(.*)/")) }) do
    local spec, volume = overlaps.writer_of(services, fs.realpath(dir) or dir, nil, true)
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

--- Lists the sources of a container's mounts that are files of this machine.
local function sources_of(host)
  local list = {}
  for _, mount in ipairs(host.Mounts or {}) do
    list[#list + 1] = mount.Type == "bind" and mount or nil
  end
  return list
end

local function table_of(value)
  return type(value) == "table" and value or {}
end

--- Reads what a container was asked to be shown.  Podman tells of that in words of its own, and
--- with Docker Desktop what is mounted is told by places of another machine.
---@param told table what inspect tells
---@return table host as HostConfig has it
---@nodiscard
function M.asked(told)
  local asked, list = {}, {}
  for _, mount in ipairs(table_of(table_of(told.HostConfig).Mounts)) do
    asked[host_path.normal(tostring(mount.Target))] = mount.Source
  end
  for i, mount in ipairs(table_of(told.Mounts)) do
    local target = tostring(mount.Destination)
    list[i] = { Type = mount.Type, Source = asked[host_path.normal(target)] or mount.Source,
      Target = target, ReadOnly = mount.RW == false }
  end
  return { Mounts = list }
end

--- Lists what a container shows of this machine.
local function binds_of(told)
  return sources_of(M.asked(told))
end

--- Looks whether rooms of other processes and this one are beside each other.  Asked before the
--- first container of a room is made, so that in vain none is, and of each that has volumes once it
--- is made and does not run: of two rooms that begin in the same moment the one whose container is
--- made last sees the other.
---@async
---@param room engine.backend.container.Room
---@return core.Error? err EBESIDE
---@nodiscard
function M.beside(room)
  -- the engine is not asked about rooms that show a project alone
  return services_of.show_folders(room.spec.services)
    and others.refused(room.session, all_of(room), binds_of) or nil
end

--- Notes what the services of a room show, before the first of them is made.  Waits for others'
--- rooms, one of which could put a link in the place of that, to be gone.
---@async
---@param room engine.backend.container.Room
---@param owner? engine.backend.volumes.Owner
---@return core.Error? err EPOLICY, EBESIDE, ECANCELED
---@nodiscard
function M.enter(room, owner)
  if volumes.is_in(room) then
    return nil
  end
  local services = all_of(room)
  return volumes.refused(services) or refused_own(room, services) or M.beside(room)
    or volumes.enter(room, { owner = owner, services = services, follows_links = true })
end

--- Looks whether the sources of a container's mounts are where they were: asked just before the
--- engine resolves them.
---@param host table HostConfig
---@return core.Error? err EPOLICY
---@nodiscard
function M.check(host)
  for _, mount in ipairs(sources_of(host)) do
    local err = given.look(mount.Source, mount.Target)
    if err then
      return err
    end
  end
end

--- Says why an engine has not made a container, or not started it: it is one answer, whenever it
--- was that a source has gone.
---@param host table HostConfig
---@param err core.Error the engine's
---@return core.Error # EPOLICY: a source is not where it was
---@nodiscard
function M.why(host, err)
  return err.detail and err.detail.status and M.check(host) or err
end

--- Lists the mounts that hold one and can be written to: the container can itself replace it.
local function around(mount, mounts)
  local list = {}
  for _, other in ipairs(mounts) do
    if not other.ReadOnly and other.Source ~= mount.Source
      and host_path.is_below(mount.Source, other.Source) then
      list[#list + 1] = other
    end
  end
  return list
end

--- Takes one of the places that a container has, which is where a service could have moved it.
local function take_moved(has, holders, ours)
  for place, one in pairs(has) do
    for _, holder in ipairs(one.count > 0 and holders or {}) do
      local device, root = mount_table.place(holder.Source, ours)
      if device == one.device and root ~= one.root and host_path.is_below(one.root, root) then
        has[place].count = one.count - 1
        return true
      end
    end
  end
  return false
end

--- Compares what a container has mounted with what was meant: by the file system, and the place in
--- it, of each source, wherever it stands in the container.  What the container could itself move
--- must lie somewhere in what it can write to.  Pure.
---@param host table HostConfig
---@param own string /proc/self/mountinfo
---@param its string that of a process of the container
---@return core.Error? err EPOLICY
---@nodiscard
function M.compare(host, own, its)
  local ours, has, mounts, missing = mount_table.read(own), {}, sources_of(host), {}
  for _, mount in ipairs(mount_table.read(its)) do
    local place = mount.device .. " " .. mount.root
    local one = has[place] or { count = 0, device = mount.device, root = mount.root }
    one.count, has[place] = one.count + 1, one
  end
  for _, mount in ipairs(mounts) do
    local device, root = mount_table.place(mount.Source, ours)
    local one = device and has[device .. " " .. root]
    if one and one.count > 0 then
      one.count = one.count - 1
    else
      missing[#missing + 1] = mount
    end
  end
  for _, mount in ipairs(missing) do
    if not take_moved(has, around(mount, mounts), ours) then
      return given.moved(mount.Source, mount.Target, "the container was shown something else")
    end
  end
end

--- Looks at the sources once more, of a container whose mounts cannot be read.
local function unknown(host)
  local mounts = sources_of(host)
  for _, mount in ipairs(mounts) do
    local err = not around(mount, mounts)[1] and M.check({ Mounts = { mount } })
    if err then
      return error_new({ code = "EAGENT", op = "container.mounts",
        message = ("it is not known what the container was shown: %s; and its processes, which "
          .. "could tell, are gone or not to be seen here"):format(err.message) })
    end
  end
end

--- Reads what is mounted here, and for a container that has started; nil: this machine does not
--- show that, or its first process has ended.
local function tables_of(told, id)
  local pid = seen.find(math.tointeger((told.State or {}).Pid) or 0, id)
  local its = pid and dying.read(("/proc/%d/mountinfo"):format(pid))
  local own = its and its ~= "" and dying.read("/proc/self/mountinfo")
  return own or nil, its
end

--- Compares it for a container that has started, by its first process.  Where that has ended, or
--- this machine does not show it, its sources must at least be where they were.
---@param host table HostConfig
---@param told table what inspect told
---@param id string
---@return core.Error? err EPOLICY; EAGENT: one was replaced, and nothing tells what was shown
---@nodiscard
function M.shown(host, told, id)
  local own, its = tables_of(told, id)
  if not own then
    return unknown(host)
  end
  return M.compare(host, own, its)
end

--- Whether a source has another thing at its place by now than what a container has mounted: the
--- kernel tells of a mount whose folder was removed.  Pure.
---@param host table HostConfig
---@param own string /proc/self/mountinfo
---@param its string that of a process of the container
---@return boolean
---@nodiscard
function M.has_gone(host, own, its)
  local ours, gone = mount_table.read(own), {}
  for _, mount in ipairs(mount_table.read(its)) do
    gone[mount.device .. " " .. mount.root] = mount.is_gone or nil
  end
  for _, mount in ipairs(sources_of(host)) do
    local device, root = mount_table.place(mount.Source, ours)
    if device and gone[device .. " " .. root] then
      return true
    end
  end
  return M.compare(host, own, its) ~= nil
end

--- Whether what a room's own container was shown is not at its place any more: one that was made a
--- while ago has the folder that was there then.
---@param room engine.backend.container.Room
---@return boolean
---@nodiscard
function M.is_moved(room)
  local main = room.main
  if not main or not main.told then
    return false
  end
  local own, its = tables_of(main.told, main.thing.id)
  if not own then
    return unknown(main.asked) ~= nil
  end
  return M.has_gone(main.asked, own, its)
end

return M
