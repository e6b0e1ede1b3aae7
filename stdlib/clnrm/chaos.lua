--- Faults that are really made to a service of a room, and healed: at the end of `lasts`, by
--- `heal`, at the end of the scope (`<close>`), and at the end of the room.
---
---     local fault <close> = clnrm.chaos.delay(room:service("db"), "300ms")
---
--- A fault that cannot be made, or was not seen to be in effect, makes the test an error.
local host = require("clnrm.host")
local room_service = require("clnrm.room_service")

---@class clnrm.chaos
local M = {}

---@class clnrm.Fault
---@field kind string
---@field service string its name
local Fault = {}

local handles = setmetatable({}, { __mode = "k" })

--- Ends the fault; a second call does nothing.
---@async
---@return true? ok
---@return core.Error? err
function Fault:heal()
  local handle = handles[self]
    or host.current().misuse("Fault:heal: call it with a colon, fault:heal()")
  return handle:heal()
end

local meta = {
  __index = function(fault, key)
    if key == "kind" or key == "service" then
      return handles[fault].fault.spec[key]
    end
    return Fault[key]
  end,
  __name = "clnrm.Fault",
  __metatable = false,
  __newindex = function(_, key)
    host.current().misuse(("a fault has no field '%s' to be set"):format(tostring(key)))
  end,
  __close = function(fault)
    handles[fault]:heal()
  end,
  __tostring = function(fault)
    return "clnrm.Fault: " .. handles[fault].fault.what
  end,
}

local function begin(name, kind, service, value, options)
  local handle = room_service.handle(service, "clnrm.chaos." .. name)
  local fault = setmetatable({}, meta)
  handles[fault] = handle:fault(name, kind, value, options)
  return fault
end

--- Kills the service; it stays down until the fault is healed, and is then started again.
---@async
---@param service clnrm.Service
---@param options? clnrm.FaultOptions
---@return clnrm.Fault
function M.kill(service, options)
  return begin("kill", "kill", service, nil, options)
end

--- Stops the service by its own signal; as `kill` otherwise.
---@async
---@param service clnrm.Service
---@param options? clnrm.FaultOptions
---@return clnrm.Fault
function M.stop(service, options)
  return begin("stop", "stop", service, nil, options)
end

--- Lets the processes of the service stand still.
---@async
---@param service clnrm.Service
---@param options? clnrm.FaultOptions
---@return clnrm.Fault
function M.pause(service, options)
  return begin("pause", "pause", service, nil, options)
end

--- Cuts the network between the service and all others.
---@async
---@param service clnrm.Service
---@param options? clnrm.FaultOptions
---@return clnrm.Fault
function M.partition(service, options)
  return begin("partition", "net_partition", service, nil, options)
end

--- Makes a round trip to the service take longer.
---@async
---@param service clnrm.Service
---@param delay number|string seconds, or "300ms"
---@param options? clnrm.FaultOptions
---@return clnrm.Fault
function M.delay(service, delay, options)
  return begin("delay", "net_delay", service, delay, options)
end

--- Makes a share of what is sent come late, as what TCP has to send again.
---@async
---@param service clnrm.Service
---@param share number from 0.001 to 0.99
---@param options? clnrm.FaultOptions
---@return clnrm.Fault
function M.loss(service, share, options)
  return begin("loss", "net_loss", service, share, options)
end

--- Lets so many bytes a second pass on each way.
---@async
---@param service clnrm.Service
---@param bytes integer|string or "64k"
---@param options? clnrm.FaultOptions
---@return clnrm.Fault
function M.bandwidth(service, bytes, options)
  return begin("bandwidth", "net_bandwidth", service, bytes, options)
end

--- Makes the place that the service writes to full: its working directory, or `path`.
---@async
---@param service clnrm.Service
---@param options? clnrm.FaultOptions
---@return clnrm.Fault
function M.disk_full(service, options)
  return begin("disk_full", "disk_full", service, nil, options)
end

--- Lowers the service's limit of memory.
---@async
---@param service clnrm.Service
---@param mib integer
---@param options? clnrm.FaultOptions
---@return clnrm.Fault
function M.memory(service, mib, options)
  return begin("memory", "memory", service, mib, options)
end

--- Lowers the service's share of the processor.
---@async
---@param service clnrm.Service
---@param millicores integer 1000 is one processor
---@param options? clnrm.FaultOptions
---@return clnrm.Fault
function M.cpu(service, millicores, options)
  return begin("cpu", "cpu", service, millicores, options)
end

return M
