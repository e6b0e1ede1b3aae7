---@meta core.talk

--- Lines between programs of one user on this machine, over a unix socket that has a name.
--- Who runs as another user is turned away; a line has 1 MiB at most.
---@class core.talk
local talk = {}

---@class core.talk.Door a to-be-closed value: where others connect to
local door = {}

---@class core.talk.Connection a to-be-closed value
local connection = {}

--- Listens at a path, which only this user may connect to.  A socket there that nobody listens at
--- any more is replaced.
---@param path string at most 107 bytes
---@return core.talk.Door? door
---@return core.Error? err EADDRINUSE: somebody listens there, or it is no socket; ENAMETOOLONG...
function talk.listen(path) end

--- Connects to who listens at a path.
---@param path string
---@return core.talk.Connection? connection
---@return core.Error? err ECONNREFUSED: nobody does any more; ENOENT; EPERM: another user does;
---EAGAIN: too many wait there
function talk.connect(path) end

--- Waits for somebody of this user.
---@async
---@return core.talk.Connection? connection it keeps no loop alive
---@return core.Error? err ECANCELED: the door was closed
function door:next() end

--- Listens no more, and removes the socket; also `__close`.
function door:close() end

--- Waits for a line.
---@async
---@return string? line without its end
---@return core.Error? err ECLOSED: the other side is gone, and all was read; ELIMIT: it is too long
function connection:read() end

--- Writes a line; never waits.
---@param line string without its end
---@return true? ok
---@return core.Error? err ELIMIT: 2 MiB wait to be sent, and nothing was added; ECLOSED
function connection:write(line) end

--- Waits until all that was written is on its way.
---@async
---@return true? ok
---@return core.Error? err ECLOSED: the other side is gone
function connection:flush() end

--- Returns how many bytes wait to be sent.
---@return integer
---@nodiscard
function connection:unsent() end

--- Ends the connection; what waits to be sent is dropped.  Also `__close`.
function connection:close() end

return talk
