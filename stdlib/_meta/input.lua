---@meta core.input

--- The bytes of a descriptor as they come: a pipe, a socket or a file at standard input.
---@class core.input
local input = {}

--- A descriptor that is read.  A to-be-closed value; the descriptor itself stays open.
---@class core.input.Input
local Input = {}

--- Begins to watch a descriptor.
---@param fd integer
---@return core.input.Input? input
---@return core.Error? err EBADF; EEXIST: it is watched already
function input.open(fd) end

--- Stops to watch; who waits gets ECANCELED.
function Input:close() end

--- Waits for bytes.
---@async
---@return string? bytes at most 64 KiB; nil and no error at the end
---@return core.Error? err EISDIR, EIO; ECANCELED
function Input:next() end

return input
