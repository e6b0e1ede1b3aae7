--- The images of rooms, made ready in one engine: found, pulled as clnrm.lock has them, built.
---
--- Once for all who ask for the same at the same time.
---@class engine.backend.container.images
local clock = require("core.clock")
local docker_error = require("engine.docker.error")
local built = require("engine.backend.container.built")
local docker_images = require("engine.docker.images")
local error_new = require("core.error").new
local at_image = require("engine.image").at
local image_error = require("engine.image").error
local image_of = require("engine.backend.container.image")
local once = require("engine.once")
local progress_of = require("engine.docker.progress")
local pulls = require("engine.docker.pulls")
local task = require("core.task")
local waits_of = require("engine.docker.waits")

local M = {}

local EARLY_MS = 100 -- that a timer may be over before its time, by the clock of a busy loop
local NS_PER_MS = 1000000
local PEOPLE = { docker = "Docker", podman = "Podman" }

local WAYS = "look at its name; `ENGINE pull NAME` shows whether its registry has it for you, and "
  .. "`ENGINE load -i FILE` brings one that `ENGINE save` wrote elsewhere"

--- Errors that say enough, and of what the file or the lock asks for.
local IS_TOLD = {
  EIMAGE = true, ECANCELED = true, ENOTLOCKED = true, ECHANGED = true, EBUILD = true,
}

---@class engine.backend.container.Images
---@field engine "docker"|"podman"
---@field lock? engine.docker.Lock   of the project of the run
---@field is_locked? boolean         `--locked`
---@field progress engine.docker.Progress
---@field on_pull? fun(progress: engine.docker.Progress, name: string, now: number) milliseconds
---@field waits engine.docker.Waits
---@field private ready table<string, engine.backend.container.Image> by what was asked for
---@field private under_way table<string, table>
---@field private platform? string   of the engine
local Images = {}
Images.__index = Images

--- What tells one wish from another.
local function key_of(image)
  local name = image.build and built.key(image) or image.name
  return table.concat({ image.kind, name, image.platform or "",
    image.policy == "always" and "always" or "" }, "\0")
end

--- Looks for an image in the engine, by the name that the file has.
local function look(client, image)
  local found, err = docker_images.inspect(client, image.name)
  if found and not docker_images.fits(found, image.platform) then
    return nil, error_new({ code = "ENGINE_NOT_FOUND", op = "images.inspect",
      message = ("it is there for %s alone, not for %s"):format(found.platform, image.platform) })
  end
  return found, err
end

--- Finds the platform that a lock is asked for.
local function platform_of(self, client, image)
  if image.platform then
    return image.platform
  end
  local err
  if not self.platform then
    self.platform, err = pulls.platform(client)
  end
  return self.platform, err
end

--- Gets an image, unless its pull makes no progress for longer than the pulls of it ever did.
local function with_progress(self, client, wanted, opts)
  local what = self.engine .. ", " .. wanted.name
  local limit, why = self.waits:limit("pull", what)
  local last, longest = clock.now(), nil
  opts.idle_ms = limit
  self.progress:begin(wanted.name, last / NS_PER_MS)
  opts.on_progress = function(_, told)
    local now = clock.now()
    self.progress:on_progress(wanted.name, told, now / NS_PER_MS)
    if self.on_pull then
      self.on_pull(self.progress, wanted.name, now / NS_PER_MS)
    end
    longest, last = math.max(longest or 0, now - last), now
  end
  local image, err = pulls.get(client, wanted, opts)
  self.progress:finish(wanted.name)
  local silent = (clock.now() - last) / NS_PER_MS
  if not image and err.code == "ETIMEDOUT" and silent >= limit - EARLY_MS then
    self.waits:add("pull", what, limit)
    err = waits_of.late("pull", what, err, limit, why)
  elseif image and longest then
    self.waits:add("pull", what, longest / NS_PER_MS)
  end
  return image, err
end

--- Gets an image: at once where it is, else from its registry, as the lock has it where it has it.
local function get(self, client, image, masks)
  local wanted = { name = image.name, policy = image.policy, platform = image.platform }
  local opts = { masks = masks, lock = self.lock, is_locked = self.is_locked }
  local err
  if self.lock or self.is_locked then
    opts.platform, err = platform_of(self, client, image)
    if not opts.platform then
      return nil, err
    end
  end
  return with_progress(self, client, wanted, opts)
end

local function not_there(self, image, err)
  if IS_TOLD[err.code] or docker_error.gone(err) then
    return nil, err
  end
  local help = err.detail and err.detail.help
  if err.code == "ENGINE_NOT_FOUND" or not help then
    help = WAYS:gsub("ENGINE", self.engine)
  end
  return nil, image_error(("the image %s is not in %s: %s"):format(image.text,
    PEOPLE[self.engine], err.message), help)
end

--- Says of an image that is there for another platform that it is: it is not its name that is
--- wrong.
local function of_platform(self, client, image, err)
  local other = image.platform and not IS_TOLD[err.code] and not docker_error.gone(err)
    and docker_images.inspect(client, image.name)
  if not other or docker_images.fits(other, image.platform) then
    return not_there(self, image, err)
  end
  return nil, image_error(("the image %s is not in %s for this platform: %s has it for %s, the "
    .. "file asks for %s; %s"):format(image.text, PEOPLE[self.engine], PEOPLE[self.engine],
    other.platform, image.platform, err.message), "leave `platform` out, or bring the image for "
    .. "it: " .. WAYS:gsub("ENGINE", self.engine))
end

local function make(self, client, image, masks)
  local id, found, err
  if image.build then
    id, err = built.make(client, image, masks)
    if id then
      found, err = image_of.find(client, id, image.text)
    end
  else
    local seen
    seen, err = get(self, client, image, masks)
    if seen then
      found, err = image_of.read(seen.told, image.text)
    end
  end
  if not found then
    return of_platform(self, client, image, err)
  end
  return found
end

--- Forgets what was made ready: what a name means is asked anew.
function Images:forget()
  self.ready = {}
end

--- Makes an image ready.
---@async
---@param client engine.docker.Client
---@param image engine.image.Image of a name, or one that is built
---@param masks table what passwords of registries are told to
---@return engine.backend.container.Image? found
---@return core.Error? err EIMAGE, ENOTLOCKED, ECHANGED, EBUILD
function Images:get(client, image, masks)
  local key = key_of(image)
  if self.ready[key] then
    return self.ready[key]
  end
  local found, err = once.run(self.under_way, key, make, self, client, image, masks)
  self.ready[key] = self.ready[key] or found
  return found, err
end

local Asked = { __close = function(asked)
  for _, one in pairs(asked) do
    one:cancel()
  end
end }

--- Makes images ready, all at once but for those that are built: a build takes over what of it
--- another has made.
---@async
---@param client engine.docker.Client
---@param list engine.image.Image[]
---@param masks table
---@return engine.backend.container.Image[]? found in the order of the list
---@return core.Error? err of the first that cannot be had, at its place in the file
function Images:get_all(client, list, masks)
  local asked <close>, all = setmetatable({}, Asked), {}
  for i = 2, #list do
    asked[i] = not list[i].build and task.spawn(self.get, self, client, list[i], masks) or nil
  end
  for i, image in ipairs(list) do
    local found, err
    if asked[i] then
      found, err = asked[i]:join()
    else
      found, err = self:get(client, image, masks)
    end
    if not found then
      return nil, at_image(err, image)
    end
    all[i] = found
  end
  return all
end

--- The one that was made ready.
---@param image engine.image.Image
---@return engine.backend.container.Image
---@nodiscard
function Images:of(image)
  return self.ready[key_of(image)] or error("the image " .. image.text .. " was not made ready", 2)
end

--- The id of one that was made ready; nil: it was not.
---@param image engine.image.Image
---@return string? id
---@nodiscard
function Images:id(image)
  local found = self.ready[key_of(image)]
  return found and found.id
end

--- Whether the engine has it already.
---@async
---@param client engine.docker.Client
---@param image engine.image.Image
---@return boolean
function Images:has(client, image)
  return image.kind == "build" or self.ready[key_of(image)] ~= nil or look(client, image) ~= nil
end

--- Makes the images of one engine.
---@param engine "docker"|"podman"
---@return engine.backend.container.Images
---@nodiscard
function M.new(engine)
  return setmetatable({
    engine = engine, ready = {}, under_way = {}, waits = waits_of.new(),
    progress = progress_of.new(),
  }, Images)
end

return M
