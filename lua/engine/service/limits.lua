--- What a service may use, and what of it this machine can enforce.
---@class engine.service.limits
local error_new = require("core.error").new
local fs = require("core.fs")

local M = {}

local function fail(message)
  return nil, error_new({ code = "EMACHINE", op = "service.limits", message = message })
end

--- Finds the rlimits of a service.
---@param spec engine.model.Service
---@return table<string, integer>? limits nil: none of its own
---@return core.Error? err EMACHINE: something that cannot be enforced here
---@nodiscard
function M.of(spec)
  local limits = {}
  for name, value in pairs(spec.ulimits or {}) do
    limits[name] = value
  end
  local wanted = spec.limits or {}
  if wanted.pids then
    return fail("limits.pids cannot be enforced here: it needs a cgroup")
  elseif wanted.cpu_millicores then
    return fail("limits.cpu_millicores cannot be enforced here: it needs a cgroup")
  elseif wanted.memory_mb then
    limits.data = math.min(limits.data or math.maxinteger, wanted.memory_mb << 20)
  end
  return next(limits) and limits or nil
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
  if spec.unusable then
    return fail(spec.unusable)
  end
  for _, program in ipairs(spec.programs or {}) do
    if not find(program, path_of(spec)) then
      return fail(("%s is not installed%s"):format(
        program, spec.package and ": Debian package " .. spec.package or ""))
    end
  end
  return true
end

return M
