--- The backend that a file's images choose: an engine for those that have a name in a registry, the
--- sandbox for everything else, and where only the store of this machine has them.
---@class engine.backend.auto: engine.backend
local sandbox = require("engine.backend.sandbox")
local wanted = require("engine.backend.wanted")

local M = { name = "auto", isolation = sandbox.isolation, open_ms = 600000 }

local ENGINES = { "docker", "podman" }
local PEOPLE = { docker = "Docker", podman = "Podman" }

local settings = {} ---@type engine.backend.Settings
local engine ---@type engine.backend|false|nil the one that answers; false: none does

--- Whether somebody has said which engine it is that does not answer.
local function is_named(name, err)
  return err.code == "ENGINE_SETTINGS" or require("engine.docker.examine").is_named(name,
    require("engine.docker.config").environment())
end

--- Tells that another engine is taken than the one that somebody has named.
local function tell_other(name, err)
  if settings.tell then
    settings.tell(("rooms are made by %s, since %s, which is named, cannot be asked: %s"):format(
      PEOPLE[name], PEOPLE[ENGINES[1]], err.message))
  end
end

--- Finds the engine that answers; the store tells why there is none where it lacks an image.
---@async
---@return engine.backend? engine
local function find()
  if engine == nil then
    local found, why, help, failed = false, {}, nil, nil
    for _, name in ipairs(ENGINES) do
      local backend = require("engine.backend." .. name)
      backend.settle(settings)
      if not found then
        local client, err = backend.connect()
        found, why[#why + 1] = client and backend or false, err and err.message
        if found and failed then
          tell_other(name, failed)
        elseif err and is_named(name, err) then
          failed, help = failed or err, help or err.detail and err.detail.help
        end
      end
    end
    engine = found
    require("engine.image").set_engines(not found and table.concat(why, "; ") or nil, help)
  end
  return engine or nil
end

--- Takes the settings of a run.
---@param opts engine.backend.Settings
function M.settle(opts)
  settings = opts
  engine = engine or nil -- none answered in an earlier run: one may now
  require("engine.image").settle(opts)
end

--- Says what is wrong with the settings of engines.
---@return core.Error? err
---@nodiscard
function M.refused()
  return os.getenv("CLNRM_DOCKER_RUNG") -- most have none, and need nothing of engines here
    and require("engine.backend.container.rung").refused() or nil
end

--- The pulls of the engine that was found; nil: none was.
---@return engine.docker.Progress?
function M.pulls()
  return engine and engine.pulls() or nil
end

--- Whether the store of this machine has all images of a room.
local function are_stored(room, services)
  local store = require("engine.image.store")
  local list = { room.image }
  for _, spec in ipairs(services or {}) do
    list[#list + 1] = type(spec.image) == "table" and spec.image or nil
  end
  if not store.directory() then
    return false
  end
  for _, image in ipairs(list) do
    if image.kind == "build" or not store.find(image.name) then
      return false
    end
  end
  return true
end

--- Chooses who makes a room: the engine, unless it lacks an image and the store has them all.
---@async
---@param room { image?: engine.image.Image }
---@param services? engine.model.Service[]
---@return engine.backend
function M.choose(room, services)
  local found = wanted.is_engine(room, services) and find() or nil
  if not found or not found.has(room, services) and are_stored(room, services) then
    return sandbox
  end
  return found
end

--- Makes a room.
---@async
---@param spec engine.backend.OpenSpec
---@return engine.backend.Room? room
---@return core.Error? err
function M.open(spec)
  return M.choose(spec.room or {}, spec.services).open(spec)
end

--- Waits less for an engine that does not answer: the run is to end.
function M.hurry()
  if engine then
    engine.hurry()
  end
end

--- Gives back what rooms had in common.
---@async
function M.finish()
  if engine then
    engine.finish()
  end
end

return M
