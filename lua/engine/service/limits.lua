--- What a service may use, and what of it this machine can enforce.
---
--- A group of processes where clnrm may make one (core.cgroup).  Elsewhere memory is limited for
--- each process by itself, and every other limit is an error: none is ever left out.
---@class engine.service.limits
local cgroup = require("core.cgroup")
local error_new = require("core.error").new
local fs = require("core.fs")

local M = {}

local function fail(message, help)
  return nil, error_new({
    code = "EMACHINE",
    op = "service.limits",
    message = message,
    detail = help and { help = help } or nil,
  })
end

--- Which limits a group can enforce here, and which of the others an rlimit can.
local function split(wanted)
  local places, group, rlimits = cgroup.detect(), {}, {}
  if wanted.memory_mb and places.memory.version then
    group.memory = wanted.memory_mb << 20
  elseif wanted.memory_mb then
    rlimits.data = wanted.memory_mb << 20 -- of each process
  end
  for key, name in pairs({ pids = "pids", cpu_millicores = "cpu" }) do
    local place = places[name]
    if wanted[key] and not place.version then
      return fail(("limits.%s cannot be enforced here: %s"):format(key, place.why))
    end
    group[name] = wanted[key] or nil
  end
  return rlimits, group
end

--- Makes the limits of a service.
---@param spec engine.model.Service
---@param within? core.cgroup.Group the group of its room
---@return table<string, integer>? rlimits
---@return core.cgroup.Group|core.Error|nil group
---@nodiscard
function M.make(spec, within)
  local rlimits, wanted = split(spec.limits or {})
  if not rlimits then
    return nil, wanted
  end
  for name, value in pairs(spec.ulimits or {}) do
    rlimits[name] = math.min(value, rlimits[name] or value)
  end
  if not next(wanted) then
    return rlimits
  end
  wanted.within = within
  local group, err = cgroup.new(wanted)
  if not group then
    return fail("its limits cannot be enforced here: " .. err.message)
  end
  return rlimits, group
end

local function find(program, path)
  if program:find("/", 1, true) then
    return fs.exists(program)
  end
  for dir in path:gmatch("[^:]+") do
    local stat = fs.stat(dir .. "/" .. program)
    if stat and stat.type == "file" and stat.mode & 73 ~= 0 then -- 0111
      return true
    end
  end
  return false
end

local function path_of(spec)
  for _, pair in ipairs(spec.env or {}) do
    if pair[1] == "PATH" then
      return pair[2]
    end
  end
  return "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
end

--- Checks that this machine has what the module of a service needs.
---@param spec engine.model.Service
---@return true? ok
---@return core.Error? err EMACHINE
---@nodiscard
function M.check_machine(spec)
  local help = spec.other_image
    and ("install it, or take an engine and an image: image = %q"):format(spec.other_image)
  if spec.unusable then
    return fail(spec.unusable, help)
  end
  for _, program in ipairs(spec.programs or {}) do
    if not find(program, path_of(spec)) then
      return fail(("%s is not installed%s"):format(
        program, spec.package and ": Debian package " .. spec.package or ""), help)
    end
  end
  return true
end

return M
