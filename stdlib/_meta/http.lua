---@meta core.http

--- HTTP/1.1 requests to one server: by a unix socket, TCP, TLS, or a command's stdin and stdout.
---
--- No proxy, no redirects, no server without a valid certificate.  POST, PUT and DELETE are sent
--- once at most; GET and HEAD may be sent again when a kept connection turns out to be closed.
---@class core.http
local http = {}

---@class core.http.Server
---@field base? string       "https://host:2376", default "http://localhost"
---@field socket? string     path of a unix socket
---@field command? string[]  speaks HTTP on its stdin and stdout, one for each connection
---@field ca? string         PEM file of who signed the server's certificate
---@field cert? string       PEM file of our certificate
---@field key? string        PEM file of its key
---@field connect_ms? integer for a connection to be there (10000)

---@class core.http.Request
---@field target string      "/v1.41/containers/json?all=1"
---@field method? string     default "GET"
---@field headers? string[]  each "Name: value"
---@field body? string       at most 64 MiB
---@field feed? boolean      the body comes by `write` and `finish`
---@field upgrade? boolean   after the answer's head (101 or 200) there is a stream both ways
---@field timeout_ms? integer until the call is over; 0: for ever
---@field idle_ms? integer   without a byte either way; 0: for ever

---@class core.http.Client a to-be-closed value
local client = {}

---@class core.http.Call a to-be-closed value
local call = {}

--- Makes a client; nothing is sent.
---@param server core.http.Server
---@return core.http.Client? client
---@return core.Error? err EPLUGIN: libcurl cannot be loaded
function http.client(server) end

--- Sends a request and waits for the head of its answer; with `feed` it does not wait.
---
--- `err.detail.is_sent` says whether some of it left: then the server may have carried it out.
---@async
---@param request core.http.Request
---@return core.http.Call? call
---@return core.Error? err ENOENT, EACCES, ECONNREFUSED; ETIMEDOUT; ECONNRESET: closed before the
---answer was whole; EPROTO: no HTTP; ETLS: not to be trusted; ELIMIT: headers past 64 KiB
function client:ask(request) end

--- Gives the client back; calls that are under way go on.  Also `__close`.
function client:close() end

--- Returns the status of the answer and its headers, names in small letters; waits for them.
---@async
---@return integer? status
---@return table<string, string>|core.Error headers the error when there is no status
function call:head() end

--- Returns what has come of the body or stream, "" at its end; waits for something.
---@async
---@return string? text
---@return core.Error? err it ended before it was whole: what came before is no answer
function call:read() end

--- Sends bytes of the body or stream; waits until they are on their way.
---@async
---@param text string
---@return true? ok
---@return core.Error? err EPIPE: nothing more is taken
function call:write(text) end

--- Says that no more is written; reading goes on.
---@return true? ok
---@return core.Error? err ENOTSUP: a stream over TLS
function call:finish() end

--- Breaks off what is not over.  Also `__close`.
function call:close() end

return http
