--- What the limits of a container have refused it, as its own control groups tell its agent: also
--- of a container that runs, and of a process whose end a shell has swallowed.
---@class engine.backend.container.limits
local error_new = require("core.error").new
local limits = require("engine.policy.limits")

local M = {}

local MAX = 64 << 10

-- files of version 2 and of version 1, and the word before the number in each
local FILES = {
  oom_kills = {
    { "/sys/fs/cgroup/memory.events", "oom_kill" },
    { "/sys/fs/cgroup/memory/memory.oom_control", "oom_kill" },
  },
  pids_refused = {
    { "/sys/fs/cgroup/pids.events", "max" },
    { "/sys/fs/cgroup/pids/pids.events", "max" },
  },
}

local function read(core, places)
  local why
  for _, place in ipairs(places) do
    local text, err = core:get(place[1], MAX)
    local number = text and ("\n" .. text):match("\n" .. place[2] .. " (%d+)")
    if number then
      return math.tointeger(tonumber(number))
    end
    why = why or err
  end
  return nil, why
end

--- Reads what was refused so far.
---@async
---@param core core.room.Room of the container
---@param wanted engine.policy.Limits
---@return core.cgroup.Events? events
---@return core.Error? err it cannot be told
function M.events(core, wanted)
  local events = { oom_kills = 0, pids_refused = 0 }
  for key, name in pairs({ oom_kills = "memory_mb", pids_refused = "pids" }) do
    if wanted[name] then
      local count, err = read(core, FILES[key])
      if not count then
        return nil, err or error_new({ code = "ENOENT", op = "container.limits",
          message = "the container shows no control group of its own" })
      end
      events[key] = count
    end
  end
  return events
end

--- Tells what they have refused, as findings of a scenario.
---@async
---@param core core.room.Room
---@param wanted engine.policy.Limits
---@return engine.run.Finding[]
function M.met(core, wanted)
  local group = {
    events = function()
      return M.events(core, wanted)
    end,
  }
  return limits.met({ group = group, wanted = wanted })
end

--- Tells that new processes were refused in the container of a service.
---@async
---@param core core.room.Room of its agent
---@param spec engine.model.Service
---@param of_room? engine.policy.Limits
---@return engine.run.Finding?
function M.forks_of(core, spec, of_room)
  local own, rooms = spec.limits and spec.limits.pids, of_room and of_room.pids
  local count = (own or rooms) and read(core, FILES.pids_refused) or 0
  if count == 0 then
    return nil
  end
  local is_own = own ~= nil and (rooms == nil or own <= rooms)
  local key = is_own and ("services.%s.limits.pids"):format(spec.name) or of_room.of.pids
  return {
    verdict = "fail",
    code = "H011",
    pos = is_own and spec.limits.pos or of_room and limits.pos(of_room, "pids"),
    message = ("%s refused in service '%s' (%s = %d)"):format(count == 1 and "a new process was"
      or ("%d new processes were"):format(count), spec.name, key, is_own and own or rooms),
  }
end

--- Tells that the kernel killed processes in the container of a service, which runs on: not every
--- engine says so (Podman by its monitor alone), and none before the container ends.
---@async
---@param core core.room.Room of its agent
---@param spec engine.model.Service
---@param of_room? engine.policy.Limits
---@return engine.run.Finding?
function M.kills_of(core, spec, of_room)
  local found = M.of_service(spec.name, spec.limits, of_room)
  return found and (read(core, FILES.oom_kills) or 0) > 0 and found or nil
end

--- Tells that a container ended since its memory was used up.
---@param wanted engine.policy.Limits
---@return engine.run.Finding
function M.used_up(wanted)
  local key = wanted.of.memory_mb
  local is_policy = key ~= nil and key:match("^policy") ~= nil
  return {
    verdict = not key and "infra" or is_policy and "policy" or "fail",
    code = is_policy and "H008" or "H010",
    pos = limits.pos(wanted, "memory_mb"),
    message = "out of memory: the kernel ended the container" .. (key and (" (%s = %d)"):format(key,
      wanted.memory_mb) or ", though it has no limit of its own"),
  }
end

--- Tells that the kernel killed a process of a service: also one that a step ran there and whose
--- end a shell has swallowed.  Without a limit that would be for it, nothing is found.
---@param name string of the service
---@param own? { memory_mb?: integer, pos?: engine.model.Pos }
---@param of_room? engine.policy.Limits
---@return engine.run.Finding?
function M.of_service(name, own, of_room)
  local mine, rooms = own and own.memory_mb, of_room and of_room.memory_mb
  if not mine and not rooms then
    return nil
  end
  local is_own = mine ~= nil and (rooms == nil or mine <= rooms)
  local key = is_own and ("services.%s.limits.memory_mb"):format(name) or of_room.of.memory_mb
  local is_policy = not is_own and key:match("^policy") ~= nil
  return {
    verdict = is_policy and "policy" or "fail",
    code = is_policy and "H008" or "H010",
    pos = is_own and own.pos or of_room and limits.pos(of_room, "memory_mb"),
    message = ("out of memory: the kernel killed a process of service '%s' (%s = %d)"):format(name,
      key, is_own and mine or rooms),
  }
end

return M
