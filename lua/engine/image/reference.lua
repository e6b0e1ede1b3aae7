--- How a text names an image: host, rootfs:DIR, archive:FILE, or a name as Docker has them.  Pure.
---@class engine.image.reference
local M = {}

---@class engine.image.Image      what a test file names; nil means the host's programs
---@field kind "rootfs"|"archive"|"stored"|"build"
---@field text string             as the file has it, for messages
---@field path? string            of rootfs and archive: as written; then absolute, real
---@field name? string            of a stored one: its full name, "redis:7", "redis:7@sha256:HEX"
---@field build? engine.image.Build
---@field platform? string        of a service: which one is asked for, "linux/arm64"
---@field policy? "missing"|"always"|"never" of a service: when it is pulled
---@field pos? engine.model.Pos   where the file names it

---@class engine.image.Build    # what an engine builds
---@field context string          a folder: absolute, real
---@field dockerfile? string      below it; default Dockerfile
---@field args table<string, string>
---@field target? string

M.NAME_MAX = 255
M.HUB = "docker.io" -- the registry of a name without one

--- Names that are right beyond doubt, for engine.model.shape.
M.FITS = {
  form = { "[a-z0-9./-]+", "[a-z0-9./-]+:[A-Za-z0-9_.-]+" },
  pairs = "-./:",
  max = 63, -- no id either
  unlike = { "host", "rootfs:", "archive:", "sha256:" },
}

local TAG_MAX = 128
local OFFICIAL = "library/"
local DIGESTS = { sha256 = 64, sha384 = 96, sha512 = 128 } -- hexadecimal digits

---@class engine.image.Name      a reference as Docker's grammar has it
---@field registry string         "docker.io", "localhost:5000", "[::1]:5000"
---@field path string             "library/redis"
---@field tag? string             nil with a digest alone; else "latest" where none is written
---@field digest? string          "sha256:HEX"

--- Whether it is a part of a path: small letters and digits, joined by one of . _ __ or any
--- number of dashes.
local function is_component(part)
  if not part:match("^[a-z0-9][a-z0-9._-]*$") or not part:match("[a-z0-9]$") then
    return false
  end
  for joint in part:gmatch("[._-]+") do
    if not (joint:match("^[._]$") or joint == "__" or joint:match("^%-+$")) then
      return false
    end
  end
  return true
end

local function is_registry(text)
  local host, port = text:match("^(.-):(%d+)$")
  host = host or text
  if port and #port > 5 then
    return false
  elseif host:match("^%[[%x:]+%]$") then
    return true
  end
  for part in (host .. "."):gmatch("([^.]*)%.") do
    if not part:match("^%w[%w-]*$") or part:sub(-1) == "-" then
      return false
    end
  end
  return true
end

--- Splits the registry off, as the docker CLI guesses it: a first part with a dot, a colon, or
--- "localhost".
local function split_registry(name)
  local first, rest = name:match("^([^/]*)/(.*)$")
  if not first or not (first:find("[.:]") or first == "localhost") then
    return M.HUB, name
  elseif first == "index.docker.io" then
    return M.HUB, rest
  end
  return first, rest
end

local function split_digest(text)
  local name, digest = text:match("^([^@]*)@(.*)$")
  if not name then
    return text
  end
  local algorithm, hex = digest:match("^([^:]*):([0-9a-f]*)$")
  if not algorithm or #hex ~= DIGESTS[algorithm] then
    return nil, "has no digest behind its @: sha256: and 64 small hexadecimal digits"
  end
  return name, digest
end

local SHAPE = "is no name of an image: redis:7, registry.example/team/app:1.2"

local function is_path(path)
  for part in (path .. "/"):gmatch("([^/]*)/") do
    if not is_component(part) then
      return false
    end
  end
  return true
end

--- Reads a reference by Docker's grammar.
---@param text string "redis", "registry.example:5000/team/app:1.2@sha256:HEX"
---@return engine.image.Name? name
---@return string? why it is none
---@nodiscard
function M.read(text)
  local rest, digest = split_digest(text)
  if not rest then
    return nil, digest
  elseif #rest == 64 and rest:match("^%x+$") then
    return nil, "is the id of an image, and no name: write sha256: in front of it"
  end
  local name, tag = rest:match("^(.*):([^/:]*)$")
  if not name then
    name = rest
  elseif not tag:match("^[%w_][%w_.-]*$") or #tag > TAG_MAX then
    return nil, ("has no tag behind its colon: letters, digits, . _ -, at most %d"):format(TAG_MAX)
  end
  local registry, path = split_registry(name)
  if registry == M.HUB and not path:find("/", 1, true) then
    path = OFFICIAL .. path
  end
  if not is_path(path) or not is_registry(registry) then
    return nil, is_path(path:lower()) and path:find("%u")
      and "has a capital letter: names of images have small ones" or SHAPE
  elseif #registry + 1 + #path > M.NAME_MAX then
    return nil, ("is longer than %d bytes"):format(M.NAME_MAX)
  end
  return { registry = registry, path = path, tag = tag or not digest and "latest" or nil,
    digest = digest }
end

--- Writes a reference in full: "docker.io/library/redis:7".
---@param name engine.image.Name
---@return string
---@nodiscard
function M.full(name)
  return name.registry .. "/" .. name.path .. (name.tag and ":" .. name.tag or "")
    .. (name.digest and "@" .. name.digest or "")
end

--- Writes a reference as people do: without a registry that everybody means.
---@param name engine.image.Name
---@return string
---@nodiscard
function M.familiar(name)
  local full = M.full(name)
  if name.registry ~= M.HUB then
    return full
  end
  local path = full:sub(#M.HUB + 2)
  local short = path:match("^library/(.*)$")
  return short and not short:find("/", 1, true) and short or path
end

--- Makes the full name of a stored image: without a registry that everybody means, with a tag.
---@param text string "redis", "docker.io/library/redis:7", "redis:7@sha256:HEX", "sha256:HEX"
---@return string? name
---@return string? why it is none
function M.normal(text)
  local hex = text:match("^sha256:(%x+)$")
  if hex then
    local is_id = #hex >= 12 and #hex <= 64
    return is_id and text:lower() or nil, "is no id: sha256: and 12 to 64 digits"
  end
  local name, why = M.read(text)
  return name and M.familiar(name), why
end

--- Reads the text.
---@param text string
---@return engine.image.Image? image nil, without `why`: the host
---@return string? why it is wrong
---@nodiscard
function M.parse(text)
  if text == "host" then
    return nil
  end
  local kind, path = text:match("^(%a+):(.*)$")
  if kind == "rootfs" or kind == "archive" then
    if path == "" then
      return nil, ("names no %s: %s"):format(kind == "rootfs" and "folder" or "file", text)
    end
    return { kind = kind, text = text, path = path }
  end
  local name, why = M.normal(text)
  if not name then
    return nil, why
  end
  return { kind = "stored", text = text, name = name }
end

return M
