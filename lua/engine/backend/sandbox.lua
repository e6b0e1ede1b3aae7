--- The sandbox backend: rooms on this machine, without daemon, root or image.
---
--- Policy only: what a room shows (engine.backend.sandbox_root), its environment, its limits, what
--- it is isolated by (engine.backend.sandbox_isolation).  The mechanism is core.room.
--- Everything that is equal between rooms is made once.
---@class engine.backend.sandbox: engine.backend
local command = require("engine.backend.sandbox_command")
local error_new = require("core.error").new
local fs = require("core.fs")
local given = require("engine.backend.given")
local isolation = require("engine.backend.sandbox_isolation")
local mounts = require("engine.backend.mounts")
local rooms = require("core.room")
local room_of = require("engine.backend.sandbox_room")
local root = require("engine.backend.sandbox_root")
local shown_of = require("engine.backend.sandbox_shown")
local ways = require("engine.backend.sandbox_ways")

local M = { name = "sandbox", pools = "reused",
  outlives = require("engine.backend.stale").sandbox }

--- Directories that no project is: showing one of them would show the host, or everybody's files.
--- The user's home is another, unless it holds a clnrm.toml.
M.NOT_A_PROJECT = {
  ["/"] = true,
  ["/boot"] = true,
  ["/dev"] = true,
  ["/etc"] = true,
  ["/home"] = true,
  ["/media"] = true,
  ["/mnt"] = true,
  ["/opt"] = true,
  ["/proc"] = true,
  ["/root"] = true,
  ["/run"] = true,
  ["/srv"] = true,
  ["/sys"] = true,
  ["/tmp"] = true,
  ["/usr"] = true,
  ["/var"] = true,
  ["/var/tmp"] = true,
}

---@class engine.backend.OpenSpec
---@field name? string        of the scenario, for messages
---@field project_dir? string absolute and without links; needed unless `room.project` is "none"
---@field room? { project?: "ro"|"copy"|"none", image?: engine.image.Image, env?: string[][],
--- inherit_env?: string[] }
---@field run_id? string
---@field may_be_kept? boolean it may be to outlive its run
---@field has_plain_log? boolean there are no secrets that its services could print
---@field hosts? string       its /etc/hosts; as engine.service.furniture says
---@field dirs? string[]      directories that are made for it, parents first
---@field shelf? core.room.Op[] what of the host only views show
---@field shown? { source: string, target: string }[] of it, what volumes show
---@field users? string[]     "web as redis": what images of services ask for
---@field limits? engine.policy.Limits of the whole room
---@field policy? engine.model.Policy
---@field paths? string[]     the PATH of each service and step that has one of its own

local function inherited(names)
  local list = {}
  for _, name in ipairs(names or {}) do
    local value = os.getenv(name)
    if value then
      list[#list + 1] = { name, value }
    end
  end
  return list
end

local function read_text(path)
  local file = io.open(path) -- /proc has no sizes to read by
  local text = file and file:read("a")
  if file then
    file:close()
  end
  return text
end

local views = {} -- project directory → how a read-only project is shown: "ro" or "bind"

--- A read-only project is shown through an overlay, in which the sockets and FIFOs of the directory
--- are not the host's; by a plain bind where there are mounts below it or no overlay can be made.
local function view_of(project, dir)
  if project ~= "ro" then
    return project
  end
  if not views[dir] then
    local list = mounts.read(read_text("/proc/self/mountinfo") or "")
    views[dir] = mounts.is_around(fs.realpath(dir) or dir, list) and "bind" or "ro"
  end
  return views[dir]
end

local IMAGES_MAX = 64 -- one for each project directory and set of services; a run has few
local images, image_count = {}, 0 -- project, its directory, hosts, dirs → core.room.Image

--- Whether something of the host can be written in the room: then no step may leave a program there
--- that runs with the rights of whoever started clnrm.
local function writes_host(spec)
  for _, op in ipairs(spec.shelf or {}) do
    if op.kind == "rw" then
      return true
    end
  end
  return false
end

--- The program of the filter: what the room needs, and what its guard watches.
local function filter_of(spec, guard)
  local opts = { no_setid = writes_host(spec) }
  for name in pairs(guard and guard.watch or {}) do
    opts[name] = true
  end
  return rooms.filter(opts)
end

local function image_of(way, spec, guard)
  local project = way.view
  local project_dir = project ~= "none" and spec.project_dir or ""
  local parts = { project, project_dir, spec.hosts or "", table.concat(spec.dirs or {}, "\0") }
  parts[#parts + 1] = way.trees and ways.key(way)
  for _, op in ipairs(spec.shelf or {}) do
    parts[#parts + 1] = table.concat({ op.kind, op.source or "", op.target }, "\0")
  end
  if guard then
    parts[#parts + 1] = guard:key()
  end
  local key = table.concat(parts, "\0\0")
  local image = images[key]
  if image then
    return image
  end
  local program, err = filter_of(spec, guard)
  if not program then
    return nil, err
  end
  local ops = root.operations(project, project_dir, spec, way.tree and way.tree.dir)
  local shelf, size = spec.shelf, root.ROOT
  if way.copies then
    ops, shelf, size = ways.without_overlays(way, ops, shelf)
  end
  image, err = rooms.image({
    hostname = root.HOSTNAME,
    uid = root.UID,
    gid = root.GID,
    root_size = size.size,
    root_inodes = size.inodes,
    ops = guard and guard:root(ops) or ops,
    shelf = shelf,
    filters = { program },
    guard = guard and guard:told(),
  })
  if image_count == IMAGES_MAX then
    images, image_count = {}, 0
  end
  images[key] = image
  image_count = image_count + 1
  return image, err
end

M.isolation = isolation.told

--- Why no room can be made here, in a sentence with what to look at; nil when that cannot be told.
---@overridable
---@param read fun(path: string): string? a file as text
---@return string?
function M.explain_refusal(read)
  local function number(path)
    return tonumber(read(path) or "")
  end
  if number("/proc/sys/user/max_user_namespaces") == 0 then
    return "this machine allows no user namespaces: user.max_user_namespaces is 0 "
      .. "(sysctl user.max_user_namespaces)"
  elseif number("/proc/sys/kernel/unprivileged_userns_clone") == 0 then
    return "this machine lets only root make user namespaces: "
      .. "kernel.unprivileged_userns_clone is 0 (sysctl kernel.unprivileged_userns_clone)"
  elseif number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == 1 then
    return "AppArmor restricts user namespaces here: "
      .. "kernel.apparmor_restrict_unprivileged_userns is 1 "
      .. "(sysctl kernel.apparmor_restrict_unprivileged_userns)"
  elseif (read("/proc/self/status") or ""):match("\nSeccomp:%s*2") then
    return "clnrm runs under a seccomp filter, as in a default container: rooms need one that "
      .. "allows user namespaces and mounts"
  end
end

local function refusal(err)
  local hint = require("engine.backend.sandbox_hint")
  local why = err.code == "EROOM" and M.explain_refusal(read_text)
  if not why then
    err.detail = err.detail or { help = hint.remedy(err.message) }
    return err
  end
  return error_new({
    code = "EROOM",
    op = "sandbox.open",
    message = "no room can be made: " .. why,
    cause = err,
    detail = { help = hint.remedy(why) },
  })
end

--- Says whether a directory can be shown as no project: it is the system's, everybody's, or a home.
---@param dir string absolute, links resolved
---@return boolean
---@nodiscard
function M.is_no_project(dir)
  local home = os.getenv("HOME")
  local is_home = home and home ~= "" and fs.realpath(home) == dir
  local is_meant = fs.exists(dir .. "/clnrm.toml") or fs.exists(dir .. "/cleanroom.toml")
  return M.NOT_A_PROJECT[dir] or is_home and not is_meant or false
end

--- Refuses a directory that no room may show.
---@param project "ro"|"copy"|"none"
---@param dir any
---@return true? ok
---@return core.Error? err EPROJECT
---@nodiscard
function M.check_project(project, dir)
  if project == "none" then
    return true
  elseif project ~= "ro" and project ~= "copy" then
    error(("room.project is '%s'"):format(tostring(project)), 3)
  end
  local message
  if type(dir) ~= "string" or dir:sub(1, 1) ~= "/" then
    message = "the project directory must be an absolute path"
  elseif M.is_no_project(fs.realpath(dir) or dir) then
    message = ("%s cannot be a project, since a room would show all of it: put the tests into a "
      .. "directory of their own, or set [room] project = \"none\""):format(dir)
  end
  if message then
    return nil, error_new({ code = "EPROJECT", op = "sandbox.open", message = message })
  end
  return true
end

--- Opens the mechanism of a room: as it should be, else as this machine's file systems allow it.
---@async
---@return core.room.Room? core
---@return core.Error? err of the first try: the others only avoid overlays
---@return engine.backend.sandbox.Way? way
local function open_core(project, spec, guard)
  local first
  for _, way in ipairs(ways.of(view_of(project, spec.project_dir), spec)) do
    local image, err = image_of(way, spec, guard)
    if not image then
      return nil, first or err
    end
    local core
    core, err = rooms.open(image)
    if core then
      if way.view == "bind" then
        views[spec.project_dir] = "bind"
      end
      return core, nil, ways.remember(way)
    end
    first = first or err
    if err.code ~= "EROOM" then
      break
    end
  end
  return nil, first
end

--- Makes the guard of a room that has limits or a policy.
local function guard_of(spec, project)
  if not (spec.limits or spec.policy) then
    return nil
  end
  local image = spec.room and spec.room.image
  return require("engine.policy").guard(spec, {
    path = command.ENVIRONMENT[1][2],
    shown = root.PROGRAMS,
    tree = image and require("engine.image").root(image) or nil,
    project_dir = project ~= "none" and (fs.realpath(spec.project_dir) or spec.project_dir) or nil,
  })
end

--- Ends a room that its guard cannot be given.
local function give_up(core, guard, err)
  if core then
    core:close()
  end
  if guard then
    guard:close()
  end
  return nil, err
end

--- Looks whether the project, and what volumes show, are where they were.
local function moved(project, spec)
  local err = project ~= "none" and given.look(spec.project_dir, given.PROJECT)
  return err or given.look_all(spec.shown or {})
end

local is_swept = false -- of the groups that a killed clnrm left

--- Makes a room.
---@async
---@param spec engine.backend.OpenSpec
---@return engine.backend.Room? room
---@return core.Error? err EPOLICY: what it shows is not where it was, or what it asks for cannot be
function M.open(spec)
  local wanted = spec.room or {}
  local project = wanted.project or "ro"
  local ok, err = M.check_project(project, spec.project_dir)
  if not ok then
    return nil, err
  end
  if not is_swept then
    is_swept = true
    require("core.cgroup").sweep()
  end
  local guard
  guard, err = guard_of(spec, project)
  if err then
    return nil, err
  end
  if guard then
    ok, err = guard:find_shells(ways.trees(spec), M.open)
    if not ok then
      return give_up(nil, guard, refusal(err))
    end
  end
  local shown = shown_of.by(spec)
  err = moved(project, spec)
  if err then
    return give_up(nil, guard, err)
  end
  local core, why, way = open_core(project, spec, guard)
  err = why
  if not core then
    return give_up(nil, guard, err.code == "EROOM" and moved(project, spec)
      or err.code == "EIMAGE" and err or refusal(err))
  elseif guard then
    ok, err = guard:opened(core)
    if not ok then
      return give_up(core, guard, err)
    end
  end
  local by = ways.with_users(ways.isolation(way, M.isolation()), way, spec.users)
  return room_of.new(core, {
    name = spec.name,
    isolation = guard and guard:isolation(by) or by,
    guard = guard,
    tree = way.tree,
    inherited = inherited(wanted.inherit_env),
    env = wanted.env or {},
    project_dir = project ~= "none" and spec.project_dir or nil,
    shown = shown,
  })
end

--- Makes the images of a room and its services ready.
---@async
---@param room { image?: engine.image.Image }
---@param services? engine.model.Service[]
---@return true? ok
---@return core.Error? err EIMAGE
---@return engine.model.Service[]? services with what their images say
function M.prepare(room, services)
  return require("engine.image").prepare(room, services)
end

--- Adds to a room what its services need of it.
---@async
---@param spec engine.backend.OpenSpec
---@param services engine.model.Service[]
function M.furnish(spec, services)
  local furniture = require("engine.service").furniture(services)
  spec.hosts, spec.dirs, spec.shelf = furniture.hosts, furniture.dirs, furniture.shelf
  spec.users, spec.shown = furniture.users, furniture.shown
end

--- Tells whether rooms can be made here, by making one.
---@async
---@return engine.backend.Isolation? isolation
---@return core.Error? err its message is a plain sentence
function M.probe()
  local room, err = M.open({ room = { project = "none" } })
  if not room then
    return nil, err
  end
  local found = { steps = room.core:isolation() }
  for key, value in pairs(room.isolation) do
    found[key] = tostring(value)
  end
  local closed
  closed, err = room:close()
  if not closed then
    return nil, err
  end
  return found
end

return M
