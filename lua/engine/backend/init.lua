--- Which backend makes a room: the one that was asked for, or the one that its images want.
---@class engine.backend
---@field name string
---@field isolation fun(): engine.backend.Isolation
---@field open async fun(spec: engine.backend.OpenSpec): engine.backend.Room?, core.Error?
---@field prepare? async fun(room: table, services?: engine.model.Service[]): true?, core.Error?,
---engine.model.Service[]? makes images ready
---@field furnish? async fun(spec: engine.backend.OpenSpec, services: engine.model.Service[])
---@field choose? async fun(room: table, services?: engine.model.Service[]): engine.backend of a
---backend that is several: which of them
---@field connect? async fun(): any, core.Error? of an engine: whether it answers
---@field has? async fun(room: table, services?: engine.model.Service[]): boolean of an engine
---@field pools? "all"|"reused" which of its rooms are made by the pool (engine.pool)
---@field outlives? fun(spec: engine.backend.OpenSpec): boolean whether a room of it that nobody has
---       used can wait for a later run: nothing that it shows can be stale then
---@field image_id? fun(image: engine.image.Image): string? of one that was made ready
---@field pulls? fun(): engine.docker.Progress? of an engine: images that come
---@field open_ms? integer after which a room that is not there will not come
---@field look? async fun(): core.Error? of an engine: that it does not answer any more
---@field hurry? fun() of an engine: the run is to end, one that does not answer is waited for less
---@field refused? fun(): core.Error? of an engine: what is wrong with its settings, before a run
---@field settle? fun(opts: engine.backend.Settings) of an engine: before the first room of a run
---@field finish? async fun() gives back what its rooms had in common
local M = {}

---@class engine.backend.Settings # of a run
---@field lock? engine.docker.Lock of its project
---@field tell? fun(text: string) what whoever runs it should know
---@field on_pull? fun(progress: engine.docker.Progress, name: string, now: number) as one goes on
---@field waits? engine.docker.Waits how long an engine is waited for
---@field is_locked? boolean       `--locked`: images are what the lock has, or there is no room

local WANTS_ENGINE = { stored = true, build = true } -- kinds of images

--- Whether a file names an image of a registry, or one that is built.
local function has_names(suite)
  local list = { suite.room.image }
  for _, spec in ipairs(suite.services) do
    list[#list + 1] = spec.image
  end
  for _, image in ipairs(list) do
    if type(image) == "table" and WANTS_ENGINE[image.kind] then
      return true
    end
  end
  return false
end

--- Finds a backend by its name.
---@param name "auto"|"sandbox"|"docker"|"podman"
---@param suites? engine.model.Suite[] that are run: without images, `auto` is the sandbox
---@return engine.backend
---@nodiscard
function M.named(name, suites)
  if name ~= "auto" then
    return require("engine.backend." .. name)
  end
  local has_scripts = false
  for _, suite in ipairs(suites or {}) do
    if suite.has_images and has_names(suite) then
      return require("engine.backend.auto")
    end
    has_scripts = has_scripts or suite.is_script
  end
  if has_scripts then -- which say what their rooms are as they open them
    local auto = require("engine.backend.auto")
    return setmetatable({ name = "sandbox" }, { __index = auto })
  end
  return require("engine.backend.sandbox")
end

--- Tells a backend the settings of a run.
---@param backend engine.backend
---@param opts engine.backend.Settings
function M.settle(backend, opts)
  local settle = backend.settle or require("engine.image").settle
  settle(opts)
  require("engine.backend.volumes").settle(opts)
end

--- Finds who makes one room.
---@async
---@param backend engine.backend
---@param room { image?: engine.image.Image }
---@param services? engine.model.Service[]
---@return engine.backend
function M.of(backend, room, services)
  return backend.choose and backend.choose(room, services) or backend
end

--- Finds who makes the rooms of a file.
---@async
---@param backend engine.backend
---@param suite engine.model.Suite
---@return engine.backend
function M.of_suite(backend, suite)
  return M.of(backend, suite.room or {}, suite.services)
end

--- Makes the images of a room ready.
---@async
---@param backend engine.backend
---@param room { image?: engine.image.Image }
---@param services? engine.model.Service[]
---@param masks? engine.run.Secrets gets the passwords of registries
---@return true? ok
---@return core.Error? err EIMAGE; EPOLICY: it cannot give what is asked for
---@return engine.model.Service[]? services with what their images say
function M.prepare(backend, room, services, masks)
  local prepare = backend.prepare or require("engine.image").prepare
  local refused = backend.name == "sandbox" and require("engine.model.users").refused(room.user)
  for _, service in ipairs(backend.name == "sandbox" and services or {}) do
    refused = refused or require("engine.model.rights").refused(service)
  end
  if refused then
    return nil, refused, services
  end
  return prepare(room, services, masks)
end

--- Adds to a room what its services need of it.
---@async
---@param backend engine.backend
---@param spec engine.backend.OpenSpec
---@param services engine.model.Service[]
function M.furnish(backend, spec, services)
  local furnish = backend.furnish or require("engine.backend.sandbox").furnish
  furnish(spec, services)
end

return M
