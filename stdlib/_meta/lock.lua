---@meta core.lock

--- Locks between processes, each a file that one of them at most holds, or several share.
--- The kernel gives a lock back when its holder ends, whichever way.
---@class core.lock
local lock = {}

---@class core.lock.Lock a to-be-closed value
local instance = {}

--- Takes a lock; the file is made when it is not there, and stays.
---@param path string
---@param shared? boolean beside others who share it
---@return core.lock.Lock? lock
---@return core.Error? err EAGAIN: another holds it; EACCES, ELOOP (a link)...
function lock.try(path, shared) end

--- Gives the lock back; also `__close`.
function instance:close() end

return lock
