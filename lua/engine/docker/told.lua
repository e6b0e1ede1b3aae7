--- Looks whether an answer of the engine has the shape that its readers rely on: one that has not
--- is an error of the engine, which is told, and no bug of ours.  Pure.
---@class engine.docker.told
local docker_error = require("engine.docker.error")

local M = {}

local PARTS = { "State", "Config", "HostConfig" }

local function odd(op, what)
  return nil, docker_error.new("ENGINE_ANSWER", ("%s: the engine's answer %s"):format(op, what),
    nil, op)
end

--- Looks at what inspect tells of a container.
---@param told any
---@param op string
---@return table? told
---@return core.Error? err ENGINE_ANSWER
---@nodiscard
function M.container(told, op)
  for _, part in ipairs(PARTS) do
    if type(told) ~= "table" or type(told[part]) ~= "table" then
      return odd(op, "describes no container: it has no " .. part)
    end
  end
  if type(told.State.Running) ~= "boolean" then
    return odd(op, "does not say whether the container runs")
  end
  return told
end

--- Reads the id of something that was made.
---@param made any
---@param op string
---@return string? id
---@return core.Error? err ENGINE_ANSWER
---@nodiscard
function M.id(made, op)
  local id = type(made) == "table" and made.Id
  if type(id) ~= "string" or not id:match("^[%w_.-]+$") then
    return odd(op, "tells no id")
  end
  return id
end

return M
