---@meta core.proc

--- Commands on the host: for what clnrm itself needs from the machine. Tests run in rooms.
---@class core.proc
local proc = {}

---@class core.proc.Spec
---@field argv string[]      the command; without a slash it is looked up in the PATH of `env`
---@field env? string[]      "NAME=value"; all of its environment (default: clnrm's own)
---@field cwd? string        default: clnrm's own
---@field stdin? string      default: /dev/null
---@field merge? boolean     stderr goes where stdout goes
---@field inherit? boolean    both go where clnrm's own go, and nothing of them is kept
---@field out_max? integer   bytes kept of each stream, head and tail (default 64 MiB)

---@class core.proc.Result
---@field kind "exited"|"signalled"
---@field code? integer      set when `kind` is "exited"
---@field signal? integer    set when `kind` is "signalled"
---@field duration_ms number
---@field rusage { user_ms: number, system_ms: number, max_rss_kb: integer }
---@field stdout core.Output
---@field stderr core.Output

---@class core.Output
---@field bytes integer      all that were written
---@field cut integer        those of them that are not kept, between head and tail

---@class core.proc.Process
local process = {}

--- Returns how many processors clnrm may use.
---@return integer count
function proc.cores() end

--- Tells when a process of the machine started; with its number that names it for good.
---@param pid integer
---@return integer? ticks     since boot, in clock ticks
---@return core.Error? err    ESRCH when there is none
function proc.start_time(pid) end

--- Collects all garbage of Lua and gives memory that is free back to the system.  For programs that
--- rest: it takes some milliseconds, and nothing else runs meanwhile.
function proc.trim() end

--- Sends a signal to the process `pid` that started at `start_time`, and to no later one.
---@param pid integer
---@param start_time integer  as `start_time` told
---@param number integer      0: only asks
---@return true? ok
---@return core.Error? err    ESRCH when it is gone, EPERM
function proc.signal_pid(pid, start_time, number) end

--- Starts a command in a process group of its own. It is killed when clnrm ends, however that is.
---@param spec core.proc.Spec
---@return core.proc.Process? process
---@return core.Error? err    COMMAND_NOT_FOUND, EACCES, ENOENT (its directory)
function proc.spawn(spec) end

--- Waits until it has ended; what is left of its group is killed then. Deadlines: `task.timeout`.
---@async
---@return core.proc.Result? result
---@return core.Error? err
function process:wait() end

--- Returns its process number.
---@return integer pid
function process:pid() end

--- Sends a signal to its process group.
---@param number integer
---@return true? ok
---@return core.Error? err    ESRCH when it has ended
function process:signal(number) end

--- Returns what is kept of stdout: all of it, or head and tail.
---@param max? integer        most bytes of text
---@return string? text
---@return integer|core.Error cut  bytes of the stream that are not in `text`
function process:stdout(max) end

--- The same for stderr.
---@param max? integer
---@return string? text
---@return integer|core.Error cut
function process:stderr(max) end

--- Kills what runs and forgets it; also `__close`.
function process:close() end

return proc
