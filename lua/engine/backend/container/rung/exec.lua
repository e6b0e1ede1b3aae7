--- The last rung, where no agent can be: the engine starts every command by its own exec.  For
--- images of another machine's architecture, and engines that let nothing of ours run in one.
---
--- It needs a first process that stays, the image's own /bin/sh, and takes fifty times as long for
--- a step.  Nobody tells what a command used and what it left running in a session of its own, and
--- a signal is told as an exit code; which the isolation of the result says.
---@class engine.backend.container.rung.exec
local core_of = require("engine.backend.container.rung.exec_core")
local error_new = require("core.error").new
local json = require("core.json")
local machine = require("engine.image.archive").machine

local M = {}

M.TEXT = "none: each command by the engine's exec; not told: what it used, signals but as exit "
  .. "codes, what it left running in another session"

--- Refuses services that need somebody in their container who carries bytes.
---@param spec engine.model.Service
---@return true? ok
---@return core.Error? err EMACHINE
---@nodiscard
function M.check(spec)
  local what
  for _, port in ipairs(spec.ports or {}) do
    what = port.host and "`ports`" or what -- one that is declared alone is carried nowhere
  end
  for _, wait in ipairs(spec.wait or {}) do
    what = what or wait.kind == "http" and ("`%s`"):format(wait.key)
  end
  if not what then
    return true
  end
  return nil, error_new({
    code = "EMACHINE",
    op = "container.exec",
    message = ("%s of the service '%s' needs clnrm's agent, which is not in its container"):format(
      what, spec.name),
    detail = { help = "wait for a port, a line of its log, a file or a command" },
  })
end

---@class engine.backend.container.rung.exec.Link: engine.backend.container.Link
local Link = {}
Link.__index = Link

--- Makes the way to one container.
---@return engine.backend.container.Link link
---@nodiscard
function M.new()
  return setmetatable({ text = M.TEXT, is_without_agent = true }, Link)
end

--- Adds what keeps a room's container: a shell that waits for input that never comes.
---@param made table body
function Link:add_first(made) -- luacheck: ignore 212/self
  made.Entrypoint, made.Cmd = json.array({ "/bin/sh" }), json.array()
  made.OpenStdin = true
end

function Link:add_beside() end -- luacheck: ignore 212/self

---@return true
function Link:place() -- luacheck: ignore 212/self
  return true
end

---@return true
function Link:before_start() -- luacheck: ignore 212/self
  return true
end

--- Says why a room's container did not start, or did not stay.
---@param err core.Error
---@param member engine.backend.container.Member
---@return core.Error
function Link:why_no_start(err, member) -- luacheck: ignore 212/self
  if err.code == "ECANCELED" then
    return err
  end
  local of, here = tostring(member.image.architecture), machine()
  local text, help = "no agent can be in this room, and without one its image needs a /bin/sh"
  if of ~= here then
    text = ("the image is for %s, this machine is %s, and its /bin/sh does not run"):format(of,
      here)
    help = "install its emulation (qemu-user-static), or name an image for this machine"
  elseif not err.message:find("/bin/sh", 1, true) then
    return err
  end
  return error_new({ code = "EAGENT", op = "container.start", cause = err,
    message = ("%s: %s"):format(text, err.message), detail = help and { help = help } or nil })
end

--- Looks whether the room's shell runs: a container of programs for another processor starts, and
--- ends at once where nothing emulates it.
---@async
---@param _ integer
---@param member engine.backend.container.Member
---@return core.room.Room? core
---@return core.Error? err
function Link:join(_, member) -- luacheck: ignore 212/self
  local core = core_of.new(member)
  local ok, err = core:check()
  return ok and core or nil, err
end

---@param member engine.backend.container.Member
---@return core.room.Room
function Link:beside(member) -- luacheck: ignore 212/self
  return core_of.new(member)
end

function Link:said() end -- luacheck: ignore 212/self

function Link:remove() end -- luacheck: ignore 212/self

return M
