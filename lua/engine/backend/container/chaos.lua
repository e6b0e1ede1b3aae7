--- Faults that the engine makes: a container that stands still, that is taken out of its network,
--- whose limits are lowered.  Each is asked of the engine afterwards: a yes alone is no evidence.
---@class engine.backend.container.chaos
local body_of = require("engine.backend.container.body")
local error_new = require("core.error").new
local relay = require("engine.backend.container.relay")
local runtime = require("engine.service.runtime")
local state_of = require("engine.backend.container.state")

local M = {}

local MIB, NANO_OF_MILLI = 1 << 20, 1000000
local NOT_FOUND = 404

local function fail(message, help)
  return nil, error_new({ code = "EFAULT", op = "chaos", message = message,
    detail = help and { help = help } or nil })
end

--- Whether its container stands still.
---@async
---@param rt engine.service.Runtime
---@return boolean? paused
---@return core.Error? err
function M.is_paused(rt)
  local told, err = rt.member:inspect()
  if not told then
    return nil, err
  elseif told.State.Paused ~= true then
    return fail("the engine says that its container is " .. state_of.word(told.State))
  end
  return true
end

--- Whether a container that does not run will be in a network: what that lists are those that run.
local function is_to_join(rt, network)
  local told, err = rt.member:inspect()
  if not told then
    return nil, err
  end
  local settings = told.NetworkSettings
  local networks = type(settings) == "table" and settings.Networks
  local joined = type(networks) == "table" and networks[network.network.name]
  return not (told.State or {}).Running and joined ~= nil and joined ~= false
end

--- Whether a container is in a network.
local function is_joined(rt, network)
  local told, err = rt.room.session.client:call("GET", "/networks/" .. network.id)
  if not told then
    return nil, err
  elseif type(told.Containers) == "table" and told.Containers[rt.member.thing.id] then
    return true
  end
  return is_to_join(rt, network)
end

--- Takes a container out of a network, or puts it there, and asks whether that was done.
local function move(rt, network, what, body)
  body.Container = rt.member.thing.id
  local path = ("/networks/%s/%s"):format(network.id, what)
  if what == "disconnect" then
    rt.member:announce(what, network.network.name)
  end
  local ok, err = rt.room.session.client:call("POST", path, { body = body })
  if not ok then
    if what == "disconnect" then
      rt.member:retract(err, what, network.network.name)
    end
    return nil, err
  end
  ok, err = is_joined(rt, network)
  if ok == (what == "connect") then
    return true
  end
  return nil, err or select(2, fail(("the engine did not %s it"):format(what)))
end

--- Takes a container out of its networks; who connects through a relay hears nothing.
---@async
---@param rt engine.service.Runtime
---@param shape core.room.Shape
---@return true? ok
---@return core.Error? err
function M.cut(rt, shape)
  local networks = relay.joined(rt, {})
  if not networks[1] then
    return fail("it is in no network that it could be taken out of")
  end
  local ok, err = true, nil
  if rt.relay then
    ok, err = relay.disturb(rt, shape)
  end
  for _, network in ipairs(networks) do
    if ok then
      ok, err = move(rt, network, "disconnect", { Force = false })
    end
  end
  if not ok and rt.shapes and rt.shapes[shape] then
    relay.calm(rt, shape)
  end
  rt.is_cut = ok or nil
  return ok or nil, err
end

--- Puts it back, with its names; it may have another address then.
---@async
---@param set engine.service.Set
---@param rt engine.service.Runtime
---@param aliases string[]
---@param shape core.room.Shape
---@return true? ok
---@return core.Error? err
function M.join(set, rt, aliases, shape)
  for _, network in ipairs(relay.joined(rt, rt.relay and {} or aliases)) do
    local ok, err = move(rt, network, "connect", { EndpointConfig = body_of.endpoint(network) })
    if not ok then
      return nil, err
    end
  end
  rt.is_cut = nil
  if not rt.relay then
    return true
  end
  local ok, err = relay.calm(rt, shape)
  if not ok then
    return nil, err
  end
  return not runtime.is_running(rt) or relay.connect(set, rt) -- else as it starts
end

--- Makes a file system of its container full, until the object is closed.
---@async
---@param rt engine.service.Runtime
---@param path string absolute
---@param max integer bytes that may be free there at most
---@return core.room.Fill? fill
---@return core.Error? err EXDEV, EFBIG…
function M.fill(rt, path, max)
  local core, err = rt.member:agent()
  if not core then
    return nil, err
  end
  if not core.fill then
    return fail(relay.NO_AGENT)
  end
  return core:fill(path, max)
end

--- Changes limits of its container, and reads them back.
---@async
---@param rt engine.service.Runtime
---@param wanted { memory_mb?: integer, cpu_millicores?: integer }
---@return true? ok
---@return core.Error? err
function M.limit(rt, wanted)
  local around = rt.room.guard and rt.room.guard.limits or {} -- they hold for each container
  local memory = wanted.memory_mb
    and math.min(wanted.memory_mb, around.memory_mb or wanted.memory_mb) * MIB
  local cpu = wanted.cpu_millicores
    and math.min(wanted.cpu_millicores, around.cpu_millicores or wanted.cpu_millicores)
  local body = { Memory = memory, MemorySwap = memory, NanoCpus = cpu and cpu * NANO_OF_MILLI }
  local path = ("/containers/%s/update"):format(rt.member.thing.id)
  rt.member:announce("update")
  local ok, err = rt.room.session.client:call("POST", path, { body = body })
  if not ok then
    rt.member:retract(err, "update")
  end
  if not ok and err.detail and err.detail.status == NOT_FOUND and rt.member:inspect() then
    return fail("this engine's API has no call that changes the limits of a container: "
      .. err.message, "run it in Docker, in the sandbox, or with a Podman whose API has one")
  elseif not ok then
    return nil, err
  end
  local told
  told, err = rt.member:inspect()
  if not told then
    return nil, err
  end
  local host = told.HostConfig or {}
  for name, value in pairs(body) do
    if math.tointeger(host[name]) ~= value then
      return fail(("the engine says that its %s is %s"):format(name, tostring(host[name])))
    end
  end
  return true
end

return M
