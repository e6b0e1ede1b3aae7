--- Where a user's programs find rooms that are kept, and runs that can be asked.
---@class engine.kept.directory
local error_new = require("core.error").new
local fs = require("core.fs")

local M = {}

--- Finds one of them: of the session when there is one, else of the user.
---@param name string
---@return string? dir
---@return core.Error? err
function M.find(name)
  for _, place in ipairs({
    { "XDG_RUNTIME_DIR", "", true }, { "XDG_STATE_HOME", "" }, { "HOME", "/.local/state", true },
  }) do
    local base, must_exist = os.getenv(place[1]), place[3]
    -- a state directory is made when it is first needed: by a record of the run, say
    if base and base:sub(1, 1) == "/" and (not must_exist or fs.exists(base)) then
      return base .. place[2] .. "/clnrm/" .. name
    end
  end
  return nil, error_new({
    code = "ENOENT",
    op = "kept.directory",
    message = "neither XDG_RUNTIME_DIR, XDG_STATE_HOME nor HOME names a directory",
  })
end

return M
