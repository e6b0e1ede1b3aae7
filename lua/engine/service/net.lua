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
      local ok = relay
      if relay and (rt.shapes or viewer and runtimes[viewer].shapes) then
        ok, err = relay:shape(M.shape_of(rt, viewer and runtimes[viewer]))
      end
      if not ok then
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

local PPM = 1000000

--- Joins what faults make of the connections between services: delays add up, so do losses, the
--- narrowest way counts.
---@param ... engine.service.Runtime?
---@return core.room.Shape
---@nodiscard
function M.shape_of(...)
  local joined, passes = {}, 1
  for i = 1, select("#", ...) do
    local rt = select(i, ...)
    for _, shape in pairs(rt and rt.shapes or {}) do
      joined.held = joined.held or shape.held
      joined.delay_us = (joined.delay_us or 0) + (shape.delay_us or 0)
      joined.bandwidth = math.min(shape.bandwidth or math.maxinteger,
        joined.bandwidth or math.maxinteger)
      passes = passes * (1 - (shape.loss_ppm or 0) / PPM)
      joined.seed = joined.seed or shape.seed
    end
  end
  joined.loss_ppm = math.min(PPM - 1, math.floor((1 - passes) * PPM + 0.5))
  joined.bandwidth = joined.bandwidth ~= math.maxinteger and joined.bandwidth or nil
  return joined
end

--- Carries the connections to and from a service as its `shapes` say now.
---@async
---@param set engine.service.Set
---@param rt engine.service.Runtime
---@return true? ok
---@return core.Error? err
function M.reshape(set, rt)
  for key, relay in pairs(set.bridges) do
    local viewer, name = key:match("^(.-)>(.*):%d+$")
    if relay ~= true and (viewer == rt.name or name == rt.name) then
      local count, err = relay:shape(M.shape_of(set.runtimes[name], set.runtimes[viewer]))
      if not count then
        return nil, err
      end
      rt.held_back = (rt.held_back or 0) + count
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
  if set.host.connect then
    ok, err = set.host.connect(set, rt)
  end
  if ok and layout_of.is_bridged(layout, nil, rt.name) then
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
