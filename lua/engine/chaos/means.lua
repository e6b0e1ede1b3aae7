--- Faults of what a service lives on: room for its files, memory, time of the processor.
---@class engine.chaos.means
local error_new = require("core.error").new
local is_below = require("engine.model.host_path").is_below
local runtime = require("engine.service.runtime")

local M = {}

M.FILL_MAX = 1 << 30 -- bytes that a full disk may take: they are memory of this machine
local MIB = 1 << 20

local function fail(message, help)
  return nil, error_new({ code = "EFAULT", op = "chaos", message = message,
    detail = help and { help = help } or nil })
end

--- Bytes that this machine could give; nil: not known.
local function available()
  local file = io.open("/proc/meminfo")
  local text = file and file:read("a") or ""
  if file then
    file:close()
  end
  local kb = text:match("MemAvailable:%s*(%d+) kB")
  return kb and math.tointeger(tonumber(kb)) * 1024
end

--- How much may be filled: what would use up the memory of the machine or of the service is no
--- full disk.
local function fill_max(rt)
  local max = math.min(M.FILL_MAX, (available() or math.maxinteger) // 2)
  local around = rt.room.guard and rt.room.guard.limits
  for _, limits in ipairs({ rt.spec.limits or {}, around or {} }) do
    max = math.min(max, limits.memory_mb and limits.memory_mb * MIB // 2 or max)
  end
  return max
end

local WHY = {
  EXDEV = "it is no tmpfs of the room: what fills it would fill a disk of the machine",
  EAGAIN = "space was given back while it was filled",
}

--- Makes the place that a service writes to full, by a file that nobody sees.
---@async
---@param _ engine.service.Set
---@param rt engine.service.Runtime
---@param spec engine.model.Fault
---@return engine.chaos.Undo? undo
---@return core.Error? err
function M.disk_full(_, rt, spec)
  local path = spec.path or rt.cwd
  for _, volume in ipairs(rt.spec.volumes or {}) do
    if is_below(path, volume.target) then
      return fail(("%s is a volume of the machine"):format(path))
    end
  end
  if is_below(path, "/project") then
    return fail("/project is the machine's")
  end
  local max = fill_max(rt)
  local fill, err = rt.host.fill(rt, path, max)
  if not fill and err.code == "EFBIG" then
    return fail(("more than the %d MiB that may be filled is free in %s"):format(max // MIB, path),
      'give the service a small place: tmpfs = ["/data:size=8m"], and the fault path = "/data"')
  elseif not fill then
    return fail(("%s cannot be filled: %s"):format(path, WHY[err.code] or err.message),
      err.code == "EXDEV" and 'give the service tmpfs = ["/data:size=8m"] and say path = "/data"'
        or nil)
  end
  return function()
    fill:close()
    return true
  end
end

local LIMITS = { memory = "memory_mb", cpu = "cpu_millicores" }

--- Lowers a limit of a service.
---@async
---@param _ engine.service.Set
---@param rt engine.service.Runtime
---@param spec engine.model.Fault
---@return engine.chaos.Undo? undo
---@return core.Error? err
function M.lower(_, rt, spec)
  local name = LIMITS[spec.kind]
  local now = rt.spec.limits and rt.spec.limits[name]
  if not now then
    return fail(("the service has no limits.%s that could be lowered"):format(name),
      ("say it in the file: limits.%s = …"):format(name))
  elseif spec[name] >= now then
    return fail(("%d is no less than its limits.%s, %d"):format(spec[name], name, now))
  end
  local ok, err = rt.host.limit(rt, { [name] = spec[name] })
  if not ok then
    return nil, err
  end
  return function()
    if not runtime.is_running(rt) then
      return true
    end
    return rt.host.limit(rt, { [name] = now })
  end
end

return M
