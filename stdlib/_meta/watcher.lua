---@meta core.watcher

--- A second process of clnrm that outlives it, to do what is left to be done when it has ended.
---
--- It runs in a session of its own and waits, whatever ends this process; SIGKILL too.
---@class core.watcher
local watcher = {}

---@class core.watcher.Watcher a to-be-closed value
local instance = {}

--- Starts one.  What `text` means, `engine.main` says of the command `--watcher`.
---@param text string 32 KiB at most, without NUL, not ending with a newline
---@param cwd? string its directory (default: ours)
---@return core.watcher.Watcher? watcher
---@return core.Error? err ELIMIT, EAGAIN, ENOMEM, EMFILE
function watcher.open(text, cwd) end

--- Says whether it still waits.
---@return boolean
function instance:is_alive() end

--- Returns its process number, 0 once it has ended.
---@return integer
function instance:pid() end

--- Sends it away: nothing is left to be done.
function instance:dismiss() end

--- Leaves it alone: it acts as soon as this process has ended.  Also `__close`.
function instance:close() end

return watcher
