--- Which version of the Engine API is spoken: the newest that both sides have.  Pure.
---@class engine.docker.version
local docker_error = require("engine.docker.error")

local M = {}

M.OLDEST, M.NEWEST = 41, 47 -- 1.41 to 1.47

local function version_error(message, help)
  return nil, docker_error.new("ENGINE_VERSION", message, help)
end

local function minor_of(text)
  local major, minor = (text or ""):match("^(%d+)%.(%d+)$")
  return major == "1" and #minor <= 4 and math.tointeger(tonumber(minor)) or nil
end

--- Agrees on the version of the API.
---@param theirs? string the newest that the engine has
---@param asked? string DOCKER_API_VERSION
---@return string? version
---@return core.Error? err ENGINE_VERSION
---@nodiscard
function M.agree(theirs, asked)
  local newest, wanted = minor_of(theirs), minor_of(asked)
  if asked and (not wanted or wanted < M.OLDEST or wanted > M.NEWEST) then
    return version_error(("DOCKER_API_VERSION is %s, and clnrm speaks 1.%d to 1.%d"):format(asked,
      M.OLDEST, M.NEWEST), "leave it unset: the version is agreed on with the engine")
  elseif not newest then
    return version_error("what answers is no engine: it tells no version of the Engine API",
      "look at what listens there: DOCKER_HOST, docker context ls")
  elseif newest < M.OLDEST then
    return version_error(("the engine is too old: its API is 1.%d, and clnrm needs 1.%d"):format(
      newest, M.OLDEST), "Docker 20.10 and Podman 4 are new enough")
  elseif wanted and wanted > newest then
    return version_error(("DOCKER_API_VERSION is %s, and the engine speaks 1.%d"):format(asked,
      newest), "leave it unset: the version is agreed on with the engine")
  end
  return ("1.%d"):format(wanted or math.min(newest, M.NEWEST))
end

return M
