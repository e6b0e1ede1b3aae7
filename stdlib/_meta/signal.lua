---@meta core.signal

--- Signals of the operating system, as things to wait for.
---@class core.signal
local signal = {}

---@alias core.signal.Name "SIGHUP"|"SIGINT"|"SIGTERM"|"SIGTSTP"|"SIGCONT"|"SIGUSR1"|"SIGUSR2"
---|"SIGWINCH"

--- Begins to note signals; until the close they have no other effect.
---@param ... core.signal.Name
---@return core.signal.Signals? signals
---@return core.Error? err
function signal.open(...) end

--- Says whether this program ignores a signal, as nohup has it for SIGHUP.
---@param name core.signal.Name
---@return boolean is_ignored
function signal.is_ignored(name) end

---@class core.signal.Signals a to-be-closed value
local Signals = {}

--- Gives the signals their default effect back.
function Signals:close() end

--- Closes the set in a program that is about to end.  The first SIGINT, SIGTERM or SIGHUP of it
--- that still comes lets the program write what it has to, and is then its exit code (128 and the
--- number); the second ends it at once.  SIGUSR1 has no effect.  Signals of another open set stay
--- that one's.
function Signals:finish() end

--- Makes a signal end the program at once, whatever it is doing, for the rest of its life.
---@param name core.signal.Name
---@param exit_code integer
---@return true? ok
---@return core.Error? err
function Signals:leave_on(name, exit_code) end

--- Waits for the next signal; one that came before and was not taken is returned at once.
---@async
---@return core.signal.Name? name
---@return core.Error? err
function Signals:next() end

--- Lets a signal have its default effect, once: after SIGTSTP it returns when the program was
--- continued.
---@param name core.signal.Name
---@return true? ok
---@return core.Error? err
function Signals:stop_self(name) end

return signal
