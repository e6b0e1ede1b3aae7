--- The end of a process as the observer of a step reads it.
---@class engine.run.process_result
local M = {}

--- Makes it; the outputs stay with the process.
---@param process core.room.Process|core.proc.Process
---@param ended table what its `wait` gave
---@param timed_out boolean
---@return engine.backend.Result
---@nodiscard
function M.of(process, ended, timed_out)
  return {
    exit_code = ended.code,
    signal = ended.signal,
    timed_out = timed_out,
    duration_ms = ended.duration_ms,
    rusage = ended.rusage,
    stdout_bytes = ended.stdout.bytes,
    stderr_bytes = ended.stderr.bytes,
    stdout = function(_, max)
      return process:stdout(max)
    end,
    stderr = function(_, max)
      return process:stderr(max)
    end,
  }
end

return M
