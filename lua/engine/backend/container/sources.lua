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
local host_path = require("engine.model.host_path")
local overlaps = require("engine.model.volume_overlaps")
local seen = require("engine.backend.container.seen")
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
  return volumes.refused(services) or refused_own(room, services)
    or volumes.enter(room, { owner = owner, services = services, follows_links = true })
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
    -- what has been removed, or replaced, since: no name has two slashes in it
    list[#list + 1] = { device = device, root = plain(root):gsub("//deleted$", ""), at = plain(at) }
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

--- Whether a container can itself replace what it is shown: it lies in what it can write to.
local function is_own_doing(mount, mounts)
  for _, other in ipairs(mounts) do
    if not other.ReadOnly and other.Source ~= mount.Source
      and host_path.is_below(mount.Source, other.Source) then
      return true
    end
  end
  return false
end

--- Looks at the sources once more, of a container whose mounts cannot be read.
local function unknown(host)
  local mounts = sources_of(host)
  for _, mount in ipairs(mounts) do
    local err = not is_own_doing(mount, mounts) and M.check({ Mounts = { mount } })
    if err then
      return error_new({ code = "EAGENT", op = "container.mounts",
        message = ("it is not known what the container was shown: %s; and its processes, which "
          .. "could tell, are gone or not to be seen here"):format(err.message) })
    end
  end
end

--- Compares it for a container that has started, by its first process.  Where that has ended, or
--- this machine does not show it, its sources must at least be where they were.
---@param host table HostConfig
---@param told table what inspect told
---@param id string
---@return core.Error? err EPOLICY; EAGENT: one was replaced, and nothing tells what was shown
---@nodiscard
function M.shown(host, told, id)
  local pid = seen.find(math.tointeger((told.State or {}).Pid) or 0, id)
  local its = pid and dying.read(("/proc/%d/mountinfo"):format(pid))
  local own = its and its ~= "" and dying.read("/proc/self/mountinfo")
  if not own then
    return unknown(host)
  end
  return M.compare(host, own, its)
end

return M
