--- The backend that a file's images choose: an engine for those that have a name in a registry, the
--- sandbox for everything else, and where only the store of this machine has them.
---@class engine.backend.auto: engine.backend
local sandbox = require("engine.backend.sandbox")

local M = { name = "auto", isolation = sandbox.isolation }

local ENGINES = { "docker", "podman" }

local engine ---@type engine.backend|false|nil the one that answers; false: none does

--- Finds the engine that answers.
---@async
---@return engine.backend? engine
local function find()
  if engine == nil then
    local found = false
    for _, name in ipairs(ENGINES) do
      local backend = require("engine.backend." .. name)
      found = found or backend.connect() and backend
    end
    engine = found
  end
  return engine or nil
end

--- Whether all images that are named are ones of registries, and there is one.
local function are_named(room, services)
  local list, has_name = { room.image }, false
  for _, spec in ipairs(services or {}) do
    list[#list + 1] = spec.image
  end
  for _, image in ipairs(list) do
    if type(image) == "table" and image.kind ~= "stored" then
      return false
    end
    has_name = has_name or type(image) == "table"
  end
  return has_name
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
    if not store.find(image.name) then
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
  local found = are_named(room, services) and find() or nil
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

--- Gives back what rooms had in common.
---@async
function M.finish()
  if engine then
    engine.finish()
  end
end

return M
