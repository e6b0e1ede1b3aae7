--- What an engine writes into the output of a command that could not start, read as the error that
--- an agent would have told.  Pure.
---
--- The engine says so with exit code 126 and no process number; the text is the runtime's, and no
--- output of any command.
---@class engine.backend.container.rung.exec_text
local error_new = require("core.error").new

local M = {}

local function fail(code, message)
  return error_new({ code = code, op = "room.spawn", message = message })
end

-- how Docker and Podman begin or end what runc and crun say
local MARKS = { "^OCI runtime", "^unable to find", "exec failed: ", "OCI runtime attempted",
  "OCI permission denied", "^task %x+ not found: not found", "^cannot exec in a %a+ state: " }

-- of a container that ends at this moment, whatever words for missing files are in it as well
local OF_ITS_END = { "^task %x+ not found", "cannot exec in a %a+ ", "namespace path: ",
  "executing setns process", "init%-p: " }

--- Whether a text is a runtime's.
---@param text string
---@return boolean
---@nodiscard
function M.is_of_runtime(text)
  for _, mark in ipairs(MARKS) do
    if text:find(mark) then
      return true
    end
  end
  return false
end

--- The beginning of all that a command has printed.
---@param output core.docker.Output
---@param max integer bytes of each stream
---@return string
---@nodiscard
function M.beginning(output, max)
  return (output:stdout(max) or "") .. (output:stderr(max) or "")
end

--- Whether that is a runtime's text: it may have had a number for a moment, and never begun.
---@param output core.docker.Output
---@param max integer
---@return boolean
---@nodiscard
function M.is_in(output, max)
  return M.is_of_runtime(M.beginning(output, max))
end

-- of runc: it had begun, and the kernel did not take the program
local BEGUN = "^exec [^\n]-: (%a[^\n:]*)\n?$"
local BEGUN_ERRORS = { ["no such file or directory"] = true, ["exec format error"] = true,
  ["permission denied"] = true }

--- Whether all that a command wrote is a runtime's word that the kernel did not execute it: its
--- interpreter is not there, say.  A command that prints just this, and fails, is told as one that
--- could not start: that never is a pass.
---@param err string
---@return boolean
---@nodiscard
function M.is_of_begun(err)
  return BEGUN_ERRORS[err:match(BEGUN) or ""] == true
end

local function is_of_its_end(text)
  for _, mark in ipairs(OF_ITS_END) do
    if text:find(mark) then
      return true
    end
  end
  return false
end

--- Reads the text.
---@param text string
---@param argv string[]
---@param cwd string
---@return core.Error # EAGENT: it is about the container, or nothing that is known
---@nodiscard
function M.read(text, argv, cwd)
  local said = text:match("^([^\r\n]*)")
  text = said:lower()
  local missing = text:find("no such file or directory", 1, true)
    or text:find("not found", 1, true)
  if is_of_its_end(text) then
    return fail("EAGENT", "the engine could not start it, and says: " .. said)
  elseif text:find("chdir to cwd", 1, true) or text:find("crun: chdir", 1, true) then
    if text:find("permission denied", 1, true) then
      return fail("EACCES", cwd .. ": Permission denied (chdir)")
    elseif text:find("not a directory", 1, true) then
      return fail("ENOTDIR", cwd .. ": Not a directory (chdir)")
    end
    return fail("ENOENT", cwd .. ": No such file or directory (chdir)")
  elseif text:find("^unable to find user") or text:find("^unable to find group") then
    local kind, name = said:match("^unable to find (%a+) (.-): ")
    return fail("ENOENT", ("%s%s: No such file or directory (user)"):format(
      kind == "group" and "group " or "", name or said))
  elseif text:find("exec format error", 1, true) then
    return fail("ENOEXEC", argv[1] .. ": Exec format error (exec)")
  elseif missing then
    return fail("COMMAND_NOT_FOUND", argv[1] .. ": command not found")
  elseif text:find("permission denied", 1, true) then
    return fail("EACCES", argv[1] .. ": Permission denied (exec)")
  elseif text:find("argument list too long", 1, true) then
    return fail("E2BIG", argv[1] .. ": Argument list too long (exec)")
  end
  return fail("EAGENT", "the engine could not start it, and says: " .. said)
end

return M
