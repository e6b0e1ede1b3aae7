--- The view of a service whose root is an image.
---
--- Its tree, written to in private, lies on the shelf of the room and becomes the root of the view.
--- It has /room and /project, the processes and the network in common with the room; everything
--- else is of the image, or its own.
---@class engine.service.image_view
local image_root = require("engine.image.root")
local sandbox_root = require("engine.backend.sandbox_root")
local tree = require("engine.policy.tree")

local M = {}

local function name_of(spec)
  return spec.name .. ".root"
end

--- What the room's shelf holds for it.
---@param spec engine.model.Service with `root`
---@return core.room.Op
---@nodiscard
function M.shelf_op(spec)
  local changes = image_root.CHANGES
  return {
    kind = "copy",
    source = spec.root.dir,
    target = "/" .. name_of(spec),
    size = changes.size,
    inodes = changes.inodes,
  }
end

--- Adds the folders of a path.
---@param ops core.room.Op[]
---@param path string absolute, or ""
function M.add_dirs(ops, path)
  for at in (path .. "/"):gmatch("()/") do
    if at > 1 then
      ops[#ops + 1] = { kind = "dir", target = path:sub(1, at - 1), mode = 493 }
    end
  end
end

--- Adds the folders of a path that an image declares as a volume and does not have.
local function add_missing(ops, dir, path)
  for at in (path .. "/"):gmatch("()/") do
    local above = path:sub(1, at - 1)
    if at > 1 and not tree.resolve(dir, above) then
      ops[#ops + 1] = { kind = "dir", target = above, mode = 493 }
    end
  end
end

--- Lists the operations of the view; those of its volumes and files come behind them.
---@param rt engine.service.Runtime
---@param hosts string its /etc/hosts
---@return core.room.Op[]
---@nodiscard
function M.ops(rt, hosts)
  local spec, shm, tmp = rt.spec, sandbox_root.PLACES["/dev/shm"], sandbox_root.PLACES["/tmp"]
  local ops = { { kind = "rw", source = "@" .. name_of(spec), target = "/" } }
  image_root.add_etc(ops, spec.root.dir, { hosts = hosts, hostname = spec.hostname })
  ops[#ops + 1] = { kind = "rw", source = "/proc", target = "/proc" } -- as masked as the room's
  local shm_size = spec.shm_size or shm.size
  ops[#ops + 1] = { kind = "dev", target = "/dev", size = shm_size, inodes = shm.inodes }
  ops[#ops + 1] =
    { kind = "tmpfs", target = "/tmp", size = tmp.size, inodes = tmp.inodes, mode = tmp.mode }
  ops[#ops + 1] = { kind = "rw", source = "/room", target = "/room" }
  ops[#ops + 1] = { kind = "rw", source = "/project", target = "/project", optional = true }
  for _, path in ipairs(spec.root.config.volumes or {}) do
    add_missing(ops, spec.root.dir, path)
  end
  if rt.cwd ~= "/" and not rt.cwd:match("^/project") and not rt.cwd:match("^/proc") then
    M.add_dirs(ops, rt.cwd)
  end
  return ops
end

local SHARED = { "/room", "/tmp", "/dev/shm" }

--- Whether a file can simply be written to a path: the root is the service's own, unless sealed.
---@param spec engine.model.Service
---@param path string
---@param is_below fun(path: string, dirs: string[]): boolean
---@param is_sealed? boolean
---@return boolean
---@nodiscard
function M.is_writable(spec, path, is_below, is_sealed)
  if is_sealed and not is_below(path, SHARED)
    and not is_below(path, tree.places(spec.root))
  then
    return false
  end
  local fixed = { "/project" }
  for _, one in ipairs(spec.volumes or {}) do
    fixed[#fixed + 1] = one.read_only and one.target or nil
  end
  return not is_below(path, fixed)
end

return M
