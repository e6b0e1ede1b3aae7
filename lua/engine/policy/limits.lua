--- What all of a room may use: [limits] of its file and the maxima of its policy.
---
--- A group of processes that every command of the room enters (core.cgroup): what the kernel
--- charges to it holds for all of them together, with the pages of the tmpfs.  Where clnrm may make
--- none, memory and processes are limited by rlimits, which is said; what cannot be limited is an
--- error.
---@class engine.policy.limits
local cgroup = require("core.cgroup")
local error_new = require("core.error").new

local M = {}

---@class engine.policy.Limits as both tables are joined: the smaller of each
---@field memory_mb? integer
---@field pids? integer
---@field cpu_millicores? integer
---@field pos? engine.model.Pos
---@field at? table<string, engine.model.Pos> where each stands
---@field of table<string, string> the key of each: "limits.memory_mb", "policy.max_memory_mb"

---@class engine.policy.Held what a room really got
---@field group? core.cgroup.Group
---@field rlimits table<string, integer> of each command
---@field text string for `isolation.limits`
---@field wanted engine.policy.Limits

--- Says that something cannot be enforced here.
---@param message string
---@return nil
---@return core.Error err EPOLICY
function M.unmet(message)
  return nil, error_new({ code = "EPOLICY", op = "room.policy", message = message })
end

local function take(joined, at, name, value, key, pos)
  if value and (not joined[name] or value < joined[name]) then
    joined[name], joined.of[name], at[name] = value, key, pos
  end
end

--- Joins the limits of a file and those of a policy.
---@param limits? { memory_mb?: integer, pids?: integer, cpu_millicores?: integer }
---@param policy? { max_memory_mb?: integer, max_cpu_usage?: number }
---@return engine.policy.Limits? # nil: nothing is limited
---@nodiscard
function M.join(limits, policy)
  local joined, at = { of = {} }, {}
  for _, name in ipairs({ "memory_mb", "pids", "cpu_millicores" }) do
    take(joined, at, name, limits and limits[name], "limits." .. name, limits and limits.pos)
  end
  if policy then
    local share = policy.max_cpu_usage
    take(joined, at, "memory_mb", policy.max_memory_mb, "policy.max_memory_mb", policy.pos)
    take(joined, at, "cpu_millicores", share and math.max(1, math.floor(share * 1000 + 0.5)),
      "policy.max_cpu_usage", policy.pos)
  end
  joined.at = next(at) and at
  joined.pos = limits and limits.pos or policy and policy.pos
  return next(joined.of) and joined or nil
end

--- The user that the rooms of root map to is not counted by the kernel's limit of processes.
---@overridable
function M.is_root()
  local status <close> = assert(io.open("/proc/self/status"))
  return status:read("a"):match("\nUid:%s*%d+%s+0%s") ~= nil
end

local KINDS = {
  { key = "memory_mb", part = "memory", unit = "memory %d MiB", scale = 1 << 20, rlimit = "data" },
  { key = "pids", part = "pids", unit = "%d processes", scale = 1, rlimit = "nproc" },
  { key = "cpu_millicores", part = "cpu", unit = "cpu %d/1000", scale = 1 },
}

--- Whether an rlimit can stand in for a group.
local function can_stand_in(kind)
  return kind.rlimit == "data" or kind.rlimit == "nproc" and not M.is_root()
end

--- Divides what is wanted: a group where there can be one, else an rlimit.
local function divide(wanted)
  local places, group, rlimits, texts = cgroup.detect(), {}, {}, {}
  for _, kind in ipairs(KINDS) do
    local value, place = wanted[kind.key], places[kind.part]
    if value and place.version then
      group[kind.part] = value * kind.scale
      texts[#texts + 1] = (kind.unit .. " (cgroup v%d)"):format(value, place.version)
    elseif value and can_stand_in(kind) then
      rlimits[kind.rlimit] = value * kind.scale
      local of_each = kind.rlimit == "data" and ", each process by itself" or ""
      texts[#texts + 1] = (kind.unit .. " (rlimit%s)"):format(value, of_each)
    elseif value then
      return M.unmet(("%s cannot be enforced here: %s"):format(wanted.of[kind.key], place.why))
    end
  end
  return group, rlimits, texts
end

--- Makes the limits of a room.
---@param wanted engine.policy.Limits
---@return engine.policy.Held? held
---@return core.Error? err EPOLICY: what cannot be enforced here
---@nodiscard
function M.make(wanted)
  local parts, rlimits, texts = divide(wanted)
  if not parts then
    return nil, rlimits
  end
  local held = { rlimits = rlimits, wanted = wanted, text = table.concat(texts, ", ") }
  if next(parts) then
    parts.holds_groups = true
    local err
    held.group, err = cgroup.new(parts)
    if not held.group then
      return M.unmet("its limits cannot be enforced here: " .. err.message)
    end
  end
  return held
end

local function times(count, one, many)
  return count == 1 and one or many:format(count)
end

--- Where a limit stands: in the table of the file or in that of the policy.
---@param wanted engine.policy.Limits
---@param name "memory_mb"|"pids"|"cpu_millicores"
---@return engine.model.Pos?
---@nodiscard
function M.pos(wanted, name)
  return wanted.at and wanted.at[name] or wanted.pos
end

--- Tells what the kernel refused the room for its limits.
---@param held engine.policy.Held
---@return engine.run.Finding[]
---@nodiscard
function M.met(held)
  local list, wanted = {}, held.wanted
  local events, err = nil, nil
  if held.group then
    events, err = held.group:events()
  end
  if err then
    list[1] = { verdict = "infra", code = "H009",
      message = "what the limits of the room refused cannot be read: " .. err.message }
  elseif events and events.oom_kills > 0 then
    local key = wanted.of.memory_mb
    local is_policy = key:match("^policy") ~= nil
    list[#list + 1] = {
      verdict = is_policy and "policy" or "fail",
      code = is_policy and "H008" or "H010",
      pos = M.pos(wanted, "memory_mb"),
      message = ("out of memory: the kernel killed %s (%s = %d)"):format(
        times(events.oom_kills, "a process", "%d processes"), key, wanted.memory_mb),
    }
  end
  if events and events.pids_refused > 0 then
    list[#list + 1] = {
      verdict = "fail",
      code = "H011",
      pos = M.pos(wanted, "pids"),
      message = ("%s refused (limits.pids = %d)"):format(
        times(events.pids_refused, "a new process was", "%d new processes were"), wanted.pids),
    }
  end
  return list
end

return M
