--- The store of images: unpacked once, by the digest of what they are, shared by all rooms.
---
--- images/
---   lock             held by who adds or removes
---   trees/HEX/       an image: root/ (its files) and image.json (what it is); whole, or not there
---   names/NAME       which image a name means
---   archives/HASH    which image an archive of a project holds, by path and state of its file
---   use/HEX.N        locks of the processes that use an image
---   tmp/             of who holds the lock; else it was left by one that was killed
---@class engine.image.store
local archive = require("core.archive")
local clock = require("core.clock")
local fs = require("core.fs")
local hash = require("core.hash")
local json = require("core.json")
local lock = require("core.lock")
local task = require("clnrm.task")

local M = {}

M.FORMAT = 2 -- 2: health and volumes
M.BYTES_MAX = 16 << 30 -- of all images; then those that an archive still holds are let go
M.LOCK_MS = 600000 -- for another clnrm that adds or removes

local PAUSE_MS = 20
local USE_TRIES = 10
local PRIVATE = 448 -- 0700
local META_MAX = 4 << 20

---@class engine.image.Stored   image.json
---@field id string             sha256:HEX
---@field format integer
---@field config engine.image.Config
---@field platform? { os: string, architecture: string, variant?: string }
---@field layers string[]       SHA-256 of each layer's tar
---@field files integer
---@field bytes integer
---@field skipped { devices: integer, fifos: integer }
---@field quick string          digests of its files: core.archive.tree
---@field full string
---@field from string           the file that it was made of

local function fail(message, cause)
  return nil, require("engine.image").error(message .. (cause and ": " .. cause.message or ""))
end

local function own_uid()
  local stat = fs.stat("/proc/self")
  return stat and stat.uid
end

local dir ---@type string? once it is known

--- Finds the folder of the store, which nobody else can write to.
---@return string? dir
---@return core.Error? err
function M.directory()
  if dir then
    return dir
  end
  local base, home = os.getenv("XDG_CACHE_HOME"), os.getenv("HOME")
  if not base or base:sub(1, 1) ~= "/" then
    if not home or home:sub(1, 1) ~= "/" or not fs.exists(home) then
      return fail("images are kept in the cache: neither XDG_CACHE_HOME nor HOME names a folder")
    end
    base = home .. "/.cache"
  end
  local path = base .. "/clnrm/images"
  for _, name in ipairs({ "", "/trees", "/names", "/archives", "/use", "/tmp" }) do
    local ok, err = fs.mkdir_p(path .. name, { mode = PRIVATE })
    local stat = ok and fs.lstat(path .. name)
    if not ok then
      return fail("images cannot be kept in " .. path, err)
    elseif not stat or stat.type ~= "directory" or stat.uid ~= own_uid() or stat.mode & 18 ~= 0 then
      return fail(path .. name .. " is not a folder that only this user can write to")
    end
  end
  dir = fs.realpath(path) -- a room follows no link
  return dir
end

--- Takes the lock of who adds or removes; to be closed.
---@async
---@return core.lock.Lock? held
---@return core.Error? err
function M.lock()
  local path = dir .. "/lock"
  local began = clock.now()
  while true do
    local held, err = lock.try(path)
    if held then
      for _, entry in ipairs(fs.scandir(dir .. "/tmp") or {}) do
        archive.remove(dir .. "/tmp/" .. entry.name) -- of one that was killed
      end
      return held
    elseif err.code ~= "EAGAIN" then
      return fail("the store cannot be locked", err)
    elseif (clock.now() - began) / 1e6 > M.LOCK_MS then
      return fail("another clnrm has held the store for 10 minutes")
    end
    local ok
    ok, err = task.sleep(PAUSE_MS)
    if not ok then
      return nil, err
    end
  end
end

--- A new name in tmp/; only for who holds the lock.
---@return string
function M.passing()
  return ("%s/tmp/%d"):format(dir, clock.now())
end

local function tree_of(id)
  return ("%s/trees/%s"):format(dir, id:sub(8))
end

--- Where the files of an image are.
---@param id string
---@return string
function M.root(id)
  return tree_of(id) .. "/root"
end

local function read_json(path)
  local text = fs.read(path, { max = META_MAX, nofollow = true })
  local value = text and json.decode(text)
  return type(value) == "table" and value or nil
end

--- Reads what is known of an image, without a look at its files.
---@param id string
---@return engine.image.Stored? stored nil: it is not there, or cannot be used
function M.read(id)
  local stored = read_json(tree_of(id) .. "/image.json")
  local is_whole = stored and stored.format == M.FORMAT and stored.id == id
    and type(stored.config) == "table" and type(stored.quick) == "string"
  return is_whole and stored or nil
end

local function write_json(path, value)
  return fs.write_atomic(path, assert(json.encode(value)))
end

--- Writes image.json into a folder that is not in its place yet, or is looked at again.
---@param path string
---@param stored engine.image.Stored
---@return true? ok
---@return core.Error? err
function M.write(path, stored)
  return write_json(path .. "/image.json", stored)
end

--- Puts a whole image in its place; only for who holds the lock.
---@param path string in tmp/
---@param id string
---@return true? ok
---@return core.Error? err
function M.add(path, id)
  archive.remove(tree_of(id)) -- a damaged one
  return fs.rename(path, tree_of(id))
end

local function file_of(name)
  return dir .. "/names/" .. name:gsub("[^%w._-]", function(c)
    return ("%%%02x"):format(c:byte())
  end)
end

local function name_of(file)
  return (file:gsub("%%(%x%x)", function(hex)
    return string.char(tonumber(hex, 16))
  end))
end

--- Finds the image that a name means.
---@param name string full, or sha256:HEX (12 digits at least)
---@return string? id
function M.find(name)
  local hex = name:match("^sha256:(%x+)$")
  if hex then
    for _, entry in ipairs(fs.scandir(dir .. "/trees") or {}) do
      if entry.name:sub(1, #hex) == hex then
        return "sha256:" .. entry.name
      end
    end
    return nil
  end
  local id = fs.read(file_of(name), { max = 100, nofollow = true })
  return id and id:match("^sha256:%x+$") and #id == 71 and id or nil
end

--- Says that a name means an image from now on.
---@param name string full
---@param id string
---@return true? ok
---@return core.Error? err
function M.set_name(name, id)
  return fs.write_atomic(file_of(name), id)
end

--- Takes a name away.
---@param name string full
function M.remove_name(name)
  fs.remove(file_of(name))
end

--- Lists all names.
---@return table<string, string[]> names by id
function M.names()
  local by_id = {}
  for _, entry in ipairs(fs.scandir(dir .. "/names") or {}) do
    local name = name_of(entry.name)
    local id = M.find(name)
    if id then
      by_id[id] = by_id[id] or {}
      table.insert(by_id[id], name)
    end
  end
  return by_id
end

local function note_of(path)
  return ("%s/archives/%s"):format(dir, hash.xxh128(path))
end

--- Finds the image of an archive whose file is as it was.
---@param path string
---@param stamp string as core.archive.stamp tells it
---@return string? id
function M.find_archive(path, stamp)
  local note = read_json(note_of(path))
  return note and note.path == path and note.stamp == stamp and note.id or nil
end

--- Remembers the image of an archive.
---@param path string
---@param stamp string
---@param id string
function M.set_archive(path, stamp, id)
  write_json(note_of(path), { path = path, stamp = stamp, id = id })
end

local function is_used(id)
  local used = false
  for _, entry in ipairs(fs.scandir(dir .. "/use") or {}) do
    if entry.name:sub(1, 64) == id:sub(8) then
      local path = dir .. "/use/" .. entry.name
      local held, err = lock.try(path)
      used = used or not held and err.code == "EAGAIN"
      if held then
        fs.remove(path)
        held:close()
      end
    end
  end
  return used
end

--- Says that this process uses an image, until it ends.
---@param id string
---@return core.lock.Lock? held
---@return core.Error? err
function M.use(id)
  is_used(id) -- takes away what ended processes left
  local err
  for _ = 1, USE_TRIES do
    local path = ("%s/use/%s.%d"):format(dir, id:sub(8), clock.now())
    local held
    held, err = lock.try(path)
    if held and fs.exists(path) then
      return held
    elseif held then
      held:close() -- another took it for one that was left, and has removed it
    elseif err.code ~= "EAGAIN" then
      break
    end
  end
  return nil, err
end

--- Removes an image with its names; only for who holds the lock.
---@param id string
---@return true? ok
---@return core.Error? err it is used
function M.remove(id)
  local passing = M.passing()
  local ok, err = fs.rename(tree_of(id), passing)
  if not ok then
    return fail("the image cannot be removed", err)
  elseif is_used(id) then -- looked at last: who begins to use it now finds it gone
    fs.rename(passing, tree_of(id))
    return fail(("%s is used by a clnrm that runs"):format(id:sub(1, 19)))
  end
  for _, name in ipairs(M.names()[id] or {}) do
    M.remove_name(name)
  end
  ok, err = archive.remove(passing)
  return ok, err
end

--- Lists the images, those last used last.
---@return engine.image.Stored[]
function M.list()
  local list = {}
  for _, entry in ipairs(fs.scandir(dir .. "/trees") or {}) do
    list[#list + 1] = M.read("sha256:" .. entry.name)
  end
  table.sort(list, function(a, b)
    local one, other = fs.stat(tree_of(a.id) .. "/used"), fs.stat(tree_of(b.id) .. "/used")
    local x, y = one and one.mtime_ns or 0, other and other.mtime_ns or 0
    if x ~= y then
      return x < y
    end
    return a.id < b.id
  end)
  return list
end

--- Notes that an image was used just now.
---@param id string
function M.touch(id)
  fs.write_atomic(tree_of(id) .. "/used", "", { sync = false })
end

--- Makes room for so many bytes: images without a name, which an archive can give again, are
--- removed, those first that were used longest ago.  Only for who holds the lock.
---@param bytes integer
---@return true? ok
---@return core.Error? err
function M.make_room(bytes)
  local list, names, total = M.list(), M.names(), bytes
  for _, one in ipairs(list) do
    total = total + one.bytes
  end
  for _, one in ipairs(list) do
    if total <= M.BYTES_MAX then
      return true
    elseif not names[one.id] and M.remove(one.id) then
      total = total - one.bytes
    end
  end
  if total <= M.BYTES_MAX then
    return true
  end
  return fail(("the store would hold more than %d GiB: remove images by clnrm image rm"):format(
    M.BYTES_MAX >> 30))
end

return M
