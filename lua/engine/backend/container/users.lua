--- Who runs what is in a container: the image's user, or whom the file names of the image's.
---
--- Names are looked up in the container's own /etc/passwd and /etc/group: by the engine's archive
--- of a container that does not run, by the agent of one that does.  What a container cannot give
--- is an error: nothing runs as another user than it was asked for.
local command = require("engine.backend.sandbox_command")
local error_new = require("core.error").new
local image_of = require("engine.backend.container.image")

---@class engine.backend.container.users
local M = {}

local FILE_MAX = 1 << 20 -- of /etc/passwd

--- Says that a user cannot be given.
---@param user string as the file has it
---@param why string
---@param help? string
---@return core.Error # EPOLICY
---@nodiscard
function M.refused(user, why, help)
  return error_new({
    code = "EPOLICY",
    op = "container.user",
    message = ("`user = %q` cannot be had: %s"):format(user, why),
    detail = { help = help },
  })
end

--- Explains why the agent did not start a command as somebody.
---@param user string
---@param err core.Error of the agent
---@return core.Error
---@nodiscard
function M.explained(user, err)
  local why = err.message:match("^(.*): [^:]* %(user%)$")
  if not why then
    return err
  elseif err.code == "ENOENT" then
    local group = why:match("^group (.*)$")
    return M.refused(user, group and ("there is no group '%s' in its /etc/group"):format(group)
      or ("there is no user '%s' in its /etc/passwd"):format(why))
  elseif err.code == "EPERM" then
    return M.refused(user, why, "the agent is the container's user, who must be root to start "
      .. "commands as others: use an image whose user is root, or say [room] user, or `user` of "
      .. "the service")
  end
  return M.refused(user, ("%s: %s"):format(why, err.message:match("([^:]*) %(user%)$")))
end

--- Where names are, by their kind.
local FILES = { user = "/etc/passwd", group = "/etc/group" }

--- What engines say of a name that an image does not know: with a list, and on making a tmpfs.
local UNKNOWN = {
  "unable to find (%a+) (.-): no matching entries in", 'unknown %a+ error looking up (%a+) "(.-)"',
}

--- Reads what an engine says of a container whose user is not known in its image.
---@param err core.Error
---@return core.Error? # EPOLICY: whoever asked for him, image or file, is wrong; nil: it is none
---@nodiscard
function M.unknown(err)
  for _, pattern in ipairs(UNKNOWN) do
    local kind, name = err.message:match(pattern)
    if FILES[kind] then
      return error_new({ code = "EPOLICY", op = "container.user", cause = err,
        message = ("nobody is there to run it as: there is no %s '%s' in its %s"):format(kind, name,
          FILES[kind]),
        detail = { help = "mend the image's USER, or name another user in the file: `user`" } })
    end
  end
end

--- Explains why an engine did not make a container with a user: Podman looks it up by itself.
---@param user? string of the file
---@param err core.Error
---@return core.Error
---@nodiscard
function M.not_made(user, err)
  local kind = user and err.message:match("unknown (%a+) error looking up")
  if not kind then
    return M.unknown(err) or err
  end
  return M.refused(user, ("its image has no such %s"):format(kind))
end

--- Lists what programs ask their variables for about a user: a command's own, before the step's.
---@async
---@param core core.room.Room the agent
---@param user string as the file has it
---@return string[][] env HOME, USER and LOGNAME
function M.environment(core, user)
  local passwd = core:get("/etc/passwd", FILE_MAX) or ""
  local found = image_of.user(user, passwd, "") or image_of.user(user:match("^[^:]*"), passwd, "")
  local name = found and (found.name or ("%d"):format(found.uid)) or user:match("^[^:]*")
  return { { "HOME", found and found.home or "/" }, { "USER", name }, { "LOGNAME", name } }
end

--- Joins the variables of a container, of a user in it, and of one command.
---@async
---@param member engine.backend.container.Member
---@param opts engine.backend.Exec
---@return string[][]
function M.joined(member, opts)
  local spec = opts.service and opts.service.spec
  local own = opts.user and M.environment(member.core, opts.user) or {}
  return command.list({ spec and spec.step_env or {}, member.env, own, opts.env })
end

return M
