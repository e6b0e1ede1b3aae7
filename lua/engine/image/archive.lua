--- What images an archive holds: of `docker save`, an OCI layout, or a plain root.
---@class engine.image.archive
local archive = require("core.archive")
local core_text = require("core.text")
local hash = require("core.hash")
local host_path = require("engine.model.host_path")
local manifest = require("engine.image.manifest")
local reference = require("engine.image.reference")

local M = {}

local LINKS_MAX = 8 -- of an entry that leads to another
local INDEXES_MAX = 4 -- an index that leads to an index

--- Folders of which a root has at least one.
local ROOT_FOLDERS = { bin = true, sbin = true, usr = true, etc = true, lib = true, opt = true }

local MACHINES = { [62] = "amd64", [183] = "arm64", [3] = "386", [40] = "arm", [243] = "riscv64",
  [21] = "ppc64le", [22] = "s390x" }

--- Names this machine as images do.
---@return string
function M.machine()
  local bytes = archive.read("/proc/self/exe", 18, 2)
  return bytes and MACHINES[(string.unpack("<I2", bytes))] or "unknown"
end

--- An entry's name as other parts of the archive give it.
local function normal(name)
  return host_path.normal(name):sub(2)
end

---@class engine.image.Archive
---@field path string           of a tar that is not compressed
---@field by_name table<string, core.archive.Entry>
---@field has_root boolean
local Archive = {}
Archive.__index = Archive

--- Makes it of a list.
---@param path string
---@param list core.archive.List
---@return engine.image.Archive
---@nodiscard
function M.new(path, list)
  local by_name, has_root = {}, false
  for _, entry in ipairs(list) do
    local name = normal(entry.name)
    by_name[name] = entry
    has_root = has_root or ROOT_FOLDERS[name:match("^[^/]*")] == true
  end
  return setmetatable({ path = path, by_name = by_name, has_root = has_root }, Archive)
end

--- Finds a regular file; a link inside the archive is followed.
---@param name string
---@return core.archive.Entry?
function Archive:find(name)
  name = normal(name)
  for _ = 1, LINKS_MAX do
    local entry = self.by_name[name]
    if not entry or entry.kind == "file" then
      return entry
    elseif entry.kind == "hardlink" then
      name = normal(entry.link)
    elseif entry.kind == "link" then
      name = normal((name:match("^(.*)/") or "") .. "/" .. entry.link)
    else
      return nil
    end
  end
end

--- Finds a part by its digest or name.
---@param blob engine.image.Blob
---@return core.archive.Entry? entry
---@return string why
function Archive:blob(blob)
  local name = blob.name or "blobs/sha256/" .. blob.digest:sub(8)
  local entry = self:find(name)
  return entry, ("it has no %s"):format(core_text.escape(name, { line = true }))
end

--- Reads a JSON text; one that is named by its digest must have it.
---@param blob engine.image.Blob
---@return string? text
---@return string? why
function Archive:read(blob)
  local entry, why = self:blob(blob)
  if not entry then
    return nil, why
  elseif entry.size > manifest.TEXT_MAX then
    return nil, "a description in it is too large"
  end
  local text, err = archive.read(self.path, entry.offset, entry.size)
  if not text then
    return nil, err.message
  end
  local digest = "sha256:" .. assert(hash.sha256(text))
  local wanted = blob.digest
  local name = blob.name or ""
  local hex = name:match("^blobs/sha256/(%x+)$") or name:match("^(%x+)%.json$")
  wanted = wanted or hex and #hex == 64 and "sha256:" .. hex:lower()
  if wanted and wanted ~= digest then
    return nil, ("%s is damaged: it has another digest"):format(blob.name or wanted)
  end
  return text, digest
end

local function platform_text(platform)
  return platform.os .. "/" .. platform.architecture
    .. (platform.variant and "/" .. platform.variant or "")
end
M.platform_text = platform_text

--- Says whether programs for a platform run here.
---@param platform { os: string, architecture: string }
---@return boolean
---@nodiscard
function M.fits(platform)
  return platform.os == "linux" and platform.architecture == M.machine()
end

--- Of several manifests for one name: those for this machine, or of which nothing is said.
local function fitting(list)
  local kept, others = {}, {}
  for _, one in ipairs(list) do
    if not one.platform or M.fits(one.platform) then
      kept[#kept + 1] = one
    else
      others[#others + 1] = platform_text(one.platform)
    end
  end
  return kept, others
end

local function add_index(self, sources, text, tag, depth)
  local list, why = manifest.index(text)
  if not list then
    return nil, why
  elseif depth > INDEXES_MAX then
    return nil, "its indexes are nested too deep"
  end
  local kept, others = fitting(list)
  if #kept == 0 then
    return nil, ("it is for %s, and this machine is linux/%s"):format(table.concat(others, ", "),
      M.machine())
  end
  for _, one in ipairs(kept) do
    local inner
    inner, why = self:read({ digest = one.digest })
    if not inner then
      return nil, why
    end
    local name = one.tag or tag
    if one.is_index then
      local ok
      ok, why = add_index(self, sources, inner, name, depth + 1)
      if not ok then
        return nil, why
      end
    else
      local source
      source, why = manifest.manifest(inner)
      if not source then
        return nil, why
      end
      source.tags[1] = name
      sources[#sources + 1] = source
    end
  end
  return true
end

--- Lists the images of an archive.
---@param self engine.image.Archive
---@return engine.image.Source[]? sources nil, without `why`: it is a plain root
---@return string? why
function Archive:sources()
  local text, why
  if self:find("manifest.json") then
    text, why = self:read({ name = "manifest.json" })
    if not text then
      return nil, why
    end
    return manifest.docker(text)
  elseif self:find("index.json") and self:find("oci-layout") then
    text, why = self:read({ name = "index.json" })
    local sources = {}
    if not text then
      return nil, why
    end
    local ok
    ok, why = add_index(self, sources, text, nil, 1)
    return ok and sources, why
  elseif self.has_root then
    return nil, nil
  end
  return nil, "it is neither an image (docker save, OCI layout) nor a root (bin, etc, usr ...)"
end

--- Reads the settings of an image in it; the names of its tags are made whole.
---@param source engine.image.Source
---@return engine.image.Settings? settings
---@return string? id_or_why
function Archive:settings(source)
  local text, id = self:read(source.config)
  if not text then
    return nil, id
  end
  local settings, why = manifest.settings(text)
  if not settings then
    return nil, why
  elseif #settings.diff_ids ~= #source.layers then
    return nil, "its config and its manifest have different numbers of layers"
  elseif not M.fits(settings.platform) then
    return nil, ("it is for %s, and this machine is linux/%s"):format(
      platform_text(settings.platform), M.machine())
  end
  return settings, id
end

--- The full names of an image, those that can be used.
---@param source engine.image.Source
---@return string[]
---@nodiscard
function M.names(source)
  local names = {}
  for _, tag in ipairs(source.tags) do
    names[#names + 1] = reference.normal(tag)
  end
  return names
end

return M
