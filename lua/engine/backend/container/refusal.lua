--- Whose fault it is that an engine does not make something, or start it: a setting that it, or the
--- kernel, refuses is the file's; all else is the engine's, and nothing is known of the test then.
--- Pure.
---@class engine.backend.container.refusal
local error_new = require("core.error").new
local users = require("engine.backend.container.users")

local M = {}

--- Errors that say by themselves whose fault it is.
local IS_TOLD = {
  EAGENT = true, ECANCELED = true, EIMAGE = true, EMACHINE = true, EOOM = true, EPOLICY = true,
  EPROJECT = true, EPROTO = true,
}
local BAD_REQUEST, FAILED = 400, 500

--- What Podman says of a request that it does not carry out, with the status of its own failures.
local OF_REQUEST = { "fill out specgen: ", "CPU cfs " }

--- What runtimes say of a limit that the kernel does not take: runc, then crun.
local OF_KERNEL = {
  "error setting cgroup config", "unable to set memory limit", "error setting rlimit",
  "setrlimit `", "writing file `cpu.", "writing file `memory.", "writing file `pids.",
}
local UNSEEN = "bind source path does not exist" -- it is on this machine: that was looked at

local function says(err, list)
  for _, words in ipairs(list) do
    if err.message:find(words, 1, true) then
      return true
    end
  end
  return false
end

--- Whether an engine has refused what the file asks for.
---@param err core.Error
---@return boolean
---@nodiscard
function M.is_of_file(err)
  local status = err.detail and err.detail.status
  if status == FAILED then
    return err.code ~= "ENGINE_NO_SPACE" and says(err, OF_REQUEST)
  end
  return status == BAD_REQUEST and err.code == "ENGINE_BAD_REQUEST"
    and not err.message:find(UNSEEN, 1, true)
end

--- Words of a limit, by which its place in the file is shown.
local OF_LIMITS = { "emory limit", "CPU", "cgroup config", "writing file `" }

local function refused(err)
  return error_new({ code = "EPOLICY", op = "container.create",
    message = "the engine refuses what it asks for: " .. err.message, cause = err,
    detail = { help = err.detail and err.detail.help, is_limit = says(err, OF_LIMITS) or nil },
  })
end

--- Reads why a container that was made did not start.
---@param err core.Error
---@return core.Error? # EPOLICY: a limit, or a user, cannot be had; nil: something else
---@nodiscard
function M.of_start(err)
  local has_answered = err.detail and err.detail.status
  if has_answered and err.code ~= "ENGINE_NO_SPACE" and says(err, OF_KERNEL) then
    return refused(err)
  end
  return has_answered and users.unknown(err) or nil
end

--- Reads why something was not made, of which no program had run.
---@param err core.Error
---@return core.Error # EPOLICY: it cannot be had; EAGENT: the engine failed
---@nodiscard
function M.read(err)
  if IS_TOLD[err.code] then
    return err
  end
  if M.is_of_file(err) then
    return refused(err)
  end
  return users.unknown(err) or error_new({ code = "EAGENT", op = "container.create",
    message = err.message, cause = err, detail = { help = err.detail and err.detail.help } })
end

return M
