--- Images as roots of rooms and services: from what a test file names to a folder on this machine.
---
--- A folder (rootfs:DIR) is used as it lies there.  An archive is taken into the store once, a
--- stored image is found there.  Both are looked at before a clnrm uses them, held until it ends.
local error_new = require("core.error").new

---@class engine.image
local M = {}

---@class engine.image.Root     an image that rooms can be made of
---@field dir string            its tree: absolute, real
---@field text string           as people know it
---@field id? string            sha256:HEX of a stored one
---@field config engine.image.Config

---@class engine.image.Config   what an image says of what runs in it
---@field env string[][]        { name, value }
---@field workdir? string
---@field entrypoint? string[]
---@field cmd? string[]
---@field user? string          shown; a room has one user
---@field ports integer[]
---@field stop_signal? string
---@field health? engine.image.Health
---@field volumes? string[]     folders, sorted

---@class engine.image.Health   as engine.model.Service.Health
---@field argv? string[]        or
---@field shell? string
---@field interval_ms integer
---@field timeout_ms integer
---@field retries integer
---@field start_period_ms integer

--- What a test is whose image cannot be had, by the code that says why.
M.CODES = {
  EIMAGE = { verdict = "infra", code = "V005" },
  ENOTLOCKED = { verdict = "error", code = "E009" },
  ECHANGED = { verdict = "error", code = "E009" },
  EBUILD = { verdict = "error", code = "E010" },
  ENEVER = { verdict = "error", code = "P109" }, -- what the file asks of one can never hold
}

local roots = {} ---@type table<string, engine.image.Root> by kind and place
local locked ---@type engine.docker.Lock|false|nil what `--locked` lets names mean; false: nothing
local engines ---@type string? why none answers
local engines_help ---@type string? what to do about that
local held = {} ---@type table<string, core.lock.Lock> by id

--- Takes the settings of a run.
---@param opts engine.backend.Settings
function M.settle(opts)
  locked = nil
  if opts.is_locked then
    locked = opts.lock or false
  end
end

--- Takes why no engine answers that could have pulled an image.
---@param why? string
---@param help? string what to do about one that somebody has named
function M.set_engines(why, help)
  engines, engines_help = why, help
end

--- Makes an error about an image.
---@param message string
---@param help? string
---@return core.Error
---@nodiscard
function M.error(message, help)
  return error_new({
    code = "EIMAGE",
    op = "image",
    message = message,
    detail = help and { help = help } or nil,
  })
end

--- The three ways to an image that is not there.
M.WAYS = "three ways to get one: `docker save NAME -o FILE` where it is, then `clnrm image load "
  .. "FILE` here; image = \"archive:FILE.tar\" with such a file in the project; image = "
  .. "\"rootfs:DIR\" with its files unpacked in the project"

--- Begins to use an image of the store; nil when it is not whole.
---@async
local function use(id, text)
  local store = require("engine.image.store")
  local lock, err = held[id]
  if not lock then
    lock, err = store.use(id) -- first, so that nobody removes what is looked at
    if not lock then
      return nil, M.error("the image cannot be held: " .. err.message)
    end
  end
  local stored
  stored, err = require("engine.image.check").look(id)
  if not stored then
    if not held[id] then
      lock:close()
    end
    return nil, err
  end
  held[id] = lock
  store.touch(id)
  return { dir = store.root(id), text = text, id = id, config = stored.config }
end

--- Takes an archive into the store, or finds that it is there.
---@async
local function load_archive(image, store)
  local core = require("core.archive")
  local lock <close>, err = store.lock()
  if not lock then
    return nil, err
  end
  local stamp
  stamp, err = core.stamp(image.path)
  local id = stamp and store.find_archive(image.path, stamp)
  local root = id and use(id, image.text)
  if root or not stamp then
    return root, err and M.error(err.message)
  end
  local loaded
  loaded, err = require("engine.image.import").file(image.path, { only_one = true })
  if not loaded then
    return nil, err
  elseif core.stamp(image.path) ~= stamp then
    return nil, M.error(image.path .. " was changed while it was read")
  end
  store.set_archive(image.path, stamp, loaded[1].id)
  root, err = use(loaded[1].id, image.text)
  return root, err or not root and M.error(image.text .. " cannot be kept") or nil
end

--- Makes a damaged image anew from the file that it came from, when that is still there.
---@async
local function mend(image, id, store)
  local lock <close>, err = store.lock()
  if not lock then
    return nil, err
  end
  local root = use(id, image.text) -- another clnrm may have mended it
  local stored = not root and store.read(id)
  if stored and require("core.fs").exists(stored.from) then
    require("engine.image.import").file(stored.from)
    root = use(id, image.text)
  end
  return root, M.error(("the stored image %s is damaged: its files are not what was put there")
    :format(image.name), "load it again: clnrm image load FILE")
end

local RESOLVE = {
  rootfs = function(image)
    return { dir = image.path, text = image.text, config = { env = {}, ports = {} } }
  end,
  archive = function(image, store)
    local stamp, err = require("core.archive").stamp(image.path)
    if not stamp then
      return nil, M.error(image.text .. ": " .. err.message)
    end
    local id = store.find_archive(image.path, stamp)
    local root = id and use(id, image.text)
    if root then
      return root
    end
    return load_archive(image, store)
  end,
  stored = function(image, store)
    local id = store.find(image.name)
    if not id then
      local why = engines and ", and no engine answers: " .. engines or ""
      return nil, M.error(("the image %s is not in the store of this machine%s"):format(image.name,
        why), engines and engines_help and engines_help .. "; or, without an engine, " .. M.WAYS
        or M.WAYS)
    end
    local root, err = use(id, image.name)
    if root or err then
      return root, err
    end
    return mend(image, id, store)
  end,
}

local function key_of(image)
  return image.kind .. "\0" .. (image.path or image.name)
end

local function refuse(message, help)
  return nil, error_new({ code = "EPOLICY", op = "image", message = message,
    detail = { help = help } })
end

--- Refuses what only an engine does with an image.
local function check_wish(image)
  local here = "linux/" .. require("engine.image.archive").machine()
  local platform = image.platform
  if image.kind == "build" then
    return refuse(("%s is built by Docker or Podman, not by the sandbox"):format(image.text),
      "run it with --backend docker or podman")
  elseif image.policy == "always" then
    return refuse(("pull_policy = \"always\" of the image %s: the sandbox pulls nothing"):format(
      image.text), "run it with --backend docker or podman, or leave it out")
  elseif platform and (platform .. "/"):sub(1, #here + 1) ~= here .. "/" then
    return refuse(("the image %s is asked for %s, and the sandbox runs programs for %s"):format(
      image.text, platform, here))
  end
  return true
end

--- What `--locked` lets the name of an image mean here; nil, without an error: anything.
local function entry_of(image)
  if locked == nil or image.kind ~= "stored" then
    return nil
  end
  local platform = "linux/" .. require("engine.image.archive").machine()
  return require("engine.docker.pulls").entry(locked or nil, image.name, platform)
end

--- Makes an image ready: finds it, takes it into the store, looks at it.
---@async
---@param image engine.image.Image
---@return engine.image.Root? root
---@return core.Error? err EIMAGE: it is not there, or is no image that can be used here; EPOLICY,
---ENOTLOCKED, ECHANGED
function M.ready(image)
  local ok, err = check_wish(image)
  if not ok then
    return nil, err
  end
  local key = key_of(image)
  if roots[key] then
    return roots[key]
  end
  local entry
  entry, err = entry_of(image)
  if err then
    return nil, err
  end
  local store = image.kind ~= "rootfs" and require("engine.image.store") or nil
  if store then
    local dir
    dir, err = store.directory()
    if not dir then
      return nil, err
    end
  end
  local root
  root, err = RESOLVE[image.kind](image, store)
  if root and entry then
    ok, err = require("engine.docker.lock").check(entry,
      { id = root.id, platform = entry.platform })
    root = ok and root or nil
  end
  roots[key] = root
  return root, err
end

--- The one that was made ready.
---@param image engine.image.Image
---@return engine.image.Root
function M.root(image)
  return roots[key_of(image)] or error("the image " .. image.text .. " was not made ready", 2)
end

--- Finds a service that waits until another is healthy which never is: its image says of no health.
---@param list? engine.model.Service[] with what their images say
---@return true? ok
---@return core.Error? err ENEVER, at its place in the file
---@return engine.model.Service[]? list the same
function M.check_health(list)
  local by_name = {}
  for _, spec in ipairs(list or {}) do
    by_name[spec.name] = spec
  end
  for _, spec in ipairs(list or {}) do
    for _, need in ipairs(spec.depends_on or {}) do
      local other = by_name[need.name]
      if need.condition == "healthy" and other and other.root and not other.health then
        return nil, error_new({ code = "ENEVER", op = "image",
          message = ("the service '%s' waits until '%s' is healthy, which it never is: it has no "
            .. "health_check, and the image %s has no HEALTHCHECK"):format(spec.name, other.name,
            other.root.text),
          detail = { pos = need.pos, help = ("give the service '%s' a health_check; or wait until "
            .. "it is \"started\""):format(other.name) },
        }), list
      end
    end
  end
  return true, nil, list
end

--- Says of what is wrong with an image where the file names it.
---@param err core.Error
---@param image engine.image.Image
---@return core.Error
---@nodiscard
function M.at(err, image)
  local is_here = M.CODES[err.code] or err.code == "EPOLICY" and err.op == "image"
  if not is_here or not image.pos then
    return err
  end
  return error_new({
    code = err.code,
    op = err.op,
    message = err.message,
    detail = { help = err.detail and err.detail.help, pos = image.pos,
      logs = err.detail and err.detail.logs },
  })
end

--- Makes all images of a room ready, its own and those of its services.
---@async
---@param room { image?: engine.image.Image }
---@param services? engine.model.Service[]
---@return true? ok
---@return core.Error? err its `detail.pos` says where the file names the image
---@return engine.model.Service[]? services with what their images say
function M.prepare(room, services)
  if room.image then
    local root, err = M.ready(room.image)
    if not root then
      return nil, M.at(err, room.image), services
    end
  end
  local list = services and {}
  for i, spec in ipairs(services or {}) do
    list[i] = spec
    if type(spec.image) == "table" then
      local root, err = M.ready(spec.image)
      local made
      if root then
        made, err = require("engine.image.service").of(spec, root)
      end
      if not made then
        return nil, M.at(err, spec.image), services
      end
      list[i] = made
    end
  end
  return M.check_health(list)
end

return M
