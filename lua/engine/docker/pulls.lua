--- Brings the images that test files name into an engine, each once, and keeps clnrm.lock.
---@class engine.docker.pulls
local error_new = require("core.error").new
local images = require("engine.docker.images")
local lock_of = require("engine.docker.lock")
local reference = require("engine.image.reference")
local task = require("core.task")

local M = {}

M.JOBS = 3 -- as many layers as Docker fetches at once

---@class engine.docker.Wanted
---@field name string       as people know it: "redis:7"
---@field policy? string    pull_policy of the service: "never" looks only
---@field platform? string  that the service asks for: "linux/arm64"; nil: the engine's
---@field is_named boolean  by a test file, and so kept in the lock

---@class engine.docker.Pulled
---@field name string
---@field image? engine.docker.Image
---@field is_new? boolean   the engine had another one of that name, or none
---@field error? core.Error

--- The image that an engine takes where a file leaves it to the module of a service; nil: this
--- room is no engine's.
local function default_image(suite, service)
  local room = suite.room and suite.room.image
  if not service.default_image or room and room.kind ~= "stored" and room.kind ~= "build" then
    return nil
  end
  return reference.parse(service.default_image)
end

--- Lists the images that suites name, or leave to their modules, sorted, each once.
---@param suites engine.model.Suite[]
---@param with_defaults? boolean also what an engine takes where the file leaves it to the module
---@return engine.docker.Wanted[]
---@nodiscard
function M.of_suites(suites, with_defaults)
  local by_name, list = {}, {}
  local function add(image, policy)
    if type(image) ~= "table" or image.kind ~= "stored" then
      return
    end
    local key = image.name .. "\0" .. (image.platform or "")
    local known = by_name[key]
    if not known then
      known = { name = image.name, policy = policy, platform = image.platform, is_named = true }
      by_name[key] = known
      list[#list + 1] = known
    elseif policy ~= "never" then
      known.policy = policy -- who wants it fetched decides
    end
  end
  for _, suite in ipairs(suites) do
    add(suite.room and suite.room.image)
    for _, service in ipairs(suite.services or {}) do
      add(service.image, type(service.image) == "table" and service.image.policy)
      add(with_defaults and default_image(suite, service))
    end
  end
  table.sort(list, function(a, b)
    if a.name ~= b.name then
      return a.name < b.name
    end
    return (a.platform or "") < (b.platform or "")
  end)
  return list
end

--- The platform that an engine runs.
---@async
---@param client engine.docker.Client
---@return string? platform "linux/amd64"
---@return core.Error? err
function M.platform(client)
  local version, err = client:call("GET", "/version")
  if not version then
    return nil, err
  elseif type(version.Os) ~= "string" or type(version.Arch) ~= "string" then
    return nil, error_new({ code = "ENGINE_ANSWER", op = "GET /version",
      message = "the engine does not tell its platform" })
  end
  return ("%s/%s"):format(version.Os, version.Arch)
end

local VARIANTS = { "", "/v8", "/v7", "/v6", "/v5" }

--- Finds what the lock has for a name on a platform, whatever the variant.
---@param lock? engine.docker.Lock
---@param name string
---@param platform string
---@return engine.docker.LockEntry? entry
---@return core.Error? err ENOTLOCKED
---@nodiscard
function M.entry(lock, name, platform)
  local first
  for _, variant in ipairs(VARIANTS) do
    local entry, err = lock_of.find(lock, name, platform .. variant)
    if entry then
      return entry
    end
    first = first or err
  end
  return nil, first
end

---@class engine.docker.PullsOptions
---@field masks engine.run.Secrets
---@field jobs? integer
---@field lock? engine.docker.Lock
---@field is_locked? boolean only what the lock has
---@field platform string    of the engine
---@field idle_ms? integer   without a line of progress
---@field getenv? engine.docker.Getenv
---@field on_begin? fun(wanted: engine.docker.Wanted)
---@field on_progress? fun(wanted: engine.docker.Wanted, progress: engine.docker.PullProgress)
---@field on_end? fun(pulled: engine.docker.Pulled)

local function pull_opts(opts, wanted, policy)
  return {
    policy = policy,
    platform = wanted.platform,
    masks = opts.masks,
    idle_ms = opts.idle_ms,
    getenv = opts.getenv,
    on_progress = opts.on_progress and function(progress)
      opts.on_progress(wanted, progress)
    end,
  }
end

--- Pulls the image that the lock has, and gives it its name.
local function pull_entry(client, wanted, opts, entry)
  local parts = assert(reference.read(wanted.name))
  local by_digest = ("%s/%s@%s"):format(parts.registry, parts.path, entry.digest)
  local image, err = images.pull(client, by_digest, pull_opts(opts, wanted, "missing"))
  if not image then
    return nil, err
  end
  local ok
  ok, err = lock_of.check(entry, image)
  if ok and parts.tag and not parts.digest then
    ok, err = images.tag(client, image.id, wanted.name)
  end
  return ok and image or nil, not ok and err or true
end

--- Gets the image that the lock has, and gives it its name again.
local function get_locked(client, wanted, opts)
  local entry, err = M.entry(opts.lock, wanted.name, wanted.platform or opts.platform)
  if not entry then
    return nil, err
  end
  local image, is_other
  image, err = images.inspect(client, wanted.name)
  if image then
    local ok
    ok, is_other = lock_of.check(entry, image)
    if ok then
      return image, false
    end
  elseif err.code ~= "ENGINE_NOT_FOUND" then
    return nil, err
  end
  if not entry.digest or wanted.policy == "never" then
    return nil, is_other or err
  end
  return pull_entry(client, wanted, opts, entry)
end

--- Gets an image for a test: only what the lock has where `--locked` says so; else what the engine
--- has under that name, and where that is to be pulled, what the lock has of it, if it has it.
---@async
---@param client engine.docker.Client
---@param wanted engine.docker.Wanted
---@param opts engine.docker.PullsOptions
---@return engine.docker.Image? image
---@return core.Error|boolean err `true` beside an image: it was pulled
function M.get(client, wanted, opts)
  if opts.is_locked then
    return get_locked(client, wanted, opts)
  end
  local entry = opts.lock and M.entry(opts.lock, wanted.name, wanted.platform or opts.platform)
  if not entry or not entry.digest or wanted.policy == "never" then
    return images.pull(client, wanted.name, pull_opts(opts, wanted, wanted.policy))
  elseif wanted.policy == "always" then
    return get_locked(client, wanted, opts)
  end
  local image, err = images.pull(client, wanted.name, pull_opts(opts, wanted, "never"))
  if image or err.code ~= "ENGINE_NOT_FOUND" then
    return image, image and false or err
  end
  return pull_entry(client, wanted, opts, entry)
end

--- Asks the registry for an image, whatever the engine has.
local function renew(client, wanted, opts)
  local before = images.inspect(client, wanted.name)
  local image, err = images.pull(client, wanted.name,
    pull_opts(opts, wanted, wanted.policy == "never" and "never" or "always"))
  if not image then
    return nil, err
  end
  return image, not before or before.id ~= image.id
end

--- Notes an image in the lock.
local function note(lock, wanted, image)
  local name = assert(lock_of.name(wanted.name))
  lock_of.set(lock, {
    name = name,
    platform = image.platform,
    digest = image.digest,
    id = image.id,
  })
end

--- Whether the lock is to have an image: one of a test file, or one that it has already.
local function is_to_note(opts, wanted)
  if not opts.lock or opts.is_locked then
    return false
  end
  return wanted.is_named or not wanted.name:find("@", 1, true)
    and M.entry(opts.lock, wanted.name, opts.platform) ~= nil
end

--- Gets images; the lock is changed in memory alone.
---@async
---@param client engine.docker.Client
---@param list engine.docker.Wanted[]
---@param opts engine.docker.PullsOptions
---@return engine.docker.Pulled[] pulled in the order of the list
function M.run(client, list, opts)
  local out, at = {}, 0
  local function work()
    while at < #list do
      at = at + 1
      local index, wanted = at, list[at]
      if opts.on_begin then
        opts.on_begin(wanted)
      end
      local image, err = (opts.is_locked and get_locked or renew)(client, wanted, opts)
      local pulled = { name = wanted.name }
      if image then
        pulled.image, pulled.is_new = image, err
        if is_to_note(opts, wanted) then
          note(opts.lock, wanted, image)
        end
      else
        pulled.error = err --[[@as core.Error]]
      end
      out[index] = pulled
      if opts.on_end then
        opts.on_end(pulled)
      end
    end
  end
  local workers <close> = setmetatable({}, {
    __close = function(workers)
      for _, worker in ipairs(workers) do
        worker:cancel()
      end
    end,
  })
  for i = 1, math.min(opts.jobs or M.JOBS, #list) do
    workers[i] = task.spawn(work)
  end
  for _, worker in ipairs(workers) do
    worker:join()
  end
  return out
end

return M
