---@meta core.term

--- The terminal: whether there is one, its width, its attributes; and bytes to a descriptor.
---@class core.term
local term = {}

--- Closes a descriptor of `reopen`.
---@param fd integer
function term.close(fd) end

--- Makes a process group of this session the foreground of a terminal: its keys are read there.
---@param fd integer
---@param group? integer default: that of this program
---@return true? ok
---@return core.Error? err ENOTTY, ESRCH: there is no such group
function term.give(fd, group) end

--- Remembers the attributes of the terminal; they come back at exit and on a fatal signal.
---@return boolean has_terminal
function term.guard() end

--- Says whether this program is in the foreground of the terminal.
---@param fd integer
---@return boolean is_foreground
function term.is_foreground(fd) end

--- Says whether somebody can still read what is written: not when the far end of a pipe is closed.
---@param fd integer
---@return boolean is_heard
function term.is_heard(fd) end

--- Says whether a descriptor is a terminal.
---@param fd integer
---@return boolean is_tty
function term.is_tty(fd) end

--- Says whether the environment (LC_ALL, LC_CTYPE, LANG) asks for UTF-8.
---@return boolean is_utf8
function term.is_utf8() end

--- Opens the terminal at a descriptor once more, for writes of any size that never wait.
---@param fd integer
---@return integer? fd to be closed by `close`
---@return core.Error? err ENOTTY
function term.reopen(fd) end

--- Gives the attributes back that guard() saw, when we are in the foreground, and writes what
--- undo() was told.
function term.restore() end

--- Returns the rows of the terminal, 0 when it does not say.
---@param fd integer
---@return integer rows
function term.rows(fd) end

--- Returns the size of the terminal, whatever COLUMNS says.
---@param fd integer
---@return integer? rows
---@return integer|core.Error columns
function term.size(fd) end

--- Sets what restore() writes, once: what takes a live region off the screen.  "" sets nothing.
---@param fd integer
---@param bytes string at most 512
function term.undo(fd, bytes) end

--- Returns the columns to write for: COLUMNS, else what the terminal says, else 80.
---@param fd integer
---@return integer columns
function term.width(fd) end

--- Writes all bytes.  Blocks the whole program while the reader does not read.
---@param fd integer
---@param bytes string
---@return true? ok
---@return core.Error? err # EPIPE: nobody reads any more; ENOSPC; EBADF: the descriptor is closed
function term.write(fd, bytes) end

--- Writes what goes without waiting.
---@param fd integer
---@param bytes string
---@return integer? count # of bytes written, 0 when the reader is busy
---@return core.Error? err
function term.write_some(fd, bytes) end

return term
