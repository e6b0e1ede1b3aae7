---@meta clnrm.http

-- The API of Lua tests, for editors.  Generated from lua/engine/api: `make docs`.

--- HTTP/1.1 to a server in a room, through the room's own loopback: nothing has to be installed in
--- it, and no other host can be meant. One connection for each request; a body that is cut is an
--- error.
---@class clnrm.http
local http = {}

--- Asks for a page.
---
--- ```lua
--- local room = t:open({
---   services = { web = {
---     command = { "python3", "-m", "http.server", "8000", "--directory", "/room" },
---     wait = { port = 8000 },
---   } },
---   files = { ["/room/a.txt"] = "hello" },
--- })
--- local page = assert(clnrm.http.get(room, "http://web:8000/a.txt"))
--- clnrm.expect(page.status):equals(200)
--- clnrm.expect(page.body):equals("hello")
--- ```
---@async
---@param room clnrm.Room
---@param url string # http://NAME:PORT/PATH, NAME is localhost or a service
---@param options? clnrm.HttpOptions
---@return clnrm.Response? response
---@return core.Error? err
--- ECONNREFUSED: nobody listens.
--- ETIMEDOUT: no whole answer in time.
--- EPROTO: it is cut, or no HTTP.
--- ELIMIT: it is larger than 16 MiB.
function http.get(room, url, options) end

--- Sends a request.
---
--- ```lua
--- local room = t:open({
---   services = { web = {
---     command = { "python3", "-m", "http.server", "8000", "--directory", "/room" },
---     wait = { port = 8000 },
---   } },
---   files = { ["/room/a.txt"] = "hello" },
--- })
--- local answer = assert(clnrm.http.request(room, {
---   url = "http://web:8000/", method = "POST", body = "x",
--- }))
--- clnrm.expect(answer.status):equals(501) -- this server takes no POST
--- clnrm.expect(answer.ok):is_false()
--- ```
---@async
---@param room clnrm.Room
---@param request clnrm.HttpOptions
---@return clnrm.Response? response
---@return core.Error? err
--- ECONNREFUSED: nobody listens.
--- ETIMEDOUT: no whole answer in time.
--- EPROTO: it is cut, or no HTTP.
--- ELIMIT: it is larger than 16 MiB.
function http.request(room, request) end

--- What `clnrm.http.request` takes; `url` is needed.
---@class clnrm.HttpOptions
---@field url? string # As http://NAME:PORT/PATH.
---@field method? string # Default GET.
---@field headers? table<string, string> # Besides Host, Connection and Content-Length.
---@field body? string # What is sent.
---@field timeout? number|string # For the whole answer; default 10 s.

--- What `clnrm.http` returns.
---@class clnrm.Response
---@field status integer # Such as 200.
---@field ok boolean # The status is 200 to 299.
---@field headers table<string, string> # By names in small letters; what came twice is joined by a comma.
---@field body string # All of it, at most 16 MiB.
---@field duration_ms number # How long it took.

return http
