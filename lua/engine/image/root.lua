--- What a room or a service sees whose root is an image: the operations beside the tree itself.
---
--- The tree comes first and is written to in private (an overlay, or else a copy).
--- Over it lie what no image can bring: /proc, /dev, the room's files of /etc, /room, /tmp.
---@class engine.image.root
local fs = require("core.fs")
local sandbox_root = require("engine.backend.sandbox_root")

local M = {}

local ETC_MAX = 1 << 20 -- bytes of an image's passwd or group

--- What may change in a root, at most: it is in memory, and used only as it fills.
M.CHANGES = { size = 1024 << 20, inodes = 200000 }

local function add(ops, kind, target, more)
  local op = more or {}
  op.kind, op.target = kind, target
  ops[#ops + 1] = op
end

--- Reads a file of the tree; no link leads out of it.
---@param dir string
---@param path string
---@return string # empty when there is none
function M.read(dir, path)
  local root = fs.open_root(dir)
  local text = root and root:read(path, { max = ETC_MAX })
  if root then
    root:close()
  end
  return text or ""
end

--- Puts the room's one user and group before those of the image: of two names for one number the
--- first is found.
local function with_own(line, text)
  local name = line:match("^[^:]*")
  local lines = { line }
  for one in text:gmatch("[^\n]+") do
    lines[#lines + 1] = one:match("^[^:]*") ~= name and one or nil
  end
  return table.concat(lines, "\n") .. "\n"
end

--- The files of /etc that a room writes itself.
---@param dir string the tree
---@param hosts? string
---@param hostname? string
---@return table<string, string>
function M.etc_files(dir, hosts, hostname)
  local own = sandbox_root
  return {
    passwd = with_own(("%s:x:%d:%d:room:%s:/bin/sh"):format(own.USER, own.UID, own.GID, own.HOME),
      M.read(dir, "etc/passwd")),
    group = with_own(("%s:x:%d:"):format(own.USER, own.GID), M.read(dir, "etc/group")),
    hosts = hosts or own.HOSTS,
    hostname = (hostname or own.HOSTNAME) .. "\n",
    ["resolv.conf"] = "",
  }
end

--- Adds the files of /etc and the folders that every root has.
---@param ops core.room.Op[]
---@param dir string the tree
---@param about { hosts?: string, hostname?: string }
function M.add_etc(ops, dir, about)
  local files, names = M.etc_files(dir, about.hosts, about.hostname), {}
  for name in pairs(files) do
    names[#names + 1] = name
  end
  table.sort(names)
  add(ops, "dir", "/etc", { mode = 493 })
  for _, name in ipairs(names) do
    add(ops, "file", "/etc/" .. name, { source = files[name], mode = 420 })
  end
  add(ops, "dir", "/home", { mode = 493 })
  add(ops, "dir", sandbox_root.HOME, { mode = 493 })
end

local function add_tmpfs(ops, path)
  local place = sandbox_root.PLACES[path]
  add(ops, "tmpfs", path, { size = place.size, inodes = place.inodes, mode = place.mode })
end

--- Lists the operations of a room whose root is a tree; the project comes behind them.
---@param dir string the tree, absolute and real
---@param more { hosts?: string, dirs?: string[] }
---@return core.room.Op[]
---@nodiscard
function M.operations(dir, more)
  local changes, shm = M.CHANGES, sandbox_root.PLACES["/dev/shm"]
  local ops = {
    { kind = "copy", source = dir, target = "/", size = changes.size, inodes = changes.inodes },
  }
  M.add_etc(ops, dir, more)
  add(ops, "proc", "/proc")
  add(ops, "dev", "/dev", { size = shm.size, inodes = shm.inodes })
  add_tmpfs(ops, "/tmp")
  add_tmpfs(ops, "/room")
  for _, path in ipairs(more.dirs or {}) do
    add(ops, "dir", path, { mode = 493 })
  end
  return ops
end

--- Replaces overlays over trees of images by copies of them.
---@param ops? core.room.Op[]
---@param trees table<string, boolean> whose overlays are replaced
---@return core.room.Op[]?
---@nodiscard
function M.without_overlays(ops, trees)
  local list = ops and {}
  for _, op in ipairs(ops or {}) do
    if op.kind == "copy" and trees[op.source] then
      local limits = { size = op.size, inodes = op.inodes }
      if op.target ~= "/" then
        add(list, "tmpfs", op.target, { size = op.size, inodes = op.inodes, mode = 493 })
      end
      add(list, "fill", op.target, { source = op.source, size = limits.size,
        inodes = limits.inodes })
    else
      list[#list + 1] = op
    end
  end
  return list
end

return M
