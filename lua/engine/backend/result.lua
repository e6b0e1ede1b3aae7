--- How a command in a room ended, with what it wrote: the same for every backend whose commands are
--- an agent's.
---@class engine.backend.result
local M = {}

---@class engine.backend.Result
---@field exit_code? integer
---@field signal? integer
---@field may_be_signal? boolean the exit code is 128 + N, and nobody tells it from a signal's
---@field timed_out boolean
---@field duration_ms number
---@field rusage { user_ms: number, system_ms: number, max_rss_kb: integer }
---@field leaked? string[]    names of processes that outlived it and were killed
---@field leaked_ports? engine.backend.LeftPort[] that they listened on
---@field stdout_bytes integer all that was written
---@field stderr_bytes integer
local Result = {}
Result.__index = Result

--- Returns what is kept of stdout, at most `max` bytes of it: head and tail.
---@param max? integer
---@return string? text
---@return integer|core.Error cut bytes that are not in `text`
function Result:stdout(max)
  return self.process:stdout(max)
end

--- The same for stderr.
---@param max? integer
---@return string? text
---@return integer|core.Error cut
function Result:stderr(max)
  return self.process:stderr(max)
end

--- Gives back what is kept of the outputs; they cannot be read afterwards.
function Result:close()
  self.process:close()
end

--- Runs a command to its end.
---@async
---@param room engine.backend.Room whose `start` it is
---@param opts engine.backend.Exec
---@return engine.backend.Result? result
---@return core.Error? err as of `start`; the room was lost
function M.exec(room, opts)
  local process, err = room:start(opts)
  if not process then
    return nil, err
  elseif opts.on_start then
    opts.on_start(process)
  end
  local ended
  ended, err = process:wait()
  if not ended then
    err = room.explain and room:explain(opts, err) or err
    process:close() -- not before: who watches over it may kill it meanwhile
    return nil, err
  end
  local names, ports
  if ended.leaked > 0 then
    names, ports = require("engine.backend.left").parse(ended.leak_names)
  end
  return setmetatable({
    process = process,
    exit_code = ended.code,
    signal = ended.signal,
    may_be_signal = ended.may_be_signal,
    timed_out = ended.timed_out,
    duration_ms = ended.duration_ms,
    rusage = ended.rusage,
    leaked = names,
    leaked_ports = ports,
    stdout_bytes = ended.stdout.bytes,
    stderr_bytes = ended.stderr.bytes,
  }, Result)
end

--- Returns the last output of a command that was started with a name.
---@param room engine.backend.Room that has its processes by name, in `named`
---@param name string
---@param max? integer bytes of each stream (default 64 KiB)
---@return { stdout: string, stderr: string }? logs nil when there is no such command
function M.logs(room, name, max)
  local process = room.named[name]
  if not process then
    return nil
  end
  max = max or 65536
  return { stdout = process:stdout(max) or "", stderr = process:stderr(max) or "" }
end

return M
