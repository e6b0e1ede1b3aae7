--- A service of a room, as the test sees it.
local host = require("clnrm.host")

---@class clnrm.Service
---@field name string by which the room and its other services reach it
---@field host string 127.0.0.1, where `port` is on this machine
local Service = {}

local handles = setmetatable({}, { __mode = "k" })

local function handle_of(service, method)
  return handles[service]
    or host.current().misuse(
      ("Service:%s: call it with a colon, service:%s(…)"):format(method, method))
end

--- Publishes a port of the service on this machine's loopback, and returns that one.
---@async
---@param port? integer of the service; default: its only one
---@return integer? port
---@return core.Error? err
function Service:port(port)
  return handle_of(self, "port"):port(port)
end

--- Returns the last lines that the service wrote, of both outputs as they came.
---@param count? integer default 100
---@return string
function Service:logs(count)
  return handle_of(self, "logs"):logs(count)
end

--- Ends the service by its stop signal; what needs it runs on.
---@async
---@return true? ok
---@return core.Error? err
function Service:stop()
  return handle_of(self, "stop"):stop()
end

--- Starts the service again after `stop` or `kill`, and waits until it is ready.
---@async
---@return true ok
function Service:start()
  return handle_of(self, "start"):start()
end

--- Sends a signal to the service.
---@async
---@param signal? string|integer default SIGKILL
---@return true? ok
---@return core.Error? err ESRCH: it does not run
function Service:kill(signal)
  return handle_of(self, "kill"):kill(signal)
end

--- Stops the processes of the service where they are, as on a machine that hangs.
---@return true? ok
---@return core.Error? err ESRCH: it does not run
function Service:pause()
  return handle_of(self, "pause"):pause()
end

--- Lets a paused service go on.
---@return true? ok
---@return core.Error? err
function Service:resume()
  return handle_of(self, "resume"):resume()
end

local meta = {
  __index = function(service, key)
    if key == "name" then
      return handles[service].name
    elseif key == "host" then
      return "127.0.0.1"
    end
    return Service[key]
  end,
  __name = "clnrm.Service",
  __metatable = false,
  __newindex = function(_, key)
    host.current().misuse(("a service has no field '%s' to be set"):format(tostring(key)))
  end,
  __tostring = function(service)
    return "clnrm.Service: " .. handles[service].name
  end,
}

local M = {}

--- Returns what stands behind a service, for the other modules of the API.
---@param service any
---@param what string the call, for the message
---@return table handle
function M.handle(service, what)
  return handles[service]
    or host.current().misuse(what .. ": the first argument must be a service of a room")
end

--- Makes the object of a service.
---@param handle table
---@return clnrm.Service
function M.new(handle)
  local service = setmetatable({}, meta)
  handles[service] = handle
  return service
end

return M
