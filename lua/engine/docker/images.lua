--- Images of an engine: looked at, pulled, tagged, removed.
---
--- A pull says 200 whatever comes of it, so what counts is what the engine has afterwards: an image
--- of the name, the platform and the digest that were asked for.
---@class engine.docker.images
local auth = require("engine.docker.auth")
local docker_error = require("engine.docker.error")
local error_new = require("core.error").new
local reference = require("engine.image.reference")
local request = require("engine.docker.request")

local M = {}

M.IDLE_MS = 180000 -- of a pull without a line of progress

---@class engine.docker.Image: engine.docker.Found
---@field name string        as it was asked for
---@field digest? string     of the registry that the name means: "sha256:HEX"
---@field digests string[]   all that the engine knows
---@field id string          "sha256:HEX"
---@field platform string    "linux/amd64", "linux/arm64/v8"
---@field config table       of the image, as the API has it: Env, Cmd, Entrypoint, User, …
---@field size integer       bytes
---@field told table         all that the API told of it

local function is_id(name)
  return name:match("^sha256:%x+$") ~= nil
end

--- How the API takes a name: the digest decides where there is one.
---@param name string
---@return string? ref
---@return engine.image.Name|core.Error parts the error when it is none
local function read(name)
  if is_id(name) then
    return name, {}
  end
  local parts, why = reference.read(name)
  if not parts then
    return nil, docker_error.new("ENGINE_BAD_REQUEST", ("%s %s"):format(name, why), nil, "images")
  elseif parts.digest then
    return ("%s/%s@%s"):format(parts.registry, parts.path, parts.digest), parts
  end
  return reference.full(parts), parts
end

local function platform_of(object)
  local text = ("%s/%s"):format(object.Os, object.Architecture)
  local variant = object.Variant
  return type(variant) == "string" and variant ~= "" and text .. "/" .. variant or text
end

--- Takes over what the API tells of an image; nil when that is no image.
local function of_object(name, object, parts)
  if type(object.Id) ~= "string" or not object.Id:gsub("^sha256:", ""):match("^%x+$")
    or type(object.Os) ~= "string" or type(object.Architecture) ~= "string" then
    return nil, docker_error.new("ENGINE_ANSWER",
      ("%s: the engine tells no id and platform of it"):format(name), nil, "images.inspect")
  end
  local image = {
    name = name,
    id = "sha256:" .. object.Id:gsub("^sha256:", ""),
    platform = platform_of(object),
    digests = {},
    config = type(object.Config) == "table" and object.Config or {},
    size = math.type(object.Size) == "integer" and object.Size or 0,
    told = object,
  }
  for _, text in ipairs(type(object.RepoDigests) == "table" and object.RepoDigests or {}) do
    local known = type(text) == "string" and reference.read(text)
    if known and known.digest then
      image.digests[#image.digests + 1] = known.digest
      if known.registry == parts.registry and known.path == parts.path then
        image.digest = parts.digest == known.digest and known.digest or image.digest or known.digest
      end
    end
  end
  return image
end

--- Asks for what an engine tells of an image.  What Podman tells by the API that it shares lacks
--- HEALTHCHECK (4.3.1): so its own is asked for that, by the id, for a name can move.
---@async
---@param client engine.docker.Client
---@param ref string a name or an id, as the API takes it
---@return table? told as `GET /images/NAME/json`
---@return core.Error? err ENGINE_NOT_FOUND: there is none
function M.ask(client, ref)
  local told, err = client:call("GET", "/images/" .. request.segment(ref) .. "/json")
  local has_all = not told or client.engine ~= "podman" or type(told.Id) ~= "string"
    or type(told.Config) ~= "table" or type(told.Config.Healthcheck) == "table"
  if has_all then
    return told or nil, err --[[@as core.Error]]
  end
  local own
  own, err = client:call("GET", request.OWN .. "images/" .. request.segment(told.Id) .. "/json")
  if not own then
    return nil, err --[[@as core.Error]]
  end
  told.Config.Healthcheck = type(own) == "table" and own.Healthcheck or nil
  return told
end

--- Looks at an image.
---@async
---@param client engine.docker.Client
---@param name string a reference, or "sha256:HEX", an id
---@return engine.docker.Image? image
---@return core.Error? err ENGINE_NOT_FOUND: there is none
function M.inspect(client, name)
  local ref, parts = read(name)
  if not ref then
    return nil, parts --[[@as core.Error]]
  end
  local object, err = M.ask(client, ref)
  if not object then
    return nil, err
  end
  return of_object(name, object, parts)
end

--- Whether an image is for a platform, whatever its variant.
---@param image engine.docker.Found
---@param platform? string nil: any
---@return boolean
---@nodiscard
function M.fits(image, platform)
  return not platform or image.platform == platform
    or image.platform:sub(1, #platform + 1) == platform .. "/"
end

---@class engine.docker.PullProgress
---@field status string     "Downloading", "Pull complete"
---@field layer? string     its short id; nil: of the whole image
---@field current? integer  bytes
---@field total? integer

---@class engine.docker.PullOptions
---@field platform? string  "linux/arm64"
---@field policy? "missing"|"always"|"never" default missing
---@field auth? engine.docker.Credentials|false default: as docker login left them; false: none
---@field masks? engine.run.Secrets gets what is secret of them; needed without `auth`
---@field getenv? engine.docker.Getenv
---@field on_progress? fun(progress: engine.docker.PullProgress)
---@field idle_ms? integer  without a line of progress (IDLE_MS)

local function integer(value)
  return math.type(value) == "integer" and value or nil
end

local function tell(opts, object)
  if opts.on_progress and type(object.status) == "string" then
    local detail = type(object.progressDetail) == "table" and object.progressDetail or {}
    opts.on_progress({
      status = object.status,
      layer = type(object.id) == "string" and object.id or nil,
      current = integer(detail.current),
      total = integer(detail.total),
    })
  end
end

--- What can be done about a pull that failed, by its code.
local function help_of(code, parts, err)
  if code == "ENGINE_UNAUTHORIZED" then
    return "log in to the registry: docker login"
      .. (parts.registry == reference.HUB and "" or " " .. parts.registry)
  end
  return err.detail and err.detail.help
end

local function failure(name, parts, err)
  if err.code == "ECANCELED" then
    return nil, err
  end
  return nil, error_new({
    code = err.code,
    op = "images.pull",
    message = ("%s cannot be pulled: %s"):format(name, err.message),
    detail = { status = err.detail and err.detail.status, help = help_of(err.code, parts, err) },
  })
end

local function credentials_of(parts, opts)
  if opts.auth ~= nil then
    return opts.auth or nil
  end
  return auth.find(parts, { masks = assert(opts.masks, "masks are needed"), getenv = opts.getenv })
end

--- Asks the engine to pull, and follows what it tells.
local function ask(client, name, parts, opts)
  local credentials, err = credentials_of(parts, opts)
  if err then
    return failure(name, parts, err)
  end
  local lines <close>, refused = client:lines("POST", "/images/create", {
    query = {
      fromImage = parts.registry .. "/" .. parts.path,
      tag = parts.digest or parts.tag, -- without one, all tags would come
      platform = opts.platform,
    },
    headers = { "X-Registry-Auth: " .. auth.header(credentials, opts.masks) },
    idle_ms = opts.idle_ms or M.IDLE_MS,
    op = "images.pull",
  })
  if not lines then
    return failure(name, parts, refused)
  end
  while true do
    local object
    object, err = lines:next()
    if err then
      return failure(name, parts, err)
    elseif not object then
      return true
    end
    tell(opts, object)
  end
end

--- Looks whether a pulled image is the one that was asked for.
local function verify(client, name, parts, opts)
  local image, err = M.inspect(client, name)
  if not image then
    if err and err.code == "ENGINE_NOT_FOUND" then
      return failure(name, parts, docker_error.new("ENGINE_ANSWER",
        "the engine tells of no failure, and has no such image"))
    end
    return nil, err
  elseif not M.fits(image, opts.platform) then
    return failure(name, parts, docker_error.new("ENGINE_ANSWER",
      ("it came for %s, not for %s"):format(image.platform, opts.platform)))
  elseif parts.digest and image.digest ~= parts.digest then
    return failure(name, parts, docker_error.new("ENGINE_ANSWER",
      "the engine does not say that it has this digest"))
  end
  return image
end

local function missing(name, opts, image)
  local what = image and ("%s is here for %s alone, not for %s"):format(name, image.platform,
    opts.platform) or ("%s is not in the engine"):format(name)
  return nil, docker_error.new("ENGINE_NOT_FOUND", what .. ", and it is not pulled",
    "clnrm pull, docker pull NAME, or docker load -i FILE", "images.pull")
end

--- Makes sure that an image is in the engine.
---@async
---@param client engine.docker.Client
---@param name string a reference by tag or digest; an id is never pulled
---@param opts? engine.docker.PullOptions
---@return engine.docker.Image? image
---@return core.Error|boolean? err `true` beside an image: it was pulled
function M.pull(client, name, opts)
  opts = opts or {}
  local ref, parts = read(name)
  if not ref then
    return nil, parts --[[@as core.Error]]
  end
  local policy = is_id(name) and "never" or opts.policy or "missing"
  if policy ~= "always" then
    local image, err = M.inspect(client, name)
    if image and M.fits(image, opts.platform) then
      return image, false
    elseif not image and err.code ~= "ENGINE_NOT_FOUND" then
      return nil, err
    elseif policy == "never" then
      return missing(name, opts, image)
    end
  end
  local ok, err = ask(client, name, parts, opts)
  if not ok then
    return nil, err
  end
  local image
  image, err = verify(client, name, parts, opts)
  return image, image and true or err
end

--- Gives an image one more name.
---@async
---@param client engine.docker.Client
---@param name string a reference or an id
---@param as string  a reference with a tag
---@return true? ok
---@return core.Error? err
function M.tag(client, name, as)
  local ref, why = read(name)
  if not ref then
    return nil, why --[[@as core.Error]]
  end
  local parts
  ref, parts = ref, reference.read(as)
  if not parts or parts.digest then
    return nil, docker_error.new("ENGINE_BAD_REQUEST", as .. " is no name with a tag", nil,
      "images.tag")
  end
  local ok, err = client:call("POST", "/images/" .. request.segment(ref) .. "/tag", {
    query = { repo = parts.registry .. "/" .. parts.path, tag = parts.tag },
  })
  if not ok then
    return nil, err --[[@as core.Error]]
  end
  return true
end

--- Removes a name of an image, and the image with its last name.
---@async
---@param client engine.docker.Client
---@param name string
---@param opts? { force?: boolean }
---@return true? ok fine when there is none
---@return core.Error? err ENGINE_CONFLICT: a container uses it
function M.remove(client, name, opts)
  local ref, why = read(name)
  if not ref then
    return nil, why --[[@as core.Error]]
  end
  local ok, err = client:call("DELETE", "/images/" .. request.segment(ref), {
    query = { force = opts and opts.force or nil },
  })
  if not ok and err.code ~= "ENGINE_NOT_FOUND" then
    return nil, err --[[@as core.Error]]
  end
  return true
end

return M
