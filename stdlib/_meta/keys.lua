---@meta core.keys

--- The keys that are pressed at a terminal, each as it is pressed.
---@class core.keys
local keys = {}

--- A terminal whose keys are watched.  A to-be-closed value.
---@class core.keys.Keys
local Keys = {}

--- Begins to watch the terminal at a descriptor; it is not changed before `grab`.
---@param fd integer
---@return core.keys.Keys? keys
---@return core.Error? err ENOTTY
function keys.open(fd) end

--- Stops to watch; `core.term.restore` gives the terminal back.
function Keys:close() end

--- Takes the terminal: keys come as they are pressed and are not shown; Ctrl-C stays a signal.
--- `core.term.guard` comes first.  May be called again, after the program was continued.
---@param whole? boolean Ctrl-C and its like are keys as well, and what is written to the terminal
---is left as it is: for a terminal elsewhere, whose keys they are
---@return true? ok
---@return core.Error? err EPERM: we are not in the foreground
function Keys:grab(whole) end

--- Waits for keys.  Alone it keeps nothing alive.
---@async
---@return string? bytes what was pressed since
---@return core.Error? err EIO: the terminal is gone, or not ours any more; ECANCELED
function Keys:next() end

--- Reads nothing from here on, up to the next `grab`.
function Keys:release() end

return keys
