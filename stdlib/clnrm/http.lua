--- HTTP to a server in a room, through the room's own loopback.
local host = require("clnrm.host")
local rooms = require("clnrm.room")

---@class clnrm.Response
---@field status integer
---@field ok boolean              200 to 299
---@field headers table<string, string> names in small letters; what came twice is joined by ", "
---@field body string
---@field duration_ms number

---@class clnrm.http
local M = {}

--- Asks for a page.
---@async
---@param room clnrm.Room
---@param url string http://NAME:PORT/PATH; NAME is localhost or a service of the room
---@param options? clnrm.HttpOptions
---@return clnrm.Response? response
---@return core.Error? err ECONNREFUSED, ETIMEDOUT, EPROTO, ELIMIT
function M.get(room, url, options)
  local request = { url = url }
  for key, value in pairs(options or {}) do
    request[key] = value
  end
  return M.request(room, request)
end

--- Sends a request.
---@async
---@param room clnrm.Room
---@param request clnrm.HttpOptions with `url`
---@return clnrm.Response? response
---@return core.Error? err ECONNREFUSED, ETIMEDOUT, EPROTO, ELIMIT
function M.request(room, request)
  return host.current().http(rooms.handle(room, "clnrm.http"), request)
end

return M
