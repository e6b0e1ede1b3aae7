--- Who runs what is in a container: the image's user, and nobody else in this build.
---
--- A `user` that a file asks for is refused: an image need not know the user of sandbox rooms, and
--- what runs as another one than was asked for would be a lie.
---@class engine.backend.container.users
local error_new = require("core.error").new

local M = {}

--- The error of something that asks for a user.
---@param what string what asked
---@return core.Error # EPOLICY
---@nodiscard
function M.refused(what)
  return error_new({
    code = "EPOLICY",
    op = "container.user",
    message = ("%s cannot be had in a room of an engine in this build: commands and services run "
      .. "as their image's user"):format(what),
    detail = { help = "leave out `user`, use an image with that user, or run it in the sandbox" },
  })
end

--- Looks for services that ask for a user.
---@param services? engine.model.Service[]
---@return true? ok
---@return core.Error? err
---@nodiscard
function M.check(services)
  for _, spec in ipairs(services or {}) do
    if spec.user ~= nil then
      return nil, M.refused(("`user` of the service '%s'"):format(spec.name))
    end
  end
  return true
end

return M
