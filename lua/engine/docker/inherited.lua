--- Whether a container has the labels of a thing of clnrm's from its image: somebody made that of
--- one (`docker commit`), and the container is his.
---
--- A container that clnrm made is named by its label, so most need no question.  One of another
--- name may have been renamed since, or be of a build that named none: Docker's image tells.  In
--- Podman a clone of a container and a restored checkpoint have its labels as well, and their image
--- has not: there another name is somebody's.
---@class engine.docker.inherited
local labels_of = require("engine.docker.labels")
local request = require("engine.docker.request")

local M = {}

--- Asks for the labels of a container's image.
local function of_image(client, id)
  local told = type(id) == "string" and id ~= ""
    and client:call("GET", ("/images/%s/json"):format(request.segment(id))) or nil
  local config = type(told) == "table" and told.Config
  return type(config) == "table" and (type(config.Labels) == "table" and config.Labels or {}) or nil
end

--- Tells whose a container is.
---@async where its name does not tell
---@param client engine.docker.Client
---@param one table as a list of containers tells it
---@return boolean is_inherited also where its image is not known: what may be somebody's is left
---@nodiscard
function M.is(client, one)
  local labels = type(one.Labels) == "table" and one.Labels or {}
  if not labels_of.is_inherited(labels, one.Names) then
    return false
  end
  local image = client.engine ~= "podman" and of_image(client, one.ImageID)
  return not image or image[labels_of.THING] == labels[labels_of.THING]
end

return M
