--- Commands that run beside a test, as the test sees them.
local host = require("clnrm.host")

---@class clnrm.Process
local Process = {}

local handles = setmetatable({}, { __mode = "k" })

local function handle_of(process, method)
  return handles[process]
    or host.current().misuse(
      ("Process:%s: call it with a colon, process:%s(…)"):format(method, method))
end

--- Waits for the end; may be called again.
---@async
---@param timeout? number|string
---@return clnrm.Result? result
---@return core.Error? err ETIMEDOUT: it still runs
function Process:wait(timeout)
  return handle_of(self, "wait"):wait(timeout)
end

--- Sends a signal to the process and its group.
---@param signal? string|integer "SIGTERM", "TERM" or 15; default SIGKILL
---@return true? ok
---@return core.Error? err ESRCH: it has ended
function Process:kill(signal)
  return handle_of(self, "kill"):kill(signal)
end

--- Feeds the standard input; waits until the room has taken it.
---@async
---@param text string
---@return true? ok
---@return core.Error? err EPIPE: nobody reads
function Process:write(text)
  return handle_of(self, "write"):write(text)
end

--- Ends the standard input.
function Process:close_stdin()
  handle_of(self, "close_stdin"):close_stdin()
end

--- Iterates over the lines of an output as they come: `for line in process:lines() do`.
---@param stream? "stdout"|"stderr"
---@return async fun(): string?
function Process:lines(stream)
  return handle_of(self, "lines"):lines(stream)
end

--- Kills what still runs; also at the end of its scope (`<close>`), and when the room is closed.
---@async
function Process:close()
  handle_of(self, "close"):close()
end

local meta = {
  __index = Process,
  __name = "clnrm.Process",
  __metatable = false,
  __newindex = function(_, key)
    host.current().misuse(("a process has no field '%s' to be set"):format(tostring(key)))
  end,
  __close = function(process)
    handles[process]:close()
  end,
  __tostring = function(process)
    return "clnrm.Process: " .. handles[process].command.name
  end,
}

local M = {}

--- Makes the object of a process.
---@param handle table
---@return clnrm.Process
function M.new(handle)
  local process = setmetatable({}, meta)
  handles[process] = handle
  return process
end

return M
