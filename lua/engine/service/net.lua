--- The networks of services: made, bridged, published on the host.
---@class engine.service.net
local error_new = require("core.error").new
local layout_of = require("engine.service.layout")
local runtime = require("engine.service.runtime")

local M = {}

local function bridge(set, viewer, rt)
  local runtimes, made = set.runtimes, set.bridges
  local from_net = viewer and runtimes[viewer].net or nil
  for _, port in ipairs(set.layout.ports[rt.name]) do
    local key = ("%s>%s:%d"):format(viewer or "", rt.name, port)
    if not made[key] then
      made[key] = true -- who comes now need not make it
      local from = { net = from_net, ip = set.layout.address[rt.name], port = port }
      local to = { net = rt.net, ip = "127.0.0.1", port = port }
      local relay, err = set.room:bridge(from, to)
      made[key] = relay
      if not relay then
        return nil, error_new({
          code = err.code,
          op = "service.bridge",
          message = ("port %d of service '%s' cannot be reached from %s: %s"):format(
            port, rt.name, viewer and ("service '%s'"):format(viewer) or "the room", err.message),
          cause = err,
        })
      end
    end
  end
  return true
end

--- Makes the network of a service, with bridges to those that are ready.
---@async
---@param set engine.service.Set
---@param rt engine.service.Runtime
---@return true? ok
---@return core.Error? err
function M.make(set, rt)
  local layout = set.layout
  if not layout.own[rt.name] or rt.net then
    return true
  end
  local net, err = set.room:net()
  if not net then
    return nil, err
  end
  rt.net = net
  for _, name in ipairs(set.names) do
    if set.runtimes[name].is_connected and layout_of.is_bridged(layout, rt.name, name) then
      local ok
      ok, err = bridge(set, rt.name, set.runtimes[name])
      if not ok then
        return nil, err
      end
    end
  end
  return true
end

--- Publishes one port of a service on 127.0.0.1 of the host.
---@param set engine.service.Set
---@param rt engine.service.Runtime
---@param port integer
---@param host_port? integer default: any that is free
---@return integer? host_port
---@return core.Error? err EADDRINUSE
function M.publish(set, rt, port, host_port)
  if rt.published[port] then
    return rt.published[port]
  end
  local relay, err = set.room:publish(port, host_port, runtime.where(rt))
  if not relay then
    return nil, error_new({
      code = err.code,
      op = "service.publish",
      message = ("port %d of service '%s' cannot be published at 127.0.0.1:%s: %s"):format(
        port, rt.name, host_port or "(any)", err.message),
      cause = err,
    })
  end
  set.relays[#set.relays + 1] = relay
  rt.published[port] = relay:port()
  return rt.published[port]
end

--- Makes a service that is up reachable: bridges to it, published ports.
---@async
---@param set engine.service.Set
---@param rt engine.service.Runtime
---@return true? ok
---@return core.Error? err
function M.connect(set, rt)
  local layout, ok, err = set.layout, true, nil
  rt.is_connected = true -- a network that is made from now on looks for it itself
  if layout_of.is_bridged(layout, nil, rt.name) then
    ok, err = bridge(set, nil, rt)
  end
  for _, name in ipairs(set.names) do
    local is_other_net = ok and layout.own[name] and set.runtimes[name].net
    if is_other_net and layout_of.is_bridged(layout, name, rt.name) then
      ok, err = bridge(set, name, rt)
    end
  end
  for _, entry in ipairs(ok and rt.spec.ports or {}) do
    if ok and entry.host then
      ok, err = M.publish(set, rt, entry.port, entry.host > 0 and entry.host or nil)
    end
  end
  return ok and true or nil, err
end

--- Stops listening for a set.
---@param set engine.service.Set
function M.close(set)
  for _, relay in ipairs(set.relays) do
    relay:close()
  end
  for _, relay in pairs(set.bridges) do
    if relay ~= true then -- its making was given up
      relay:close()
    end
  end
  set.relays, set.bridges = {}, {}
end

return M
