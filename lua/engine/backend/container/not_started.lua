--- Why the first process of a container did not start, in the words that a sandbox has for it.
---
--- An engine tells what its runtime told it, the names of both around it.  What the runtime says of
--- something else stays as it is; an engine that failed is a lost room, no wrong command.  Pure.
---@class engine.backend.container.not_started
local error_new = require("core.error").new
local hint = require("engine.backend.sandbox_hint")
local refusal = require("engine.backend.container.refusal")

local M = {}

local OP = "container.start"
local BAD_REQUEST = 400 -- what Docker answers where the file, or the image, is to blame

--- What the runtime says of a program, and the error of a command of that kind.
local KINDS = {
  { "executable file not found", "COMMAND_NOT_FOUND", "%s: command not found" },
  { "no such file or directory", "COMMAND_NOT_FOUND", "%s: command not found" },
  { "permission denied", "EACCES", "%s: Permission denied (exec)" },
}

--- Whether the runtime says it: Podman answers 500 to that as well.
local function is_of_runtime(err)
  return err.code ~= "ENGINE_NO_SPACE"
    and (err.message:find("container process", 1, true) or err.message:find('exec: "', 1, true)
      or err.message:find("OCI ", 1, true)) ~= nil
end

--- What runtimes say of rights that the engine itself has not: no file could be otherwise.
local OF_MACHINE = "unable to apply caps"

local function is_lost(err)
  if err.message:find(OF_MACHINE, 1, true) then
    return err.code ~= "ECANCELED"
  end
  local status = err.detail and err.detail.status
  return err.code ~= "ECANCELED" and status ~= BAD_REQUEST and not (status and is_of_runtime(err))
end

--- Reads the error of a start.
---@param err core.Error
---@param about { image: engine.image.Root, path: string }
---@return core.Error # EPOLICY: a limit cannot be had; EAGENT: the engine failed
---@nodiscard
function M.read(err, about)
  local refused = refusal.of_start(err)
  if refused or err.code == "EPOLICY" then
    return refused or err
  elseif is_lost(err) then
    return error_new({ code = "EAGENT", op = OP, message = err.message, cause = err })
  end
  local program, why = err.message:match('exec: "(.-)": (.*)')
  for _, kind in ipairs(program and KINDS or {}) do
    if why:find(kind[1], 1, true) then
      local made = error_new({
        code = kind[2],
        op = OP,
        message = kind[3]:format(program),
        cause = err,
      })
      local help = hint.not_in_image(made, { program }, { path = about.path, tree = about.image })
      made.detail = help and { help = help } or nil
      return made
    end
  end
  return err
end

return M
