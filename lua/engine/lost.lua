--- What the loss of a room is told as: of the engine that all rooms are in, of an agent that was
--- tampered with, or of that room alone.  Pure.
---@class engine.lost
local docker_error = require("engine.docker.error")
local events = require("engine.docker.events")
local holders = require("engine.docker.holders")

local M = {}

M.ENGINE = "V006" -- the code of an engine that does not answer any more

---@class engine.lost.Told
---@field verdict "infra"|"error"
---@field code "V001"|"V002"|"V006"|"V007"|"V008"|"T502"
---@field message string
---@field help? string

--- Says what the loss of a room is.  What is no loss of its engine is told in the caller's words.
---@param err core.Error
---@param code? "V001"|"V002" of a room that is lost for itself; default V002
---@param text? string what has happened; default "the room was lost"
---@return engine.lost.Told
---@nodiscard
function M.of(err, code, text)
  local gone = docker_error.gone(err)
  if gone then
    return { verdict = "infra", code = M.ENGINE, message = gone.message, help = gone.detail.help }
  elseif err.code == holders.CODE then
    return { verdict = "infra", code = "V007", message = err.message, help = err.detail.help }
  elseif err.code == events.LOST then
    return { verdict = "infra", code = "V008", message = err.message, help = err.detail.help }
  elseif err.code == "EPROTO" and not code then
    return {
      verdict = "error",
      code = "T502",
      message = ("%s: %s"):format(text or "the room was lost", tostring(err.message)),
    }
  end
  return {
    verdict = "infra",
    code = code or "V002",
    message = ("%s: %s"):format(text or "the room was lost", tostring(err.message or err)),
    help = code and err.detail and err.detail.help,
  }
end

return M
