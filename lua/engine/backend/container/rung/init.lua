--- The rungs of the ladder by which clnrm's agent gets into a container, the best one first.
---
--- `socket`: mounted from this machine, joined by a socket in a folder that both see.  `stdio`:
--- copied into the container, joined over the engine's stream; for engines that are elsewhere, and
--- where a mount is refused.  `exec`: no agent at all, the engine starts every command; for images
--- of another machine's architecture.  What a rung makes of a container is a link.
---@class engine.backend.container.rung
local docker_error = require("engine.docker.error")
local error_new = require("core.error").new
local exec = require("engine.backend.container.rung.exec")
local machine = require("engine.image.archive").machine
local socket = require("engine.backend.container.rung.socket")
local stdio = require("engine.backend.container.rung.stdio")

local M = {}

---@alias engine.backend.container.rung.Name "socket"|"stdio"|"exec"

--- The variable that names a rung, for diagnosis and tests; none: the best that there is.
M.VARIABLE = "CLNRM_DOCKER_RUNG"
M.NAMES = { "socket", "stdio", "exec" }

local UNSET = "leave it unset: the best one is taken"

local RUNGS = { socket = socket, stdio = stdio, exec = exec }

---@class engine.backend.container.Link # the way to the agent of one container
---@field text string how, for the isolation of the result
---@field image? core.room.Image what the agent is told as it is joined
---@field add_first fun(self, body: table) for a container whose first process is the agent
---@field add_beside fun(self, body: table) for one that has a first process
---@field place async fun(self, member): true?, core.Error? what is to be in it before it starts
---@field before_start async fun(self, member, user): true?, core.Error?
---@field why_no_start fun(self, err: core.Error, member): core.Error what it means
---@field join async fun(self, timeout_ms: integer, member): core.room.Room?, core.Error?
---@field beside async fun(self, member, user, timeout_ms): core.room.Room?, core.Error?
---@field said fun(self): string? what is known of the end of the agent
---@field is_without_agent? boolean
---@field remove fun(self)

local function is_name(text)
  for _, name in ipairs(M.NAMES) do
    if name == text then
      return true
    end
  end
  return false
end

--- Says what is wrong with the variable, whatever the engine is.
---@param getenv? fun(name: string): string?
---@return core.Error? err ENGINE_SETTINGS
---@nodiscard
function M.refused(getenv)
  local asked = (getenv or os.getenv)(M.VARIABLE)
  return asked and asked ~= "" and not is_name(asked) and docker_error.new("ENGINE_SETTINGS",
    ("%s is '%s', and it can be %s"):format(M.VARIABLE, asked, table.concat(M.NAMES, ", ")), UNSET)
    or nil
end

--- Finds out which rung an engine gets, before anything is tried.
---@param endpoint engine.docker.Endpoint
---@param getenv? fun(name: string): string?
---@return engine.backend.container.rung.Name? name
---@return core.Error|boolean why is_asked: the variable says so, and no other is tried
---@nodiscard
function M.first(endpoint, getenv)
  local asked = (getenv or os.getenv)(M.VARIABLE)
  local wrong = M.refused(getenv)
  if wrong then
    return nil, wrong
  elseif asked and asked ~= "" then
    if asked == "socket" and endpoint.kind ~= "unix" then
      return nil, docker_error.new("ENGINE_SETTINGS",
        ("%s asks for a socket of this machine, and %s is reached by %s"):format(M.VARIABLE,
          endpoint.name, endpoint.kind), UNSET)
    end
    return asked, true
  end
  return endpoint.kind == "unix" and "socket" or "stdio", false
end

--- Says how agents are reached, as far as it is known before there is a container.
---@param session engine.backend.container.Session
---@return string
---@nodiscard
function M.text(session)
  if session.rung == "socket" and session.gives_no_sockets then
    return socket.TEXT .. ", or the engine's stream where a container's user is another than yours"
  end
  return RUNGS[session.rung].TEXT
end

--- Whether an image gets the last rung whatever the session has: it is made for another processor
--- than this machine's, whose agent cannot run there.
---@param session engine.backend.container.Session
---@param image engine.backend.container.Image
---@return boolean
---@nodiscard
function M.is_foreign(session, image)
  return not session.rung_is_asked and image.architecture ~= machine()
end

--- Says how commands are run in containers of images for another processor.
M.FOREIGN = exec.TEXT

--- Makes the way to a container: the session's, or that of images for another processor.
---@param session engine.backend.container.Session
---@param image engine.backend.container.Image
---@return engine.backend.container.Link? link
---@return core.Error? err
---@nodiscard
function M.link(session, image)
  if M.is_foreign(session, image) then
    return exec.new()
  end
  if session.rung == "socket" and session.has_failed_to_give then
    return stdio.mounted(session.program)
  end
  return RUNGS[session.rung].new(session)
end

--- Says why a policy cannot be enforced: it is the agent that does it, and mounts of this machine.
---@param session engine.backend.container.Session
---@param images engine.backend.container.Image[] of a room
---@return core.Error? err EPOLICY
---@nodiscard
function M.refused_policy(session, images)
  local why = not session.sees_files and ("the engine at %s does not see this machine's files, "
    .. "and what stands in for programs is mounted from here"):format(session.client.endpoint.name)
  for _, image in ipairs(images) do
    why = why or (M.is_foreign(session, image) or session.rung == "exec")
      and ("no agent of clnrm's can be in a container of %s"):format(image.text)
  end
  return why and error_new({
    code = "EPOLICY",
    op = "container.policy",
    message = "the policy cannot be enforced: " .. why,
    detail = { help = "leave out `policy`, or use an engine and images of this machine" },
  }) or nil
end

--- What an engine says of a file of this machine that it does not see: it names the folder of the
--- session, which nobody else has.
---@param session engine.backend.container.Session
---@param err core.Error
---@return boolean
local function is_unseen(session, err)
  return err.detail ~= nil and err.detail.status ~= nil
    and err.message:find(session.dir, 1, true) ~= nil
end

--- Finds another way to a container that could not be made or started, if there is one.
---@param session engine.backend.container.Session
---@param err core.Error why
---@return engine.backend.container.Link? link
---@return core.Error? err of making that
---@nodiscard
function M.other(session, err)
  if session.rung_is_asked then
    return nil
  elseif err.detail and err.detail.next_rung == "mounted" then
    session.has_failed_to_give = true -- the next container is not made twice
    return stdio.mounted(session.program)
  elseif err.detail and err.detail.next_rung == "exec" then
    return exec.new()
  elseif session.rung == "socket" and is_unseen(session, err) then
    session.rung, session.sees_files = "stdio", false
    return stdio.new(session)
  end
end

return M
