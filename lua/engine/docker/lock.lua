--- clnrm.lock: which image each name meant when it was last pulled, to be committed.
---
--- A tag moves; `--locked` runs only what the file has.  A name has an entry for each platform.
--- Two images are the same when their digests or their ids are: an engine may know only one of them
--- (an image that was loaded from a file has no digest of a registry).
---@class engine.docker.lock
local error_new = require("core.error").new
local fs = require("core.fs")
local reference = require("engine.image.reference")
local toml = require("core.toml")

local M = {}

M.NAME = "clnrm.lock"
M.FORMAT = 1
M.SIZE_MAX = 1 << 20
M.ENTRIES_MAX = 10000

local HEAD = "# Which image each name means: made by `clnrm pull`, kept to by `--locked`.\n"
local PLATFORM = "^[a-z0-9]+/[a-z0-9_]+$" -- then, of some, a variant
local VARIANT = "^[a-z0-9]+/[a-z0-9_]+/[a-z0-9.]+$"

---@class engine.docker.LockEntry
---@field name string      in full: "docker.io/library/redis:7"
---@field platform string  "linux/amd64", "linux/arm64/v8"
---@field digest? string   sha256:HEX: of the registry; without it there is an id
---@field id? string       sha256:HEX: of the image in the engine

---@class engine.docker.Lock
---@field entries table<string, engine.docker.LockEntry> by name and platform

local function refuse(code, message, help)
  return nil, error_new({
    code = code,
    op = "lock",
    message = message,
    detail = help and { help = help } or nil,
  })
end

local function key_of(name, platform)
  return name .. "\0" .. platform
end

--- Makes a lock without entries.
---@return engine.docker.Lock
---@nodiscard
function M.new()
  return { entries = {} }
end

--- The name under which an image is locked.
---@param text string as a test file has it
---@return string? name nil: it is no name
---@return string? why
---@nodiscard
function M.name(text)
  local read, why = reference.read(text)
  return read and reference.full(read), why
end

local function is_sum(value)
  return type(value) == "string" and value:match("^sha256:[0-9a-f]+$") ~= nil and #value == 71
end

local KEYS = { name = true, platform = true, digest = true, id = true }

--- Says what is wrong with an entry.
local function wrong_entry(entry)
  if type(entry) ~= "table" then
    return "an image is no table"
  end
  for key in pairs(entry) do
    if not KEYS[key] then
      return ("an image has a key that this clnrm does not know: %q"):format(key)
    end
  end
  local full = type(entry.name) == "string" and M.name(entry.name)
  local platform = type(entry.platform) == "string" and entry.platform or ""
  if not full or full ~= entry.name then
    return "an image has no full name"
  elseif not (platform:match(PLATFORM) or platform:match(VARIANT)) then
    return ("%s has no platform, such as linux/amd64"):format(full)
  elseif not entry.digest and not entry.id then
    return ("%s has neither digest nor id"):format(full)
  elseif entry.digest and not is_sum(entry.digest) or entry.id and not is_sum(entry.id) then
    return ("%s has a digest or id that is none"):format(full)
  end
end

--- Adds an entry, or replaces the one of its name and platform.
---@param lock engine.docker.Lock
---@param entry engine.docker.LockEntry
function M.set(lock, entry)
  local wrong = wrong_entry(entry)
  if wrong then
    error(wrong, 2)
  end
  lock.entries[key_of(entry.name, entry.platform)] = entry
end

--- Reads the text of a lock.
---@param text string
---@param path? string for messages
---@return engine.docker.Lock? lock
---@return core.Error? err ESYNTAX, ELIMIT
---@nodiscard
function M.parse(text, path)
  path = path or M.NAME
  local help = "take it from version control, or make it anew: rm clnrm.lock; clnrm pull"
  local root, err = toml.decode(text, { source = path, max_values = M.ENTRIES_MAX * 5 })
  if not root then
    return refuse(err.code, err.message, help)
  elseif root.format ~= M.FORMAT then
    return refuse("ESYNTAX", ("%s has format %s, and this clnrm reads format %d"):format(path,
      tostring(root.format), M.FORMAT),
      "use a newer clnrm, or make it anew: rm clnrm.lock; clnrm pull")
  end
  for key in pairs(root) do
    if key ~= "format" and key ~= "image" then
      return refuse("ESYNTAX", ("%s has a key that this clnrm does not know: %q"):format(path, key),
        help)
    end
  end
  local lock, list = M.new(), root.image or {}
  if toml.type(list) ~= "array" and root.image then
    return refuse("ESYNTAX", path .. " has no list of images: [[image]]", help)
  end
  for _, entry in ipairs(list) do
    local wrong = wrong_entry(entry)
    local key = not wrong and key_of(entry.name, entry.platform)
    if wrong or lock.entries[key] then
      wrong = wrong or entry.name .. " is there twice"
      return refuse("ESYNTAX", ("%s: %s"):format(path, wrong), help)
    end
    lock.entries[key] = entry
  end
  return lock
end

--- Writes a lock as text: sorted, the same for the same entries.
---@param lock engine.docker.Lock
---@return string
---@nodiscard
function M.render(lock)
  local keys, out = {}, { HEAD, ("format = %d\n"):format(M.FORMAT) }
  for key in pairs(lock.entries) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  for _, key in ipairs(keys) do
    local entry = lock.entries[key]
    out[#out + 1] = "\n[[image]]\n"
    for _, field in ipairs({ "name", "platform", "digest", "id" }) do
      if entry[field] then -- of letters that need no escapes in TOML: checked when it was added
        out[#out + 1] = ('%s = "%s"\n'):format(field, entry[field])
      end
    end
  end
  return table.concat(out)
end

--- Reads the lock of a project.
---@param dir string
---@return engine.docker.Lock? lock nil, without an error: there is none
---@return core.Error? err
---@nodiscard
function M.load(dir)
  local path = dir .. "/" .. M.NAME
  local text, err = fs.read(path, { max = M.SIZE_MAX, nofollow = true })
  if text then
    return M.parse(text, path)
  elseif err.code == "ENOENT" then
    return nil
  end
  return refuse(err.code, ("%s cannot be read: %s"):format(path, err.code == "ELIMIT"
    and ("it is larger than %d MiB"):format(M.SIZE_MAX >> 20) or err.message))
end

--- Writes the lock of a project, whole or not at all.
---@param dir string
---@param lock engine.docker.Lock
---@return true? ok
---@return core.Error? err
function M.store(dir, lock)
  local path = dir .. "/" .. M.NAME
  local stat = fs.lstat(path)
  if stat and stat.type == "link" then -- it would be followed, out of the project
    return refuse("ELOOP", path .. " is a link, and is not written through")
  end
  return fs.write_atomic(path, M.render(lock))
end

---@class engine.docker.Found  an image as the engine has it
---@field digests? string[] those of a registry, "sha256:HEX"
---@field id string         "sha256:HEX"
---@field platform string

--- Looks what `--locked` lets a name mean.
---@param lock? engine.docker.Lock nil: the project has none
---@param text string a name as a test file has it
---@param platform string
---@return engine.docker.LockEntry? entry
---@return core.Error? err ENOTLOCKED
---@nodiscard
function M.find(lock, text, platform)
  local name, why = M.name(text)
  if not name then
    return refuse("ENOTLOCKED", ("%s %s"):format(text, why))
  end
  local entry = lock and lock.entries[key_of(name, platform)]
  if entry then
    return entry
  end
  local digest = name:match("@(sha256:%x+)$")
  if digest then -- the name says itself which it is
    return { name = name, platform = platform, digest = digest }
  end
  return refuse("ENOTLOCKED", ("%s for %s is not in %s"):format(name, platform,
    lock and M.NAME or M.NAME .. ": there is no such file"),
    "`clnrm pull` writes it; commit the file, or run without --locked")
end

--- Says whether an image is the one that a lock has.
---@param entry engine.docker.LockEntry
---@param found engine.docker.Found
---@return true? ok
---@return core.Error? err ECHANGED
---@nodiscard
function M.check(entry, found)
  local same = entry.id ~= nil and entry.id == found.id
  for _, digest in ipairs(found.digests or {}) do
    same = same or digest == entry.digest
  end
  if same and entry.platform == found.platform then
    return true
  end
  local now = found.digests and found.digests[1] or found.id
  return refuse("ECHANGED", ("%s is not what %s has: %s there, %s here (%s)"):format(entry.name,
    M.NAME, entry.digest or entry.id, now, found.platform),
    "`clnrm pull` takes the new one into the lock; `clnrm pull --locked` gets the old one")
end

return M
