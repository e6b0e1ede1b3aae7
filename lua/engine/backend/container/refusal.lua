--- Whose fault it is that an engine does not make something: a setting that it refuses (400) is the
--- file's; all else is the engine's, and nothing is known of the test then.  Pure.
---@class engine.backend.container.refusal
local error_new = require("core.error").new

local M = {}

--- Errors that say by themselves whose fault it is.
local IS_TOLD = {
  EAGENT = true, ECANCELED = true, EIMAGE = true, EMACHINE = true, EOOM = true, EPOLICY = true,
  EPROJECT = true, EPROTO = true,
}
local BAD_REQUEST = 400
local UNSEEN = "bind source path does not exist" -- it is on this machine: that was looked at

--- Whether an engine has refused what the file asks for.
---@param err core.Error
---@return boolean
---@nodiscard
function M.is_of_file(err)
  local status = err.detail and err.detail.status
  return status == BAD_REQUEST and err.code == "ENGINE_BAD_REQUEST"
    and not err.message:find(UNSEEN, 1, true)
end

--- Reads why something was not made, of which no program had run.
---@param err core.Error
---@return core.Error # EPOLICY: it cannot be had; EAGENT: the engine failed
---@nodiscard
function M.read(err)
  if IS_TOLD[err.code] then
    return err
  end
  local is_of_file = M.is_of_file(err)
  return error_new({
    code = is_of_file and "EPOLICY" or "EAGENT",
    op = "container.create",
    message = is_of_file and "the engine refuses what it asks for: " .. err.message or err.message,
    cause = err,
    detail = { help = err.detail and err.detail.help,
      is_limit = is_of_file and err.message:find("[Mm]emory limit") ~= nil or nil },
  })
end

return M
