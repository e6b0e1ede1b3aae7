--- What the services of a room find in its files: their directories, volumes, files, names.
---
--- What comes from the host is put on the room's shelf when the room is made; a service that has
--- such things gets a view in which they are where it wants them.
---@class engine.service.place
local given = require("engine.backend.given")
local image_view = require("engine.service.image_view")
local is_below = require("engine.model.host_path").is_below_any
local layout_of = require("engine.service.layout")
local runtime = require("engine.service.runtime")
local template = require("engine.service.template")

local M = {}

M.TMPFS = { size = 64 << 20, inodes = 10000, mode = 1023 } -- 01777

local WRITTEN = "/run/.services" -- what is written for a view, and where one keeps a template
local WRITABLE = { "/room", "/tmp", "/var", "/home", "/run", "/dev/shm" }
local HOST_TREES = {
  "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt", "/proc", "/dev",
  "/project",
}

local function parents(path)
  local list = {}
  for at in path:gmatch("()/") do
    if at > 1 then
      list[#list + 1] = path:sub(1, at - 1)
    end
  end
  return list
end

--- Whether a service can simply write to a path: a place of the room, or one of its own.
---@param is_sealed? boolean the root of its image is read-only
local function is_writable(spec, path, is_sealed)
  if spec.root then
    return image_view.is_writable(spec, path, is_below, is_sealed)
  end
  local own = {}
  for _, one in ipairs(spec.tmpfs or {}) do
    own[#own + 1] = one.path
  end
  for _, one in ipairs(spec.volumes or {}) do
    own[#own + 1] = not one.read_only and one.target or nil
  end
  return is_below(path, WRITABLE) or is_below(path, own)
end

--- Whether the policy of its room makes the roots of images read-only.
local function is_sealed_in(rt)
  local guard = rt.room.guard
  return guard ~= nil and guard:seals()
end

local function shelf_name(spec, index)
  return ("%s.%s"):format(spec.name, index)
end

--- Where the view of a service has its template.
local function template_path(spec)
  return ("%s/%s/template"):format(WRITTEN, spec.name)
end

--- Lists what is mounted in a service's view, and from where.
local function mounts_of(spec, is_sealed)
  local list = {}
  for i, volume in ipairs(spec.volumes or {}) do
    list[#list + 1] = {
      kind = volume.read_only and "ro" or "rw",
      source = "@" .. shelf_name(spec, i),
      host = volume.source,
      target = volume.target,
    }
  end
  for _, one in ipairs(spec.tmpfs or {}) do
    list[#list + 1] = {
      kind = "tmpfs",
      target = one.path,
      size = one.size or M.TMPFS.size,
      inodes = M.TMPFS.inodes,
      mode = one.mode or M.TMPFS.mode,
    }
  end
  if spec.shm_size and not spec.root then
    list[#list + 1] = {
      kind = "tmpfs",
      target = "/dev/shm",
      size = spec.shm_size,
      inodes = M.TMPFS.inodes,
      mode = M.TMPFS.mode,
    }
  end
  for i, file in ipairs(spec.files or {}) do
    if not is_writable(spec, file.path, is_sealed) then
      local source = ("%s/%s/%d"):format(WRITTEN, spec.name, i)
      list[#list + 1] = { kind = "ro", source = source, target = file.path }
    end
  end
  table.sort(list, function(a, b) -- what holds another mount comes first
    if #a.target ~= #b.target then
      return #a.target < #b.target
    end
    return a.target < b.target
  end)
  return list
end

local function add_dirs(dirs, seen, path)
  local list = parents(path)
  list[#list + 1] = path
  for _, dir in ipairs(list) do
    if not seen[dir] and not is_below(dir, HOST_TREES) then
      seen[dir] = true
      dirs[#dirs + 1] = dir
    end
  end
end

---@class engine.service.Furniture # for engine.backend.OpenSpec; empty without services
---@field hosts? string            its /etc/hosts
---@field dirs? string[]           to be made
---@field shelf? core.room.Op[]    what of the host only views show
---@field shown? { source: string, target: string }[] of it, what volumes show
---@field users? string[]          "web as redis": what their images ask for and a room has not

--- Lists what a room must have for its services.  Makes their templates where they are not there.
---@async
---@param services engine.model.Service[]
---@param backend? engine.backend where templates are made; default: the sandbox
---@return engine.service.Furniture
---@nodiscard
function M.furniture(services, backend)
  if #services == 0 then
    return {}
  end
  local dirs, seen, shelf, users, shown = {}, {}, {}, {}, {}
  for _, spec in ipairs(services) do
    if spec.root then
      local user = spec.root.config.user
      shelf[#shelf + 1] = image_view.shelf_op(spec)
      users[#users + 1] = user and user ~= "" and ("%s as %s"):format(spec.name, user) or nil
    end
    add_dirs(dirs, seen, runtime.directory(spec.name))
    if spec.cwd and is_below(spec.cwd, WRITABLE) then
      add_dirs(dirs, seen, spec.cwd)
    end
    for _, mount in ipairs(mounts_of(spec)) do
      add_dirs(dirs, seen, mount.target:match("^(.+)/[^/]*$") or "/var")
      if mount.host then
        local target = "/" .. mount.source:sub(2)
        shelf[#shelf + 1] = { kind = mount.kind, source = mount.host, target = target }
        shown[#shown + 1] = { source = mount.host, target = mount.target }
      end
    end
    local made = spec.template and template.ensure(spec, backend)
    if made then
      local target = "/" .. shelf_name(spec, "template")
      shelf[#shelf + 1] = { kind = "ro", source = made, target = target }
    end
  end
  return {
    hosts = layout_of.hosts(layout_of.new(services)),
    dirs = dirs,
    shelf = shelf[1] and shelf or nil,
    users = users[1] and users or nil,
    shown = shown[1] and shown or nil,
  }
end

--- Writes the files that a view shows at places where nothing can be written.
local function write_for_view(rt, hosts)
  local room, spec = rt.room, rt.spec
  for i, file in ipairs(spec.files or {}) do
    if not is_writable(spec, file.path, is_sealed_in(rt)) then
      local content, err = given.content(file)
      local ok = content
      if ok then
        ok, err = room:put(("%s/%s/%d"):format(WRITTEN, spec.name, i), content, file.mode)
      end
      if not ok then
        return nil, err
      end
    end
  end
  if hosts then
    return room:put(("%s/%s/hosts"):format(WRITTEN, spec.name), hosts, 420)
  end
  return true
end

local function add_parents(ops, path)
  for _, dir in ipairs(parents(path)) do
    if not is_below(dir, HOST_TREES) then
      ops[#ops + 1] = { kind = "dir", target = dir, mode = 493 }
    end
  end
end

local function view_ops(rt, hosts)
  local ops, spec = {}, rt.spec
  if spec.root then
    ops = image_view.ops(rt, hosts)
    for _, mount in ipairs(mounts_of(spec, is_sealed_in(rt))) do
      image_view.add_dirs(ops, mount.target:match("^(.*)/"))
      mount.host = nil
      ops[#ops + 1] = mount
    end
    return ops
  end
  if spec.template and template.is_shown(spec) then
    local source = "@" .. shelf_name(spec, "template")
    add_parents(ops, template_path(spec))
    ops[#ops + 1] = { kind = "ro", source = source, target = template_path(spec) }
  end
  for _, mount in ipairs(mounts_of(spec)) do
    add_parents(ops, mount.target)
    ops[#ops + 1] = {
      kind = mount.kind,
      source = mount.source,
      target = mount.target,
      size = mount.size,
      inodes = mount.inodes,
      mode = mount.mode,
    }
  end
  if hosts then
    local source = ("%s/%s/hosts"):format(WRITTEN, spec.name)
    ops[#ops + 1] = { kind = "ro", source = source, target = "/etc/hosts" }
  end
  return ops
end

--- The text of /etc/hosts that a service alone sees; nil: that of the room.
local function own_hosts(set, rt)
  local extra = {}
  for i, entry in ipairs(rt.spec.extra_hosts or {}) do
    extra[i] = ("%s\t%s\n"):format(entry[2], entry[1])
  end
  local is_own = set.layout.own[rt.name]
  if not is_own and not extra[1] then
    return nil
  end
  return layout_of.hosts(set.layout, is_own and rt.name or nil) .. table.concat(extra)
end

local function put_files(rt)
  for _, file in ipairs(rt.spec.files or {}) do
    if is_writable(rt.spec, file.path, is_sealed_in(rt)) then
      local content, err = given.content(file)
      local ok = content
      if ok then
        ok, err = rt.room:put(file.path, content, file.mode, { view = rt.view })
      end
      if not ok then
        return nil, err
      end
    end
  end
  return true
end

--- Makes the view of a service, when it needs one.  Where no overlay can be made it is without the
--- service's data, which is copied then.
local function make_view(rt, hosts)
  local ops, spec = view_ops(rt, hosts), rt.spec
  local data = spec.template and template.op(spec, template_path(spec))
  local view, err
  if data then
    local all = table.move(ops, 1, #ops, 1, {})
    add_parents(all, data.target)
    all[#all + 1] = data
    view, err = rt.room:view(all, spec.root)
    rt.has_data = view ~= nil
  end
  if not view and ops[1] then
    view, err = rt.room:view(ops, spec.root)
  end
  rt.view = view
  return view ~= nil or not ops[1], err
end

--- Makes the files of a service: its view, when it needs one, and what is written for it.
---@async
---@param set engine.service.Set
---@param rt engine.service.Runtime
---@return true? ok
---@return core.Error? err
function M.make(set, rt)
  local ok, err = true, nil
  if not rt.is_placed then
    local hosts = own_hosts(set, rt)
    ok, err = write_for_view(rt, not rt.spec.root and hosts or nil)
    if rt.spec.root then
      hosts = hosts or layout_of.hosts(set.layout)
    end
    if ok then
      ok, err = make_view(rt, hosts)
    end
  end
  if ok and rt.spec.template and not rt.has_data then
    ok, err = template.fill(rt, template_path(rt.spec))
    rt.has_data = ok
  end
  if not ok then
    return nil, err
  end
  rt.is_placed = true
  return put_files(rt)
end

return M
