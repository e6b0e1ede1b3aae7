--- Contexts of the docker CLI: engines that have a name, in the store below its folder.
---@class engine.docker.context
local config = require("engine.docker.config")
local docker_error = require("engine.docker.error")
local fs = require("core.fs")
local hash = require("core.hash")
local json = require("core.json")
local text = require("core.text")

local M = {}

M.DEFAULT = "default" -- the one without a file: what the environment says

---@class engine.docker.Context
---@field host string         its address
---@field path string         of its file
---@field tls_dir string      where its certificates would be
---@field skips_verify boolean

local function refuse(message, help)
  return nil, docker_error.new("ENGINE_SETTINGS", message, help)
end

--- Reads a context.
---@param name string
---@param dir? string of the docker CLI
---@param origin string who names it, for messages
---@return engine.docker.Context? context
---@return core.Error? err
---@nodiscard
function M.read(name, dir, origin)
  local shown = text.cut(text.escape(name, { line = true }), 80)
  if not name:match("^%w[%w_.+-]*$") or #name > 255 then
    return refuse(("%s names the context '%s', and that is no name of one"):format(origin, shown),
      "docker context ls")
  elseif not dir then
    return refuse(("%s names the context %s, and neither DOCKER_CONFIG nor HOME is set"):format(
      origin, shown))
  end
  local digest, err = hash.sha256(name)
  if not digest then
    return nil, err
  end
  local path = ("%s/contexts/meta/%s/meta.json"):format(dir, digest)
  local object
  object, err = config.object(path)
  if err then
    return nil, err
  elseif not object then
    local there = fs.exists(dir .. "/contexts/meta")
    return refuse(("%s names the context %s, and there is none: %s"):format(origin, shown, path),
      there and "docker context ls, docker context use NAME" or "docker context create " .. shown)
  end
  local points = object.Endpoints
  local point = type(points) == "table" and points.docker
  local host = type(point) == "table" and point.Host
  if type(host) ~= "string" or host == "" then
    return refuse(("the context %s names no engine of Docker: %s"):format(shown, path),
      "docker context update --docker host=ADDRESS " .. shown)
  end
  return {
    host = host,
    path = path,
    tls_dir = ("%s/contexts/tls/%s/docker"):format(dir, digest),
    skips_verify = point.SkipTLSVerify ~= nil and point.SkipTLSVerify ~= false
      and point.SkipTLSVerify ~= json.null,
  }
end

return M
