--- The JSON of images: what `docker save` and OCI layouts say of layers and settings.  Pure.
---
--- All of it was written by others.  Each function takes a text and returns plain tables of known
--- shape, or nil and what is wrong; a name or digest in them is only looked up in the archive.
---@class engine.image.manifest
local json = require("core.json")

local M = {}

M.TEXT_MAX = 4 << 20 -- bytes of one JSON text
M.LIST_MAX = 1000 -- layers, images, variables
local DEPTH = 64

---@class engine.image.Blob     a part of an archive, by digest or by its name there
---@field digest? string        sha256:HEX
---@field name? string

---@class engine.image.Source   one image in an archive
---@field config engine.image.Blob
---@field layers engine.image.Blob[]
---@field tags string[]

local function decode(text, what)
  if #text > M.TEXT_MAX then
    return nil, what .. " is too large"
  end
  local value, err = json.decode(text, { depth = DEPTH })
  if value == nil then
    return nil, ("%s is no JSON: %s"):format(what, err.message)
  end
  return value
end

local function is_object(value)
  return type(value) == "table" and not json.is_array(value)
end

local function is_list(value)
  return type(value) == "table" and json.is_array(value) and #value <= M.LIST_MAX
end

--- A list of texts without NUL; null and absent are an empty one.
local function texts_of(value)
  if value == nil or value == json.null then
    return {}
  elseif not is_list(value) then
    return nil
  end
  for _, one in ipairs(value) do
    if type(one) ~= "string" or one:find("\0", 1, true) then
      return nil
    end
  end
  return table.move(value, 1, #value, 1, {})
end

local function text_of(value)
  return type(value) == "string" and value ~= "" and not value:find("\0", 1, true) and value or nil
end

local function is_digest(value)
  return type(value) == "string" and value:match("^sha256:(%x+)$") ~= nil and #value == 71
    and value == value:lower()
end
M.is_digest = is_digest

--- Reads the manifest.json of `docker save`.
---@param text string
---@return engine.image.Source[]? sources
---@return string? why
---@nodiscard
function M.docker(text)
  local value, why = decode(text, "manifest.json")
  if not value then
    return nil, why
  elseif not is_list(value) or #value == 0 then
    return nil, "manifest.json lists no image"
  end
  local sources = {}
  for i, one in ipairs(value) do
    local layers = is_object(one) and texts_of(one.Layers)
    local tags = layers and texts_of(one.RepoTags)
    local config = layers and text_of(one.Config)
    if not layers or not tags or not config then
      return nil, ("manifest.json: image %d has no Config, Layers or RepoTags"):format(i)
    end
    local source = { config = { name = config }, layers = {}, tags = tags }
    for k, name in ipairs(layers) do
      source.layers[k] = { name = name }
    end
    sources[i] = source
  end
  return sources
end

---@class engine.image.Descriptor
---@field digest string
---@field is_index boolean
---@field platform? { os: string, architecture: string, variant?: string }
---@field tag? string

local function platform_of(value)
  if not is_object(value) then
    return nil
  end
  local os_name, machine = text_of(value.os), text_of(value.architecture)
  return os_name and machine
    and { os = os_name, architecture = machine, variant = text_of(value.variant) }
end

--- Reads an index of OCI: index.json, or one that it leads to.
---@param text string
---@return engine.image.Descriptor[]? list
---@return string? why
---@nodiscard
function M.index(text)
  local value, why = decode(text, "the index")
  if not value then
    return nil, why
  elseif not is_object(value) or not is_list(value.manifests) or #value.manifests == 0 then
    return nil, "the index lists no manifest"
  end
  local list = {}
  for i, one in ipairs(value.manifests) do
    if not is_object(one) or not is_digest(one.digest) then
      return nil, ("the index: entry %d has no digest by sha256"):format(i)
    end
    local notes = is_object(one.annotations) and one.annotations or {}
    local kind = text_of(one.mediaType) or ""
    local is_proof = notes["vnd.docker.reference.type"] ~= nil -- of how it was built: no image
    list[#list + 1] = not is_proof and {
      digest = one.digest,
      is_index = kind:find("index", 1, true) ~= nil or kind:find("manifest.list", 1, true) ~= nil,
      platform = platform_of(one.platform),
      tag = text_of(notes["io.containerd.image.name"])
        or text_of(notes["org.opencontainers.image.ref.name"]),
    } or nil
  end
  return list
end

--- Reads a manifest of OCI.
---@param text string
---@return engine.image.Source? source without tags
---@return string? why
---@nodiscard
function M.manifest(text)
  local value, why = decode(text, "the manifest")
  if not value then
    return nil, why
  elseif not is_object(value) or not is_object(value.config) or not is_digest(value.config.digest)
    or not is_list(value.layers)
  then
    return nil, "the manifest has no config or no layers by sha256"
  end
  local source = { config = { digest = value.config.digest }, layers = {}, tags = {} }
  for i, one in ipairs(value.layers) do
    if not is_object(one) or not is_digest(one.digest) then
      return nil, ("the manifest: layer %d has no digest by sha256"):format(i)
    end
    source.layers[i] = { digest = one.digest }
  end
  return source
end

local function env_of(list)
  local env = {}
  for _, one in ipairs(list) do
    local name, value = one:match("^([^=]+)=(.*)$")
    if not name then
      return nil
    end
    env[#env + 1] = { name, value }
  end
  return env
end

local function ports_of(value)
  local ports = {}
  for name in pairs(is_object(value) and value or {}) do
    local port = type(name) == "string" and math.tointeger(tonumber(name:match("^(%d+)$")
      or name:match("^(%d+)/tcp$")))
    if port and port >= 1 and port <= 65535 then
      ports[#ports + 1] = port
    end
  end
  table.sort(ports)
  return ports
end

local NS_OF_MS = 1000000
local TIME_MAX_MS = 24 * 3600 * 1000

--- A time in nanoseconds; 0 and what is none is Docker's own default.
local function time_of(value, default_ms)
  local ms = math.type(value) == "integer" and value // NS_OF_MS or 0
  return ms > 0 and math.min(ms, TIME_MAX_MS) or default_ms
end

--- Reads HEALTHCHECK; NONE is none.
---@return engine.image.Health|false|nil health nil: it is no health check
local function health_of(value)
  if value == nil or value == json.null then
    return false
  end
  local test = is_object(value) and texts_of(value.Test)
  local kind = test and test[1]
  local retries = test and math.type(value.Retries) == "integer" and value.Retries or 0
  local health = test and {
    interval_ms = time_of(value.Interval, 30000),
    timeout_ms = time_of(value.Timeout, 30000),
    start_period_ms = time_of(value.StartPeriod, 0),
    retries = retries > 0 and math.min(retries, 1000) or 3,
  }
  if not test then
    return nil
  elseif not kind or kind == "NONE" then
    return false
  elseif kind == "CMD" and test[2] then
    health.argv = table.move(test, 2, #test, 1, {})
  elseif kind == "CMD-SHELL" and #test == 2 then
    health.shell = test[2]
  else
    return nil
  end
  return health
end

--- Reads VOLUME: folders by their paths.
local function volumes_of(value)
  local list = {}
  for path in pairs(is_object(value) and value or {}) do
    local is_path = type(path) == "string" and path:sub(1, 1) == "/" and not path:find("[%z\n]")
      and not (path .. "/"):find("/%.%.?/")
    path = is_path and path:gsub("/+", "/"):gsub("/$", "")
    list[#list + 1] = path and path ~= "" and path or nil
  end
  table.sort(list)
  return list
end

---@class engine.image.Settings
---@field platform { os: string, architecture: string, variant?: string }
---@field diff_ids string[]     SHA-256 of each layer's tar
---@field config engine.image.Config

--- Reads the settings of an image.
---@param text string
---@return engine.image.Settings? settings
---@return string? why
---@nodiscard
function M.settings(text)
  local value, why = decode(text, "the image's config")
  if not value then
    return nil, why
  end
  local platform = is_object(value) and platform_of(value)
  local fs = platform and is_object(value.rootfs) and value.rootfs
  local diff_ids = fs and texts_of(fs.diff_ids)
  if not diff_ids then
    return nil, "the image's config has no os, architecture or rootfs.diff_ids"
  end
  for _, id in ipairs(diff_ids) do
    if not is_digest(id) then
      return nil, "the image's config names a layer that is no digest by sha256"
    end
  end
  local own = is_object(value.config) and value.config or {}
  local env, entrypoint, cmd = texts_of(own.Env), texts_of(own.Entrypoint), texts_of(own.Cmd)
  env = env and env_of(env)
  if not env or not entrypoint or not cmd then
    return nil, "the image's config has an Env, Entrypoint or Cmd that is no list of texts"
  end
  local health = health_of(own.Healthcheck)
  if health == nil then
    return nil, "the image's config has a Healthcheck that is none"
  end
  return {
    platform = platform,
    diff_ids = diff_ids,
    config = {
      env = env,
      workdir = text_of(own.WorkingDir),
      entrypoint = entrypoint[1] and entrypoint or nil,
      cmd = cmd[1] and cmd or nil,
      user = text_of(own.User),
      ports = ports_of(own.ExposedPorts),
      stop_signal = text_of(own.StopSignal),
      health = health or nil,
      volumes = volumes_of(own.Volumes),
    },
  }
end

return M
