--- What a sandbox room shows: the list of operations that makes its root.
---
--- An allow-list, never the host's `/`: programs and libraries read-only, a generated /etc, fresh
--- /proc and /dev, private places to write.  What is not named here does not exist in a room.
---@class engine.backend.sandbox_root
local fs = require("core.fs")

local M = {}

local MIB = 1 << 20

M.UID = 1000
M.GID = 1000
M.USER = "room"
M.HOSTNAME = "room"
M.HOME = "/home/room"
M.DIRECTORY = "/room" -- where commands start

--- Bytes and files of each place that can be written to.  Memory is used only as it fills.
---@type table<string, { size: integer, inodes: integer, mode: integer }>
M.PLACES = {
  ["/room"] = { size = 512 * MIB, inodes = 100000, mode = 493 }, -- 0755
  ["/tmp"] = { size = 512 * MIB, inodes = 100000, mode = 1023 }, -- 01777
  ["/var"] = { size = 512 * MIB, inodes = 100000, mode = 493 },
  ["/home"] = { size = 64 * MIB, inodes = 10000, mode = 493 },
  ["/run"] = { size = 16 * MIB, inodes = 10000, mode = 493 },
  ["/dev/shm"] = { size = 64 * MIB, inodes = 10000, mode = 1023 },
}
M.VIEW = { size = MIB, inodes = 16 } -- what the overlay of a read-only project needs for itself
M.COPY = { size = 1024 * MIB, inodes = 200000 } -- what may change in a copy of the project
M.ROOT = { size = 4 * MIB, inodes = 4096 } -- the root itself, read-only once it is made

--- Directories of programs and libraries: shown read-only where the host has them.
M.PROGRAMS = { "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt" }

--- Directories and files of the host's /etc that programs need to start, and that say nothing about
--- this machine's users, network or secrets.
M.ETC_SHOWN = { "alternatives", "fonts", "pki/tls/certs", "ssl/certs" }
M.ETC_SHOWN_PATTERNS = { "^java%-", "^ld%.so%.", "^ld%-musl%-" }

--- Small files of it that are copied instead: half the price of a mount.
M.ETC_COPIED = { "protocols", "services", "ssl/openssl.cnf" }
M.COPIED_MAX = 32 << 10 -- bytes; what is longer is shown
M.NEVER_COPIED = { ["ld.so.cache"] = true } -- it must fit the libraries of the moment

--- The names that every room knows.
M.HOSTS = "127.0.0.1\tlocalhost " .. M.HOSTNAME .. "\n::1\tlocalhost ip6-localhost\n"

--- Files of /etc that are written for the room.
---@param hosts? string the text of /etc/hosts; default: M.HOSTS
---@return table<string, string>
function M.etc_files(hosts)
  local user = ("%s:x:%d:%d:room:%s:/bin/sh\n"):format(M.USER, M.UID, M.GID, M.HOME)
  return {
    ["group"] = ("root:x:0:\n%s:x:%d:\nnogroup:x:65534:\n"):format(M.USER, M.GID),
    ["host.conf"] = "multi on\n",
    ["hostname"] = M.HOSTNAME .. "\n",
    ["hosts"] = hosts or M.HOSTS,
    ["nsswitch.conf"] = "passwd: files\ngroup: files\nshadow: files\nhosts: files\n"
      .. "networks: files\nprotocols: files\nservices: files\n",
    ["passwd"] = "root:x:0:0:root:/nonexistent:/usr/sbin/nologin\n"
      .. user
      .. "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
    ["resolv.conf"] = "",
    ["shells"] = "/bin/sh\n/bin/bash\n",
    ["timezone"] = "Etc/UTC\n",
  }
end

local function add(ops, kind, target, more)
  local op = more or {}
  op.kind, op.target = kind, target
  ops[#ops + 1] = op
end

--- Shows a directory of the host as it is there: a link as the same link, else read-only.
local function add_program_dir(ops, path)
  local stat = fs.lstat(path)
  if stat and stat.type == "link" then
    local target = fs.readlink(path)
    if target then
      add(ops, "link", path, { source = target })
    end
  elseif stat and stat.type == "directory" then
    add(ops, "ro", path, { source = path })
  end
end

--- Whether a name of /etc belongs to a loader or to Java.
local function is_shown(name)
  for _, pattern in ipairs(M.ETC_SHOWN_PATTERNS) do
    if name:match(pattern) then
      return true
    end
  end
  return false
end

--- Lists what of the host's /etc a room has, sorted, so that equal hosts make equal rooms.
local function names_in_etc()
  local names = {}
  table.move(M.ETC_SHOWN, 1, #M.ETC_SHOWN, 1, names)
  table.move(M.ETC_COPIED, 1, #M.ETC_COPIED, #names + 1, names)
  for _, entry in ipairs(fs.scandir("/etc") or {}) do
    if is_shown(entry.name) then
      names[#names + 1] = entry.name
    end
  end
  table.sort(names)
  return names
end

--- Makes the directories above `path` that are not there yet.
local function add_parents(ops, made, path)
  for parent in path:gmatch("()/") do
    local dir = path:sub(1, parent - 1)
    if dir ~= "" and not made[dir] then
      made[dir] = true
      add(ops, "dir", dir, { mode = 493 })
    end
  end
end

--- Adds what is copied from the host's /etc to `files`; returns what is left to be shown.
local function copy_small(names, files)
  local shown = {}
  for _, name in ipairs(names) do
    local path = "/etc/" .. name
    local stat = fs.stat(path)
    local is_small = stat
      and stat.type == "file"
      and stat.size <= M.COPIED_MAX
      and not M.NEVER_COPIED[name]
    local text = is_small and not files[name] and fs.read(path, { max = M.COPIED_MAX })
    if text then
      files[name] = text
    elseif stat and not files[name] then
      shown[#shown + 1] = name
    end
  end
  return shown
end

local function add_etc(ops, hosts)
  local made, files, order = {}, M.etc_files(hosts), {}
  local shown = copy_small(names_in_etc(), files)
  add_parents(ops, made, "/etc/x")
  for name in pairs(files) do
    order[#order + 1] = name
  end
  table.sort(order)
  for _, name in ipairs(order) do
    add_parents(ops, made, "/etc/" .. name)
    add(ops, "file", "/etc/" .. name, { source = files[name], mode = 420 })
  end
  for _, name in ipairs(shown) do
    local path = "/etc/" .. name
    local real = fs.realpath(path)
    if real then -- a link of /etc may lead anywhere: what it shows is shown under its name
      add_parents(ops, made, path)
      add(ops, "ro", path, { source = real })
    end
  end
  add(ops, "link", "/etc/mtab", { source = "/proc/mounts" })
  if fs.exists("/usr/lib/os-release") then
    add(ops, "link", "/etc/os-release", { source = "../usr/lib/os-release" })
  end
  if fs.exists("/usr/share/zoneinfo/Etc/UTC") then
    add(ops, "link", "/etc/localtime", { source = "/usr/share/zoneinfo/Etc/UTC" })
  end
end

local function add_places(ops)
  for _, path in ipairs({ "/room", "/tmp", "/var", "/home", "/run" }) do
    local place = M.PLACES[path]
    add(ops, "tmpfs", path, { size = place.size, inodes = place.inodes, mode = place.mode })
  end
  add(ops, "dir", M.HOME, { mode = 493 })
  for _, name in ipairs({ "cache", "lib", "log", "spool" }) do
    add(ops, "dir", "/var/" .. name, { mode = 493 })
  end
  add(ops, "dir", "/var/tmp", { mode = 1023 })
  add(ops, "link", "/var/run", { source = "/run" })
  add(ops, "dir", "/run/lock", { mode = 1023 })
  add(ops, "link", "/var/lock", { source = "/run/lock" })
end

--- Adds the root that is made of the host's programs.
local function add_host(ops, more)
  for _, path in ipairs(M.PROGRAMS) do
    add_program_dir(ops, path)
  end
  add_etc(ops, more.hosts)
  add(ops, "proc", "/proc")
  local shm = M.PLACES["/dev/shm"]
  add(ops, "dev", "/dev", { size = shm.size, inodes = shm.inodes })
  add_places(ops)
  for _, path in ipairs(more.dirs or {}) do
    add(ops, "dir", path, { mode = 493 })
  end
end

--- Lists the operations of a room.
---@param project "ro"|"bind"|"copy"|"none" ro: a read-only view; bind: the same directory itself
---@param project_dir? string absolute; needed unless `project` is "none"
---@param more? { hosts?: string, dirs?: string[] } the text of /etc/hosts; directories to be made
---@param tree? string the root of an image, instead of the host's programs
---@return core.room.Op[]
function M.operations(project, project_dir, more, tree)
  more = more or {}
  local ops = tree and require("engine.image.root").operations(tree, more) or {}
  if not tree then
    add_host(ops, more)
  end
  if project == "bind" then
    add(ops, "ro", "/project", { source = project_dir })
  elseif project ~= "none" then
    -- Read-only as well: through an overlay the sockets and FIFOs in it are not the host's.
    local size = project == "copy" and M.COPY or M.VIEW
    add(ops, "copy", "/project", {
      source = project_dir,
      size = size.size,
      inodes = size.inodes,
      readonly = project == "ro",
    })
  end
  return ops
end

return M
