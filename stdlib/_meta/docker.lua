---@meta core.docker

--- The outputs of commands in containers, taken from streams of the Engine API.
---@class core.docker
local docker = {}

---@class core.docker.Options
---@field tty? boolean    the stream has no frames: all of it is stdout
---@field out_max? integer bytes kept of each output, head and tail (default 64 MiB)

--- What a stream carries, read as it comes and kept in files: a gigabyte costs no memory.  A
--- to-be-closed value.
---@class core.docker.Output
local output = {}

--- Takes a stream over: of attach, the start of an exec, or logs.
---@param call core.http.Call whose status was looked at; closed for everybody else from then on
---@param options? core.docker.Options
---@return core.docker.Output
function docker.output(call, options) end

---@class core.docker.Ended
---@field stdout { bytes: integer, cut: integer } length of the output; how much of it is not kept
---@field stderr { bytes: integer, cut: integer }

--- Waits for the end of the stream.  It says nothing about the command: an engine that is killed
--- ends its streams as well.  Ask how the command ended.
---@async
---@return core.docker.Ended? ended
---@return core.Error? err EPROTO: the stream is broken (no frame, a half one, an error of the
---engine), and its text is no output of a command; else as core.http.Call's: ECONNRESET, ETIMEDOUT
function output:wait() end

--- Tells whether nothing more comes; `wait` then says why without waiting.
---@return boolean
function output:is_over() end

--- Returns bytes of an output from `offset` on, as soon as there are some; "" at its end.
---@async
---@param stream "stdout"|"stderr"
---@param offset integer
---@param len? integer at most, 1 to 1 MiB; default 64 KiB
---@return string? text
---@return core.Error? err ENODATA: this part was cut; those of `wait` behind the last byte
function output:read(stream, offset, len) end

--- Sends bytes to the command's stdin; waits until they are on their way.
---@async
---@param text string
---@return true? ok
---@return core.Error? err EPIPE: nothing more is taken
function output:write(text) end

--- Says that the command's stdin is whole.
---@return true? ok
---@return core.Error? err ENOTSUP: a stream over TLS
function output:finish() end

--- Returns what is kept of the output: its head and its tail, at most `max` bytes.
---@param max? integer
---@return string? text
---@return integer|core.Error cut how many bytes of the output are not in the text
function output:stdout(max) end

--- The same of the other output.
---@param max? integer
---@return string? text
---@return integer|core.Error cut
function output:stderr(max) end

--- Breaks the stream off when it is not over.  Also `__close`.  The command goes on.
function output:close() end

--- Carries the frames of an agent, `clnrm-agent stdio`, over a stream of the Engine API.  A
--- to-be-closed value.
---@class core.docker.Carrier
local carrier = {}

--- Takes a stream over: of attach with stdin, stdout and stderr, or the start of such an exec.
---@param call core.http.Call whose status was looked at; closed for everybody else from then on
---@return core.docker.Carrier? carrier
---@return core.Error? err
function docker.carrier(call) end

--- Returns the socket whose other end is the agent's stdin and stdout, for core.room.attach; it is
--- the carrier's until `joined`.
---@return integer? fd
function carrier:fd() end

--- Says that somebody has a copy of the socket, which is to be the only one from now on.
function carrier:joined() end

--- Returns the last 1024 bytes, at most, that the agent wrote to stderr.
---@return string
function carrier:said() end

--- Tells why the stream is over.
---@return core.Error? err nil: it goes on, or was ended in order
function carrier:why() end

--- Breaks the stream off.
function carrier:close() end

return docker
