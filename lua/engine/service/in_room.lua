--- How services are made in a room that has one agent: each is a command of it, in a view and a
--- network that the agent makes.
---
--- This is the host of services that a room has when it names no other one (`room.service_host`);
--- rooms of an engine have one that makes a container for each (engine.backend.container.service).
---@class engine.service.in_room: engine.service.Host
local layout = require("engine.service.layout")
local limits = require("engine.service.limits")
local prepare = require("engine.service.prepare")

---@class engine.service.Host
---@field layout fun(services: engine.model.Service[]): engine.service.Layout their networks
---@field prepare async fun(set: engine.service.Set, rt: engine.service.Runtime): true?, core.Error?
---makes its place; done before, only its files are written again
---@field start async fun(rt: engine.service.Runtime): core.room.Process?, core.Error? starts it
---@field is_deaf? async fun(rt: engine.service.Runtime, number: integer): boolean it will never
---take this signal: nobody waits for what it does then
---@field met fun(rt: engine.service.Runtime, ended?: core.room.Result): core.cgroup.Events?,
---core.cgroup.Events? what its limits, and those of its room, have refused until its end

local M = { layout = layout.new, prepare = prepare.run }

--- Starts the process of a service.
---@async
---@param rt engine.service.Runtime gets its group
---@return core.room.Process? process
---@return core.Error? err
function M.start(rt)
  local spec = rt.spec
  local rlimits, group = limits.make(spec, rt.room.guard and rt.room.guard.group)
  if not rlimits then
    return nil, group
  end
  rt.group = group
  return rt.room:start({
    service = rt,
    argv = spec.argv,
    shell = spec.shell,
    label = ("service %q"):format(rt.name),
    out_max = rt.out_max,
    limits = rlimits,
    group = group,
  })
end

--- Tells what limits have refused.
---@param rt engine.service.Runtime
---@return core.cgroup.Events? own
---@return core.cgroup.Events? of_room
function M.met(rt)
  local around = rt.room.guard and rt.room.guard.group
  return rt.group and rt.group:events() or nil, around and around:events() or nil
end

return M
