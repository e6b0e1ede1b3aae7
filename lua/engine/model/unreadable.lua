--- Why a test file cannot be read: the same code and words whichever command wanted it.
local discover = require("engine.discover")
local fs = require("core.fs")

local M = {}

local KNOWN = {
  ENOENT = { code = "E001", message = "no such file" },
  ELOOP = { code = "E001", message = "a link that leads to itself" },
  EISDIR = { code = "E002", message = "not a regular file: a folder" },
  ENOTFILE = { code = "E002", message = "not a regular file: a FIFO, a socket or a device" },
  ELIMIT = { code = "E003", message = "larger than 16 MiB" },
}

--- Makes the diagnostic of a file that fs.read refused.
---@param file string as the user would write it
---@param path string where it was looked for
---@param err core.Error of core.fs
---@return engine.diag.Diagnostic
---@nodiscard
function M.diagnostic(file, path, err)
  local known = KNOWN[err.code]
  local code = known and known.code or "E004"
  local message = known and known.message or "cannot be read: " .. discover.reason(err)
  local link = err.code == "ENOENT" and fs.readlink(path)
  if link then
    message = "a link that leads nowhere: " .. link
  end
  return { severity = "error", code = code, file = file, message = message }
end

return M
