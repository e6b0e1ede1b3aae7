--- The faults that a Lua test makes: what it asks for is read, made, and told when it cannot be.
local chaos = require("engine.chaos")
local error_new = require("core.error").new
local failure = require("engine.script.failure")
local host = require("clnrm.host")
local options = require("engine.script.options")
local place = require("engine.script.place")

---@class engine.script.chaos
local M = {}

local SIGNALS = { SIGKILL = true, SIGTERM = true, SIGINT = true, SIGQUIT = true, SIGABRT = true }

local function is_signal(value)
  local name = type(value) == "string" and (value:find("^SIG") and value or "SIG" .. value)
  return SIGNALS[name] == true, name, "SIGKILL, SIGTERM, SIGINT, SIGQUIT or SIGABRT"
end

local function is_path(value)
  return type(value) == "string" and value:sub(1, 1) == "/", value, "an absolute path"
end

local OPTIONS = {
  kill = { signal = is_signal },
  net_loss = { seed = "a whole number" },
  disk_full = { path = is_path },
}

local function whole(from, to)
  return function(value)
    return math.type(value) == "integer" and value >= from and value <= to, value,
      ("a whole number from %d to %d"):format(from, to)
  end
end

--- What the second argument of a kind is, and where it goes.
local VALUES = {
  net_delay = { "delay_ms", function(value)
    local ms = options.duration(value)
    return ms ~= nil and ms > 0, ms, options.DURATION
  end },
  net_loss = { "loss", function(value)
    return type(value) == "number" and value >= 0.001 and value <= 0.99, value,
      "a share from 0.001 to 0.99"
  end },
  net_bandwidth = { "bandwidth", function(value)
    if type(value) == "string" then
      value = require("engine.model.schema.service_types").parse_size(value)
    end
    return math.type(value) == "integer" and value > 0, value, 'bytes, or "64k"'
  end },
  memory = { "memory_mb", whole(1, 1 << 24) },
  cpu = { "cpu_millicores", whole(10, 1000000) },
}

--- Reads what a test asks for.
local function read(name, kind, service, value, given)
  local what = "clnrm.chaos." .. name
  local schema = { lasts = options.DURATION }
  for key, rule in pairs(OPTIONS[kind] or {}) do
    schema[key] = rule
  end
  local spec = options.read(given, schema, what)
  spec.kind, spec.service, spec.for_ms, spec.lasts = kind, service, spec.lasts, nil
  if VALUES[kind] then
    local field, check = VALUES[kind][1], VALUES[kind][2]
    local ok, read_value, expects = check(value)
    if not ok then
      place.misuse(("%s: the second argument must be %s"):format(what, expects))
    end
    spec[field] = read_value
  end
  return spec
end

--- Raises that a fault could not be made; noted, so that pcall does not hide it.
local function refuse(context, spec, err)
  context:check_over()
  local raised = failure.new({
    kind = "check",
    code = "T901",
    verdict = "error",
    message = ("the fault %q could not be made: %s"):format(chaos.words(spec), err.message),
    help = err.detail and err.detail.help,
    notes = {},
    place = place.here(2),
  })
  local inner = host.context()
  if not (inner and inner.trial) and context.run then
    context:note_raised(raised)
  end
  error(raised, 0)
end

---@class engine.script.Fault
---@field fault engine.chaos.Fault
---@field private context engine.script.Context
local Fault = {}
Fault.__index = Fault

--- Makes a fault to a service of a room.
---@async
---@param service engine.script.Service
---@param name string the function of clnrm.chaos
---@param kind engine.chaos.Kind
---@param value any its second argument
---@param given any its options
---@return engine.script.Fault
function M.begin(service, name, kind, value, given)
  local _, context = service.room:use("clnrm.chaos." .. name)
  local spec = read(name, kind, service.name, value, given)
  local fault, err = chaos.begin(service.room.services, spec)
  if not fault then
    refuse(context, spec, err)
  end
  return setmetatable({ fault = fault, context = context }, Fault)
end

--- Ends it.
---@async
---@return true? ok
---@return core.Error? err
function Fault:heal()
  local ok, err = self.fault:heal()
  if ok then
    return true
  elseif type(err) == "table" and err.verdict then -- a service that did not come up again
    err = error_new({ code = "EFAULT", op = "chaos", message = err.message })
  end
  return self.context:result(nil, err)
end

return M
