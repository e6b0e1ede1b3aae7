--- Which backend a room wants, as far as that is known without asking an engine.  Pure.
---@class engine.backend.wanted
local M = {}

--- Whether all images that a room names are ones of registries, or built, and there is one.
---@param room { image?: engine.image.Image }
---@param services? engine.model.Service[]
---@return boolean
---@nodiscard
function M.is_engine(room, services)
  local list, has_name = { room.image }, false
  for _, spec in ipairs(services or {}) do
    list[#list + 1] = spec.image
  end
  for _, image in ipairs(list) do
    if type(image) == "table" and image.kind ~= "stored" and image.kind ~= "build" then
      return false
    end
    has_name = has_name or type(image) == "table"
  end
  return has_name
end

--- Names who makes a room; "engine" is Docker or Podman, whichever answers, and the image store of
--- this machine where none does.
---@param asked "auto"|"sandbox"|"docker"|"podman" what the command line or the settings say
---@param room { image?: engine.image.Image }
---@param services? engine.model.Service[]
---@return "sandbox"|"docker"|"podman"|"engine"
---@nodiscard
function M.backend(asked, room, services)
  if asked ~= "auto" then
    return asked
  end
  return M.is_engine(room, services) and "engine" or "sandbox"
end

return M
