--- The process of the client, as `initialize` names it: with it the server ends.
---
--- An editor that dies takes its end of the pipes along, unless something that it started holds
--- them, too; then nothing but its process tells.
local params_of = require("engine.lsp.params")
local proc = require("core.proc")
local task = require("core.task")

local M = {}

local PAUSE_MS = 3000
local PID_MAX = 4194304 -- no Linux gives a higher one

--- Reads the number of the process; nil: the client names none, or what cannot be one.
---@param params table of `initialize`
---@return integer?
---@nodiscard
function M.read(params)
  if type(params) == "table" and params.processId == require("core.json").null then
    return nil
  end
  local pid = params_of.field(params, "processId", "integer", true)
  return pid and pid >= 1 and pid <= PID_MAX and pid or nil -- clients write 0 or -1 for none
end

--- Waits until the process has ended.
---@async
---@param pid integer
---@return string? why nil: the task was cancelled
function M.wait(pid)
  local started = proc.start_time(pid)
  while started and proc.start_time(pid) == started do
    if not task.sleep(PAUSE_MS) then
      return nil
    end
  end
  return ("the client is gone: its process %d has ended"):format(pid)
end

return M
