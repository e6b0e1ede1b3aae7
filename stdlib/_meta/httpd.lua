---@meta core.httpd

--- An HTTP/1.1 server for pages of this machine: it listens on 127.0.0.1 alone.
---
--- What a client can do is bounded: 64 connections at once, 16 KiB of a head, 64 KiB of a body
--- (413), 100 headers and values (431), a time until a request is there and until its answer is
--- taken.  Who may ask, and what Host may be, is for the caller to decide.  Keeps no program alive.
---@class core.httpd
local httpd = {}

---@class core.httpd.Server a to-be-closed value
local server = {}

---@class core.httpd.Request a to-be-closed value
local request = {}

---@class core.httpd.Head
---@field method string
---@field path string    its escapes resolved
---@field headers table<string, string> by names in small letters; of several the last
---@field query table<string, string>   escapes resolved; of several the last
---@field body string

---@class core.httpd.Options
---@field port? integer       0, the default: any that is free
---@field request_ms? integer for a connection to send a head, and then a body (10000)
---@field send_ms? integer    for an answer, or what waits of a stream, to be taken (20000)

--- Listens.
---@param options? core.httpd.Options
---@return core.httpd.Server? server
---@return core.Error? err EADDRINUSE, EACCES; EPLUGIN: libmicrohttpd cannot be loaded
function httpd.open(options) end

--- Tells the port.
---@return integer
---@nodiscard
function server:port() end

--- Tells how many connections there are now.
---@return integer
---@nodiscard
function server:connections() end

--- Waits for a request.
---@async
---@return core.httpd.Request? request
---@return core.Error? err ECANCELED
function server:next() end

--- Cuts every connection.  Also `__close`.
function server:close() end

--- Tells what is asked.
---@return core.httpd.Head
---@nodiscard
function request:head() end

--- Answers, once.
---@param status integer
---@param headers? table<string, string>
---@param body? string
---@return true? ok
---@return core.Error? err ECLOSED: the client is gone; EALREADY; EINVAL: no such header can be sent
function request:answer(status, headers, body) end

--- Begins an answer that is written bit by bit, and ends when the request is closed.
---@param status integer
---@param headers? table<string, string>
---@return true? ok
---@return core.Error? err as of `answer`
function request:stream(status, headers) end

--- Writes to the stream; waits until it is on its way.
---@async
---@param text string at most 1 MiB
---@return true? ok
---@return core.Error? err ECLOSED: the client is gone, or took nothing for too long; ELIMIT;
---EINVAL: no stream
function request:write(text) end

--- Ends the stream; what has no answer yet gets 500.  Also `__close`.
function request:close() end

return httpd
